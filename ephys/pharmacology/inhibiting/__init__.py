"""What is left of the rate at one dose, compared between groups on counts."""
