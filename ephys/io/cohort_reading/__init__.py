"""The tables of a cohort, read and checked whole before any work starts: every fault at once."""
