"""Each ejection of a unit, measured against the baseline before it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ephys.firing import MIN_INTERVALS, isi
from ephys.model import DoseProtocol, Epoch, Estimate, Fate, Session, Subject, Unit
from ephys.pharmacology.iontophoresis.barrels import barrel_summaries, control_mean
from ephys.pharmacology.iontophoresis.currents import ejected_name, ejections_of
from ephys.pharmacology.iontophoresis.ejection import Ejection
from ephys.pharmacology.iontophoresis.one_ejection import EjectedCell, inhibition, measure_one
from ephys.pharmacology.iontophoresis.result import Ejections
from ephys.pharmacology.iontophoresis.settings import IontophoresisSettings
from ephys.pharmacology.iontophoresis.suppressed import Counted, difference

_REGULAR = 0.05
"""No train is taken for more regular. Convention."""


def measure_ejections(
    unit: Unit,
    protocol: DoseProtocol,
    *,
    drug: str | None = None,
    settings: IontophoresisSettings | None = None,
    fate: Fate | None = None,
    subject: Subject | None = None,
    session: Session | None = None,
    electrode: str = "",
) -> Ejections:
    """Measure what each ejection of a drug by a current did to a cell.

    Parameters
    ----------
    unit : Unit
    protocol : DoseProtocol
        Ejections are the administrations in nA, or by iontophoresis; those with the role vehicle are control currents.
    drug : str, optional
        Of this drug, in whatever case, and the controls; else of all.
    settings : IontophoresisSettings, optional
    fate : Fate, optional
        Nothing is measured after the cell was lost, and what follows its last proven spike is flagged.
    subject : Subject, optional
        The animal; else the session's.
    session : Session, optional
        Names the electrode where `electrode` does not: by its track, else by its own name.
    electrode : str, optional
        Multibarrel electrode that ejected: what is compared shares it. Without it and a session, the unit's name.

    Returns
    -------
    Ejections

    Raises
    ------
    ParameterError
        If nothing (of the drug) was ejected, an ejection has no current or stop, or two overlap, from whichever
        barrels.

    Notes
    -----
    Suppressed spikes are ``(R0 T - n) / I``: R0 the rate of the baseline before the ejection, T from its start to
    recovery or the next administration, n the spikes in that time, I the current.

    Examples
    --------
    >>> from ephys.model import Administration
    >>> given = (Administration("5-ht", 100.0, 150.0, dose=10.0, dose_unit="nA", barrel="2"),)
    >>> spikes = np.r_[0.25:110.0:0.5, 170.25:300.0:0.5]   # 2 Hz, silent from 110 to 170 s
    >>> cell = Unit.from_times(spikes, support=Epoch(0.0, 300.0))
    >>> found = measure_ejections(cell, DoseProtocol(given, cell.support))
    >>> one = found.ejections[0]
    >>> round(one.t50.value), round(one.rt50.value), round(one.suppressed_per_na.value)   # 2 Hz × 60 s / 10 nA
    (10, 20, 12)
    """
    settings = settings or IontophoresisSettings()
    given = ejections_of(protocol, drug)
    name, basis = _electrode(unit, session, electrode)
    cell = EjectedCell(unit, protocol, settings, fate)
    baselines = {number: cell.baseline(one) for number, one in given}
    cell = replace(cell, cv=_pooled_cv(unit, [epoch for epoch in baselines.values() if epoch is not None]))
    found = [measure_one(cell, number, one, baselines[number]) for number, one in given]
    found = _with_next(cell, _with_control(found))
    return Ejections(
        unit_id=unit.id, drug=_called(drug, found), subject=subject or (session.subject if session else Subject()),
        electrode=name, electrode_basis=basis, cv=cell.cv, ejections=tuple(found),
        barrels=barrel_summaries(found, [cell.counts(one) for one in found], control=settings.control),
        settings=settings,
    )  # fmt: skip


def _called(drug: str | None, found: Sequence[Ejection]) -> str:
    """What the table calls the drug asked for; empty for all."""
    return ejected_name(drug, [one.drug for one in found if not one.is_control]) if drug is not None else ""


def _electrode(unit: Unit, session: Session | None, stated: str) -> tuple[str, str]:
    """Name of the electrode, and what it is taken from."""
    if stated:
        return stated, "stated"
    if session is not None:
        return (f"track {session.track}", "track") if session.track else (f"session {session.id}", "session")
    return f"unit {unit.id}", "unit"


def _pooled_cv(unit: Unit, baselines: Sequence[Epoch]) -> float:
    """CV of the intervals of all baselines, each against its own mean; 1, a Poisson train, of too few."""
    of_each = [isi(unit.times_s[epoch.mask(unit.times_s)], support=unit.support) for epoch in baselines]
    shares = [intervals / intervals.mean() for intervals in of_each if intervals.size > 1]
    n = sum(share.size for share in shares)
    if n < MIN_INTERVALS:
        return 1.0
    squares = sum(float(np.sum((share - 1.0) ** 2)) for share in shares)
    return max(math.sqrt(squares / (n - len(shares))), _REGULAR)


def _with_control(found: Sequence[Ejection]) -> list[Ejection]:
    """The same with what control ejections suppressed per nA taken off."""
    mean = control_mean(found, "suppressed_per_na")
    if math.isnan(mean.value):
        return list(found)
    return [
        replace(one, less_control=difference(one.suppressed_per_na, mean))
        if not one.is_control and one.measured
        else one
        for one in found
    ]


def _with_next(cell: EjectedCell, found: Sequence[Ejection]) -> list[Ejection]:
    """The same with the rate to which each had come back before the next ejection; both are flagged if too low."""
    done: list[Ejection] = []
    too_low: dict[float, str] = {}
    for each in found:
        low = too_low.get(each.epoch.start_s, "")
        one = replace(each, flags=(*each.flags, low)) if low and each.measured else each
        given = cell.protocol.administrations[one.number]
        following = cell.next_event(given)
        after = None if following is None else cell.baseline(following)
        if not one.measured or one.baseline is None or after is None:
            done.append(one)
            continue
        lower = inhibition(Counted.of(cell.unit, one.baseline), Counted.of(cell.unit, after), cv=cell.cv)
        share = Estimate(100.0 - lower.value, 100.0 - lower.high, 100.0 - lower.low)
        least = 100.0 * cell.settings.recovered_share
        flags = one.flags
        if share.value < least and following is not None:
            flags = (*flags, f"back to {share.value:.0f} % before the next was given, not to {least:g} %")
            was = f"{one.drug} at {one.epoch.start_s:g} s"
            too_low[following.start_s] = f"baseline at {share.value:.0f} % of that before {was}: R0 may be too low"
        done.append(replace(one, before_next=share, flags=flags))
    return done
