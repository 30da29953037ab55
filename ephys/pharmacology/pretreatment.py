"""An antagonist before the agonist: its doses are read against the rate after it, not against the untreated cell."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
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


INTO_DOSES = "infused on into the doses"
WASHED_OUT = "washed out of the bath"
_OFF = ("switched off when the agonist came", "switched off during the agonist")
GONE = (WASHED_OUT, *_OFF)
"""Manners in which an antagonist was not there with every concentration of the agonist."""

_LASTING = (INTO_DOSES, "in the bath throughout", "in the bath, no end stated")
"""Manners in which an antagonist is there while the doses are given."""


@dataclass(frozen=True, slots=True)
class Pretreatment(Shown):
    """What a cell got of an antagonist before the first agonist, and what that alone made of its rate.

    Parameters
    ----------
    given : tuple of Administration
        Doses of the antagonist, in order of time.
    untreated : ResponseWindow or None
        The baseline before it; ``None`` where nothing was recorded before.
    manner : tuple of str, optional
        How each was given, where that was no bolus: `manner_of`.
    beside : str, optional
        What else there is to know of it: drugs in between, a baseline that is not taken, or the cell lost.
    unread : str, optional
        Why no dose is read against the rate after it; empty where they are.
    after_s : float
        Length of the baseline after it.
    percent, percent_low, percent_high : float
        Rate of that baseline in percent of `untreated`, with its 95 % interval; NaN where not both were measured.

    Examples
    --------
    >>> given = Administration("way-100635", 200.0, dose=100.0, dose_unit="ug/kg", route="i.v.", role="antagonist")
    >>> print(Pretreatment((given,), None))
    way-100635 100 µg/kg i.v.
    """

    given: tuple[Administration, ...]
    untreated: ResponseWindow | None
    manner: tuple[str, ...] = ()
    beside: str = ""
    unread: str = ""
    after_s: float = math.nan
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
    def same(self) -> tuple[str, ...]:
        """What two cells have in common that got the same: drug, dose, unit, route, form and manner of each dose."""
        return tuple(_text(one, how) for one, how in self._each())

    @property
    def flag(self) -> str:
        """What is said of every number that rests on it."""
        if self.unread:
            return "; ".join(filter(None, (f"after {self}: no dose is read", self.beside)))
        when = "under it" if any(how in _LASTING for how in self.manner) else "after it"
        rate = f"the rate {when}" + (f" ({self.after_s:.0f} s)" if math.isfinite(self.after_s) else "")
        if math.isfinite(self.percent):
            rate += f", {self.percent:.0f} % ({self.percent_low:.0f} to {self.percent_high:.0f}) of that before"
        return "; ".join(filter(None, (f"after {self}: read against {rate}", self.beside)))

    def _each(self) -> Iterator[tuple[Administration, str]]:
        """Each dose, and how it was given."""
        yield from zip(self.given, self.manner or ("",) * len(self.given), strict=True)

    def __str__(self) -> str:
        """Drug, dose, unit, route and form of each dose, as far as they are stated."""
        times = Counter(self.same)
        return ", ".join(f"{n} × {text}" if n > 1 else text for text, n in times.items())


def _text(one: Administration, how: str) -> str:
    """One dose."""
    dose = "(dose not stated)" if math.isnan(one.dose) else f"{one.dose:g} {unit_text(one.dose_unit)}"
    route = "" if one.route == "bath" and how else one.route
    told = " ".join(filter(None, (one.drug, dose, route, one.form and f"({one.form})")))
    return f"{told}, {how}" if how else told


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
    given, drawn = protocol.pretreatments, protocol.drawn_baseline
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
    given = protocol.pretreatments
    if not given:
        return protocol.baseline
    earliest_s = max(acts_s(one, protocol, settings) for one in given) + settings.delay_s
    first_s = protocol.first_agonist_s
    between = [one.start_s for one in protocol.administrations if one.role not in _NO_STEP and one.start_s < first_s]
    room = (at_s for at_s in between if at_s - earliest_s >= settings.min_baseline_s)
    stop_s = min(next(room, first_s), protocol.recorded.stop_s)
    start_s = max(earliest_s, stop_s - DEFAULT_BASELINE_S, protocol.recorded.start_s)
    return Epoch(start_s, stop_s, f"baseline after {given[-1].drug}") if start_s < stop_s else None


def manner_of(given: Administration, protocol: DoseProtocol, settings: ReadoutSettings) -> str:
    """How a pretreating antagonist was given, where that was no bolus: infused, or how long it was in the bath.

    Parameters
    ----------
    given : Administration
        One of `DoseProtocol.pretreatments`.
    protocol : DoseProtocol
    settings : ReadoutSettings
        Dead time of the bath.

    Returns
    -------
    str
        Empty for a bolus.
    """
    bath = Bath(protocol, settings.bath_delay_s)
    agonists = [one for one in protocol.administrations if one.role == "agonist"]
    if not bath.holds(given):
        into = given.end_s > agonists[0].start_s
        return "" if given.stop_s is None else INTO_DOSES if into else "infused"
    if _is_washed_out(given, protocol, bath):
        return WASHED_OUT
    if given.stop_s is None:
        return "in the bath, no end stated"
    if given.stop_s <= agonists[0].start_s:
        return _OFF[0]
    return "in the bath throughout" if given.stop_s > agonists[-1].start_s else _OFF[1]


def acts_s(given: Administration, protocol: DoseProtocol, settings: ReadoutSettings) -> float:
    """From when on a pretreating antagonist acts: its end; its beginning, where its end leaves no time for a baseline.

    Parameters
    ----------
    given : Administration
        One of `DoseProtocol.pretreatments`.
    protocol : DoseProtocol
    settings : ReadoutSettings
        Dead time of the bath, delay, and the shortest baseline.
    """
    bath = Bath(protocol, settings.bath_delay_s)
    if bath.holds(given):
        return bath.leaves_s(given) if _is_washed_out(given, protocol, bath) else bath.arrives_s(given)
    left_s = protocol.first_agonist_s - given.end_s - settings.delay_s
    return given.end_s if left_s >= settings.min_baseline_s else given.start_s


def _is_washed_out(given: Administration, protocol: DoseProtocol, bath: Bath) -> bool:
    """Whether the bath was free of an antagonist again before the agonist came."""
    first = next(one for one in protocol.administrations if one.role == "agonist")
    return bath.leaves_s(given) < bath.arrives_s(first)
