"""Which cells are left out of a cohort, by rules that have names, and how many went where."""
