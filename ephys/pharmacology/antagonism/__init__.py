"""Curves with and without an antagonist: Gaddum's equation in a bath, an apparent pA2 in an animal."""
