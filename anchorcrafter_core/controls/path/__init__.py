"""A product's path without footage: key boxes, point tracks or splines to a track clip and its masks."""
