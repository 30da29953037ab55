"""Spike counts of many cells under their Hill curves, as arrays: what the fits of single cells are made of."""
