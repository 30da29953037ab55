"""Lines of an overview of a cohort: what stands in each, how it is broken, and where it comes to stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ephys.analysis.overview import SeenGroup, SeenSeries
from ephys.errors import ParameterError
from ephys.plotting.columns import Cell, share_width, wrapped_cell

HEADINGS = ("animal", "cell", "identity", "baseline", "fate", "analysis", "drug")
MARK_PT = 9.0
"""Room for the mark before the name of a cell."""
EDGE_PT = 3.0
HEAD_PT = 24.0
"""Above the first line: headings, names of the panels, their upper numbers."""
PAD_PT = 1.0
"""Above and below a line."""
_GAP_PT = 6.0
_LINE = 1.28  # of the size of the font
_SIZES_PT = (6.5, 6.0, 5.5, 5.0)  # the house's, and what is still readable where names are long
_MOST_LINES = 3  # of why a cell failed; the table of failures has all


@dataclass(frozen=True, slots=True)
class Row:
    """One line; a single cell is the heading of a group.

    Parameters
    ----------
    top, height : float
        In points, counted from above.
    cells : tuple of tuple of str
        Lines of each cell.
    seen : SeenSeries or None
        What it shows; ``None`` for a heading, or an animal without a cell.
    opens : bool
        Whether an animal begins with it.
    y : float
        Middle of its first line.
    """

    top: float
    height: float
    cells: tuple[Cell, ...]
    y: float
    seen: SeenSeries | None = None
    opens: bool = False

    @property
    def is_heading(self) -> bool:
        """Whether a group begins with it."""
        return len(self.cells) == 1

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return self.top + self.height


@dataclass(frozen=True, slots=True)
class Sheet:
    """Where everything stands at one size of the font.

    Parameters
    ----------
    size_pt : float
        Of the font.
    widths : tuple of float
        Of the columns, in points.
    rows : tuple of Row
        From above.
    """

    size_pt: float
    widths: tuple[float, ...]
    rows: tuple[Row, ...]

    @property
    def step(self) -> float:
        """From line to line."""
        return _LINE * self.size_pt

    @property
    def lefts(self) -> tuple[float, ...]:
        """Where each column begins; the marks stand before the cells' names."""
        found = [EDGE_PT + sum(self.widths[:place]) + place * _GAP_PT for place in range(len(self.widths))]
        return tuple(left + MARK_PT * (place > 0) for place, left in enumerate(found))


def lay_out(groups: Sequence[SeenGroup], free_pt: float, *, relabel: Callable[[str], str] = str) -> Sheet:
    """Place every line in the largest size of the font that fits.

    Parameters
    ----------
    groups : sequence of SeenGroup
    free_pt : float
        Width of the text.
    relabel : callable, optional
        What to write in place of each text.

    Raises
    ------
    ParameterError
        If the names of animals, cells or drugs do not fit.
    """
    parts = [(relabel(group.heading), [_relabelled(line, relabel) for line in _lines(group)]) for group in groups]
    lines = [line.cells for _, of_group in parts for line in of_group]
    between = (len(HEADINGS) - 1) * _GAP_PT + MARK_PT
    for size_pt in _SIZES_PT:
        widths = share_width([HEADINGS, *lines], free_pt - between, size_pt)
        if widths:
            further = (free_pt - between - sum(widths)) / len(widths)
            widths = [wide + further for wide in widths]
            return Sheet(size_pt, tuple(widths), tuple(_rows(parts, widths, size_pt)))
    longest = max((word for cells in lines for text in cells for word in text.split(" ")), key=len)
    raise ParameterError(f"names are too long for a line of the overview ({longest!r}); shorten them")


@dataclass(frozen=True, slots=True)
class _Line:
    """Texts of a line, why it failed, what it shows, and whether an animal begins with it."""

    cells: tuple[str, ...]
    failed: str = ""
    seen: SeenSeries | None = None
    opens: bool = True


def _lines(group: SeenGroup) -> Iterator[_Line]:
    """Lines of a group, unbroken."""
    for animal in group.animals:
        if not animal.series:
            yield _Line((animal.animal, "no cell", *[""] * (len(HEADINGS) - 2)))
        for place, seen in enumerate(animal.series):
            name, cell = animal.animal if place == 0 else "", seen.cell if seen.is_first else ""
            state, failed = ("", f"failed: {seen.state}") if seen.is_failed else (seen.state, "")
            cells = (name, cell, seen.identity, seen.baseline, seen.fate, state, seen.drug)
            yield _Line(cells, failed, seen, place == 0)


def _relabelled(line: _Line, relabel: Callable[[str], str]) -> _Line:
    """Line with other names in its texts."""
    return replace(line, cells=tuple(map(relabel, line.cells)), failed=relabel(line.failed))


def _rows(parts: Sequence[tuple[str, Sequence[_Line]]], widths: Sequence[float], size_pt: float) -> Iterator[Row]:
    """Every line with its place from above."""
    step, top = _LINE * size_pt, EDGE_PT + HEAD_PT
    for heading, lines in parts:
        head = wrapped_cell(heading, sum(widths) + (len(widths) - 1) * _GAP_PT, size_pt, bold=True)
        row = Row(top, (len(head) + 0.5) * step + 2 * PAD_PT, (head,), top + PAD_PT + step)
        yield row
        for line in lines:
            wrapped = _wrapped(line, widths, size_pt)
            height = max(map(len, wrapped)) * step + 2 * PAD_PT
            row = Row(row.bottom, height, wrapped, row.bottom + PAD_PT + step / 2, line.seen, line.opens)
            yield row
        top = row.bottom


def _wrapped(line: _Line, widths: Sequence[float], size_pt: float) -> tuple[Cell, ...]:
    """Lines of each cell; why one failed takes the columns of what would be known of it."""
    told = tuple(wrapped_cell(text, wide, size_pt) for text, wide in zip(line.cells, widths, strict=True))
    if not line.failed:
        return told
    reason = wrapped_cell(line.failed, sum(widths[2:]) + (len(widths) - 3) * _GAP_PT, size_pt)
    cut = reason if len(reason) <= _MOST_LINES else (*reason[: _MOST_LINES - 1], "... (see the table of failures)")
    return (*told[:2], cut)
