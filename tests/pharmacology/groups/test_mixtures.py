"""Two experiments are not compared as one."""

from __future__ import annotations

import pytest

from ephys.errors import ParameterError, TableError
from ephys.pharmacology import refuse_mixtures

ROWS = [
    {"animal": "r1", "species": "rat", "anaesthetic": "urethane", "route": "i.v."},
    {"animal": "r1", "species": "rat", "anaesthetic": "urethane", "route": "i.v."},
    {"animal": "r2", "species": "Rat", "anaesthetic": "chloral hydrate", "route": "i.v."},
    {"animal": "r3", "species": "rat", "anaesthetic": "chloral hydrate", "route": ""},
]


def test_two_anaesthetics_are_refused_with_the_animals_of_each() -> None:
    with pytest.raises(
        ParameterError, match=r"'anaesthetic' mixes urethane \(1 animal\) and chloral hydrate \(2 animals\)"
    ):
        refuse_mixtures(ROWS, ["species", "preparation", "anaesthetic"])


def test_a_block_may_hold_both() -> None:
    refuse_mixtures(ROWS, ["species", "anaesthetic"], block="anaesthetic")
    refuse_mixtures(ROWS, ["species", "anaesthetic"], block=["species", "anaesthetic"])


def test_spelling_is_no_species() -> None:
    refuse_mixtures(ROWS, ["species"])


def test_what_is_not_stated_may_be_the_other() -> None:
    with pytest.raises(ParameterError, match=r"i\.v\. \(2 animals\) and not stated \(1 animal\).*fill it in"):
        refuse_mixtures(ROWS, ["route"])


def test_what_is_stated_nowhere_is_no_mixture() -> None:
    refuse_mixtures([{"animal": "r1", "form": ""}, {"animal": "r2", "form": None}], ["form", "readout"])


def test_a_block_must_be_a_column() -> None:
    with pytest.raises(TableError, match=r"'anesthetic' \(is it 'anaesthetic'\?\) is missing"):
        refuse_mixtures(ROWS, ["species"], block="anesthetic")
