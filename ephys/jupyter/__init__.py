"""What a value shows of itself in a notebook: a line, tables, doubts; text is escaped, and the theme's colours hold."""

from ephys.jupyter.fields import fields_table, rows_table
from ephys.jupyter.html import Html, folded, joined, listed, points, table, text
from ephys.jupyter.potency import PotencyWords, common_words, potency_name, potency_words
from ephys.jupyter.shown import Shown, shown
from ephys.jupyter.values import UNKNOWN, brief, heading, number_text, unit_text

__all__ = [
    "UNKNOWN",
    "Html",
    "PotencyWords",
    "Shown",
    "brief",
    "common_words",
    "fields_table",
    "folded",
    "heading",
    "joined",
    "listed",
    "number_text",
    "points",
    "potency_name",
    "potency_words",
    "rows_table",
    "shown",
    "table",
    "text",
    "unit_text",
]
