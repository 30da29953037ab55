"""Populations of cells in animals in groups: ID50s, fold shifts, and what they rest on."""
