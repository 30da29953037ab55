"""When a rate came back to its baseline: its steps, and the first level that is back after one that was not."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from ephys.firing import BIN_S, ChangePoint, count, find_change_points
from ephys.jupyter import Shown
from ephys.model import Epoch, Unit
from ephys.pharmacology.measuring import with_percent
from ephys.pharmacology.response_window import ResponseWindow
from ephys.pharmacology.reversal.settings import ReversalSettings

_MIN_COVER = 0.8
"""Share of a stretch that must have been recorded for it to be seen back. Convention."""


@dataclass(frozen=True, slots=True)
class Return(Shown):
    """When a rate was back, in seconds from the antagonist, or from the last dose where there was none.

    Parameters
    ----------
    value_s, low_s, high_s : float
        The step into the first level that is back; from the lower end of its 95 % interval, or the start of a rise in
        short steps, to the end of the first stretch (`ReversalSettings.min_back_s`) that is back by itself. The value
        is NaN where a window is back and no step tells when, or a gap of the recording hides it.
    watched_s : float
        How long the cell was watched.
    returned : bool
        Whether it came back in that time. If not, the return is later than `watched_s`: a bound.
    fell_again_s : float
        When a later level was below the baseline again; NaN where none was.
    """

    value_s: float = math.nan
    low_s: float = math.nan
    high_s: float = math.nan
    watched_s: float = 0.0
    returned: bool = False
    fell_again_s: float = math.nan

    @property
    def text(self) -> str:
        """Time with its interval, or a bound.

        >>> Return(35.2, 28.0, 44.0, 120.0, True).text, Return(watched_s=120.0).text
        ('35 s (28 to 44)', '> 120 s')
        >>> Return(low_s=5.0, high_s=90.0, watched_s=300.0, returned=True).text   # in a gap of the recording
        '5 to 90 s'
        """
        if not self.returned:
            return f"> {self.watched_s:.0f} s"
        if math.isnan(self.value_s):
            return f"≤ {self.high_s:.0f} s" if self.low_s <= 0 else f"{self.low_s:.0f} to {self.high_s:.0f} s"
        return f"{self.value_s:.0f} s ({self.low_s:.0f} to {self.high_s:.0f})"


@dataclass(frozen=True)
class Judge:
    """One cell's baseline, and what counts as back or below.

    Parameters
    ----------
    unit : Unit
    baseline : ResponseWindow
    dispersion : float
        Variance over mean of the counts, 1 at least.
    settings : ReversalSettings
    """

    unit: Unit
    baseline: ResponseWindow
    dispersion: float
    settings: ReversalSettings

    def window(self, window: ResponseWindow) -> ResponseWindow:
        """Window with its percent of baseline, the cell's own scatter in the interval."""
        return with_percent(window, self.baseline, dispersion=self.dispersion)

    def level(self, epoch: Epoch) -> ResponseWindow:
        """Count a stretch, and its percent of baseline."""
        covered_s = self.unit.support.covered_s(epoch)
        seen = count(self.unit.times_s, epoch)
        false_hz = self.baseline.false_hz
        return self.window(ResponseWindow(epoch, "", "", math.nan, 0.0, seen, covered_s, false_hz=false_hz))

    def is_long(self, level: ResponseWindow) -> bool:
        """Whether a stretch is long enough to be judged."""
        return level.covered_s >= self.settings.min_back_s

    def is_back(self, level: ResponseWindow) -> bool:
        """Whether a rate is near the baseline's or above it."""
        return level.percent >= self.settings.back_percent and level.percent_high >= 100.0

    def is_below(self, level: ResponseWindow) -> bool:
        """Whether a rate is below the baseline's beyond noise, and not near it."""
        return level.percent_high < 100.0 and level.percent < self.settings.back_percent


def scatter(fano: float) -> float:
    """Variance over mean of the counts; no less than Poisson's, since the rates of regular cells wander, too.

    >>> scatter(0.09), scatter(2.5), scatter(math.nan)
    (1.0, 2.5, 1.0)
    """
    return max(fano, 1.0) if math.isfinite(fano) else 1.0


@dataclass(frozen=True)
class Course:
    """Levels of the rate in a span, and the steps between them.

    Parameters
    ----------
    levels : tuple of ResponseWindow
        One more than there are steps.
    steps : tuple of ChangePoint
    """

    levels: tuple[ResponseWindow, ...]
    steps: tuple[ChangePoint, ...]


