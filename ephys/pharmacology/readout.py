"""Where the response to each dose is read."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from ephys.errors import ParameterError
from ephys.firing import firing_rate
from ephys.jupyter import Shown
from ephys.model import READ_ROLES, Administration, DoseProtocol, Epoch, Unit
from ephys.pharmacology.superfusion.bath import Bath

LASTING = ("bath", "iontophoresis")
"""Routes by which the drug acts while it is given, and is read before it ends."""

Anchor = Literal["before_next", "after_dose", "trough"]
BathReference = Literal["session", "own"]
TROUGH = "trough: the lowest of many windows, biased low"
_TROUGH_STEP_S = 1.0


@dataclass(frozen=True, slots=True)
class ReadoutSettings(Shown):
    """Where the response to a dose is read.

    Parameters
    ----------
    anchor : {"before_next", "after_dose", "trough"}
        Before the next administration of any role but anaesthetic (the field's custom in cumulative i.v. dosing); from
        `delay_s` after each dose; or wherever between the two the rate is lowest, which is biased low and said so.
    length_s : float
        Length of a window. Convention: the last 30 to 60 s before the next dose, or 1 to 2 min.
    delay_s : float
        No window begins earlier than this after the end of the injection. Convention: i.v. onset takes tens of seconds.
    min_length_s, min_cover : float
        A window shorter, or covered by less than this share, is flagged.
    min_baseline_s : float
        With less covered baseline no percent is given. Convention.
    min_completeness : float
        A window in which a smaller share of the spikes clears the threshold is not used: a fall in amplitude
        counterfeits inhibition. Convention.
    most_excised : float
        A window, or a baseline, of which a larger share was excised as artefacts is flagged. Convention.
    bath_delay_s : float
        Dead time of a slice's bath: from the turn of the tap to the cell. It shifts the windows of superfused
        solutions, at both ends, and their courses. Measured with a dye; 0 where nobody did, and said so.
    bath_reference : {"session", "own"}
        What a superfused concentration is read against: the baseline of the session, or the stretch without drug just
        before it, where there was one. Convention: the session's, with the other beside it.
    recovered_percent : float
        After wash-out, a rate under this percent of baseline is flagged: not recovered. Convention.
    """

    anchor: Anchor = "before_next"
    length_s: float = 60.0
    delay_s: float = 30.0
    min_length_s: float = 20.0
    min_cover: float = 0.8
    min_baseline_s: float = 60.0
    min_completeness: float = 0.5
    most_excised: float = 0.05
    bath_delay_s: float = 0.0
    bath_reference: BathReference = "session"
    recovered_percent: float = 80.0

    def __post_init__(self) -> None:
        if self.anchor not in get_args(Anchor):
            raise ParameterError(f"readout.anchor must be {' or '.join(get_args(Anchor))}, got {self.anchor!r}")
        if not (self.length_s > 0 and self.delay_s >= 0):
            raise ParameterError(
                f"readout.length_s must be positive and delay_s not negative, got {self.length_s} and {self.delay_s}"
            )
        if self.bath_reference not in get_args(BathReference):
            expected = " or ".join(get_args(BathReference))
            raise ParameterError(f"readout.bath_reference must be {expected}, got {self.bath_reference!r}")
        if not (0 <= self.bath_delay_s < math.inf and 0 < self.recovered_percent <= 100):
            raise ParameterError(
                "readout.bath_delay_s must be 0 or more and recovered_percent above 0 and at most 100, got "
                f"{self.bath_delay_s} and {self.recovered_percent}"
            )


def other_readouts(settings: ReadoutSettings) -> tuple[tuple[str, ReadoutSettings], ...]:
    """Other customs of the field, by name, to see how far the ID50 depends on the window.

    >>> [name for name, _ in other_readouts(ReadoutSettings())]
    ['last 30 s', 'last 60 s', 'last 90 s', 'first 60 s']
    """
    last = [(f"last {length:g} s", "before_next", length) for length in (30.0, 60.0, 90.0)]
    named: list[tuple[str, Anchor, float]] = [*last, ("first 60 s", "after_dose", 60.0)]  # type: ignore[list-item]
    return tuple((name, replace(settings, anchor=anchor, length_s=length)) for name, anchor, length in named)


def plan_windows(
    protocol: DoseProtocol, drug: str, settings: ReadoutSettings | None = None, *, unit: Unit | None = None
) -> tuple[tuple[Administration, Epoch], ...]:
    """Place the read-out window of each administration that belongs to a drug's series.

    Parameters
    ----------
    protocol : DoseProtocol
        What was given, and when the session was recorded.
    drug : str
        The agonist; vehicle, antagonist and wash go with it, other agonists do not.
    settings : ReadoutSettings, optional
        Anchor and lengths.
    unit : Unit, optional
        The cell; needed for the anchor "trough", which depends on its spikes.

    Returns
    -------
    tuple of (Administration, Epoch)
        In order of time. An administration after the end of the recording has none.

    Raises
    ------
    ParameterError
        For the anchor "trough" without the unit.
    """
    settings = settings or ReadoutSettings()
    if settings.anchor == "trough" and unit is None:
        raise ParameterError("readout.anchor trough lies where the unit fires least: give plan_windows the unit")
    drawn = dict(protocol.drawn_windows)
    steps = [dose.administration.start_s for dose in protocol.doses(drug)]
    usual_s = float(np.median(np.diff(steps))) if len(steps) > 1 else settings.delay_s + settings.length_s
    planned = []
    for number, given in enumerate(protocol.administrations):
        if given.role not in READ_ROLES:
            continue
        if given.role == "agonist" and given.drug != drug:
            continue
        window = drawn.get(number) or _window(given, protocol, usual_s, settings, unit)
        if window is not None:
            planned.append((given, window))
    return tuple(planned)


def _window(
    given: Administration, protocol: DoseProtocol, usual_s: float, settings: ReadoutSettings, unit: Unit | None
) -> Epoch | None:
    """Window of one administration; ``None`` if the recording ended before it could begin."""
    bath = Bath(protocol, settings.bath_delay_s)
    superfused, arrives_s = bath.holds(given), bath.arrives_s(given)
    lasting = superfused or (given.stop_s is not None and given.route in LASTING)
    ended_s = bath.leaves_s(given) if superfused else given.end_s
    next_s = bath.next_s(given)
    ends = superfused and (given.stop_s is not None or given.role == "wash")  # a wash goes on to the end
    if math.isinf(next_s) and not ends:
        next_s = arrives_s + usual_s
    limit_s = min(next_s, protocol.recorded.stop_s, ended_s if lasting else math.inf)
    earliest_s = (arrives_s if lasting else given.end_s) + settings.delay_s
    if settings.anchor == "trough" and unit is not None and limit_s - earliest_s > settings.length_s:
        start_s = _trough(unit, earliest_s, limit_s, settings)
        stop_s = start_s + settings.length_s
    elif settings.anchor == "after_dose":
        start_s, stop_s = earliest_s, min(earliest_s + settings.length_s, limit_s)
    else:
        start_s, stop_s = max(limit_s - settings.length_s, earliest_s), limit_s
    if start_s >= stop_s:  # no room after the delay: take what there is, and the flag for a short window will say so
        start_s = arrives_s
    return Epoch(start_s, stop_s, f"{given.drug} at {given.start_s:g} s") if start_s < stop_s else None


def _trough(unit: Unit, earliest_s: float, limit_s: float, settings: ReadoutSettings) -> float:
    """Where the window with the lowest rate begins, the first of equals; only windows covered well enough count."""
    starts = np.arange(earliest_s, limit_s - settings.length_s + 1e-9, _TROUGH_STEP_S).tolist()
    windows = [Epoch(start, start + settings.length_s) for start in starts]
    covered = [w for w in windows if unit.support.covered_s(w) >= settings.min_cover * settings.length_s]
    rates = [firing_rate(unit.times_s, w, support=unit.support) for w in covered]
    return covered[int(np.argmin(rates))].start_s if covered else float(limit_s - settings.length_s)
