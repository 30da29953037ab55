"""Events and epochs of other programs that carry doses, as administrations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, get_args

from ephys.errors import ParameterError
from ephys.io.neo_back import seconds
from ephys.io.units import administration, dose_quantity
from ephys.model import Administration
from ephys.model.protocol import DoseKind, Role
from ephys.pharmacology import find_compound

_WORDS = ("form", "route", "barrel")


def carries_doses(event: Any) -> bool:
    """Whether an event or epoch object has a dose for each of its marks."""
    return "dose" in event.array_annotations


def administrations(events: Sequence[Any]) -> tuple[tuple[Administration, ...], tuple[str, ...]]:
    """Return what was given, in order of time, and what was assumed of it.

    Parameters
    ----------
    events : sequence of neo.Event or neo.Epoch
        Labels are the drugs. Array annotations: `dose`, a quantity or numbers beside `dose_unit`; for agonists
        `dose_kind`; if stated, `form`, `route`, `role`, `barrel` and `retention_na`.

    Raises
    ------
    ParameterError
        If a dose has no unit, or an agonist's none of the two kinds.
    """
    given, assumed = [], []
    for event in events:
        durations = seconds(event.durations) if hasattr(event, "durations") else [0.0] * len(event.times)
        for i, (start_s, lasts_s) in enumerate(zip(seconds(event.times), durations, strict=True)):
            one, doubt = _administration(event, i, float(start_s), float(lasts_s))
            given.append(one)
            assumed += doubt
    return tuple(sorted(given, key=lambda one: one.start_s)), tuple(dict.fromkeys(assumed))


def _administration(event: Any, i: int, start_s: float, lasts_s: float) -> tuple[Administration, list[str]]:
    """Return one administration, and what was assumed of it."""
    columns = {name: str(values[i]) for name, values in event.array_annotations.items() if name != "dose"}
    drug = str(event.labels[i])
    where = f"{event.name or 'event'}: {drug} at {start_s:g} s"
    role, assumed = _role(drug, columns.get("role", ""), where)
    kind = columns.get("dose_kind", "")
    if kind not in get_args(DoseKind) and role == "agonist":
        raise ParameterError(
            f"{where}: dose_kind must be increment or cumulative, got {kind!r}; add it to the array_annotations: is "
            "each dose what was added, or the total so far?"
        )
    one = administration(
        drug,
        start_s,
        dose=_dose(event, i, columns.get("dose_unit", ""), where),
        stop_s=start_s + lasts_s if lasts_s > 0 else None,
        dose_kind="cumulative" if kind == "cumulative" else "increment",
        role=role,
        source="neo",
        retention_na=_retention(columns.get("retention_na", ""), where),
        **{word: columns.get(word, "") for word in _WORDS},
    )
    return one, assumed


def _dose(event: Any, i: int, unit: str, where: str) -> Any:
    """Return a dose as a quantity."""
    dose = event.array_annotations["dose"][i]
    if hasattr(dose, "dimensionality"):
        return dose
    if not unit:
        raise ParameterError(f"{where}: a dose of {dose} without a unit; add dose_unit to the array_annotations")
    return dose_quantity(float(dose), unit)


def _retention(stated: str, where: str) -> float:
    """Return a retaining current; NaN where none is stated."""
    try:
        return float(stated or math.nan)
    except ValueError:
        raise ParameterError(f"{where}: retention_na must be a number of nA, got {stated!r}") from None


def _role(drug: str, stated: str, where: str) -> tuple[Role, list[str]]:
    """Return the role: as stated, else that of the compound in the table, which is said."""
    roles = {role: role for role in get_args(Role)}
    if stated in roles:
        return roles[stated], []
    if stated:
        raise ParameterError(f"{where}: role must be one of {', '.join(roles)}, got {stated!r}")
    compound = find_compound(drug)
    if compound is None:
        return "other", [f"{drug!r} is not in the table of compounds and has no role: it counts as other"]
    return compound.role, [f"{drug} has no role: it counts as {compound.role}, as in the table of compounds"]
