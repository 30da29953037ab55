"""Codes in place of names: which words are names, how people spell them, and what stays."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pandas as pd
import pytest

import ephys
from ephys.analysis import DrugAnswer, GroupAnswers
from ephys.batch.blinding import Blinding
from ephys.batch.coding import coded_tables, sealed
from ephys.batch.key_folder import KeyFolder, blind_answers
from ephys.batch.masking import known_names, masked_cohort
from ephys.batch.nameless import masked_settings
from ephys.batch.snapshot import Entry, changes_between, sections_of, under_names
from ephys.errors import FileFormatError, ParameterError
from ephys.model import Cohort, CohortAnimal, CohortCell, Subject
from ephys.pharmacology import fit_population

CODES = {
    "drug": {"ipsapirone": "drug K", "8-OH-DPAT": "drug Q", "saline": "drug B"},
    "session": {"rat07_1": "session 12", "rat07_10": "session 81"},
    "animal": {"rat07": "animal 31", "7": "animal 44"},
    "file": {"/data/control/rat07_1.smr": "file 20"},
    "group": {"control": "group A", "M": "group B", "knock-out": "group C", "+/+": "group D", "-/-": "group E"},
}


@pytest.fixture
def blinding() -> Blinding:
    return Blinding("key", "secret", CODES)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rat07_10 is not rat07_1, nor RAT07", "session 81 is not session 12, nor animal 31"),
        ("rat07_1_cell; rat071", "session 12_cell; rat071"),
        ("IPSA 20 ug/kg, then TVX-Q-7821 and Bay q 7821", "drug K 20 ug/kg, then drug K and drug K"),
        ("8OHDPAT, 8-oh-dpat, 8 OH DPAT", "drug Q, drug Q, drug Q"),
        ("id50_ipsapirone", "id50_drug K"),
        (
            "cannot read /data/control/rat07_1.smr: rat07_1.smr is cut short",
            "cannot read file 20: file 20 is cut short",
        ),
        ("Knock-Out and +/+ and -/-", "group C and group D and group E"),
        ("7 spikes at 25 M, a control window", "7 spikes at 25 M, a control window"),
    ],
)
def test_names_are_found_as_whole_words_however_they_are_spelt(blinding: Blinding, text: str, told: str) -> None:
    assert blinding.text(text) == told


def test_what_a_person_typed_has_codes_for_ordinary_words_too(blinding: Blinding) -> None:
    assert blinding.typed("an M rat, like any Control, 7 spikes") == "an group B rat, like any group A, 7 spikes"


def test_a_text_that_is_under_codes_stays(blinding: Blinding) -> None:
    once = blinding.text("rat07 had ipsapirone in rat07_10")
    assert blinding.text(once) == once


def test_source_of_an_emax_would_tell_the_drug_and_is_hidden(blinding: Blinding) -> None:
    source = ephys.find_compound("ipsapirone").emax_source
    assert blinding.text(f"Emax fixed 100 % ({source})") == "Emax fixed 100 % (hidden until unblinding)"


def test_answers_stand_in_the_order_of_codes_and_none_says_where_its_emax_comes_from() -> None:
    codes = {"drug": {"ipsapirone": "drug K", "lesopitron": "drug C"}}
    fits = {drug: fit_population(population_rows(drug)) for drug in codes["drug"]}
    assert [bool(fit.emax_source) for fit in fits.values()] == [True, True], "each says so"
    assert len({fit.emax_source for fit in fits.values()}) == 2
    told = tuple(DrugAnswer(drug, "with exclusions", fit) for drug, fit in fits.items())
    answers = blind_answers(GroupAnswers("with exclusions", "a", told, None, None), Blinding("one", "secret", codes))
    assert [one.drug for one in answers.drugs] == ["lesopitron", "ipsapirone"]
    assert {one.fit.emax_source for one in answers.drugs if one.fit} == {"hidden until unblinding"}


def population_rows(drug: str) -> list[dict[str, object]]:
    return [
        {"animal": f"r{n}", "unit": "1", "group": "a", "drug": drug, "dose": dose, "dose_unit": "ug/kg",
         "exposure_s": 60.0, "count": round(120 / (1 + (dose / id50) ** 2))}
        for n, id50 in enumerate((40.0, 50.0, 65.0)) for dose in (0.0, 25.0, 50.0, 100.0, 200.0)
    ]  # fmt: skip


def test_names_keep_their_codes_and_new_ones_get_others() -> None:
    first = Blinding.new().knowing("animal", ["r1", "r2"])
    both = first.knowing("animal", ["r2", "r3"])
    assert {name: both.codes["animal"][name] for name in ("r1", "r2")} == first.codes["animal"]
    assert len(set(both.codes["animal"].values())) == 3


def test_no_code_is_the_true_name_of_another() -> None:
    names = [f"animal {number}" for number in range(10, 99)]
    codes = Blinding.new().knowing("animal", names).codes["animal"]
    assert set(codes.values()).isdisjoint(names)
    assert len(set(codes.values())) == len(names)


def test_codes_are_drawn_anew_for_each_key() -> None:
    names = [f"r{number}" for number in range(40)]
    one, other = (Blinding.new().knowing("animal", names).codes["animal"] for _ in range(2))
    assert one != other


def test_two_names_under_one_code_are_refused() -> None:
    with pytest.raises(ParameterError, match="the same code"):
        Blinding("key", "secret", {"drug": {"saline": "drug A", "ipsapirone": "drug A"}})


def _cohort() -> Cohort:
    subjects = [
        Subject("r2", sex="M", strain="Wistar", weight_g=300.0, group="treated", treatment="fluoxetine"),
        Subject("r1", sex="F", weight_g=280.0, group="control"),
    ]
    cells = [
        CohortCell("r2", "treated", "1", (Path("r2.smr"),), exclude="odd for a treated rat", notes={"note": "mine"}),
        CohortCell("r1", "control", "1", (Path("r1.smr"),), row=3),
    ]
    animals = tuple(CohortAnimal(subject, dose="10 mg/kg", days=21.0, last_dose_h=4.0) for subject in subjects)
    return Cohort(tuple(cells), animals, notes=("r1 has no sex",))


def test_tables_of_the_cohort_stand_in_the_order_of_codes_without_what_tells() -> None:
    blinding = known_names(Blinding.new(), _cohort(), ())
    masked = masked_cohort(_cohort(), blinding)
    assert masked.groups == ("group A", "group B")
    assert [cell.row for cell in masked.cells] == [2, 3]
    assert all(
        math.isnan(value) for one in masked.animals for value in (one.days, one.last_dose_h, one.subject.weight_g)
    )
    shown = repr(masked.cells) + repr(masked.animals) + repr(masked.notes)
    for name in ("r1", "r2", "control", "treated", "fluoxetine", "Wistar", "10 mg/kg", "mine"):
        assert f"{name}'" not in shown
        assert f" {name} " not in shown
    code = blinding.code("group", "treated")
    assert f"odd for a {code} rat" in [cell.exclude for cell in masked.cells]


def test_words_of_the_program_keep_their_place_in_tables(blinding: Blinding) -> None:
    table = pd.DataFrame({
        "session": ["session 12"], "drug": ["ipsapirone"], "role": ["vehicle"], "flags": ["after ipsapirone"], "n": [3],
    })  # fmt: skip
    (row,) = coded_tables({"responses": table}, blinding)["responses"].to_dict("records")
    assert row == {"session": "session 12", "drug": "drug K", "role": "vehicle", "flags": "after drug K", "n": 3}


def test_settings_that_name_the_control_or_a_drug_are_withheld() -> None:
    settings = ephys.Settings().override("cohort.reference", "control").override("analysis.drug", "ipsapirone")
    masked = masked_settings(settings)
    assert masked.cohort.reference == ""
    assert masked.analysis.drug == ""
    assert not masked.cohort.desensitised


def test_a_sealed_value_is_known_by_who_has_the_key_alone() -> None:
    assert sealed("control", "secret") == sealed("control", "secret")
    assert sealed("control", "secret") != sealed("control", "another")


def test_of_two_processes_one_makes_the_key(tmp_path: Path) -> None:
    key = KeyFolder(tmp_path / "apart")
    assert key.open().id == key.open().id
    assert [path.name for path in key.path.iterdir()] == ["key.json"]


def test_a_damaged_key_is_said(tmp_path: Path) -> None:
    key = KeyFolder(tmp_path)
    with pytest.raises(ParameterError, match="no key there"):
        key.blinding()
    (tmp_path / "key.json").write_text(json.dumps({"layout": 1, "id": "x"}))
    with pytest.raises(FileFormatError, match="not the key of blind results"):
        key.blinding()


def test_what_differs_from_a_lock_is_listed_whatever_its_order() -> None:
    label = Entry("label", ("session 12", "cell 20", "1"), "", "serotonergic")
    gone = Entry("exclusion", ("session 12", "cell 20", "1", "drug K"), "lost", "left out")
    names = {"session 12": "rat07_1", "cell 20": "c1", "drug K": "ipsapirone"}
    before = under_names((gone, label), names)
    after = (Entry("label", ("rat07_1", "c1", "1"), "", "uncertain"),)
    assert [str(change) for change in changes_between(before, after)] == [
        "exclusion of rat07_1, c1, 1, ipsapirone, lost: left out before, none now",
        "label of rat07_1, c1, 1: serotonergic before, uncertain now",
    ]
    assert sections_of((label, gone)) == sections_of((gone, label))


def test_a_cell_among_several_of_a_row_gets_its_name_back() -> None:
    entry = Entry("label", ("session 12", "cell 20/sorted 2", "sorted 2"), "", "uncertain")
    (named,) = under_names((entry,), {"session 12": "rat07_1", "cell 20": "c1", "cell 2": "c2"})
    assert named.of == ("rat07_1", "c1/sorted 2", "sorted 2")
