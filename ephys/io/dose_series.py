"""What only several doses together show: duplicates, mixed units, increments or totals unsaid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ephys.errors import ParameterError
from ephys.model import Administration, DoseProtocol, Support
from ephys.model.protocol import PER_STEP_UNITS

SERIES = ("agonist", "antagonist", "challenge")
"""Roles whose doses add up, so that a second one must say how."""


@dataclass(frozen=True, slots=True)
class Stated:
    """One administration, what it is called in a message, and whether it says what kind of dose it is."""

    given: Administration
    label: str
    says_kind: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one of several administrations, and in which column."""

    index: int
    column: str
    message: str


def series_faults(stated: Sequence[Stated], *, what: str, support: Support) -> Iterator[Fault]:
    """Find what cannot be in a list of administrations, in its order.

    A concentration or a current acts at its own step: nothing adds up, and nothing need be said.

    Parameters
    ----------
    stated : sequence of Stated
        The list.
    what : str
        What its members are called: rows, or marks.
    support : Support
        When the session was recorded.

    Examples
    --------
    >>> from ephys.model import Epoch
    >>> given = [Administration("ipsapirone", t, amount=9, unit="ug/kg", dose=9, dose_unit="ug/kg") for t in (1.0, 2.0)]
    >>> stated = [Stated(a, f"row {i}", says_kind=False) for i, a in enumerate(given, start=2)]
    >>> next(series_faults(stated, what="rows", support=Support.of(Epoch(0.0, 9.0)))).message
    'ipsapirone has several rows: say increment (what was added) or cumulative (the total)'
    """
    seen: dict[tuple[object, ...], Stated] = {}
    first: dict[str, int] = {}
    for index, each in enumerate(stated):
        a = each.given
        key = (a.drug, a.start_s, a.role, a.barrel, a.route, str(a.amount), a.unit)
        if key in seen:
            yield Fault(index, "drug", f"the same as {seen[key].label}: {a.drug} at {a.start_s:g} s; delete one")
        seen.setdefault(key, each)
        if a.role not in SERIES:
            continue
        earlier = stated[first.setdefault(a.drug, index)]
        if earlier is each:
            continue
        before = earlier.given
        if a.dose_unit != before.dose_unit:
            has = f"{earlier.label} has {before.unit!r}"
            yield Fault(index, "unit", f"mixed units for {a.drug}: {has}, to which this cannot be added")
        if a.dose_unit not in PER_STEP_UNITS:
            message = f"{a.drug} has several {what}: say increment (what was added) or cumulative (the total)"
            yield from (Fault(at, "dose_kind", message) for at in (first[a.drug], index) if not stated[at].says_kind)
    yield from _impossible(stated, support)


def _impossible(stated: Sequence[Stated], support: Support) -> Iterator[Fault]:
    """Find the first dose of each agonist that cannot follow those before it."""
    for drug in dict.fromkeys(each.given.drug for each in stated if each.given.role == "agonist"):
        mine = [i for i, each in enumerate(stated) if (each.given.drug, each.given.role) == (drug, "agonist")]
        mine.sort(key=lambda i: stated[i].given.start_s)
        if _raises([stated[i].given for i in mine], support) is None:
            continue
        for count, index in enumerate(mine, start=1):
            message = _raises([stated[i].given for i in mine[:count]], support)
            if message:
                column = "form" if "mixed forms" in message else "amount"
                yield Fault(index, column, message)
                break


def _raises(given: Sequence[Administration], support: Support) -> str | None:
    """Why some doses make no series; ``None`` where they do."""
    try:
        DoseProtocol(tuple(given), support)
    except ParameterError as error:
        return str(error)
    return None
