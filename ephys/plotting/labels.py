"""Labels above an axis that do not overlap, however close the arrows stand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, permutations

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from ephys.plotting.style import figure_of

POINTS_PER_INCH = 72.0
_GAP_PT = 3.0
_FEW = 6  # so many labels are tried in every order

Span = tuple[float, float]


def text_width_pt(text: str, font: FontProperties) -> float:
    """Width of a line of text in points, without a renderer."""
    return float(text_to_path.get_text_width_height_descent(text, font, False)[0]) if text.strip() else 0.0


def wrap_text(text: str, width_pt: float, font: FontProperties) -> list[str]:
    """Break a text at its spaces into lines that are not wider than a width; a word that is wider is broken, too.

    >>> wrap_text("rate and regularity", 50.0, FontProperties(size=7.0))
    ['rate and', 'regularity']
    """
    lines: list[str] = []
    for word in filter(None, text.split(" ")):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width_pt(longer, font) <= width_pt:
            lines[-1] = longer
        else:
            lines += _broken(word, width_pt, font)
    return lines


def _broken(word: str, width_pt: float, font: FontProperties) -> list[str]:
    """Break a word that is wider than a width into pieces that are not, of one letter at least."""
    if text_width_pt(word, font) <= width_pt:
        return [word]
    pieces = [""]
    for letter in word:
        if pieces[-1] and text_width_pt(pieces[-1] + letter, font) > width_pt:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def axes_width_pt(ax: Axes) -> float:
    """Width of the axes in points; on the small side before the layout has been done."""
    return float(ax.bbox.width / figure_of(ax).dpi * POINTS_PER_INCH)


def axes_height_pt(ax: Axes) -> float:
    """Height of the axes in points; on the small side before the layout has been done."""
    return float(ax.bbox.height / figure_of(ax).dpi * POINTS_PER_INCH)


def overlapping(spans: Sequence[Span]) -> bool:
    """Whether any two labels of one row touch.

    >>> overlapping([(0.0, 10.0), (20.0, 30.0)]), overlapping([(0.0, 10.0), (9.0, 30.0)])
    (False, True)
    """
    ordered = sorted(spans)
    return any(_touch(a, b) for a, b in pairwise(ordered))


def stack_labels(spans: Sequence[Span], anchors: Sequence[float]) -> list[int]:
    """Row of each label, counted from the axis, such that no label covers another or the stem of another.

    Parameters
    ----------
    spans : sequence of (left, right)
        Where each label begins and ends.
    anchors : sequence of float
        Where its stem comes down to the axis.

    Returns
    -------
    list of int
        0 is the row next to the axis.

    Examples
    --------
    >>> stack_labels([(0.0, 50.0), (30.0, 60.0), (100.0, 120.0)], [0.0, 30.0, 100.0])
    [1, 0, 0]
    """
    from_the_right = sorted(range(len(spans)), key=lambda k: anchors[k], reverse=True)
    few = len(spans) <= _FEW
    for order in permutations(from_the_right) if few else [from_the_right]:
        rows, clear = _place(order, spans, anchors)
        if clear:
            return rows
    return _place(from_the_right, spans, anchors)[0]


def _place(order: Sequence[int], spans: Sequence[Span], anchors: Sequence[float]) -> tuple[list[int], bool]:
    """Put each label in turn in the lowest row that fits, or in a new one; say whether all fitted."""
    rows: dict[int, int] = {}
    clear = True
    for i in order:
        row = next((row for row in range(len(spans)) if _fits(i, row, rows, spans, anchors)), None)
        clear = clear and row is not None
        rows[i] = max(rows.values(), default=-1) + 1 if row is None else row
    return [rows[i] for i in range(len(spans))], clear


def _fits(i: int, row: int, rows: dict[int, int], spans: Sequence[Span], anchors: Sequence[float]) -> bool:
    """Whether label `i` can stand in `row` beside those already placed."""
    for k, other in rows.items():
        if other == row and _touch(spans[i], spans[k]):
            return False
        if other < row and _covers(spans[k], anchors[i]):
            return False
        if other > row and _covers(spans[i], anchors[k]):
            return False
    return True


def _touch(a: Span, b: Span) -> bool:
    return a[0] < b[1] + _GAP_PT and b[0] < a[1] + _GAP_PT


def _covers(span: Span, anchor: float) -> bool:
    return span[0] - _GAP_PT / 2 < anchor < span[1] + _GAP_PT / 2
