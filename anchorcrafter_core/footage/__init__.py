"""A driving clip, or none, to control signals: looked at once, kept as a bundle, fitted to any person."""
