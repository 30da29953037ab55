"""Curves in cells in animals: the likelihood of a population, integrated on a grid of ln dose, and its maximum."""
