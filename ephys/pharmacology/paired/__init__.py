"""Each cell before a drug, under it, and after its antagonist."""
