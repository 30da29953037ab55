"""Rows of a forest: what cells, groups or studies found, beside each other."""
