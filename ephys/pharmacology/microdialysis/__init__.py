"""Neurochemistry by microdialysis: fractions of a probe, percent of baseline, groups of animals."""
