"""From fractions as collected to percent of baseline at the membrane's time."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
from scipy import special, stats

from ephys.errors import ParameterError
from ephys.pharmacology.groups.estimates import count_text
from ephys.pharmacology.microdialysis.course import CourseFraction, DialysisBaseline, DialysisCourse, Part
from ephys.pharmacology.microdialysis.dialysis import Dialysis, DialysisFraction
from ephys.pharmacology.microdialysis.settings import DialysisSettings

_LEVEL = 0.95
_TIE_MIN = 1e-6
"""Times that are closer are the same: they are typed with few decimals."""
_NO_SCATTER = 1e-9
"""Percent of the mean: a smaller coefficient of variation is rounding."""
_UNEQUAL = 1.02
"""Lengths of fractions whose ratio is larger are unequal."""
_AMOUNT = re.compile(r"[afpnuµm]?(mol|g)(/(fraction|sample))?", re.IGNORECASE)
"""Units of an amount per fraction, which grows with its length; amounts in a fixed volume do not."""


def measure_dialysis(dialysis: Dialysis, *, settings: DialysisSettings | None = None) -> DialysisCourse:
    """Read one animal's fractions as percent of its baseline, at the time at which they left the membrane.

    A fraction collected from a to b left the membrane from a - d to b - d, d = dead volume / flow. The baseline is the
    last few fractions wholly before the drug after that correction; one that straddles the drug is named, and is in
    neither baseline, nadir nor area.

    Parameters
    ----------
    dialysis : Dialysis
        One analyte of one animal.
    settings : DialysisSettings, optional

    Returns
    -------
    DialysisCourse
        With an interval for each fraction, nadir, area and recovery. A baseline that is not stable says so in
        ``baseline.faults``.

    Raises
    ------
    ParameterError
        If dead volume or flow is stated nowhere, or otherwise in the settings, the baseline has too few fractions or no
        value above 0, one of them is below the detection limit, or amounts per fraction come from fractions of unequal
        length.

    Notes
    -----
    The interval of a percent takes the noise as proportional to the value and judges it from the baseline alone:
    percent x exp(± t s √(1 + 1/n)), s the standard deviation of the n baseline fractions' logarithms, t with n - 1
    degrees of freedom. Of three fractions it is wide.

    Examples
    --------
    >>> from ephys.pharmacology.microdialysis.dialysis import DialysisFraction
    >>> values = [2.0, 2.1, 1.9, 1.6, 1.0, 1.0, 1.5, 2.0]
    >>> fractions = tuple(DialysisFraction(20.0 * n, 20.0 * (n + 1), value) for n, value in enumerate(values))
    >>> course = measure_dialysis(Dialysis("r1", "drug", "5-HT", "nM", 60.0, fractions, "", 10.0, 2.0))
    >>> course.delay_min, course.nadir_text, course.fractions[3].part
    (5.0, '50.0 at 25 min', 'straddles')
    """
    how = settings or DialysisSettings()
    flow_ul_min, delay_min = _delay(dialysis, how)
    _check_lengths(dialysis)
    shift_min = delay_min + dialysis.drug_min
    before = [one for one in dialysis.fractions if one.stop_min - shift_min <= _TIE_MIN]
    own = _baseline_fractions(dialysis, before, how, delay_min)
    baseline = _baseline(own, how)
    spread = float(np.std(np.log([one.value for one in own]), ddof=1))
    fractions = _course(dialysis, own, shift_min, baseline.mean, spread)
    window = [f for f in fractions if f.part == "after" and f.stop_min <= how.window_min + _TIE_MIN]
    nadir, is_bound = _nadir(window)
    low, high = _area_interval(window, baseline)
    nadir_percent = math.nan if nadir is None else nadir.at(1.0)
    return DialysisCourse(
        dialysis.animal, dialysis.group, dialysis.analyte, dialysis.unit, dialysis.drug, flow_ul_min, delay_min,
        baseline, fractions,
        nadir_percent=nadir_percent, nadir_min=math.nan if nadir is None else nadir.middle_min, nadir_is_bound=is_bound,
        area=_area(window, 1.0), area_low=low, area_high=high, area_if_zero=_area(window, 0.0),
        covered_min=sum(one.length_min for one in window),
        recovery_min=_recovery(fractions, nadir, how.recovered_percent), followed_min=fractions[-1].stop_min,
        settings=how, notes=_notes(before, own, fractions, window, baseline, nadir),
    )  # fmt: skip


def _delay(dialysis: Dialysis, how: DialysisSettings) -> tuple[float, float]:
    """Flow, and minutes from the membrane to the end of the outlet."""
    volume_ul = _stated(dialysis, how, "dead_volume_ul", "µl")
    flow_ul_min = _stated(dialysis, how, "flow_ul_min", "µl/min")
    if math.isnan(volume_ul) or (volume_ul > 0 and math.isnan(flow_ul_min)):
        missing = "dead_volume_ul" if math.isnan(volume_ul) else "flow_ul_min"
        raise ParameterError(
            f"{dialysis.name}: {missing} is not stated: give it in a table, as DialysisSettings({missing}=...) or, on "
            f"the command line, --{missing.replace('_', '-')}. A dead volume of 0 says that the times are corrected"
            " already"
        )
    return flow_ul_min, volume_ul / flow_ul_min if volume_ul > 0 else 0.0


def _stated(
    dialysis: Dialysis, how: DialysisSettings, name: Literal["dead_volume_ul", "flow_ul_min"], unit: str
) -> float:
    """What the table or the settings state of the perfusion; NaN where neither does."""
    own, given = getattr(dialysis, name), getattr(how, name)
    if not (math.isnan(own) or math.isnan(given) or own == given):
        raise ParameterError(
            f"{dialysis.name}: {name} is {own:g} {unit} in the table, and {given:g} {unit} was given beside it; leave "
            "out the one that is wrong"
        )
    return float(given if math.isnan(own) else own)


def _check_lengths(dialysis: Dialysis) -> None:
    """Refuse amounts per fraction from fractions of unequal length."""
    lengths = [one.length_min for one in dialysis.fractions]
    if max(lengths) > _UNEQUAL * min(lengths) and _AMOUNT.fullmatch(dialysis.unit.strip()):
        raise ParameterError(
            f"{dialysis.name}: fractions are {min(lengths):g} to {max(lengths):g} min long, and {dialysis.unit} is an "
            "amount that grows with their length; give concentrations, or amounts per minute"
        )


def _baseline_fractions(
    dialysis: Dialysis, before: Sequence[DialysisFraction], how: DialysisSettings, delay_min: float
) -> list[DialysisFraction]:
    """The last measured fractions wholly before the drug."""
    known = [one for one in before if not (math.isnan(one.value) and math.isnan(one.below))]
    if len(known) < how.baseline_fractions:
        raise ParameterError(
            f"{dialysis.name}: the baseline needs {how.baseline_fractions} fractions wholly before the drug at "
            f"{dialysis.drug_min:g} min, and {len(known)} of {len(dialysis.fractions)} are ({delay_min:.3g} min "
            "of dead "
            "volume taken off); collect more, or check drug_min and dead volume"
        )
    own = known[-how.baseline_fractions :]
    for one in own:
        if not one.value > 0:
            what = f"below the detection limit ({one.text})" if one.value != 0 else "0"
            raise ParameterError(
                f"{dialysis.name}: the baseline fraction {one.start_min:g} to {one.stop_min:g} min is {what}, "
                "so that no "
                "percent of baseline is known; leave the animal out and say so"
            )
    return own


def _baseline(own: Sequence[DialysisFraction], how: DialysisSettings) -> DialysisBaseline:
    """Mean, scatter and trend of the baseline, and what is wrong with it."""
    values = np.array([one.value for one in own])
    middles = np.array([(one.start_min + one.stop_min) / 2 for one in own])
    mean = float(values.mean())
    cv = float(100 * values.std(ddof=1) / mean)
    slope = float(np.polyfit(middles - middles.mean(), values, 1)[0])
    drift = 100 * slope * float(middles[-1] - middles[0]) / mean
    told = (
        (f"CV {cv:.0f} % (stable: up to {how.most_cv_percent:g} %)", cv > how.most_cv_percent),
        (
            f"it changes by {drift:+.0f} % over its {len(own)} fractions (stable: up to {how.most_drift_percent:g} %)",
            abs(drift) > how.most_drift_percent,
        ),
    )
    return DialysisBaseline(len(own), mean, cv, drift, tuple(text for text, is_so in told if is_so))


def _course(
    dialysis: Dialysis, own: Sequence[DialysisFraction], shift_min: float, mean: float, spread: float
) -> tuple[CourseFraction, ...]:
    """Every fraction in percent, numbered from the drug."""
    reach = float(stats.t.ppf(0.5 + _LEVEL / 2, len(own) - 1)) * spread * math.sqrt(1 + 1 / len(own))
    n_before = sum(one.stop_min - shift_min <= _TIE_MIN for one in dialysis.fractions)
    straddles = any(_straddles(one, shift_min) for one in dialysis.fractions)
    found = []
    for place, one in enumerate(dialysis.fractions):
        number = place - n_before + (0 if straddles or place < n_before else 1)
        part: Part = "straddles" if number == 0 else "after" if number > 0 else "baseline" if one in own else "earlier"
        percent = 100 * one.value / mean
        # A value of 0 has no scatter in proportion to it.
        low, high = (percent * math.exp(sign * reach) if percent > 0 else math.nan for sign in (-1, 1))
        found.append(
            CourseFraction(
                number, part, one.start_min - shift_min, one.stop_min - shift_min, one.value, percent, low, high,
                100 * one.below / mean,
            )
        )  # fmt: skip
    return tuple(found)


def _straddles(one: DialysisFraction, shift_min: float) -> bool:
    """Whether the drug was given within a fraction."""
    return one.start_min - shift_min < -_TIE_MIN and one.stop_min - shift_min > _TIE_MIN


def _nadir(window: Sequence[CourseFraction]) -> tuple[CourseFraction | None, bool]:
    """Lowest fraction, and whether it is a bound: the lowest may be any that is below the detection limit."""
    known = [one for one in window if one.is_measured]
    if not known:
        return None, False
    return min(known, key=lambda one: one.at(1.0)), any(one.is_bound for one in known)


def _area(window: Sequence[CourseFraction], share: float) -> float:
    """Sum of (percent - 100) x minutes; NaN where a fraction was not measured, or there is none."""
    return sum((one.at(share) - 100) * one.length_min for one in window) if window else math.nan


def _area_interval(window: Sequence[CourseFraction], baseline: DialysisBaseline) -> tuple[float, float]:
    """Interval of the area: noise of each fraction, in proportion to it, and of the baseline, which all share."""
    if not window or any(one.is_bound or not one.is_measured for one in window):
        return math.nan, math.nan
    weighted = np.array([one.percent * one.length_min for one in window])
    variance = (baseline.cv_percent / 100) ** 2 * (float(weighted @ weighted) + float(weighted.sum()) ** 2 / baseline.n)
    reach = float(stats.t.ppf(0.5 + _LEVEL / 2, baseline.n - 1)) * math.sqrt(variance)
    area = _area(window, 1.0)
    return area - reach, area + reach


def _recovery(fractions: Sequence[CourseFraction], nadir: CourseFraction | None, percent: float) -> float:
    """Middle of the first of two fractions in a row at `percent` or more, after a nadir that was lower."""
    if nadir is None or not nadir.at(1.0) < percent:
        return math.nan
    later = [one for one in fractions if one.number > nadir.number]
    above = ((one, one.percent >= percent and two.percent >= percent) for one, two in pairwise(later))
    return next((one.middle_min for one, is_so in above if is_so), math.nan)


def _lowest_by_chance(n: int) -> float:
    """Mean of the lowest of n standard normal values.

    >>> round(_lowest_by_chance(2), 3), round(_lowest_by_chance(10), 3)
    (-0.564, -1.539)
    """
    x = np.linspace(-8.0, 8.0, 1601)
    density = n * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi) * special.ndtr(-x) ** (n - 1)
    return float((x * density).sum() * (x[1] - x[0]))


def _notes(
    before: Sequence[DialysisFraction],
    own: Sequence[DialysisFraction],
    fractions: Sequence[CourseFraction],
    window: Sequence[CourseFraction],
    baseline: DialysisBaseline,
    nadir: CourseFraction | None,
) -> tuple[str, ...]:
    """What to know before the numbers are used."""
    straddling = [f"{one.start_min:.1f} to {one.stop_min:.1f} min" for one in fractions if one.part == "straddles"]
    bounds = int(sum(one.is_bound for one in fractions))
    missing = int(sum(not one.is_measured for one in window))
    zeros = int(sum(one.percent == 0 for one in fractions))
    passed = int(sum(math.isnan(one.value) and math.isnan(one.below) for one in before[before.index(own[0]) :]))
    gap_min = sum(max(0.0, two.start_min - one.stop_min) for one, two in pairwise(window))
    chance = 100 + baseline.cv_percent * _lowest_by_chance(len(window)) if window else math.nan
    lowest = (
        f"the nadir is the lowest of {count_text(len(window), 'fraction')}, biased low: of as many without any effect "
        f"the lowest would be about {chance:.0f} % with this baseline's scatter"
    )
    rests = (
        f"intervals rest on the {baseline.n} fractions of the baseline ({baseline.n - 1} degrees of freedom), with "
        "noise in proportion to the value"
    )
    straddled = f"the fraction {', '.join(straddling)} from the drug straddles it: in neither baseline, nadir nor area"
    told = (
        (straddled, bool(straddling)),
        (rests, True),
        (
            f"the values of the baseline are all the same ({baseline.mean:g}): they tell no noise, and no interval "
            "has a width; were they rounded?",
            baseline.cv_percent < _NO_SCATTER,
        ),
        (lowest, nadir is not None and len(window) > 1),
        (f"{count_text(bounds, 'fraction')} below the detection limit: a bound, never a number", bounds > 0),
        (f"no area: {count_text(missing, 'fraction')} of its window not measured", missing > 0),
        (f"{gap_min:.3g} min within the window were not collected: not in the area", gap_min > _TIE_MIN),
        (f"{count_text(zeros, 'value')} of 0 without a detection limit: no interval", zeros > 0),
        (f"{count_text(passed, 'fraction')} not measured within the baseline, an earlier one in its place", passed > 0),
        ("no fraction wholly after the drug within the window: no nadir, no area", not window),
    )
    return (*(f"baseline not stable: {fault}" for fault in baseline.faults), *(text for text, is_so in told if is_so))
