"""A table as a paper prints it: texts with their numbers behind, a title, and notes beneath."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from ephys.errors import ParameterError

_CELL_GAP = "  "


@dataclass(frozen=True, slots=True)
class PaperTable:
    """A table that can go into a paper.

    `str` gives aligned text, a notebook shows HTML that Word takes as a table, `to_markdown` and `to_csv` give text for
    others.

    Parameters
    ----------
    title : str
        What it is a table of.
    columns : tuple of str
        Headings, with units; the first is that of the rows' names.
    rows : tuple of tuple of str
        What is printed, rounded.
    numbers : tuple of mapping
        What is behind each row, in full.
    notes : tuple of str
        What stands beneath: kinds of intervals, n, what is left out.

    Raises
    ------
    ParameterError
        If a row has not as many cells as there are columns, or a row has no numbers.

    Examples
    --------
    >>> table = PaperTable("Rates.", ("group", "rate (Hz)"), (("control", "1.42"), ("chronic", "1.57")),
    ...                    ({"rate": 1.4216}, {"rate": 1.5694}), ("Mean.",))  # fmt: skip
    >>> print(table)
    Rates.
    group    rate (Hz)
    ------------------
    control  1.42
    chronic  1.57
    ------------------
    Mean.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for place, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns):
                raise ParameterError(
                    f"row {place} of {self.title!r} has {len(row)} cells for {len(self.columns)} columns"
                )
        if len(self.numbers) != len(self.rows):
            raise ParameterError(f"{self.title!r} has {len(self.rows)} rows, and numbers for {len(self.numbers)}")

    def as_rows(self) -> list[dict[str, Any]]:
        """A row of numbers for each row that is printed; NaN where there is none."""
        return [dict(row) for row in self.numbers]

    def relabelled(self, relabel: Callable[[str], str]) -> PaperTable:
        """Table with other names in its texts.

        Parameters
        ----------
        relabel : callable
            What to write in place of a text.
        """
        return replace(
            self,
            title=relabel(self.title),
            columns=tuple(map(relabel, self.columns)),
            rows=tuple(tuple(map(relabel, row)) for row in self.rows),
            numbers=tuple(
                {name: relabel(value) if isinstance(value, str) else value for name, value in row.items()}
                for row in self.numbers
            ),
            notes=tuple(map(relabel, self.notes)),
        )

    def turned(self) -> PaperTable:
        """Table whose columns are rows: few groups and many measures fit into one column of a journal so.

        The first column becomes the headings. `as_rows` gives the printed texts by heading.

        Examples
        --------
        >>> table = PaperTable("Rates.", ("group", "animals"), (("a", "5"), ("b", "4")), ({"n": 5}, {"n": 4}))
        >>> table.turned().columns, table.turned().rows
        (('group', 'a', 'b'), (('animals', '5', '4'),))
        """
        columns, *rows = zip(self.columns, *self.rows, strict=True)
        numbers = tuple(dict(zip(columns, row, strict=True)) for row in rows)
        return replace(self, columns=tuple(columns), rows=tuple(map(tuple, rows)), numbers=numbers)

    def to_markdown(self) -> str:
        r"""Table in Markdown: title, pipes, notes.

        Examples
        --------
        >>> print(PaperTable("Rates.", ("group", "n"), (("a|b", "5"),), ({"n": 5},)).to_markdown())
        Rates.
        <BLANKLINE>
        | group | n |
        |---|---|
        | a\|b | 5 |
        """
        lines = [_piped(self.columns), f"|{'---|' * len(self.columns)}", *map(_piped, self.rows)]
        return "\n\n".join(["\n".join(part) for part in ([self.title], lines, *([note] for note in self.notes))])

    def to_csv(self) -> str:
        """Headings and rows as they are printed, with commas between; the numbers in full are those of `as_rows`."""
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([self.columns, *self.rows])
        return out.getvalue()

    def to_html(self) -> str:
        """Table in HTML: what is copied of it is a table in Word, too; notes are its last row.

        What is wider than its page is scrolled.
        """
        head = "".join(f'<th scope="col">{escape(name)}</th>' for name in self.columns)
        body = "\n".join(f"<tr>{_html_cells(row)}</tr>" for row in self.rows)
        notes = "<br/>".join(map(escape, self.notes))
        foot = f"\n<tfoot><tr>{_html_note(notes, n_columns=len(self.columns))}</tr></tfoot>" if notes else ""
        return (
            f'<div style="overflow-x:auto">\n<table>\n<caption>{escape(self.title)}</caption>\n'
            f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>{foot}\n</table>\n</div>\n"
        )

    def _repr_html_(self) -> str:
        """As a notebook shows it."""
        return self.to_html()

    def __str__(self) -> str:
        """Aligned text."""
        lines = [self.columns, *self.rows]
        widths = [max(len(line[place]) for line in lines) for place in range(len(self.columns))]
        head, *body = (
            _CELL_GAP.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        )
        rule = "-" * (sum(widths) + len(_CELL_GAP) * (len(widths) - 1))
        return "\n".join([self.title, head, rule, *body, rule, *self.notes])

    def __repr__(self) -> str:
        """Title, and how large it is."""
        return f"PaperTable({self.title!r}, {len(self.rows)} rows, {len(self.columns)} columns)"


def _piped(cells: Sequence[str]) -> str:
    """One line of a table in Markdown."""
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _html_cells(row: Sequence[str]) -> str:
    """Cells of a row, the first a heading."""
    first, *others = map(escape, row)
    return "".join([f'<th scope="row">{first}</th>', *(f"<td>{cell}</td>" for cell in others)])


def _html_note(notes: str, *, n_columns: int) -> str:
    """Notes across all columns, on the left, where a notebook would set them on the right."""
    return f'<td colspan="{n_columns}" style="text-align:left">{notes}</td>'
