"""The 5-HT call with everything that it rests on: each criterion on its own axis, and the probabilities beside."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from itertools import accumulate

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties

from ephys.classification import Classification, Criterion, Verdict
from ephys.plotting.criterion_strip import (
    SIGNS,
    STRIP_PT,
    Strip,
    draw_regions,
    draw_sign,
    draw_value,
    region_handles,
)
from ephys.plotting.labels import axes_width_pt, text_width_pt, wrap_text
from ephys.plotting.palette import palette
from ephys.plotting.style import SINGLE_MM, drawing, house_style

_PT_PER_MM = 72.0 / 25.4
_MARGIN_PT = 6.0  # of the layout, both sides together
_HEAD_PT, _NUMBERS_PT, _LINE_PT, _GAP_PT, _LEGEND_PT = 11.0, 10.0, 9.0, 5.0, 14.0
_SIGN_PT = 6.0
_SAFE = 0.96  # of the width: text is drawn a little wider than it is measured


@dataclass(frozen=True)
class _Row:
    """One line of the figure: a head, the word for its verdict, a strip where there is one, and notes."""

    head: str
    word: str
    verdict: Verdict | None = None
    criterion: Criterion | None = None
    chances: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()

    def height_pt(self, width_pt: float) -> float:
        """Height with all that stands in it."""
        strip = STRIP_PT + _NUMBERS_PT if self.criterion or self.chances else 0.0
        return _HEAD_PT + strip + _LINE_PT * len(self.lines(width_pt)) + _GAP_PT

    def lines(self, width_pt: float) -> list[str]:
        """Notes broken to the width."""
        return _wrapped(self.notes, width_pt)


@dataclass(frozen=True)
class _Layout:
    """Everything that is written and drawn at one width."""

    width_pt: float
    title: tuple[str, ...]
    rows: tuple[_Row, ...]
    foot: tuple[str, ...]

    @classmethod
    def of(cls, call: Classification, width_pt: float, *, notes: bool) -> _Layout:
        """Lay out a call."""
        rows = (*map(_criterion_row, call.criteria), *_probability_rows(call))
        shown = rows if notes else tuple(row if row.verdict == "not_judged" else replace(row, notes=()) for row in rows)
        return cls(width_pt, tuple(_title_lines(call, width_pt)), shown, tuple(_foot_lines(call, width_pt, notes)))

    @property
    def tops_pt(self) -> list[float]:
        """Where each row begins, from the top down, and where the last one ends."""
        title_pt = _HEAD_PT * len(self.title) + _GAP_PT
        return list(accumulate((row.height_pt(self.width_pt) for row in self.rows), initial=title_pt))

    @property
    def height_pt(self) -> float:
        """Height of the whole."""
        return self.tops_pt[-1] + _LEGEND_PT + _LINE_PT * len(self.foot)


def plot_classification(call: Classification, *, notes: bool = True, ax: Axes | None = None) -> Axes:
    """Draw a 5-HT call: each criterion with its value, interval, limits and verdict, and the probabilities beside.

    Parameters
    ----------
    call : Classification
        As `classify_unit` gives it.
    notes : bool, optional
        False leaves out what stands in the call's table, too: how each value was measured, and what the probability
        rests on. Why something was not judged stays.
    ax : Axes, optional
        Where to draw, some 110 mm high, or 75 without notes; by default a new figure one column wide and as high as it
        takes.

    Returns
    -------
    Axes
        Without axes of its own: each criterion has its strip, filled where it passes, hatched where it is borderline,
        empty where it fails. Rates and widths are on logarithmic strips. What was not judged has no region, since the
        limits do not hold for it, and says why.

    Examples
    --------
    >>> from ephys.classification import classify_features
    >>> ax = plot_classification(classify_features({"rate_hz": 1.4, "cv": 0.3}))
    >>> ax.texts[0].get_text()
    'serotonergic, on rate and regularity alone'
    """
    with house_style() if ax is None else nullcontext():  # text is measured in the style in which it is drawn
        width_pt = SINGLE_MM * _PT_PER_MM - _MARGIN_PT if ax is None else axes_width_pt(ax)
        layout = _Layout.of(call, width_pt, notes=notes)
        with drawing(ax, width_mm=SINGLE_MM, height_mm=(layout.height_pt + _MARGIN_PT) / _PT_PER_MM) as axes:
            _draw(axes, layout)
            return axes


def classification_height_mm(call: Classification, width_mm: float, *, notes: bool = True) -> float:
    """Height that a call takes at a width, in the style of where it is drawn."""
    return _Layout.of(call, width_mm * _PT_PER_MM, notes=notes).height_pt / _PT_PER_MM


def criterion_places(call: Classification, ax: Axes, *, notes: bool = True) -> Iterator[tuple[Criterion, float, float]]:
    """Where the value of each criterion stands on axes that show the call.

    Parameters
    ----------
    call : Classification
        That was drawn.
    ax : Axes
        As `plot_classification` returned it, in the style in which it was drawn.
    notes : bool, optional
        As it was drawn.

    Yields
    ------
    Criterion, float, float
        Each that has a value, with its place in data coordinates.
    """
    layout = _Layout.of(call, ax.get_xlim()[1], notes=notes)
    for row, top in zip(layout.rows, layout.tops_pt, strict=False):
        if row.criterion is not None:
            strip = Strip.of(row.criterion, layout.width_pt)
            yield row.criterion, strip.place(row.criterion.value), top + _HEAD_PT + STRIP_PT / 2.0


def _draw(ax: Axes, layout: _Layout) -> None:
    """Draw from the title down."""
    height_pt, tops_pt = layout.height_pt, layout.tops_pt
    ax.set_axis_off()
    ax.set_xlim(0.0, layout.width_pt)
    ax.set_ylim(height_pt, 0.0)
    _write(ax, layout.title, 0.0, _HEAD_PT, size="medium", weight="bold")
    for row, top in zip(layout.rows, tops_pt, strict=False):
        _draw_row(ax, row, top, layout.width_pt)
    _draw_legend(ax, 1.0 - tops_pt[-1] / height_pt)
    _write(ax, layout.foot, tops_pt[-1] + _LEGEND_PT, _LINE_PT)


def _draw_legend(ax: Axes, height: float) -> None:
    """Say what the regions are, at a height in shares of the axes."""
    legend = ax.legend(
        handles=region_handles(palette(ax)),
        loc="upper left",
        bbox_to_anchor=(0.0, height),
        borderaxespad=0.0,
        borderpad=0.0,
        ncols=3,
    )
    legend.set_in_layout(False)


def _criterion_row(criterion: Criterion) -> _Row:
    """Row of a criterion; the limit stands in words where the strip does not show the whole of it."""
    shown = criterion if math.isfinite(criterion.value) else None
    whole = shown is not None and criterion.limit == str(criterion.limits)
    notes = ("" if whole else f"limit: {criterion.limit}", criterion.note)
    head = f"{criterion.name}: {criterion.value_text}" if shown else criterion.name
    word = SIGNS[criterion.verdict][2]
    return _Row(head, word, criterion.verdict, shown, notes=tuple(note for note in notes if note))


def _probability_rows(call: Classification) -> Iterator[_Row]:
    """Rows of the engines that give a probability, the path to it from the prior on."""
    evidence, learned = call.evidence, call.learned
    if evidence is not None:
        weighed = evidence.steps and not evidence.strange
        path = (evidence.prior["serotonergic"], *(step.probability for step in evidence.steps)) if weighed else ()
        word = "decides" if call.engine == "evidence" else "beside the call"
        yield _Row("probability by published distributions", word, chances=path, notes=(evidence.text,))
    if learned is not None:
        word = "decides" if call.engine == "learned" else "beside the call"
        path = () if learned.refused else (learned.probability,)
        yield _Row("probability by a learned classifier", word, chances=path, notes=(learned.text,))


def _draw_row(ax: Axes, row: _Row, top: float, width_pt: float) -> None:
    """Draw one row from its head down."""
    middle = top + _HEAD_PT / 2.0
    ax.text(0.0, middle, row.head, ha="left", va="center", in_layout=False)
    ax.text(width_pt, middle, row.word, ha="right", va="center", in_layout=False)
    if row.verdict is not None:
        draw_sign(ax, row.verdict, width_pt, middle, before_pt=text_width_pt(row.word, _font()) + _SIGN_PT)
    top += _HEAD_PT
    if row.criterion is not None:
        strip = Strip.of(row.criterion, width_pt)
        draw_regions(ax, strip, row.criterion.limits if row.verdict != "not_judged" else None, top)
        draw_value(ax, strip, row.criterion, top)
    elif row.chances:
        _draw_path(ax, row.chances, top, width_pt)
    _write(ax, row.lines(width_pt), top + (STRIP_PT + _NUMBERS_PT if row.criterion or row.chances else 0.0), _LINE_PT)


def _draw_path(ax: Axes, chances: tuple[float, ...], top: float, width_pt: float) -> None:
    """Draw where the probability began and where each feature took it: open at first, filled at last."""
    strip, y, ink = Strip(0.0, 1.0, width_pt), top + STRIP_PT / 2.0, palette(ax).ink
    draw_regions(ax, strip, None, top)
    places = [strip.place(chance) for chance in chances]
    ax.plot(places, [y] * len(places), color=ink, lw=0.8, zorder=3)
    if len(places) > 1:
        ax.plot(places[0], y, "o", ms=4.0, color=ink, mfc=palette(ax).paper, mew=0.8, zorder=4, clip_on=False)
        ax.plot(places[1:-1], [y] * len(places[1:-1]), "|", ms=5.0, color=ink, zorder=4, clip_on=False)
    ax.plot(places[-1], y, "D", ms=4.0, color=ink, zorder=5, clip_on=False)


def _title_lines(call: Classification, width_pt: float) -> list[str]:
    """The call, broken to the width."""
    return wrap_text(call.headline, width_pt, FontProperties(size=_font().get_size_in_points(), weight="bold"))


def _foot_lines(call: Classification, width_pt: float, notes: bool) -> list[str]:
    """Preset and window; with the notes what the bars are, and why this call."""
    if not notes:
        return _wrapped([f"preset {call.circumstances}"], width_pt)
    path = ["probability: open sign, prior; filled, with all features"] if call.evidence and call.evidence.steps else []
    told = [
        f"preset {call.circumstances}",
        "bars: intervals, 95 % unless set otherwise; Hz and ms on logarithmic strips",
        *path,
    ]
    told += [f"because {reason}" for reason in call.reasons]
    told += [f"note: {note}" for note in call.features.notes]
    return _wrapped(told, width_pt)


def _wrapped(texts: Sequence[str], width_pt: float) -> list[str]:
    """Small print, broken to the width, with the signs that a printer would set."""
    printed = [
        text.replace("<=", "\N{LESS-THAN OR EQUAL TO}").replace(">=", "\N{GREATER-THAN OR EQUAL TO}") for text in texts
    ]
    return [line for text in printed for line in wrap_text(text, _SAFE * width_pt, FontProperties(size="small"))]


def _write(
    ax: Axes, lines: Sequence[str], top: float, line_pt: float, *, size: str = "small", weight: str = "normal"
) -> None:
    """Write lines of text from the left."""
    for line in lines:
        ax.text(0.0, top + line_pt / 2.0, line, ha="left", va="center", fontsize=size, weight=weight, in_layout=False)
        top += line_pt


def _font() -> FontProperties:
    """Font of the heads, as it is where they are drawn."""
    return FontProperties(size=mpl.rcParams["font.size"])