def follow(judge: Judge, span: Epoch, *, seed: int) -> Course:
    """Part a span at its steps."""
    steps = tuple(
        step for step in find_change_points(judge.unit, span, seed=seed) if span.start_s < step.time_s < span.stop_s
    )
    edges = [span.start_s, *(step.time_s for step in steps), span.stop_s]
    levels = tuple(judge.level(Epoch(start, stop)) for start, stop in pairwise(edges) if start < stop)
    return Course(levels, steps)


def find_return(judge: Judge, course: Course, *, since_s: float, inhibited: bool) -> Return:
    """Find the first level that is back after one that was below.

    Parameters
    ----------
    judge : Judge
    course : Course
        To the end of what was watched.
    since_s : float
        From when time is counted.
    inhibited : bool
        Whether the course begins on a level that is known to be below.

    Returns
    -------
    Return
        Negative times where the rate was back before.
    """
    stop_s = course.levels[-1].epoch.stop_s
    watched_s = judge.unit.support.covered_s(Epoch(since_s, stop_s)) if since_s < stop_s else 0.0
    below = inhibited or judge.is_below(course.levels[0])
    for number, (step, level) in enumerate(zip(course.steps, course.levels[1:], strict=True), start=1):
        if below and judge.is_long(level) and judge.is_back(level):
            low_s, high_s = _earliest_s(judge, course, number), _seen_back_s(judge, level.epoch)
            again_s = _below_again_s(judge, course.levels[number + 1 :])
            low_s, unseen_s = _across_gaps(judge, low_s, high_s)
            hidden = unseen_s > (1.0 - _MIN_COVER) * judge.settings.min_back_s
            return Return(
                math.nan if hidden else step.time_s - since_s, low_s - since_s, high_s - since_s, watched_s,
                returned=True, fell_again_s=again_s - since_s,
            )  # fmt: skip
        below = below or judge.is_below(level)
    return Return(watched_s=watched_s)


def _earliest_s(judge: Judge, course: Course, number: int) -> float:
    """Lower end of the step into a level, or the start of the levels before it that are too short to be judged."""
    first = number
    while first > 1 and not judge.is_long(course.levels[first - 1]):
        first -= 1
    return min(course.steps[number - 1].low_s, course.levels[first].epoch.start_s)


def _across_gaps(judge: Judge, low_s: float, high_s: float) -> tuple[float, float]:
    """Lower end, taken to the start of a gap of the recording that it follows, and what was not recorded since.

    A step is placed at a spike: that next to a gap stands for any time in it.
    """
    interval_s = judge.baseline.exposure_s / judge.baseline.count
    epochs = judge.unit.support.epochs
    gaps = [(one.stop_s, other.start_s) for one, other in pairwise(epochs)]
    low_s = min([low_s, *(start_s for start_s, stop_s in gaps if start_s < high_s and stop_s >= low_s - interval_s)])
    span = Epoch(low_s, high_s)
    return low_s, span.duration_s - judge.unit.support.covered_s(span)


def _seen_back_s(judge: Judge, level: Epoch) -> float:
    """End of the first stretch of a level that is back by itself, or of the level.

    The upper end of the step's own interval will not do: of a rise that goes on it is too early, and a small last step
    is ill placed by its likelihood.
    """
    length_s = judge.settings.min_back_s
    ends = (level.start_s + length_s * number for number in range(1, int(level.duration_s // length_s) + 1))
    stretches = (judge.level(Epoch(end - length_s, end)) for end in ends)
    seen = (one for one in stretches if one.covered_s >= _MIN_COVER * length_s)
    return next((one.epoch.stop_s for one in seen if judge.is_back(one)), level.stop_s)


def _below_again_s(judge: Judge, later: Iterable[ResponseWindow]) -> float:
    """When a level is below the baseline again; NaN where none is."""
    return next((level.epoch.start_s for level in later if judge.is_below(level)), math.nan)


def bins_around(judge: Judge, since_s: float, *, from_s: float, until_s: float) -> tuple[tuple[float, float], ...]:
    """Rates of bins of `BIN_S` round a time, in percent of baseline, to be drawn; NaN where nothing was recorded.

    Parameters
    ----------
    judge : Judge
    since_s : float
        An edge of the bins; they are named by their middles, counted from it.
    from_s, until_s : float
        On the session's clock. Bins that are not whole are left out.
    """
    first, last = math.ceil((from_s - since_s) / BIN_S), math.floor((until_s - since_s) / BIN_S)
    starts = [BIN_S * number for number in range(first, last)]
    levels = [judge.level(Epoch(since_s + start, since_s + start + BIN_S)) for start in starts]
    return tuple((start + 0.5 * BIN_S, level.percent) for start, level in zip(starts, levels, strict=True))
