"""Cells in animals in groups: means, shares and counts compared, with animals as degrees of freedom."""
