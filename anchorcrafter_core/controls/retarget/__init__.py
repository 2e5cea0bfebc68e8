"""Fitting a driving clip to the person picture: one retarget map for poses, hand clip, masks and product track."""
