"""Drugs ejected beside the cell by a current: what each ejection did, and what an electrode can be compared with."""
