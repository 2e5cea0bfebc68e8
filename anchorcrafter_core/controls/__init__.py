"""Pixels and key points to control signals: pose, hand, product track, alignment, drawing."""
