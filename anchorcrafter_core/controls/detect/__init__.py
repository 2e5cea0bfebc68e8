"""Frames to poses: whole-body detection, one person out of many, gaps, smoothing."""
