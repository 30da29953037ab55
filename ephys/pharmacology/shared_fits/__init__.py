"""Several curves fitted by one formula with parameters in common, and intervals that respect the animal."""
