"""Curve fitting in arrays: many problems at once, the rows (one fit each) along the last axis."""
