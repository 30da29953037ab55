"""Competition binding: counts to IC50, IC50 to Ki, and published affinities beside an ID50."""
