"""What a session tells beside its dose-responses: what an antagonist did, how cells recovered, what was ejected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ephys.errors import ParameterError
from ephys.model import Session, Unit
from ephys.pharmacology import (
    AffinityTable,
    DoseResponse,
    Ejections,
    Recovery,
    Reversal,
    assess_reversal,
    find_compound,
    measure_ejections,
    published_affinities,
    spontaneous_recovery,
)
from ephys.pharmacology.iontophoresis.currents import is_ejection
from ephys.settings import Settings
from ephys.sorting import UnitQuality


def drugs_in_windows(session: Session, wanted: str) -> tuple[str, ...]:
    """Agonists whose doses are read in windows and fitted: of those ejected by a current each ejection is measured.

    Parameters
    ----------
    session : Session
    wanted : str
        One agonist only; empty for all.
    """
    protocol = session.protocol
    given = {dose.administration for drug in protocol.drugs for dose in protocol.doses(drug)}
    ejected = {one.drug for one in given if is_ejection(one)}
    return tuple(drug for drug in protocol.drugs if drug not in ejected and wanted in ("", drug))


def affinities_of(drugs: Sequence[str]) -> tuple[AffinityTable, ...]:
    """What is published of the affinities of agonists; nothing of one that no value is known of."""
    compounds = (find_compound(drug) for drug in drugs)
    tables = (published_affinities(compound) for compound in compounds if compound is not None)
    return tuple(table for table in tables if table.rows)


def reversals_of(
    unit: Unit, session: Session, responses: Sequence[DoseResponse], quality: UnitQuality, settings: Settings
) -> tuple[Reversal, ...]:
    """What the antagonist did after each agonist, or by itself where no agonist was given; nothing without one.

    A session has no recoveries of other animals to compare with: a cohort has, and judges again.
    """
    protocol = session.protocol
    if not any(given.role == "antagonist" for given in protocol.administrations):
        return ()
    if not protocol.drugs:
        return (assess_reversal(unit, protocol, fate=quality.fate, subject=session.subject, **_how(settings)),)
    return tuple(assess_reversal(unit, protocol, response=response, **_how(settings)) for response in responses)


def recoveries_of(
    unit: Unit, session: Session, responses: Sequence[DoseResponse], settings: Settings
) -> tuple[Recovery, ...]:
    """How the cell recovered from each agonist for as long as no antagonist came."""
    return tuple(spontaneous_recovery(unit, session.protocol, response=one, **_how(settings)) for one in responses)


def _how(settings: Settings) -> dict[str, Any]:
    """What counts as back, and the seed."""
    return {"settings": settings.reversal, "seed": settings.analysis.seed}


def ejections_of(
    unit: Unit, session: Session, quality: UnitQuality, settings: Settings
) -> tuple[Ejections | None, str]:
    """What was ejected beside the cell, and why it was not measured where it could not be."""
    if not any(is_ejection(given) for given in session.protocol.administrations):
        return None, ""
    try:
        found = measure_ejections(
            unit, session.protocol, settings=settings.iontophoresis, fate=quality.fate, session=session
        )
    except ParameterError as error:  # the record of the ejections is at fault, and the rest of the cell is not
        return None, f"ejections not measured: {error}"
    return found, ""
