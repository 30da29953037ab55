"""Which warnings a fitted cell deserves, and which flags."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from ephys.firing.baselines import under_urethane
from ephys.pharmacology.cell_fit import DoseResponseFit
from ephys.pharmacology.cell_refits import HIDDEN_LOSS, Refits
from ephys.pharmacology.cell_series import has_own_baselines
from ephys.pharmacology.cell_solving import EVIDENCE
from ephys.pharmacology.cell_warnings import FitWarning, WarningName
from ephys.pharmacology.dose_text import end_text
from ephys.pharmacology.fit_settings import ESTIMATED
from ephys.pharmacology.response_flags import EXCLUDED, has_strayed
from ephys.pharmacology.response_window import ResponseWindow

_POOR_FIT = 0.01
"""Chance below which a misfit is said (convention)."""
_WANDER = 0.12
"""Dispersion of a data set above which its rates are not called steady (convention: the 10 % of a steady one, and what
the estimate may err)."""
_RUN_DOWN = 0.1
_FEWEST_DOSES = 4
_FEW: dict[str, WarningName] = {
    "dose": "too few doses", "concentration": "too few concentrations", "current": "too few currents",
}  # fmt: skip


def fit_warnings(fit: DoseResponseFit, refits: Refits) -> tuple[FitWarning, ...]:
    """What may move the ID50 of a fit, and by how much."""
    if fit.status == "not_fitted":
        return ()
    found = (
        _few_doses(fit, refits), _baseline(fit, refits), _stationarity(fit, refits), _largest(fit, refits),
        _elimination(fit), _extrapolation(fit), _run_down(fit, refits),
    )  # fmt: skip
    return tuple(warning for one in found for warning in one)


def _few_doses(fit: DoseResponseFit, refits: Refits) -> Iterator[FitWarning]:
    """Fewer doses than the slope needs: it rests on its prior."""
    if len(fit.doses) < _FEWEST_DOSES:
        cause = f"one {fit.words.dose}" if len(fit.doses) == 1 else f"{len(fit.doses)} {fit.words.dose}s"
        low, high = sorted((refits.shallow, refits.steep))
        moved = _would_be(f"{_value(low, fit)} to {_value(high, fit)}", fit)
        effect = f"the slope rests on its prior; with that one SD lower or higher {moved}"
        yield FitWarning(_FEW[fit.words.dose], cause, effect)


def _baseline(fit: DoseResponseFit, refits: Refits) -> Iterator[FitWarning]:
    """A baseline that rises or falls goes on doing so, perhaps, under the drug."""
    stability = fit.response.stability
    if stability is not None and stability.verdict == "unstable" and not has_own_baselines(fit.response):
        cause = "after the antagonist, " if fit.response.pretreatment is not None else ""
        cause += f"slope {stability.slope_percent_per_min:+.1f} % per minute"
        cause += "".join(f", a step at {step.time_s:.0f} s" for step in stability.steps)
        effect = f"had the rate gone on so, the drug apart, {_would_be(_value(refits.slope_goes_on, fit), fit)}"
        controls = _controls(fit)
        if controls and not any(has_strayed(window) for window in controls):
            effect += "; vehicle or recovery, which are at the baseline, speak against it"
        yield FitWarning("unstable baseline", cause, effect)


def _stationarity(fit: DoseResponseFit, refits: Refits) -> Iterator[FitWarning]:
    """The interval holds for a rate that only the drug changes."""
    causes = list(_signs_of_drift(fit))
    if not _controls(fit):
        when = " after the antagonist" if fit.response.pretreatment is not None else ""
        causes.append(f"no vehicle{when} or recovery window shows that only the drug moved the rate")
    if under_urethane(fit.response.subject.anaesthetic):
        # Vehicle and recovery can lie a whole cycle apart, at the baseline both, and the doses between them in others.
        causes.append("the states of urethane take turns, about 11 min a cycle, unseen by vehicle and recovery")
    if causes:
        moved = _would_be(_value(refits.run_down, fit), fit)
        short = "" if fit.status == "no_effect" else "the interval may be too short; "
        further = "hidden" if math.isnan(fit.drift_percent_per_min) else "further"
        effect = f"{short}with a {further} run-down of {100 * HIDDEN_LOSS:g} % per {fit.words.dose} {moved}"
        yield FitWarning("stationarity in doubt", "; ".join(causes), effect)


def _signs_of_drift(fit: DoseResponseFit) -> Iterator[str]:
    """What in the data says that something else than the drug moved the rate."""
    strayed = [window for window in _controls(fit) if has_strayed(window)]
    for window in strayed if math.isnan(fit.drift_percent_per_min) else []:  # a drift that was estimated explains them
        when = "vehicle" if window.role == "vehicle" else f"after {window.drug or 'wash-out'}"
        yield f"{when} at {window.percent:.0f} % of baseline"
    if fit.misfit_p < _POOR_FIT:
        yield f"counts stray from the curve further than chance explains (p = {fit.misfit_p:.2g})"
    if fit.settings.shared_cells and fit.settings.dispersion > _WANDER:
        yield f"rates of this data set wander by {100 * fit.settings.dispersion:.0f} % between windows"


def _controls(fit: DoseResponseFit) -> list[ResponseWindow]:
    """Windows that were measured, should be at the baseline, and that nobody took out."""
    bath = fit.response.superfusion
    washes = [] if bath is None else [one.recovery for one in bath.applications if one.recovery is not None]
    measured = [w for w in (*fit.response.series_windows, *washes) if math.isfinite(w.percent)]
    left = [w for w in measured if not any(flag.startswith(EXCLUDED) for flag in w.flags)]
    return [w for w in left if w in washes or w.role == "antagonist" or (w.role == "vehicle" and w.dose == 0)]


def _largest(fit: DoseResponseFit, refits: Refits) -> Iterator[FitWarning]:
    """The largest inhibition was fixed, and the counts say otherwise: a plateau passes for a shallow slope."""
    if fit.emax_source != ESTIMATED and fit.status != "no_effect" and refits.gain > EVIDENCE:
        cause = f"fixed at {fit.emax_percent:g} %, and the counts say {refits.free_percent:.0f} %"
        lost = math.isnan(refits.free_emax)
        moved = "half of the rate would never be lost" if lost else _would_be(_value(refits.free_emax, fit), fit)
        yield FitWarning("largest inhibition in doubt", cause, f"with that {moved} (fit.free_emax = always)")


def _elimination(fit: DoseResponseFit) -> Iterator[FitWarning]:
    """The cumulative dose counts what has been eliminated since."""
    lasting = fit.response.elimination
    if lasting and fit.decayed is None:
        yield FitWarning("elimination during the series", lasting, "the ID50 on what is left of the dose is not known")
    elif lasting and fit.decayed is not None:
        effect = f"on what is left of the dose {_would_be(fit.decayed.value_text, fit)}"
        yield FitWarning("elimination during the series", lasting, effect)


def _extrapolation(fit: DoseResponseFit) -> Iterator[FitWarning]:
    """A value or an end outside the doses given is the curve's, not the data's."""
    low, high = min(fit.doses), max(fit.doses)
    if fit.status in ("above_top_dose", "below_lowest_dose"):
        side = "above the highest" if fit.status == "above_top_dose" else "below the lowest"
        cause = f"{fit.potency} {side} {fit.words.dose} given"
        yield FitWarning("extrapolation", cause, "it is a bound, and no value is given")
    elif fit.status == "interpolated":
        ends = [f"lower end below {low:g}"] if fit.id50_low < low else []
        ends += [f"upper end above {high:g}"] if fit.id50_high > high else []
        if ends:
            where = f"where no {fit.words.dose} was given"
            effect = f"that end rests on the shape of the curve {where}; it is printed as a bound"
            yield FitWarning("extrapolation", " and ".join(ends), effect)


def _run_down(fit: DoseResponseFit, refits: Refits) -> Iterator[FitWarning]:
    """A falling amplitude hides spikes, which is corrected as far as the amplitudes tell."""
    first, *later = [w.completeness for w in fit.windows if w.used and math.isfinite(w.completeness)] or [math.nan]
    if later and min(later) < first - _RUN_DOWN:
        cause = f"spikes found from {100 * first:.0f} to {100 * min(later):.0f} %"
        effect = f"the counts are corrected for it; uncorrected {_would_be(_value(refits.uncorrected, fit), fit)}"
        yield FitWarning("amplitude run-down", cause, effect)


def _would_be(value: str, fit: DoseResponseFit) -> str:
    """What another assumption makes of the result."""
    if fit.status == "no_effect":
        return "an inhibition may be hidden, or seem to be there"
    return "the plateau would lie elsewhere" if fit.status == "plateau" else f"the {fit.potency} would be {value}"


def _value(dose: float, fit: DoseResponseFit) -> str:
    """A dose with its unit; outside the doses given it is a bound."""
    return "not to be had" if math.isnan(dose) else f"{end_text(dose, fit.doses)} {fit.unit_text}"


def fit_flags(fit: DoseResponseFit) -> tuple[str, ...]:
    """What to know before the number is used."""
    response = fit.response
    flags = list(response.flags)
    fate = response.fate
    if fate is None:
        flags.append("not assessed whether the cell was still held")
    elif fate.state == "lost":
        flags.append(f"cell lost, held until {fate.held_until_s:.0f} s: only the windows before are used")
    if fit.censored is not None:
        flags.append(
            f"cell undetermined: without the windows after its last spike the {fit.potency} is {fit.id50_censored_text}"
        )
    if fit.settings.drift and has_own_baselines(response):
        flags.append("no drift estimated: each concentration was read against the rate just before it")
    elif fit.settings.drift and math.isnan(fit.drift_percent_per_min):
        flags.append("no drift estimated: no vehicle or recovery window tells it from the drug")
    used = [window for window in fit.windows if window.used and window.role != "baseline"]
    marked = sum(bool(window.flags) for window in used)
    if marked:
        flags.append("one read-out window flagged" if marked == 1 else f"{marked} read-out windows flagged")
    given = sorted((w for w in used if w.role == "agonist"), key=lambda w: w.dose)
    excited = [w for w in given if w.percent_low > 100.0]
    if excited:
        flags.append(f"excitation at {', '.join(f'{w.dose:g}' for w in excited)} {fit.unit_text}")
    if fit.misfit_p < _POOR_FIT:
        flags.append("the curve does not describe the counts: a plateau, another shape or a wandering rate")
    rises = [b for a, b in itertools.pairwise(given) if b.percent_low > a.percent_high]
    if rises:
        flags.append(f"not monotone: the rate rises again at {', '.join(f'{w.dose:g}' for w in rises)} {fit.unit_text}")
    return tuple(flags)
