"""Whole runs from files to files: one model, many cases of person, product and motion."""
