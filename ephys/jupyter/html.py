"""Pieces of HTML: tables, lists, folds. No colour, script or style sheet: a notebook has its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

MOST_OPEN = 12
"""Rows of a table that is not folded."""

MOST_ROWS = 50
"""Rows that are shown at all; how many more there are is said."""

_LEFT = ' style="text-align:left"'
_NUMBER = re.compile(r"[-+<>≥≤≈–∞\d]|$")
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Html(str):
    """Text that is HTML already; any other text is escaped where it is put into a piece."""

    __slots__ = ()

    def __html__(self) -> str:
        """Return it as it is: templates ask for this before they escape."""
        return str(self)


def text(value: str) -> Html:
    """Text, escaped unless it is HTML already; what no page can hold is replaced.

    >>> text("<b>7 & 8"), text(Html("<br/>"))
    ('&lt;b&gt;7 &amp; 8', '<br/>')
    """
    return value if isinstance(value, Html) else Html(escape(_UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", value)))


def joined(pieces: Iterable[str], between: str = "") -> Html:
    """Pieces one after the other.

    >>> joined(["a<b", Html("<i>c</i>")], Html("<br/>"))
    'a&lt;b<br/><i>c</i>'
    """
    return Html(text(between).join(map(text, pieces)))


def folded(summary: str, inside: str) -> Html:
    """Something that is opened by a click.

    >>> folded("2 doses", "25, 50")
    '<details><summary>2 doses</summary>25, 50</details>'
    """
    return Html(f"<details><summary>{text(summary)}</summary>{text(inside)}</details>")


def points(items: Sequence[str]) -> Html:
    """Items, one under the other; how many are not shown is said.

    >>> points(["one wire"])
    '<ul style="margin:0"><li>one wire</li></ul>'
    """
    more = [f"... and {len(items) - MOST_ROWS} more"] if len(items) > MOST_ROWS else []
    inside = joined(Html(f"<li>{text(item)}</li>") for item in (*items[:MOST_ROWS], *more))
    return Html(f'<ul style="margin:0">{inside}</ul>')


def listed(name: str, items: Sequence[str]) -> Html:
    """Items under their name; nothing where there is none, and folded where there are many.

    >>> listed("notes", ["one wire"])
    '<p style="margin:0.4em 0 0">notes</p><ul style="margin:0"><li>one wire</li></ul>'
    """
    if not items:
        return Html()
    if len(items) > MOST_OPEN:
        return folded(f"{name}: {len(items)}", points(items))
    return Html(f'<p style="margin:0.4em 0 0">{text(name)}</p>{points(items)}')


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, name: str = "", most_open: int = MOST_OPEN) -> Html:
    """Table of text, folded under its name and the number of its rows where there are many.

    Parameters
    ----------
    head : sequence of str
        Column headings, with units.
    rows : sequence of sequence of str
        Cells; the first of each row heads it. Columns of numbers are set right-aligned.
    name : str, optional
        What the rows are, in the plural: caption, or summary of the fold.
    most_open : int, optional
        More rows are folded; 0 folds any.

    Returns
    -------
    Html
        Empty where there are no rows.

    Examples
    --------
    >>> table(["unit", "rate (Hz)"], [["<1>", "0.5"]], name="units")
    '<table style="text-align:right"><caption style="text-align:left;caption-side:top">units</caption><thead><tr><th
    scope="col" style="text-align:left">unit</th><th scope="col">rate (Hz)</th></tr></thead><tbody><tr><th scope="row"
    style="text-align:left">&lt;1&gt;</th><td>0.5</td></tr></tbody></table>'
    """
    if not rows:
        return Html()
    left = [place == 0 or not _are_numbers([row[place] for row in rows]) for place in range(len(head))]
    styles = [_LEFT if aligned else "" for aligned in left]
    top = "".join(f'<th scope="col"{style}>{text(cell)}</th>' for cell, style in zip(head, styles, strict=True))
    body = "".join(_row(row, styles) for row in rows[:MOST_ROWS])
    if len(rows) > MOST_ROWS:
        body += f'<tr><td colspan="{len(head)}"{_LEFT}>... and {len(rows) - MOST_ROWS} more</td></tr>'
    is_folded = len(rows) > most_open
    caption = f'<caption style="text-align:left;caption-side:top">{text(name)}</caption>' if name else ""
    inside = Html(
        f'<table style="text-align:right">{"" if is_folded else caption}<thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )
    return folded(f"{name or 'rows'}: {len(rows)}", inside) if is_folded else inside


def _row(cells: Sequence[str], styles: Sequence[str]) -> str:
    """One row, headed by its first cell."""
    first, *others = cells
    rest = "".join(f"<td{style}>{text(cell)}</td>" for cell, style in zip(others, styles[1:], strict=True))
    return f'<tr><th scope="row"{_LEFT}>{text(first)}</th>{rest}</tr>'


def _are_numbers(cells: Sequence[str]) -> bool:
    """Whether each begins as a number does, or is empty."""
    return not any(isinstance(cell, Html) for cell in cells) and all(map(_NUMBER.match, cells))
