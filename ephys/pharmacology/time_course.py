"""What happened between one administration and the next: onset, nadir, plateau, recovery and area.

They stand beside the read-out window, never instead of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.firing import ChangePoint, count, find_change_point, find_change_points
from ephys.jupyter import Shown
from ephys.model import READ_ROLES, Administration, DoseProtocol, Epoch, Unit
from ephys.pharmacology.pretreatment import series_baseline, untreated_baseline
from ephys.pharmacology.ratios import rate_ratio_interval
from ephys.pharmacology.readout import ReadoutSettings
from ephys.pharmacology.superfusion.bath import Bath

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TimeCourseSettings(Shown):
    """How the course after a dose is measured. All are conventions.

    Parameters
    ----------
    window_s, step_s : float
        The rate is followed in windows of this length, moved by this step.
    before_s : float
        Onset is looked for from so long before the administration.
    recovered_share : float
        Recovery is the time at which this share of the fall since the administration is made up.
    min_cover : float
        Windows covered by less are left out.
    """

    window_s: float = 30.0
    step_s: float = 2.0
    before_s: float = 60.0
    recovered_share: float = 0.5
    min_cover: float = 0.8

    def __post_init__(self) -> None:
        lengths = min(self.window_s, self.step_s, self.before_s)
        if not (lengths > 0 and 0 < self.recovered_share < 1 and 0 < self.min_cover <= 1):
            raise ParameterError(
                "time course needs window_s, step_s and before_s above 0, recovered_share between 0 and 1 and "
                f"min_cover above 0 and at most 1, got {self.window_s}, {self.step_s}, {self.before_s}, "
                f"{self.recovered_share} and {self.min_cover}"
            )


@dataclass(frozen=True, slots=True)
class TimeCourse(Shown):
    """The rate after one administration. Times are seconds from the beginning of its span; NaN where not measured.

    Parameters
    ----------
    number, drug, role : int, str, str
        Which administration of the protocol, and what it was.
    span : Epoch
        From the administration to the next of any role but anaesthetic, or to the end of the recording; of a
        superfused solution, from when it reached the cell.
    onset : ChangePoint
        The first step of the rate from the administration to the end of the span, on the session's clock; where there
        is none, how likely the sharpest that there is would be by chance. Of vehicle windows of simulated steady cells
        (CV 0.3 to 1.0), 12 of 450 were given an onset.
    onset_s, onset_low_s, onset_high_s : float
        The same from the administration, where a step was detected.
    nadir_percent, nadir_s : float
        Lowest rate of any window in percent of baseline, and the middle of that window. Biased low: it is the lowest of
        many.
    plateau_percent, plateau_low, plateau_high : float
        Rate from the end of the onset's interval to the next step, or to the end of the span, in percent of baseline.
    recovery_s : float
        When, after the nadir, half of the fall was made up; where an onset was detected.
    inhibition_area, area_low, area_high : float
        Inhibition times time over the span, in percent × minutes; negative where the cell was excited.
    """

    number: int
    drug: str
    role: str
    span: Epoch
    onset: ChangePoint
    onset_s: float = math.nan
    onset_low_s: float = math.nan
    onset_high_s: float = math.nan
    nadir_percent: float = math.nan
    nadir_s: float = math.nan
    plateau_percent: float = math.nan
    plateau_low: float = math.nan
    plateau_high: float = math.nan
    recovery_s: float = math.nan
    inhibition_area: float = math.nan
    area_low: float = math.nan
    area_high: float = math.nan

    def __str__(self) -> str:
        """One line."""
        onset = f"onset {self.onset_s:.0f} s ({self.onset_low_s:.0f} to {self.onset_high_s:.0f})"
        area = f"{self.inhibition_area:.0f} % × min ({self.area_low:.0f} to {self.area_high:.0f})"
        return (
            f"{self.role} {self.drug} at {self.span.start_s:.0f} s: "
            f"{onset if self.onset.detected else 'no onset detected'}, "
            f"lowest {self.nadir_percent:.0f} % at {self.nadir_s:.0f} s, inhibition {area}"
        )


def time_courses(
    unit: Unit,
    protocol: DoseProtocol,
    *,
    drug: str,
    until_s: float = math.inf,
    settings: TimeCourseSettings | None = None,
    readout: ReadoutSettings | None = None,
    seed: int = 0,
) -> tuple[TimeCourse, ...]:
    """Measure the course of the rate after each administration of a drug's series.

    Parameters
    ----------
    unit : Unit
    protocol : DoseProtocol
        Its baseline is what percents are of; without one only the onset is looked for.
    drug : str
        The agonist; vehicle, antagonist and wash go with it.
    until_s : float, optional
        Until when the cell is known to have been held: nothing later is measured.
    settings : TimeCourseSettings, optional
    readout : ReadoutSettings, optional
        Dead time of a slice's bath: courses begin, and times count, from when a superfused solution is at the cell; and
        where the baseline lies that doses are in percent of, where an antagonist was given before them.
    seed : int, optional
        Of the chance of an onset.

    Returns
    -------
    tuple of TimeCourse
        In order of time.

    Raises
    ------
    ParameterError
        If the drug was not given.

    Examples
    --------
    >>> from ephys.model import Administration, Support
    >>> given = (Administration("ipsapirone", 120.0, dose=50.0, dose_unit="ug/kg"),)
    >>> spikes = np.concatenate([np.arange(0.25, 150.0, 0.5), np.arange(151.0, 240.0, 2.0)])
    >>> unit = Unit.from_times(spikes, support=Epoch(0.0, 240.0))
    >>> (course,) = time_courses(unit, DoseProtocol(given, Support.of(Epoch(0.0, 240.0))), drug="ipsapirone")
    >>> round(course.onset_s), round(course.plateau_percent), round(course.inhibition_area)
    (30, 25, 112)
    """
    settings = settings or TimeCourseSettings()
    if drug not in protocol.drugs:
        raise ParameterError(
            f"drug must be one of the agonists given ({', '.join(protocol.drugs) or 'none'}), got {drug!r}"
        )
    readout = readout or ReadoutSettings()
    first, later = (_counted(unit, one) for one in (untreated_baseline(protocol), series_baseline(protocol, readout)))
    since_s = max((one.start_s for one in protocol.pretreatments), default=-math.inf)
    bath = Bath(protocol, readout.bath_delay_s)
    courses = []
    for number, given in enumerate(protocol.administrations):
        if given.role in READ_ROLES and (given.role != "agonist" or given.drug == drug):
            span = _span(bath, given, until_s)
            reference = later if given.start_s > since_s else first
            if span is not None:
                courses.append(_course(unit, (number, given.drug, given.role), span, reference, settings, seed))
    return tuple(courses)


def _counted(unit: Unit, baseline: Epoch | None) -> tuple[int, float]:
    """Spikes and covered seconds of a baseline; nothing where there is none."""
    return (0, 0.0) if baseline is None else (count(unit.times_s, baseline), unit.support.covered_s(baseline))


def _span(bath: Bath, given: Administration, until_s: float) -> Epoch | None:
    """From when an administration acts to when the next does, or to the end of the recording or of the cell."""
    start_s = bath.arrives_s(given)
    stop_s = min(bath.next_s(given), bath.protocol.recorded.stop_s, until_s)
    return Epoch(start_s, stop_s) if start_s < stop_s else None


def _course(
    unit: Unit,
    which: tuple[int, str, str],
    span: Epoch,
    reference: tuple[int, float],
    settings: TimeCourseSettings,
    seed: int,
) -> TimeCourse:
    """Measure one span."""
    onset, settled = _onset(unit, span, settings.before_s, seed)
    times = (onset.time_s, onset.low_s, onset.high_s) if onset.detected else (math.nan,) * 3
    onset_s, low_s, high_s = (time - span.start_s for time in times)
    covered_s = unit.support.covered_s(span)
    if not (reference[0] and reference[1] > 0 and covered_s > 0):
        return TimeCourse(*which, span, onset, onset_s, low_s, high_s)
    middles, percents = _followed(unit, span, reference, settings)
    lowest = int(np.argmin(percents)) if percents.size else -1
    area = [covered_s / 60.0 * (100.0 - p) for p in _percent(unit, span, reference)]
    return TimeCourse(
        *which, span, onset, onset_s, low_s, high_s,
        float(percents[lowest]) if percents.size else math.nan,
        float(middles[lowest]) - span.start_s if percents.size else math.nan,
        *((math.nan,) * 3 if settled is None else _percent(unit, settled, reference)),
        _recovery_s(unit, span, middles, percents, reference, settings) if onset.detected else math.nan,
        area[0], area[2], area[1],
    )  # fmt: skip


def first_step(unit: Unit, span: Epoch, *, before_s: float, seed: int = 0) -> ChangePoint:
    """First step of the rate that may follow the beginning of a stretch.

    Parameters
    ----------
    unit : Unit
    span : Epoch
        From what was given on.
    before_s : float
        It is looked for from so long before.
    seed : int, optional
        Of its chance.

    Returns
    -------
    ChangePoint
        Where none is detected, the sharpest, with its chance.
    """
    return _onset(unit, span, before_s, seed)[0]


def _onset(unit: Unit, span: Epoch, before_s: float, seed: int) -> tuple[ChangePoint, Epoch | None]:
    """Return the first step that may follow the administration, and the stretch from it to the next."""
    window = Epoch(span.start_s - before_s, span.stop_s)
    sharpest = find_change_point(unit, window, seed=seed)
    steps = find_change_points(unit, window, seed=seed, sharpest=sharpest)
    later = [step for step in steps if step.high_s >= span.start_s]
    if not later:
        # What changed before the administration is no answer to it; what it was followed by is judged by itself.
        return find_change_point(unit, span, seed=seed) if steps else sharpest, None
    stop_s = later[1].low_s if len(later) > 1 else span.stop_s
    start_s = max(later[0].high_s, span.start_s)
    return later[0], Epoch(start_s, stop_s) if start_s < stop_s else None


def _percent(unit: Unit, window: Epoch, reference: tuple[int, float]) -> tuple[float, float, float]:
    """Rate in percent of baseline with its interval, the noise of both in it."""
    spikes, seconds = count(unit.times_s, window), unit.support.covered_s(window)
    if seconds <= 0:
        return math.nan, math.nan, math.nan
    low, high = rate_ratio_interval(spikes, seconds, *reference)
    return 100.0 * spikes / seconds / (reference[0] / reference[1]), 100.0 * low, 100.0 * high


def _followed(
    unit: Unit, span: Epoch, reference: tuple[int, float], settings: TimeCourseSettings
) -> tuple[FloatArray, FloatArray]:
    """Middles of the moving windows that are covered well enough, and the rate there in percent of baseline."""
    starts = np.arange(span.start_s, span.stop_s - settings.window_s + 1e-9, settings.step_s)
    covered_s = np.array([unit.support.covered_s(Epoch(at, at + settings.window_s)) for at in starts.tolist()])
    kept = covered_s >= settings.min_cover * settings.window_s
    starts, stops = starts[kept], starts[kept] + settings.window_s
    before, until = np.searchsorted(unit.times_s, [starts, stops])
    return 0.5 * (starts + stops), 100.0 * (until - before) / covered_s[kept] / (reference[0] / reference[1])


def _recovery_s(
    unit: Unit, span: Epoch, middles: FloatArray, percents: FloatArray, reference: tuple[int, float],
    settings: TimeCourseSettings,
) -> float:  # fmt: skip
    """When the rate had made up its share of the fall; NaN where it had not fallen, or did not come back."""
    before = Epoch(span.start_s - settings.before_s, span.start_s)
    level = _percent(unit, before, reference)[0]
    if not percents.size or not percents.min() < level:
        return math.nan
    lowest = int(np.argmin(percents))
    back = percents[lowest:] >= percents[lowest] + settings.recovered_share * (level - percents[lowest])
    return float(middles[lowest + int(np.argmax(back))] - span.start_s) if back.any() else math.nan
