"""Where the baseline lies: what the session says against it, and whether another would be steadier."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ephys.firing.drift import DriftProjection
from ephys.firing.stability import Stability, assess_stability
from ephys.firing.stability_settings import StabilitySettings
from ephys.jupyter import Shown, common_words
from ephys.model import Administration, DoseProtocol, Epoch, Unit
from ephys.model.protocol import CHOSEN

_URETHANE = ("urethane", "ethyl carbamate")


def under_urethane(anaesthetic: str) -> bool:
    """Whether an anaesthetic is urethane, whose states take turns and move rates.

    >>> under_urethane("Urethane 1.3 g/kg"), under_urethane("chloral hydrate")
    (True, False)
    """
    return any(name in anaesthetic.lower() for name in _URETHANE)


@dataclass(frozen=True, slots=True)
class BaselineSuggestion(Shown):
    """A baseline that is steady where the one fixed in advance is not.

    Parameters
    ----------
    stability : Stability
        Of the stretch suggested, ``stability.baseline``.
    planned : Stability
        Of the baseline fixed in advance.
    """

    stability: Stability
    planned: Stability

    @property
    def text(self) -> str:
        """What to do, and what it costs."""
        other, default = self.stability.baseline, self.planned.baseline
        size = "longer" if other.start_s < default.start_s else "shorter, late"
        span = f"{other.start_s:.0f}, {other.stop_s:.0f}"
        return (
            f"a {size} baseline, {other.start_s:.0f} to {other.stop_s:.0f} s, is steady (changes up to "
            f"{self.stability.unseen_percent:.0f} % not excluded): draw it for the session with draw_baseline({span}, "
            f"reason=...); it is then {CHOSEN}"
        )


def suggest_baseline(
    unit: Unit,
    protocol: DoseProtocol,
    *,
    planned: Stability | None = None,
    seed: int = 0,
    settings: StabilitySettings | None = None,
) -> BaselineSuggestion | None:
    """Look for a longer, else for a shorter late baseline that is stable, where the one fixed in advance is not.

    Every stretch tried ends where the default baseline does. The longest that is stable is taken; it never reaches back
    to a wash, nor to an anaesthetic supplement and the time after it. Nothing is changed: of several stretches one is
    steady by chance more often than one fixed in advance, which is why a person has to draw it, and why it is marked
    wherever it is used.

    Parameters
    ----------
    unit : Unit
        The cell.
    protocol : DoseProtocol
        What was given; a baseline that somebody drew is passed over.
    planned : Stability, optional
        Of the default baseline, where it was assessed already with these settings.
    seed : int, optional
        Of the trains that tell the chance of a step.
    settings : StabilitySettings, optional
        Lengths that are tried, and what is stable.

    Returns
    -------
    BaselineSuggestion or None
        ``None`` where the default baseline is stable, there is none, nothing was given, or no stretch is stable.

    Examples
    --------
    >>> import numpy as np
    >>> from ephys.model import Administration
    >>> given = (Administration("ipsapirone", 400.0, dose=50.0, dose_unit="ug/kg"),)
    >>> spikes = np.concatenate([np.arange(0.5, 260.0), np.arange(260.25, 400.0, 0.5)])   # 1 Hz, then 2 Hz
    >>> cell = Unit.from_times(spikes, support=Epoch(0.0, 400.0))
    >>> suggested = suggest_baseline(cell, DoseProtocol(given, cell.support))
    >>> suggested.stability.baseline.start_s >= 260.0, suggested.planned.verdict
    (True, 'unstable')
    """
    settings = settings or StabilitySettings()
    default = protocol.default_baseline
    if default is None or not _ends_with_a_drug(protocol):
        return None
    planned = planned or assess_stability(unit, default, seed=seed, settings=settings)
    if planned.verdict == "stable":
        return None
    for start_s in _starts(unit, protocol, planned, settings):
        tried = assess_stability(unit, Epoch(start_s, default.stop_s, "baseline"), seed=seed, settings=settings)
        if tried.verdict == "stable":
            return BaselineSuggestion(tried, planned)
    return None


def baseline_notes(
    protocol: DoseProtocol, *, anaesthetic: str = "", settings: StabilitySettings | None = None
) -> tuple[str, ...]:
    """Say what the drug record and the anaesthetic say of the baseline, whatever the cell.

    Parameters
    ----------
    protocol : DoseProtocol
        What was given.
    anaesthetic : str, optional
        Of the animal.
    settings : StabilitySettings, optional
        How long a supplement counts, and how long one cycle of urethane's states is.

    Returns
    -------
    tuple of str
        A chosen baseline, supplements and washes inside or shortly before it, less than one cycle under urethane.

    Examples
    --------
    >>> from ephys.model import Administration, Support
    >>> given = (Administration("urethane", 100.0, role="anaesthetic"), Administration("saline", 300.0, role="vehicle"))
    >>> protocol = DoseProtocol(given, Support.of(Epoch(0.0, 600.0)))
    >>> for note in baseline_notes(protocol):
    ...     print(note)
    urethane at 100 s, 20 s before the baseline: anaesthetics change responses to 5-HT (McCardle & Gartside 2012)
    """
    settings = settings or StabilitySettings()
    baseline = protocol.baseline
    if baseline is None:
        return ()
    return (
        *_chosen_note(protocol, baseline),
        *_given_notes(protocol, baseline, settings),
        *_urethane_note(baseline, anaesthetic, settings),
    )


def baseline_flags(
    unit: Unit,
    protocol: DoseProtocol,
    stability: Stability,
    *,
    drift: DriftProjection | None = None,
    seed: int = 0,
    settings: StabilitySettings | None = None,
) -> tuple[str, ...]:
    """Say what is doubtful about the baseline of one unit, and suggest another where nobody drew one.

    Parameters
    ----------
    unit : Unit
        The cell.
    protocol : DoseProtocol
        What was given; its baseline was judged.
    stability : Stability
        How.
    drift : DriftProjection, optional
        What the slope would make of the rate.
    seed, settings
        As in `suggest_baseline`.

    Returns
    -------
    tuple of str
    """
    flags = [f"baseline: {CHOSEN}"] if protocol.drawn_baseline is not None else []
    if stability.verdict in ("unstable", "unclear"):
        which = " before the antagonist" if protocol.pretreatments else ""
        flags.append(f"{stability.verdict} baseline{which}: " + "; ".join(stability.reasons))
    if drift is not None and drift.matters:
        words = common_words(a.dose_unit for a in protocol.administrations if a.role == "agonist")
        carried_on = drift.told(words.dose)
        flags.append(f"drift of the baseline: {carried_on}; the fit's warnings say what that makes of the {words.name}")
    if protocol.drawn_baseline is None:
        suggested = suggest_baseline(unit, protocol, planned=stability, seed=seed, settings=settings)
        flags.extend(() if suggested is None else (suggested.text,))
    return tuple(flags)


def _ends_with_a_drug(protocol: DoseProtocol) -> bool:
    """Whether something was given that a baseline comes before."""
    return any(given.role not in ("anaesthetic", "wash") for given in protocol.administrations)


def _starts(unit: Unit, protocol: DoseProtocol, planned: Stability, settings: StabilitySettings) -> Iterator[float]:
    """Where baselines that are tried begin, the longest first."""
    start_s, stop_s = planned.baseline.start_s, planned.baseline.stop_s
    earliest_s = max(
        protocol.recorded.start_s, unit.support.start_s, stop_s - settings.suggest_to_s,
        *(_clear_s(given, settings) for given in protocol.administrations if given.start_s < stop_s),
    )  # fmt: skip
    steps = int(settings.suggest_to_s / settings.suggest_step_s) + 1
    grid = {start_s + number * settings.suggest_step_s for number in range(-steps, steps + 1)}
    found = grid | {earliest_s, stop_s - settings.suggest_from_s} | {step.high_s for step in planned.steps}
    latest_s = stop_s - settings.suggest_from_s
    yield from sorted(at_s for at_s in found if earliest_s <= at_s <= latest_s and at_s != start_s)


def _clear_s(given: Administration, settings: StabilitySettings) -> float:
    """From when on an anaesthetic or a wash no longer counts."""
    return given.end_s + (settings.supplement_s if given.role == "anaesthetic" else 0.0)


def _chosen_note(protocol: DoseProtocol, baseline: Epoch) -> Iterator[str]:
    """Mark a drawn baseline, with the one fixed in advance."""
    if protocol.drawn_baseline is not None:
        yield f"baseline {baseline.start_s:g} to {baseline.stop_s:g} s: {CHOSEN}; {_default_text(protocol)}"


def _default_text(protocol: DoseProtocol) -> str:
    """The baseline that was fixed in advance, whose results stand beside."""
    default = protocol.default_baseline
    if default is None:
        return "none was to be had in advance"
    return f"results with the one fixed in advance, {default.start_s:g} to {default.stop_s:g} s, stand beside"


def _given_notes(protocol: DoseProtocol, baseline: Epoch, settings: StabilitySettings) -> Iterator[str]:
    """Supplements inside the baseline or shortly before it, and washes inside."""
    for given in protocol.administrations:
        before_s = baseline.start_s - given.end_s
        inside = given.start_s < baseline.stop_s and before_s <= 0
        name = given.drug or given.role
        if given.role == "anaesthetic" and (inside or 0 < before_s <= settings.supplement_s):
            where = "inside" if inside else f"{before_s:.0f} s before"
            yield (
                f"{name} at {given.start_s:g} s, {where} the baseline: anaesthetics change responses to 5-HT "
                "(McCardle & Gartside 2012)"
            )
        elif given.role == "wash" and inside:
            yield f"wash ({name}) at {given.start_s:g} s, inside the baseline: what was washed out may still act"


def _urethane_note(baseline: Epoch, anaesthetic: str, settings: StabilitySettings) -> Iterator[str]:
    """A baseline shorter than a cycle of the states of urethane sees one state only."""
    if baseline.duration_s < settings.urethane_cycle_s and under_urethane(anaesthetic):
        share = 100.0 * baseline.duration_s / settings.urethane_cycle_s
        yield (
            f"urethane: a baseline of {baseline.duration_s:.0f} s sees {share:.0f} % of one cycle of its states (about "
            f"{settings.urethane_cycle_s:g} s: Clement et al. 2008, PLoS ONE); where these move the rate by "
            "±20 %, the 95 % range of one cell's ID50 of 50 widens from 44.5-55.3 to 31-62 (simulated)"
        )
