"""Footage -> where the product is in every frame, how far each part of it is, and how sure that is."""
