"""Drug record of a part of a session: what was given in it, and what the animal had been given before."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ephys.errors import ParameterError
from ephys.model.epoch import Epoch, Support
from ephys.model.protocol import NO_DRUG_ROLES, PER_STEP_UNITS, Administration, DoseProtocol


def protocol_within(protocol: DoseProtocol, part: Epoch, recorded: Support) -> tuple[DoseProtocol, tuple[str, ...]]:
    """Return the drug record of a part, and what must be known of the rest.

    Parameters
    ----------
    protocol : DoseProtocol
        Of the whole.
    part : Epoch
        Its administrations are kept whose start lies in it.
    recorded : Support
        When the part was recorded.

    Raises
    ------
    ParameterError
        If the part begins while a drug is being given, or within a series that is stated as totals.
    """
    numbers = [i for i, a in enumerate(protocol.administrations) if part.start_s <= a.start_s < part.stop_s]
    given = tuple(protocol.administrations[i] for i in numbers)
    before = [a for a in protocol.administrations if a.start_s < part.start_s]
    _check_running(before, part)
    _check_totals(before, given)
    place = {number: i for i, number in enumerate(numbers)}
    windows = [(place[i], window) for i, window in protocol.drawn_windows if i in place]
    kept = tuple((i, window) for i, window in windows if _inside(window, part))
    drawn = protocol.drawn_baseline
    baseline = drawn if drawn is not None and _inside(drawn, part) else None
    doubts = _before_doubts(before, given, part)
    if drawn is not None and baseline is None:
        doubts += (f"the baseline that was drawn, {_span(drawn)}, does not lie within this part: the default is taken",)
    doubts += tuple(
        f"the window that was drawn for {_named(given[i])}, {_span(window)}, does not lie within this part: it is "
        "placed by rule"
        for i, window in windows
        if (i, window) not in kept
    )
    excluded = tuple((place[i], why) for i, why in protocol.excluded if i in place)
    return DoseProtocol(given, recorded, baseline, kept, excluded), doubts


def _inside(window: Epoch, part: Epoch) -> bool:
    """Whether a window lies within a part."""
    return part.start_s <= window.start_s and window.stop_s <= part.stop_s


def _check_running(before: Sequence[Administration], part: Epoch) -> None:
    """Raise if the part begins while a drug is being given: neither baseline nor dose would be what it seems."""
    for a in before:
        if a.role not in NO_DRUG_ROLES and a.end_s > part.start_s:
            raise ParameterError(
                f"the part begins at {part.start_s:.10g} s, while {_named(a)} is given until {a.end_s:.10g} s: what is "
                f"measured in it would count as without drug. Begin at {a.start_s:.10g} s or before, or from "
                f"{a.end_s:.10g} s on"
            )


def _check_totals(before: Sequence[Administration], given: Sequence[Administration]) -> None:
    """Raise if a total in the part counts what was given before it."""
    for a in given:
        earlier = [b for b in before if (b.drug, b.role) == (a.drug, a.role)]
        if a.role != "agonist" or a.dose_kind != "cumulative" or a.dose_unit in PER_STEP_UNITS or not earlier:
            continue
        raise ParameterError(
            f"{_named(a)} is a total, and counts {_named(earlier[-1])}, which lies before this part: it is not what "
            "the cell in this part was given. State these doses as increments (dose_kind increment: what was added), "
            f"or begin the part before {earlier[0].start_s:.10g} s; totals that began anew belong into a dose table of "
            "this part's own"
        )


def _before_doubts(before: Sequence[Administration], given: Sequence[Administration], part: Epoch) -> tuple[str, ...]:
    """Say what had been given before the part, what of it goes on, and which series is counted from there on."""
    doubts = []
    if before:
        listed = ", ".join(_named(a) for a in before)
        drugs = any(a.role not in NO_DRUG_ROLES for a in before)
        doubts.append(
            f"before this part of the file: {listed}" + ("; a cell met after it is not naive" if drugs else "")
        )
    doubts += [f"{_named(a)} goes on into this part, until {a.end_s:.10g} s" for a in before if a.end_s > part.start_s]
    again = dict.fromkeys(a.drug for a in given for b in before if a.role == b.role == "agonist" and a.drug == b.drug)
    doubts += [f"{drug} was given before this part, too: its doses here count what was added in it" for drug in again]
    return tuple(doubts)


def _named(a: Administration) -> str:
    """One administration in words.

    >>> _named(Administration("ipsapirone", 1200.0, dose=500.0, dose_unit="ug/kg", route="i.v."))
    'ipsapirone 500 µg/kg i.v. at 1200 s'
    """
    dose = "" if math.isnan(a.dose) else f"{a.dose:g} {a.dose_unit.replace('ug', 'µg')}"
    total = "in all" if dose and a.dose_kind == "cumulative" else ""
    return " ".join(filter(None, (a.drug, dose, total, a.route, f"at {a.start_s:.10g} s")))


def _span(window: Epoch) -> str:
    """Bounds of a window."""
    return f"{window.start_s:.10g} to {window.stop_s:.10g} s"
