"""Slices: solutions that wash in and out, the bath's dead time, and whether cells recovered between them."""
