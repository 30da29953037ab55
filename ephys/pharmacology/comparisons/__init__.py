"""Groups and drugs compared on one fitted population: shifts, equivalence, relative potency, desensitised shares."""
