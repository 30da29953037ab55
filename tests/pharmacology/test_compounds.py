"""What a word means, and what a dose weighs."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from ephys.errors import ParameterError
from ephys.pharmacology import (
    COMPOUNDS,
    Compound,
    convert_dose,
    find_compound,
    find_form,
    list_compounds,
    read_compounds,
    suggest_compounds,
)
from ephys.pharmacology.compounds.formulas import molar_mass

PAGE = Path(__file__).resolve().parents[2] / "docs" / "compounds.md"

BENCHCHEM = "benchchem.com, with PubChem's InChI"
LABEL = "label of the tablets, openFDA"


@pytest.mark.parametrize(
    ("name", "form", "grams", "within", "source"),
    [
        ("ipsapirone", "base", 401.5, 0.05, "computed from the systematic name"),
        ("ipsapirone", "hydrochloride", 437.9, 0.05, "computed from the systematic name"),
        ("lesopitron", "base", 320.83, 0.02, "computed from the salts"),
        ("lesopitron", "hydrochloride", 357.3, 0.05, f"{BENCHCHEM}, B12372775"),
        ("lesopitron", "dihydrochloride", 393.7, 0.05, f"{BENCHCHEM}, B236560"),
        ("buspirone", "hydrochloride", 421.96, 0.02, LABEL),
        ("paroxetine", "base", 329.4, 0.05, LABEL),
        ("paroxetine", "hydrochloride hemihydrate", 374.8, 0.05, LABEL),
        ("escitalopram", "oxalate", 414.43, 0.02, "supplier's sheet, CAS 219861-08-2"),
        ("gepirone", "base", 359.474, 0.02, "DrugBank DB12184"),
        ("tertatolol", "base", 295.44, 0.02, "DrugBank DB13775"),
        ("pindolol", "base", 248.3208, 0.02, "DrugBank DB00960"),
        ("yohimbine", "base", 354.4427, 0.02, "DrugBank DB01392"),
        ("ketanserin", "base", 395.434, 0.02, "DrugBank DB12465"),
        ("propofol", "base", 178.2707, 0.02, "DrugBank DB00818"),
        ("chloral hydrate", "base", 165.403, 0.02, "DrugBank DB01563"),
        ("vortioxetine", "base", 298.45, 0.02, "DrugBank DB09068"),
        ("venlafaxine", "base", 277.408, 0.02, "PubChem CID 5656"),
        ("spiperone", "base", 395.478, 0.02, "smolecule.com, CAS 749-02-0"),
        ("8-OH-DPAT", "hydrobromide", 328.3, 0.05, "as sold"),
        ("WAY-100635", "maleate", 538.6, 0.06, "as sold"),
        ("tandospirone", "citrate", 575.6, 0.06, "as sold"),
        ("flesinoxan", "hydrochloride", 451.9, 0.05, "as sold"),
    ],
)
def test_the_molar_masses_are_the_published_ones(
    name: str, form: str, grams: float, within: float, source: str
) -> None:
    compound = find_compound(name)
    assert compound is not None
    assert compound.molar_mass(form) == pytest.approx(grams, abs=within), source


def test_hydrates_and_halves_and_what_takes_the_place_of_a_hydrogen_are_weighed() -> None:
    water = 2 * 1.008 + 15.999
    assert molar_mass("0.5 H2O") == pytest.approx(water / 2)
    assert molar_mass("HCl + 2 H2O") == pytest.approx(1.008 + 35.45 + 2 * water)
    pentobarbital = COMPOUNDS["pentobarbital"]
    assert pentobarbital.molar_mass("sodium") - pentobarbital.molar_mass() == pytest.approx(22.98977 - 1.008, abs=1e-4)
    for wrong in ("C15Xx2", "", "HCl +", "1/2 H2O", "HCl H2O"):
        with pytest.raises(ParameterError, match="is not a sum formula"):
            molar_mass(wrong)


# --- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "name", "form"),
    [
        ("8‑OH‑DPAT", "8-oh-dpat", ""),
        ("8 oh dpat", "8-oh-dpat", ""),
        ("8OHDPAT HBr", "8-oh-dpat", "hydrobromide"),
        ("(±)-8-OH-DPAT hydrobromide", "8-oh-dpat", "hydrobromide"),
        ("R(+)-8-OH-DPAT", "r-8-oh-dpat", ""),
        ("(R)-8-OH-DPAT", "r-8-oh-dpat", ""),
        ("(−)-Tertatolol", "tertatolol", ""),
        ("(-)-tertatolol", "tertatolol", ""),
        ("ipsapirone HCl", "ipsapirone", "hydrochloride"),
        ("Ipsapirone (base)", "ipsapirone", "base"),
        ("IPSA", "ipsapirone", ""),
        ("lesopitron·2HCl", "lesopitron", "dihydrochloride"),
        ("E4424", "lesopitron", ""),
        ("WAY 100,635 maleate salt", "way-100635", "maleate"),
        ("WAY-100135", "way-100135", ""),
        ("5-HT", "5-ht", ""),
        ("serotonin", "5-ht", ""),
        ("paroxetine HCl hemihydrate", "paroxetine", "hydrochloride hemihydrate"),
        ("(S)-citalopram", "escitalopram", ""),
        ("sodium pentobarbital", "pentobarbital", ""),
        ("pentobarbital sodium", "pentobarbital", "sodium"),
        ("chloral hydrate", "chloral hydrate", ""),
        ("α‑chloralose", "chloralose", ""),
        ("0.9% NaCl", "saline", ""),
        ("HP-β-CD", "cyclodextrin", ""),
    ],
)
def test_a_compound_is_found_however_it_is_spelt(word: str, name: str, form: str) -> None:
    found = find_compound(word)
    assert found is not None
    assert (found.name, find_form(word)) == (name, form)


@pytest.mark.parametrize("word", ["aspirin", "HCl", "hydrochloride", "100635", "", "-", "ipsapiron"])
def test_nothing_is_taken_for_what_it_is_not(word: str) -> None:
    assert find_compound(word) is None
    assert find_form(word) == ""


def test_a_misspelt_or_cut_word_has_candidates_and_is_not_taken_for_one() -> None:
    assert suggest_compounds("ipsapiron") == ("ipsapirone",)
    assert suggest_compounds("fluoxtine")[0] == "fluoxetine"
    assert set(suggest_compounds("way100")) == {"way-100635", "way-100135"}
    assert suggest_compounds("IPSA") == ("ipsapirone",)
    assert set(suggest_compounds("keta")) == {"ketanserin", "ketamine"}
    assert suggest_compounds("s") == suggest_compounds("") == suggest_compounds("aspirin") == ()


def test_an_abbreviation_is_told_from_a_name() -> None:
    ipsapirone = COMPOUNDS["ipsapirone"]
    assert ipsapirone.is_abbreviated("Ipsa")
    assert not ipsapirone.is_abbreviated("ipsapirone")


def test_a_role_is_what_the_compound_is_in_a_raphe_session() -> None:
    roles = {
        "ipsapirone": "agonist", "5-ht": "agonist", "way-100635": "antagonist", "spiperone": "antagonist",
        "citalopram": "challenge", "paroxetine": "challenge", "saline": "vehicle", "dmso": "vehicle",
        "urethane": "anaesthetic", "chloral hydrate": "anaesthetic",
    }  # fmt: skip
    assert {name: COMPOUNDS[name].role for name in roles} == roles


# --- conversion ------------------------------------------------------------------------------------------------------


def test_a_salt_taken_for_base_shifts_the_dose_by_its_weight() -> None:
    for name, form, factor in (("lesopitron", "dihydrochloride", 1.227), ("ipsapirone", "hydrochloride", 1.091)):
        as_base = convert_dose(100.0, "ug/kg", to="ug/kg", compound=name, form=form)
        assert 100.0 / as_base == pytest.approx(factor, abs=5e-4)
        back = convert_dose(as_base, "ug/kg", to="ug/kg", compound=name, form="base", to_form=form)
        assert back == pytest.approx(100.0)


def test_a_mole_of_salt_holds_a_mole_of_base() -> None:
    for form in ("base", "hydrochloride", "dihydrochloride"):
        assert convert_dose(50.0, "nmol/kg", to="nmol/kg", compound="lesopitron", form=form, to_form=form) == 50.0
    base = convert_dose(32.083, "ug/kg", to="nmol/kg", compound="lesopitron", form="base")
    assert base == pytest.approx(100.0, abs=0.01)


@pytest.mark.parametrize(
    ("dose", "unit", "to", "answer"),
    [
        (0.1, "mg/kg", "µg/kg", 100.0),
        (20000.0, "ng/kg", "ug/kg", 20.0),
        (40.148, "ug/kg", "nmol/kg", 100.0),
        (0.1, "umol/kg", "ug/kg", 40.148),
        (40.148, "ng/ml", "nM", 100.0),
        (1.0, "mg/ml", "mM", 1 / 0.40148),
        (2.0, "µM", "ug/ml", 0.80296),
    ],
)
def test_weights_amounts_and_concentrations_convert(dose: float, unit: str, to: str, answer: float) -> None:
    got = convert_dose(dose, unit, to=to, compound="ipsapirone", form="base")
    assert got == pytest.approx(answer, rel=3e-5)  # 401.48 g/mol: C19H23N5O3S by hand
    assert convert_dose(got, to, to=unit, compound="ipsapirone", form="base") == pytest.approx(dose)


def test_what_is_not_known_is_refused_with_what_is() -> None:
    with pytest.raises(ParameterError, match="compound 'aspirin' is not in the table of compounds; give your own"):
        convert_dose(1.0, "ug/kg", to="nmol/kg", compound="aspirin", form="base")
    with pytest.raises(ParameterError, match=r"did you mean ipsapirone\?"):
        convert_dose(1.0, "ug/kg", to="nmol/kg", compound="ipsapiron", form="base")
    with pytest.raises(ParameterError, match="form of lesopitron must be one of base, hydrochloride, dihydrochloride"):
        convert_dose(1.0, "ug/kg", to="nmol/kg", compound="lesopitron", form="maleate")
    with pytest.raises(ParameterError, match="to must be a dose per kg as ug/kg is, got 'nM'"):
        convert_dose(1.0, "ug/kg", to="nM", compound="lesopitron", form="base")
    with pytest.raises(ParameterError, match=r"unit must be one of ng/kg.*got 'g'"):
        convert_dose(1.0, "g", to="nM", compound="lesopitron", form="base")
    with pytest.raises(ParameterError, match="saline has no molar mass"):
        convert_dose(1.0, "ug/kg", to="nmol/kg", compound="saline", form="base")


# --- the data --------------------------------------------------------------------------------------------------------


def test_every_number_of_the_table_has_its_source() -> None:
    for compound in COMPOUNDS.values():
        assert bool(compound.base) == bool(compound.formula_source), compound.name
        assert bool(compound.base) or not compound.salts, compound.name
        assert math.isnan(compound.emax_percent) == (not compound.emax_source), compound.name
        assert math.isnan(compound.half_life_min) == (not compound.half_life_source), compound.name
        assert math.isnan(compound.half_life_min) == (not compound.half_life_species), compound.name
    assert COMPOUNDS["ipsapirone"].emax_percent == 100.0
    assert math.isnan(COMPOUNDS["lesopitron"].emax_percent)


def test_no_word_names_two_compounds_and_no_word_is_so_short_that_it_could() -> None:
    words = [spelling for compound in COMPOUNDS.values() for spelling in compound.spellings]
    assert len(words) == len(set(words))
    assert min(len(word) for word in words) >= 3


def test_the_page_shows_the_table_as_it_is() -> None:
    """Where this fails, put what `list_compounds()` returns in the place of the table in docs/compounds.md."""
    assert list_compounds() in PAGE.read_text(encoding="utf-8")


def test_a_compound_of_ones_own_adds_to_the_table_or_replaces_whole(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('["my-101"]\nrole = "challenge"\n[Lesopitron]\nrole = "agonist"\n', encoding="utf-8")
    table = read_compounds(own)
    assert len(table) == len(COMPOUNDS) + 1
    assert find_compound("MY 101") is None
    found = find_compound("MY 101", compounds=table)
    assert found is not None
    assert found.role == "challenge"
    assert table["lesopitron"].base == ""
    assert COMPOUNDS["lesopitron"].base == "C15H21ClN6"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[x]\nrole = "agonist"\naliases = ["ipsa"]', "'ipsa' names both ipsapirone and x"),
        (
            '[x]\nrole = "drug"',
            "x: role must be one of agonist, antagonist, vehicle, anaesthetic, challenge, got 'drug'",
        ),
        ('[x]\nbase = "C2H6O"', "x: base and formula_source are stated together or not at all"),
        ("[x]\nemax_percent = 80.0", "x: emax_percent and emax_source are stated together"),
        ('[x]\nhalf_life_source = "me"', "x: half_life_min and half_life_source are stated together"),
        ('[x]\nformula = "C2H6O"', "compound x: unknown formula; its fields are"),
        ('[x]\nbase = "Qq"\nformula_source = "me"', "'Qq' is not a sum formula"),
        ("x = 3", "a compound is a table of its own"),
        ("[x", "is no TOML file"),
    ],
)
def test_a_table_of_ones_own_that_cannot_be_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    own = tmp_path / "own.toml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(ParameterError, match=problem):
        read_compounds(own)


def test_a_compound_can_be_made_in_python() -> None:
    own = Compound("my-102", "agonist", "C2H6O", "by hand", {"hydrochloride": "HCl"})
    assert convert_dose(46.069, "ug/kg", to="nmol/kg", compound=own, form="base") == pytest.approx(1000.0)
