"""From responses to pairs: which window stands for the agonist, and which for its antagonist."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import get_args

from ephys.errors import ParameterError
from ephys.firing import poisson_interval
from ephys.pharmacology.cell_series import why_not
from ephys.pharmacology.groups.estimates import count_text
from ephys.pharmacology.measuring import is_usable
from ephys.pharmacology.paired.result import PairedCell, PairedRate, PairedRates, State, Which
from ephys.pharmacology.population.run_checks import check_subject
from ephys.pharmacology.response_window import ResponseWindow
from ephys.pharmacology.responses import DoseResponse


def paired_rates(
    responses: Iterable[DoseResponse],
    *,
    drug: str | None = None,
    antagonist: str | None = None,
    which: Which = "last",
) -> PairedRates:
    """Take each cell's rate before an agonist, at one of its doses, and after the antagonist that followed.

    Nothing is tested: `compare_inhibition` compares groups at a dose. A cell whose antagonist was not given, or not
    measured, ends at the agonist.

    Parameters
    ----------
    responses : iterable of DoseResponse
        Each with its animal.
    drug : str, optional
        Agonist; may be left out where the responses have one.
    antagonist : str, optional
        May be left out where one was given after the agonist; its last window counts.
    which : {"last", "deepest"}, optional
        Usable agonist window: the last, or that of the lowest rate, which chance makes lower than the cell's own rate
        at any dose. It is chosen after seeing the data, and said.

    Returns
    -------
    PairedRates
        Windows are those of the responses: half-open, silence 0 Hz, false spikes taken off.

    Raises
    ------
    ParameterError
        If a response does not know its animal, drugs, dose units or antagonists are several and none is named, one is
        named that was not given, or no cell is left.

    Examples
    --------
    >>> import numpy as np
    >>> from ephys.model import Administration, DoseProtocol, Epoch, Subject, Support, Unit
    >>> from ephys.pharmacology import dose_response
    >>> given = (Administration("ipsapirone", 200.0, dose=50.0, dose_unit="ug/kg"),
    ...          Administration("way-100635", 300.0, dose=0.1, dose_unit="mg/kg", role="antagonist"))
    >>> unit = Unit.from_times(np.r_[0.5:200.0, 300.5:400.0], support=Epoch(0.0, 400.0))
    >>> response = dose_response(unit, DoseProtocol(given, unit.support), subject=Subject(animal="r1"))
    >>> [(rate.state, rate.rate_hz) for rate in paired_rates([response]).cells[0].rates]
    [('baseline', 1.0), ('agonist', 0.0), ('antagonist', 1.0)]
    """
    if which not in get_args(Which):
        raise ParameterError(f"which must be {' or '.join(get_args(Which))}, got {which!r}")
    everything = list(responses)
    for number, response in enumerate(everything, start=1):
        check_subject(response, number, grouped=False)
    agonist = _the_one("drug", [response.drug for response in everything], drug)
    chosen = [response for response in everything if response.drug == agonist]
    unit = _the_one("dose unit", [response.dose_unit for response in chosen], None)
    usable = [response for response in chosen if not why_not(response)]
    left_out = tuple(f"{_name(response)}: {why_not(response)}" for response in chosen if why_not(response))
    if not usable:
        raise ParameterError("no cell can be paired" + "".join(f"; {reason}" for reason in left_out))
    windows = [_agonist_window(response, which) for response in usable]
    after = [_antagonists(response, window) for response, window in zip(usable, windows, strict=True)]
    given = [window.drug for found in after for window in found]
    blocker = _the_one("antagonist", given, antagonist) if given or antagonist is not None else ""
    last = [next((w for w in reversed(found) if w.drug == blocker and is_usable(w.flags)), None) for found in after]
    return PairedRates(
        drug=agonist,
        dose_unit=unit,
        route=" or ".join(dict.fromkeys(response.route for response in usable if response.route)),
        antagonist=blocker,
        which=which,
        cells=tuple(_paired(*one) for one in zip(usable, windows, last, strict=True)),
        left_out=left_out,
        notes=_notes(usable, which),
    )


def _the_one(what: str, found: Sequence[str], wanted: str | None) -> str:
    """Return the one meant, or say which there are."""
    names = list(dict.fromkeys(found))
    if wanted is None and len(names) == 1:
        return names[0]
    if wanted is None or wanted not in names:
        asked = f", got {wanted!r}" if wanted is not None else ": say which, or choose the responses of one"
        raise ParameterError(f"responses have the {what} {', '.join(map(repr, names)) or 'none'}{asked}")
    return wanted


def _name(response: DoseResponse) -> str:
    """A cell as it is printed."""
    return f"unit {response.unit_id} of animal {response.subject.animal}"


def _agonist_window(response: DoseResponse, which: Which) -> ResponseWindow:
    """Usable window that stands for the agonist; of equally deep ones the last."""
    doses = [window for window in response.doses if window.used and window.dose > 0]
    return doses[-1] if which == "last" else min(reversed(doses), key=lambda window: window.rate_hz)


def _antagonists(response: DoseResponse, agonist: ResponseWindow) -> list[ResponseWindow]:
    """Windows of antagonists that were given after the agonist's window."""
    return [w for w in response.windows if w.role == "antagonist" and w.given_s >= agonist.epoch.start_s]


def _paired(response: DoseResponse, agonist: ResponseWindow, antagonist: ResponseWindow | None) -> PairedCell:
    """One cell with the windows that stand for its states."""
    states: list[tuple[State, ResponseWindow | None]] = [
        ("baseline", response.baseline), ("agonist", agonist), ("antagonist", antagonist),
    ]  # fmt: skip
    fate = response.fate
    until_s = fate.held_until_s if fate is not None and fate.state == "undetermined" else math.inf
    rates = tuple(_rate(state, window, until_s) for state, window in states if window is not None)
    return PairedCell(response.subject.animal, response.unit_id, response.subject.group, rates)


def _rate(state: State, window: ResponseWindow, until_s: float) -> PairedRate:
    """What was counted in a window; false spikes are taken off the interval as they are off the rate."""
    low, high = poisson_interval(window.count, window.exposure_s)
    foreign_hz = window.false_count / window.exposure_s
    return PairedRate(
        state, window.dose, window.count, window.exposure_s, window.rate_hz,
        low_hz=max(low - foreign_hz, 0.0), high_hz=max(high - foreign_hz, 0.0),
        percent=window.percent, percent_low=window.percent_low, percent_high=window.percent_high,
        proven=state == "baseline" or window.epoch.stop_s <= until_s,
    )  # fmt: skip


def _notes(responses: Sequence[DoseResponse], which: Which) -> tuple[str, ...]:
    """What to know before the numbers are used."""
    again = [response for response in responses if any(flag.startswith("given after") for flag in response.flags)]
    treated = sum(response.pretreatment is not None for response in responses)
    groups = list(dict.fromkeys(response.subject.group for response in responses if response.subject.group))
    deepest = "the deepest of several windows, chosen after seeing them, is lower than the rate at its dose by chance"
    told = (
        (deepest, which == "deepest"),
        (f"{count_text(len(again), 'cell')} given the drug after another agonist: not a first exposure", bool(again)),
        (
            f"{count_text(treated, 'cell')} given an antagonist before the drug: the baseline is the rate after it",
            bool(treated),
        ),
        (f"groups together: {', '.join(groups)}", len(groups) > 1),
    )
    return tuple(text for text, wanted in told if wanted)
