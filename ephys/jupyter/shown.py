"""What a value shows of itself in a notebook: what it is and the answer first, then tables, then doubts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import is_dataclass

from ephys.jupyter.fields import fields_table, rows_table
from ephys.jupyter.html import Html, folded, joined, listed, text
from ephys.jupyter.own_words import has_sentences, has_words, told_lines
from ephys.jupyter.values import BESIDE, brief, heading

_MOST_LINES = 10

_MOST_FIELDS = 16


class Shown:
    """A value that shows itself in a notebook: its own words, then its rows or its fields.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Wire(Shown):
    ...     name: str
    ...     sampling_hz: float
    >>> "<td>20000</td>" in Wire("<1>", 2e4)._repr_html_()
    True
    """

    __slots__ = ()

    def _repr_html_(self) -> str:
        """What it is, and a table of what it holds, for Jupyter."""
        return shown(self, *_usual_tables(self))


def shown(
    value: object, *parts: str, told: str | None = None, beside: Mapping[str, Sequence[str]] | None = None
) -> str:
    """HTML of a value: the kind and what is told of it, the parts, and what is to be known beside.

    Parameters
    ----------
    value : object
        Whatever it is.
    *parts : str
        Tables and lists.
    told : str, optional
        The answer, in a line; by default what the value says of itself.
    beside : mapping of str to sequence of str, optional
        Lists of doubts and the like, by name; by default those of the value that its own words do not hold.

    Returns
    -------
    str
        One element.
    """
    first, *further = [told] if told is not None else _lines(value)
    seen, more = further[:_MOST_LINES], further[_MOST_LINES:]
    head = Html(
        f'<p style="margin:0 0 0.4em;text-align:left"><strong>{text(type(value).__name__)}</strong>: {text(first)}</p>'
    )
    rest = folded(f"more lines: {len(more)}", _lines_html(more)) if more else ""
    lists = _beside(value, "\n".join((first, *seen))) if beside is None else beside
    pieces = (head, _lines_html(seen), rest, *parts, *(listed(name, items) for name, items in lists.items()))
    return Html(f'<div style="overflow-x:auto">{joined(pieces)}</div>')


def _lines(value: object) -> Sequence[str]:
    """What a value says of itself, empty lines left out; its first fields where it says nothing."""
    lines = told_lines(value) if has_words(value) else (brief(value),)
    return [line for line in lines if line.strip()] or [""]


def _lines_html(lines: Sequence[str]) -> Html:
    """Lines under one another, with the blanks that they begin with."""
    inside = joined(lines, Html("<br/>"))
    return Html(f'<div style="white-space:pre-wrap;text-align:left">{inside}</div>') if lines else Html()


def _beside(value: object, said: str) -> dict[str, list[str]]:
    """Doubts, notes and flags of a value that its own words do not hold."""
    found = {name: getattr(value, name, ()) for name in BESIDE}
    return {
        heading(name): [told for one in items if (told := str(one)) not in said]
        for name, items in found.items()
        if isinstance(items, tuple) and items
    }


def _usual_tables(value: object) -> Iterator[Html]:
    """Rows of a value that has any; its fields, folded where it has told itself in sentences."""
    rows = value.as_rows() if hasattr(value, "as_rows") else []
    if rows:
        yield rows_table(rows)
    elif is_dataclass(value):
        beside = [name for name in BESIDE if isinstance(getattr(value, name, None), tuple)]
        yield fields_table(value, without=beside, most_open=0 if has_sentences(value) else _MOST_FIELDS)
