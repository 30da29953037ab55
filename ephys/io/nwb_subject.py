"""The animal in an NWB file: in the words that archives take, and a warning for each field that is missing."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
from pynwb.file import Subject as NwbSubject

from ephys.io.nwb_layout import named
from ephys.model import Session, Subject

_SPECIES = {
    "rat": "Rattus norvegicus", "rats": "Rattus norvegicus", "rattus norvegicus": "Rattus norvegicus",
    "mouse": "Mus musculus", "mice": "Mus musculus", "mus musculus": "Mus musculus",
}  # fmt: skip
_LATIN = re.compile(r"[A-Z][a-z]* [a-z]+|http://purl\.obolibrary\.org/obo/NCBITaxon_\d+")

_SEXES = {"male": "M", "female": "F", "m": "M", "f": "F", "o": "O", "u": "U"}

_DURATION = (
    r"P(?!$)(\d+(\.\d+)?Y)?(\d+(\.\d+)?M)?(\d+(\.\d+)?W)?(\d+(\.\d+)?D)?"
    r"(T(?=\d)(\d+(\.\d+)?H)?(\d+(\.\d+)?M)?(\d+(\.\d+)?S)?)?"
)
_AGE = re.compile(rf"{_DURATION}(/({_DURATION})?)?")
_TYPED_AGE = re.compile(
    r"(?P<low>\d+(\.\d+)?)(\s*(-|–|to)\s*(?P<high>\d+(\.\d+)?))?\s*"
    r"(?P<unit>days?|d|weeks?|wks?|w|months?|mo|years?|yrs?|y)(\s+old)?",
    re.I,
)


def nwb_subject(subject: Subject) -> Any:
    """Return what is known of the animal, in NWB's words; what is not stated is left out.

    Words that have no counterpart stay as they were typed. Nothing here is read back by ephys, which keeps the
    subject as it was stated among the notes.
    """
    kg = np.format_float_positional(subject.weight_g / 1000.0, trim="-")
    stated = {
        "subject_id": named(subject.animal), "species": species_of(subject.species), "strain": subject.strain,
        "sex": sex_of(subject.sex), "age": age_of(subject.age), "description": _described(subject),
        "weight": "" if math.isnan(subject.weight_g) else f"{kg} kg",
    }  # fmt: skip
    stated = {name: value for name, value in stated.items() if value}
    return NwbSubject(**stated) if stated else None


def _described(subject: Subject) -> str:
    """Return what NWB has no field for, in words."""
    words = {"group": subject.group, "treatment": subject.treatment, "preparation": subject.preparation}
    return "; ".join(f"{name}: {value}" for name, value in words.items() if value)


def species_of(typed: str) -> str:
    """Return the species as NWB wants it, in Latin, where the word leaves no choice.

    >>> species_of("rat"), species_of("Mus musculus"), species_of("hamster")
    ('Rattus norvegicus', 'Mus musculus', 'hamster')
    """
    return _SPECIES.get(typed.strip().lower(), typed)


def sex_of(typed: str) -> str:
    """Return the sex as NWB wants it.

    >>> sex_of("male"), sex_of("F")
    ('M', 'F')
    """
    return _SEXES.get(typed.strip().lower(), typed)


def age_of(typed: str) -> str:
    """Return the age as NWB wants it, an ISO 8601 duration or two of them, where it is a number with its unit.

    >>> age_of("10 weeks"), age_of("8-10 wk"), age_of("P90D"), age_of("adult")
    ('P10W', 'P8W/P10W', 'P90D', 'adult')
    """
    found = _TYPED_AGE.fullmatch(typed.strip())
    if not found:
        return typed
    unit = found["unit"][0].upper()
    bounds = [f"P{found[name]}{unit}" for name in ("low", "high") if found[name]]
    return "/".join(bounds)


def missing_metadata(session: Session) -> tuple[str, ...]:
    """Say of each field that NWB and its archives want, and that is missing or in other words, what they want.

    Returns
    -------
    tuple of str
        One line per field, with the field's name in ephys and in NWB.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from ephys.model import DoseProtocol, Epoch, Support
    >>> rat = Subject("r7", "rat", sex="male", age="adult")
    >>> session = Session("rat07", DoseProtocol((), Support.of(Epoch(0.0, 10.0))), subject=rat)
    >>> missing_metadata(session)
    ("subject.age is 'adult': NWB wants an ISO 8601 duration as age: 'P10W' for 10 weeks, 'P8W/P10W' for 8 to 10",
     'started_at is not stated: NWB wants a date as session_start_time; 1970-01-01 stands in its place')
    """
    animal = session.subject
    fields = (
        ("subject.animal", animal.animal, bool(animal.animal), "a name as subject_id"),
        (
            "subject.species", animal.species, bool(_LATIN.fullmatch(species_of(animal.species))),
            "a Latin name as species: 'Rattus norvegicus' for a rat, 'Mus musculus' for a mouse",
        ),
        ("subject.sex", animal.sex, sex_of(animal.sex) in _SEXES.values(), "M, F, O (other) or U (unknown) as sex"),
        (
            "subject.age", animal.age, bool(_AGE.fullmatch(age_of(animal.age))),
            "an ISO 8601 duration as age: 'P10W' for 10 weeks, 'P8W/P10W' for 8 to 10",
        ),
        (
            "started_at", "", session.started_at is not None,
            "a date as session_start_time; 1970-01-01 stands in its place",
        ),
    )  # fmt: skip
    return tuple(
        f"{name} is {repr(typed) if typed else 'not stated'}: NWB wants {wanted}"
        for name, typed, good, wanted in fields
        if not good
    )
