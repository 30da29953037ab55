"""An antagonist before the agonist: its doses are read against the rate after it, not against the untreated cell."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from ephys.jupyter import Shown, unit_text
from ephys.model import Administration, DoseProtocol, Epoch
from ephys.model.protocol import DEFAULT_BASELINE_S
from ephys.pharmacology.readout import ReadoutSettings
from ephys.pharmacology.response_window import ResponseWindow
from ephys.pharmacology.superfusion.bath import Bath

BEFORE_ANTAGONIST = "before the antagonist"
"""Said of the untreated baseline, which no dose is read against."""

_NO_STEP = ("anaesthetic", "wash")
"""Roles that a baseline goes on through."""


@dataclass(frozen=True, slots=True)
class Pretreatment(Shown):
    """What a cell got of an antagonist before the first agonist, and what that alone made of its rate.

    Parameters
    ----------
    given : tuple of Administration
        Doses of the antagonist, in order of time.
    untreated : ResponseWindow or None
        The baseline before it; ``None`` where nothing was recorded before.
    beside : str
        What else there is to know of it: drugs in between, that it was washed out, or the cell lost.
    percent, percent_low, percent_high : float
        Rate of the baseline after it in percent of `untreated`, with its 95 % interval; NaN where not both were
        measured.

    Examples
    --------
    >>> given = Administration("way-100635", 200.0, dose=100.0, dose_unit="ug/kg", route="i.v.", role="antagonist")
    >>> print(Pretreatment((given,), None))
    way-100635 100 µg/kg i.v.
    """

    given: tuple[Administration, ...]
    untreated: ResponseWindow | None
    beside: str = ""
    percent: float = math.nan
    percent_low: float = math.nan
    percent_high: float = math.nan

    @property
    def last_s(self) -> float:
        """When the last of it was given."""
        return self.given[-1].start_s

    @property
    def drugs(self) -> str:
        """What it was."""
        return ", ".join(dict.fromkeys(one.drug for one in self.given))

    @property
    def same(self) -> tuple[tuple[str, float, str, str, str], ...]:
        """What two cells have in common that got the same: drug, dose, unit, route and form of each dose."""
        return tuple((one.drug, one.dose, one.dose_unit, one.route, one.form) for one in self.given)

    @property
    def flag(self) -> str:
        """What is said of every number that rests on it."""
        rate = "the rate after it"
        if math.isfinite(self.percent):
            rate += f", {self.percent:.0f} % ({self.percent_low:.0f} to {self.percent_high:.0f}) of that before"
        return "; ".join(filter(None, (f"after {self}: read against {rate}", self.beside)))

    def __str__(self) -> str:
        """Drug, dose, unit, route and form of each dose, as far as they are stated."""
        times = Counter(map(_text, self.given))
        return ", ".join(f"{n} × {text}" if n > 1 else text for text, n in times.items())


def _text(one: Administration) -> str:
    """One dose."""
    dose = "" if math.isnan(one.dose) else f"{one.dose:g} {unit_text(one.dose_unit)}"
    return " ".join(filter(None, (one.drug, dose, one.route, one.form and f"({one.form})")))


def antagonists_before(protocol: DoseProtocol) -> tuple[Administration, ...]:
    """Antagonists that were given before every agonist; none where no agonist was given.

    Parameters
    ----------
    protocol : DoseProtocol
    """
    first_s = min((one.start_s for one in protocol.administrations if one.role == "agonist"), default=-math.inf)
    return tuple(one for one in protocol.administrations if one.role == "antagonist" and one.start_s < first_s)


def untreated_baseline(protocol: DoseProtocol) -> Epoch | None:
    """Baseline before an antagonist: the drawn one, where it lies before it, else the one fixed in advance.

    Parameters
    ----------
    protocol : DoseProtocol

    Returns
    -------
    Epoch or None
        The protocol's own baseline where no antagonist came first.
    """
    given, drawn = antagonists_before(protocol), protocol.drawn_baseline
    return protocol.baseline if not given or (drawn and drawn.stop_s <= given[0].start_s) else protocol.default_baseline


def series_baseline(protocol: DoseProtocol, settings: ReadoutSettings) -> Epoch | None:
    """Baseline that an agonist's doses are read against: that of the session, or that after a pretreatment.

    After an antagonist it is the last 180 s before what was given next, from `ReadoutSettings.delay_s` after the
    antagonist on. What follows so soon that fewer than `ReadoutSettings.min_baseline_s` are left (a flush) is passed
    over, up to the first agonist.

    Parameters
    ----------
    protocol : DoseProtocol
    settings : ReadoutSettings

    Returns
    -------
    Epoch or None
        ``None`` where nothing was recorded there.
    """
    given = antagonists_before(protocol)
    if not given:
        return protocol.baseline
    earliest_s = max(acts_s(one, protocol, settings) for one in given) + settings.delay_s
    first_s = min(one.start_s for one in protocol.administrations if one.role == "agonist")
    between = [one.start_s for one in protocol.administrations if one.role not in _NO_STEP and one.start_s < first_s]
    room = (at_s for at_s in between if at_s - earliest_s >= settings.min_baseline_s)
    stop_s = min(next(room, first_s), protocol.recorded.stop_s)
    start_s = max(earliest_s, stop_s - DEFAULT_BASELINE_S, protocol.recorded.start_s)
    return Epoch(start_s, stop_s, f"baseline after {given[-1].drug}") if start_s < stop_s else None


def washed_out(given: Administration, protocol: DoseProtocol, settings: ReadoutSettings) -> bool:
    """Whether an antagonist in the bath had left it again before the first agonist was at the cell.

    Parameters
    ----------
    given : Administration
        One of `antagonists_before`.
    protocol : DoseProtocol
    settings : ReadoutSettings
        Dead time of the bath.
    """
    bath = Bath(protocol, settings.bath_delay_s)
    first_s = min(bath.arrives_s(one) for one in protocol.administrations if one.role == "agonist")
    return bath.holds(given) and bath.leaves_s(given) < first_s


def acts_s(given: Administration, protocol: DoseProtocol, settings: ReadoutSettings) -> float:
    """From when on a pretreating antagonist acts: its end; its beginning, where it went on into the agonist.

    Parameters
    ----------
    given : Administration
        One of `antagonists_before`.
    protocol : DoseProtocol
    settings : ReadoutSettings
        Dead time of the bath.
    """
    bath = Bath(protocol, settings.bath_delay_s)
    if bath.holds(given):
        return bath.leaves_s(given) if washed_out(given, protocol, settings) else bath.arrives_s(given)
    first_s = min(one.start_s for one in protocol.administrations if one.role == "agonist")
    return given.start_s if given.end_s > first_s else given.end_s
