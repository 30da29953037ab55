"""What people type beside a recording is understood, or refused in words; nothing is guessed in silence."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ephys.errors import ParameterError
from ephys.io import read_legend, read_mark, read_session
from ephys.io.drug_record.marked import MarkedDose, read_marks
from ephys.io.drug_record.record import with_drug_record
from ephys.model import DoseProtocol, Epoch, Event, ReadingSettings, Session, Support

WHOLE = Support.of(Epoch(0.0, 900.0))
AGONIST, ANTAGONIST = "agonist", "antagonist"

UNDERSTOOD = [
    # text, drug, role, form, amount, unit, route
    ("ipsapirone 20 ug/kg iv", "ipsapirone", AGONIST, "", 20, "ug/kg", "i.v."),
    ("Ipsapirone 20 µg/kg i.v.", "ipsapirone", AGONIST, "", 20, "ug/kg", "i.v."),
    ("IPSAPIRONE 20 MG/KG IV", "ipsapirone", AGONIST, "", 20, "mg/kg", "i.v."),
    ("IPSA 0.02 mg/kg i.v.", "ipsapirone", AGONIST, "", 0.02, "mg/kg", "i.v."),
    ("ipsa 20ug/kg", "ipsapirone", AGONIST, "", 20, "ug/kg", ""),
    ("20ug/kg ipsa", "ipsapirone", AGONIST, "", 20, "ug/kg", ""),
    ("IPSA_20ug/kg_iv", "ipsapirone", AGONIST, "", 20, "ug/kg", "i.v."),
    ("ipsapirone=20ug/kg", "ipsapirone", AGONIST, "", 20, "ug/kg", ""),
    ("ipsapirone: 20 mcg/kg", "ipsapirone", AGONIST, "", 20, "ug/kg", ""),
    ("lesop, 5 ug/kg, iv", "lesopitron", AGONIST, "", 5, "ug/kg", "i.v."),
    ("ipsa 0,02 mg/kg", "ipsapirone", AGONIST, "", 0.02, "mg/kg", ""),
    ("ipsa .5 mg/kg", "ipsapirone", AGONIST, "", 0.5, "mg/kg", ""),
    ("ipsa 20 \u03bcg/kg", "ipsapirone", AGONIST, "", 20, "ug/kg", ""),  # the Greek letter
    ("ipsa 20 \u00c2\u00b5g/kg", "ipsapirone", AGONIST, "", 20, "ug/kg", ""),  # UTF-8 read as Latin-1
    ("ipsa 20 \u00ce\u00bcg/kg", "ipsapirone", AGONIST, "", 20, "ug/kg", ""),  # the Greek letter, read so
    ("ipsa 20 \u00ce\u00bcg / kg", "ipsapirone", AGONIST, "", 20, "ug/kg", ""),
    ("ipsa 20 \ufffdg/kg", "ipsapirone", AGONIST, "", 20, "ug/kg", ""),  # Latin-1 read as UTF-8
    ("ipsa 20 ?g/kg", "ipsapirone", AGONIST, "", 20, "ug/kg", ""),  # written as ASCII
    ("ipsa 20 \u338d/\u338f", "ipsapirone", AGONIST, "", 20, "ug/kg", ""),  # one sign for each unit
    ("ipsa 20 ug.kg-1", "ipsapirone", AGONIST, "", 20, "ug/kg", ""),
    ("ipsa 20 µg·kg\u207b\u00b9 iv", "ipsapirone", AGONIST, "", 20, "ug/kg", "i.v."),
    ("ipsa 20 ug kg-1", "ipsapirone", AGONIST, "", 20, "ug/kg", ""),
    ("ipsa 20 ug per kg", "ipsapirone", AGONIST, "", 20, "ug/kg", ""),
    ("ipsa HCl 25 ug/kg", "ipsapirone", AGONIST, "hydrochloride", 25, "ug/kg", ""),
    ("ipsapirone base 12.5 ug/kg", "ipsapirone", AGONIST, "base", 12.5, "ug/kg", ""),
    ("lesopitron 2HCl 10 ug/kg iv", "lesopitron", AGONIST, "dihydrochloride", 10, "ug/kg", "i.v."),
    ("8-OH-DPAT HBr 1 µg/kg i.v.", "8-oh-dpat", AGONIST, "hydrobromide", 1, "ug/kg", "i.v."),
    ("8 OH DPAT 1 ug/kg", "8-oh-dpat", AGONIST, "", 1, "ug/kg", ""),
    ("8OHDPAT 500 ng/kg", "8-oh-dpat", AGONIST, "", 500, "ng/kg", ""),
    ("TVX Q 7821 20 ug/kg", "ipsapirone", AGONIST, "", 20, "ug/kg", ""),
    ("E-4424 30 nmol/kg", "lesopitron", AGONIST, "", 30, "nmol/kg", ""),
    ("gepir 50 ug/kg ip", "gepirone", AGONIST, "", 50, "ug/kg", "i.p."),
    ("dose 2: ipsapirone 20 ug/kg", "ipsapirone", AGONIST, "", 20, "ug/kg", ""),
    ("ipsapirone 20 ug/kg 14:05", "ipsapirone", AGONIST, "", 20, "ug/kg", ""),
    ("ipsapirone in saline 20 ug/kg", "ipsapirone", AGONIST, "", 20, "ug/kg", ""),
    ("ipsa 20 ug/kg 0.1 ml iv", "ipsapirone", AGONIST, "", 20, "ug/kg", "i.v."),
    ("ipsapirone 20 ug/kg slowly", "ipsapirone", AGONIST, "", 20, "ug/kg", ""),
    ("ipsapirone 100 nM bath", "ipsapirone", AGONIST, "", 100, "nM", "bath"),
    ("ipsapirone 0.1 umol/l bath", "ipsapirone", AGONIST, "", 0.1, "uM", "bath"),
    ("5-HT 50 nA on", "5-ht", AGONIST, "", 50, "nA", ""),
    ("5 HT 50nA on", "5-ht", AGONIST, "", 50, "nA", ""),
    ("5-HT 20 mM 50 nA", "5-ht", AGONIST, "", 50, "nA", ""),
    ("WAY 0.1 mg/kg sc", "way-100635", ANTAGONIST, "", 0.1, "mg/kg", "s.c."),
    ("WAY 100 ug/kg", "way-100635", ANTAGONIST, "", 100, "ug/kg", ""),
    ("WAY 100635 0.1 mg/kg s.c.", "way-100635", ANTAGONIST, "", 0.1, "mg/kg", "s.c."),
    ("WAY-100635", "way-100635", ANTAGONIST, "", math.nan, "", ""),
    ("(+)8-OH-DPAT 5 ug/kg iv", "r-8-oh-dpat", AGONIST, "", 5, "ug/kg", "i.v."),
    ("(±)-8-OH-DPAT 5 ug/kg iv", "8-oh-dpat", AGONIST, "", 5, "ug/kg", "i.v."),
    ("salina 1 ml/kg", "saline", "vehicle", "", 1, "ml/kg", ""),
    ("(-)-tertatolol 1 mg/kg iv", "tertatolol", ANTAGONIST, "", 1, "mg/kg", "i.v."),
    ("-tertatolol 1 mg/kg", "tertatolol", ANTAGONIST, "", 1, "mg/kg", ""),
    ("ipsa 15.625 ug/kg", "ipsapirone", AGONIST, "", 15.625, "ug/kg", ""),  # halved five times
    ("ipsa in ACSF 1 uM", "ipsapirone", AGONIST, "", 1, "uM", ""),
    ("WAY iv slowly", "way-100635", ANTAGONIST, "", math.nan, "", "i.v."),
    ("fluox 10 mg/kg i.p.", "fluoxetine", "challenge", "", 10, "mg/kg", "i.p."),
    ("sal 1 ml/kg", "saline", "vehicle", "", 1, "ml/kg", ""),
    ("saline 0.9% 1 ml/kg", "saline", "vehicle", "", 1, "ml/kg", ""),
    ("0.9% NaCl", "saline", "vehicle", "", math.nan, "", ""),
    ("veh", "vehicle", "vehicle", "", math.nan, "", ""),
    ("vehicle (saline) 0.3 ml", "vehicle", "vehicle", "", 0.3, "ml", ""),
    ("supplement urethane 0.1 ml", "urethane", "anaesthetic", "", 0.1, "ml", ""),
    ("ure suppl", "urethane", "anaesthetic", "", math.nan, "", ""),
    ("urethane 1.2 g/kg ip", "urethane", "anaesthetic", "", 1.2, "g/kg", "i.p."),
    ("chloral hydrate 40 mg/kg", "chloral hydrate", "anaesthetic", "", 40, "mg/kg", ""),
    ("anaesthetic supplement", "anaesthetic", "anaesthetic", "", math.nan, "", ""),
    ("wash", "wash", "wash", "", math.nan, "", ""),
    ("Washout", "wash", "wash", "", math.nan, "", ""),
    ("wash out with ACSF", "wash", "wash", "", math.nan, "", ""),
]  # fmt: skip

NOTES = [
    "start", "rec on", "moved electrode", "cell 2", "Cell2", "Unit lost", "new cell, track 3", "depth 5200 um",
    "light off", "baseline", "tail pinch", "?", "5", "Starting Recording", "Event007",
    "TTL Input on AcqSystem1_0 board 0 port 3 value (0x0000).", "stop", "same cell", "stim again",
]  # fmt: skip

REFUSED = [
    ("(-)-8-OH-DPAT 5 ug/kg iv", "no known compound"),
    # text, what the doubt says
    ("lesop 5", "'5' has no unit"),
    ("WAY 100", "'100' has no unit"),
    ("ipsaprone 20 ug/kg", "'ipsaprone' is no known compound; did you mean ipsapirone?"),
    ("cit 5 mg/kg", "'cit' can be citalopram or citrate"),
    ("ket 0.1 ml", "'ket' can be ketamine or ketanserin"),
    ("flu 10 mg/kg", "'flu' can be "),
    ("2x10 ug/kg ipsa", "'2x10' is not read"),
    ("ipsa 2 x 10 ug/kg", "'2' beside the amount is not read"),
    ("ipsa 10-20 ug/kg", "'10-20' is not read"),
    ("ipsa -5 ug/kg", "'-5' is not read"),
    ("½ ml ipsa", "'½' is not read"),
    ("ipsa 1,000 ug/kg", "'1,000 ug/kg' can be read two ways; write 1000 or 1.0"),
    ("ipsa 15,625 ug/kg", "'15,625 ug/kg' can be read two ways; write 15625 or 15.625"),
    ("ipsa 2.5.5 ug/kg", "can be read two ways; write one decimal point"),
    ("ipsa 1.250 ug/kg", "'1.250 ug/kg' can be read two ways; write 1250 or 1.25"),
    ("ipsa 2.000 ug/kg", "'2.000 ug/kg' can be read two ways"),
    ("ipsa + 20 ug/kg", "say whether it is an increment"),
    ("+20", "which drug was given, if any, is not said"),
    ("same again", "which drug was given, if any, is not said"),
    ("again", "which drug was given, if any, is not said"),
    ("rep 20 ug/kg", "'rep' may be repinotan; write more of it"),
    ("Phen 10 uM", "'Phen' may be phenylephrine; write more of it"),
    ("normal firing", "'normal' may be saline"),
    ("ipsa 20 ug/kg 2 min ago", "'ago': it is not clear"),
    ("ipsa 20 ug/kg late", "'late': it is not clear"),
    ("ipsa 20 ug/kg in 2 min", "'in 2 min': given over that time, or after it?"),
    ("ipsa 20 ug/kg leaked", "'leaked': it is not clear"),
    ("5-HT retention 10 nA", "'retention': it is not clear"),
    ("fluoxetine rat", "not clear that this was given here"),
    ("chronic fluoxetine", "not clear that this was given here"),
    ("changing syringe to WAY", "not clear that this was given here"),
    ("quipazine (in saline) 1 mg/kg", "'quipazine' is not read, and may be a drug"),
    ("nefazodone saline", "'nefazodone' is not read, and may be a drug"),
    ("ipsa + nefazodone 20 ug/kg", "'nefazodone' is not read, and may be a drug"),
    ("ipsa 20 ug", "'20 ug' is not per kg; write ug/kg if that is meant"),
    ("ipsa 20 ug/kg/min", "is in no unit of a dose that is read"),
    ("ipsapirone 100 nm bath", "'100 nm' is a length; write nM"),
    ("ipsa 50 ug/ml", "'50 ug/ml' does not say how much was given"),
    ("ipsa 10 ug/kg 20 ug/kg", "is not one amount"),
    ("ipsa iv sc 20 ug/kg", "i.v. and s.c. are two routes"),
    ("ipsapirone + WAY-100635", "are several compounds in one mark"),
    ("lesop veh", "are several compounds in one mark"),
    ("ipsapirone 20 ug/kg?", "'?': it is not clear that this was given here"),
    ("ipsa ~20 ug/kg", "'~': it is not clear"),
    ("after ipsapirone 20 ug/kg", "'after': it is not clear that this was given here"),
    ("no ipsapirone", "'no': it is not clear"),
    ("foo 5 mg/kg iv", "'foo' is no compound of the table: say its role"),
    ("+TGOT", "'tgot' is no compound of the table: say its role"),
    ("Drug added", "which drug was given, if any, is not said"),
    ("drug 3", "which drug was given, if any, is not said"),
    ("supplement", "which drug was given, if any, is not said"),
    ("on", "which drug was given, if any, is not said"),
    ("adagadgadg", "'adagadgadg' is not read"),
    ("wash in WAY", "a wash, or what is washed in?"),
    ("saline, then lesopitone 5 ug/kg", "'lesopitone' is not read, and may be a drug"),
    ("anaesthesia light, lesopitone 5 ug/kg", "did you mean lesopitron?"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "drug", "role", "form", "amount", "unit", "route"), UNDERSTOOD)
def test_what_people_type_is_understood(
    text: str, drug: str, role: str, form: str, amount: float, unit: str, route: str
) -> None:
    read = read_mark(text)
    assert read.doubts == ()
    assert (read.drug, read.role, read.form, read.unit, read.route) == (drug, role, form, unit, route)
    assert read.amount == amount or (math.isnan(amount) and math.isnan(read.amount))


@pytest.mark.parametrize("text", NOTES)
def test_a_mark_about_the_cell_or_the_rig_gives_nothing(text: str) -> None:
    assert read_mark(text).is_note


@pytest.mark.parametrize(("text", "doubt"), REFUSED)
def test_what_can_be_read_two_ways_is_asked(text: str, doubt: str) -> None:
    read = read_mark(text)
    assert doubt in " ".join(read.doubts)
    assert _marks(text)[0].role == "other"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("IPSA 20 ug/kg", "'IPSA' is taken as ipsapirone"),
        ("gepir 20 ug/kg", "'gepir' is taken as gepirone"),
        ("ipsapirone 20 \ufffdg/kg", "is taken as µ"),
        ("ipsapirone 20 ug/kg slowly, by Anna", "not read: 'slowly Anna'"),
        ("ipsa 20 ug/kg 0.1 ml", "the volume '0.1 ml' is left aside"),
        ("dose 2 ipsapirone 20 ug/kg", "'2' is taken as a count"),
        ("ipsapirone 20 ug/kg 14:05", "the time '14:05' is left aside"),
        ("5-HT 20 mM 50 nA", "'20 mM' is taken as the pipette's"),
        ("ipsapirone maleate 20 ug/kg", "maleate is no form of ipsapirone"),
    ],
)
def test_what_was_assumed_is_said(text: str, said: str) -> None:
    assert said in " ".join(read_mark(text).taken)
    assert said in read_mark(text).understood


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=40))
def test_no_text_whatever_fails_or_becomes_an_agonists_dose_without_a_unit(text: str) -> None:
    _never_a_dose_without_unit(text)


WORDS = st.sampled_from(
    ["ipsa", "ipsapirone", "lesop", "5-HT", "WAY", "saline", "in", "20", "0,02", "1,000", "ug/kg", "mg/kg",
     "\ufffdg/kg", "nA", "ml", "ug/ml", "50 ug/ml", "0.1 ml", "20 ug/kg", "iv", "sc", "HCl", "on", "off", "no", "?",
     "total", "drug", "2x", "-", "+", "/", "#2", "wash", "ure", "cell", "½", "٣", "g/kg", "20 g/kg", "mg", "nm",
     "100 nM"]
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(st.lists(WORDS, max_size=6).map(" ".join))
def test_no_mixture_of_the_words_of_the_field_becomes_a_dose_without_a_unit(text: str) -> None:
    _never_a_dose_without_unit(text)


def _never_a_dose_without_unit(text: str) -> None:
    for mark in _marks(text):
        given = mark.administration
        if given.role == "agonist":
            assert math.isfinite(given.dose)
            assert given.unit
            assert given.unit.split("/")[0].lower() in text.lower().replace("\ufffd", "u")


def _marks(*texts: str, every_s: float = 60.0, **said: object) -> tuple[MarkedDose, ...]:
    events = [Event(60.0 + every_s * i, text) for i, text in enumerate(texts)]
    return read_marks(events, reading=ReadingSettings(**said), support=WHOLE)  # type: ignore[arg-type]


# --- marks together --------------------------------------------------------------------------------------------------


def test_an_ejection_lasts_from_on_to_off() -> None:
    marks = _marks("5-HT 50 nA on", "50 nA off", "5-HT 25 nA on", "5-HT off")
    assert [(m.administration.dose, m.administration.start_s, m.stop_s) for m in marks if m.gives] == [
        (50.0, 60.0, 120.0),
        (25.0, 180.0, 240.0),
    ]


def test_an_off_that_could_end_several_or_none_is_asked() -> None:
    marks = _marks("5-HT 50 nA on", "8-OH-DPAT 20 nA on", "off")
    assert "could end 2 that are on" in marks[2].doubts[0]
    assert marks[0].stop_s is None
    (alone,) = _marks("5-HT off")
    assert "ends nothing that is on" in alone.doubts[0]
    assert alone.role == "other"
    assert _marks("5-HT 50 nA on", "40 nA off")[1].doubts


@pytest.mark.parametrize(("begins", "ends"), [("+5-HT 50 nA", "-5-HT 50 nA"), ("5-HT 50 nA on", "stop")])
def test_a_minus_before_a_current_or_a_bare_stop_ends_it_and_is_no_second_ejection(begins: str, ends: str) -> None:
    (only,) = (mark for mark in _marks(begins, ends) if mark.gives)
    assert (only.administration.dose, only.stop_s) == (50.0, 120.0)
    assert _marks("5-HT 50 nA", "stop")[0].stop_s is None


@pytest.mark.parametrize("word", ["tot", "gesamt", "kumulativ", "acumulado", "cumulé"])
def test_a_total_in_any_language_is_not_added_to_the_doses_before_it(word: str) -> None:
    marks = _marks("ipsa 20 ug/kg", f"ipsa 40 µg/kg {word}", dose_kind="increment")
    assert [mark.administration.dose_kind for mark in marks] == ["increment", "cumulative"]


def test_currents_and_concentrations_need_no_kind_of_dose() -> None:
    marks = _marks("5-HT 50 nA on", "off", "5-HT 50 nA on", "off")
    assert [m.role for m in marks if m.gives] == ["agonist", "agonist"]


def test_several_doses_are_no_series_until_somebody_says_of_what_kind() -> None:
    texts = ("ipsa 20 ug/kg", "ipsa 20 ug/kg", "ipsa 40 ug/kg")
    asked = _marks(*texts)
    assert [m.role for m in asked] == ["other"] * 3
    assert [m.administration.dose for m in asked] == [20.0, 20.0, 40.0]
    assert "say increment (what was added) or cumulative (the total)" in asked[0].doubts[0]
    for kind in ("increment", "cumulative"):
        told = _marks("ipsa 20 ug/kg", "ipsa 40 ug/kg", dose_kind=kind)
        assert [(m.role, m.administration.dose_kind) for m in told] == [("agonist", kind)] * 2
    assert [m.role for m in _marks("ipsa 20 ug/kg cumulative", "ipsa 40 ug/kg total")] == ["agonist"] * 2
    assert _marks("ipsa 20 ug/kg")[0].role == "agonist"


@pytest.mark.parametrize(
    ("texts", "doubt"),
    [
        (("ipsa 20 ug/kg", "ipsa 20 nmol/kg"), "mixed units for ipsapirone"),
        (("ipsa HCl 20 ug/kg", "ipsa 40 ug/kg"), "mixed forms"),
        (("ipsa 40 ug/kg", "ipsa 20 ug/kg"), "the cumulative dose falls from 40 to 20"),
        (("ipsa 0 ug/kg",), "a dose of 0"),
        (("ipsa 20 g/kg",), "lost its µ"),
    ],
)
def test_doses_that_make_no_series_are_said_and_the_file_is_read(texts: tuple[str, ...], doubt: str) -> None:
    marks = _marks(*texts, dose_kind="cumulative")
    assert doubt in " ".join(marks[-1].doubts)
    assert {m.role for m in marks} == {"other"}


def test_a_key_means_what_the_legend_says() -> None:
    events = (Event(100.0, code="i"), Event(200.0, code="1"), Event(300.0, code="z"), Event(400.0, code="2"))
    legend = ("i=ipsapirone 12.5 ug/kg iv", "1=saline 1 ml/kg")
    marks = read_marks(events, reading=ReadingSettings(legend=legend), support=WHOLE)
    assert [(m.administration.drug, m.role) for m in marks if m.gives] == [
        ("ipsapirone", "agonist"),
        ("saline", "vehicle"),
        ("key z", "other"),
        ("key 2", "other"),
    ]
    assert "key 'z' is not in the legend" in marks[2].doubts[0]


def test_a_digit_that_is_typed_on_a_keyboard_is_a_key_and_one_of_a_port_is_not() -> None:
    keys = [Event(100.0, code="2", channel="Keyboard"), Event(200.0, "5", channel="digital in")]
    (mark,) = (mark for mark in read_marks(keys, reading=ReadingSettings(), support=WHOLE) if mark.gives)
    assert (mark.administration.drug, mark.role) == ("key 2", "other")


def test_a_legend_file_is_a_table_of_keys(tmp_path: Path) -> None:
    (tmp_path / "legend.csv").write_text("key;text\ni;ipsapirone 12,5 ug/kg iv\n", encoding="utf-8")
    assert read_legend(tmp_path / "legend.csv") == ("i=ipsapirone 12,5 ug/kg iv",)


def test_a_volume_needs_its_stock_and_the_animals_weight() -> None:
    def read(text: str, weight_g: float, **said: object) -> MarkedDose:
        reading = ReadingSettings(**said)  # type: ignore[arg-type]
        return read_marks([Event(60.0, text)], reading=reading, support=WHOLE, weight_g=weight_g)[0]

    given = read("ipsa 0.1 ml", 310.0, stocks=("ipsa=50 ug/ml",)).administration
    assert given.dose == pytest.approx(0.1 * 50 / 0.31)
    assert given.derivation == "0.1 ml x 50 ug/ml / 0.31 kg"
    assert read("ipsa 100 ul of 50 ug/ml", 310.0).administration.dose == pytest.approx(given.dose)
    assert read("ipsa 1 ml/kg", math.nan, stocks=("ipsapirone=50 ug/ml",)).administration.dose == 50.0
    without_weight = read("ipsa 0.1 ml", math.nan, stocks=("ipsa=50 ug/ml",))
    assert "needs the animal's weight" in without_weight.doubts[0]
    assert without_weight.role == "other"
    assert "needs one" in read("ipsa 0.1 ml", 310.0).doubts[0]


@pytest.mark.parametrize("weight_g", [0.31, 310_000.0])
def test_a_weight_in_kilograms_typed_as_grams_gives_no_dose_a_thousand_times_too_large(weight_g: float) -> None:
    reading = ReadingSettings(stocks=("ipsa=50 ug/ml",))
    (mark,) = read_marks([Event(60.0, "ipsa 0.1 ml")], reading=reading, support=WHOLE, weight_g=weight_g)
    assert mark.role == "other"
    assert math.isnan(mark.administration.dose)
    assert "weight_g is in grams" in mark.doubts[0]


@pytest.mark.parametrize("stock", ["ipsapirone=50", "ipsapirone=50 ug/kg", "ipsapirone=-5 ug/ml", "ipsapirone=0 ug/ml"])
def test_a_stock_is_a_concentration(stock: str) -> None:
    with pytest.raises(ParameterError, match=r"stock of ipsapirone: must be a number with one of ng/ml, ug/ml"):
        read_marks([], reading=ReadingSettings(stocks=(stock,)), support=WHOLE)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"legend": ("i",)}, "legend takes entries like"),
        ({"legend": ("i=a", "i=b")}, "legend has 'i' twice"),
        ({"stocks": ("=50 ug/ml",)}, "stocks takes entries like"),
        ({"weight_g": -1.0}, "weight_g must be positive"),
        ({"dose_kind": "both"}, "dose_kind must be increment or cumulative"),
    ],
)
def test_nonsense_about_the_drug_record_is_refused(said: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        ReadingSettings(**said)  # type: ignore[arg-type]


def test_a_mark_outside_the_recording_gives_no_dose() -> None:
    late = read_marks([Event(1000.0, "ipsa 20 ug/kg")], reading=ReadingSettings(), support=WHOLE)[0]
    assert "outside the recording" in late.doubts[0]
    assert late.role == "other"


@pytest.mark.parametrize(("rows", "passed_over"), [((95.0, 226.0), []), ((95.0,), [220.0]), ((226.0,), [90.0])])
def test_a_mark_of_a_drug_that_the_dose_table_has_no_row_for_is_told(
    tmp_path: Path, rows: tuple[float, ...], passed_over: list[float]
) -> None:
    table = tmp_path / "doses.csv"
    lines = [f"{time_s:g},ipsapirone,10,ug/kg,increment,agonist" for time_s in rows]
    table.write_text("\n".join(["time_s,drug,amount,unit,dose_kind,role", *lines, ""]), encoding="utf-8")
    marks = (Event(90.0, "ipsapirone 10 ug/kg"), Event(150.0, "cell moved"), Event(220.0, "Drug added"))
    session = Session("rat07", DoseProtocol((), Support.of(Epoch(0.0, 900.0))), events=marks)
    read = with_drug_record(session, table, ReadingSettings())
    assert [given.start_s for given in read.protocol.administrations] == list(rows), "the table holds"
    told = " ".join(doubt for doubt in read.doubts if "has no row within 10 s" in doubt)
    assert [float(at) for at in re.findall(r"at (\d+) s", told)] == passed_over


def test_an_interval_gives_its_drug_once_by_its_text_or_its_key() -> None:
    edges = [Event(t, text, code, "TTL", edge) for t, edge in ((10.0, "rise"), (12.0, "fall"))
             for text, code in (("", "1"), ("saline 1 ml/kg iv", ""))]  # fmt: skip
    marks = read_marks(edges, reading=ReadingSettings(legend=("1=saline 2 ml/kg iv",)), support=WHOLE)
    assert [(m.administration.start_s, m.administration.dose) for m in marks if m.gives] == [(10.0, 2.0), (10.0, 1.0)]


def test_a_fall_without_a_rise_is_a_mark_of_its_own() -> None:
    marks = read_marks([Event(12.0, "saline 1 ml/kg iv", "", "TTL", "fall")], reading=ReadingSettings(), support=WHOLE)
    assert [m.administration.start_s for m in marks if m.gives] == [12.0]


# --- real files ------------------------------------------------------------------------------------------------------


@pytest.mark.real_data
def test_drug_added_at_the_start_is_a_drug_that_nobody_named(shared_data: Path) -> None:
    session = read_session(shared_data / "spike2" / "Extracellular_Spikes.smr")
    (given,) = session.protocol.administrations
    assert (given.drug, given.role, given.text) == ("drug added", "other", "Drug added")
    assert session.protocol.baseline is None
    assert any("which drug was given, if any, is not said" in doubt for doubt in session.doubts)


@pytest.mark.real_data
def test_plus_and_minus_begin_and_end_a_superfusion(shared_data: Path) -> None:
    session = read_session(shared_data / "axon" / "multichannelAbf1WithTags.abf")
    (given,) = session.protocol.administrations
    assert (given.drug, given.role) == ("tgot", "other")
    assert [event.time_s for event in session.events] == [given.start_s, given.stop_s]


@pytest.mark.real_data
def test_keys_of_a_real_file_are_given_a_meaning(shared_data: Path) -> None:
    path = shared_data / "spike2" / "File_spike2_1.smr"
    keys = [event for event in read_session(path).events if event.channel == "Keyboard"]
    session = read_session(path, legend={"m": "ipsapirone 20 ug/kg iv", "x": "saline"}, dose_kind="increment")
    doses = session.protocol.doses("ipsapirone")
    assert [dose.administration.start_s for dose in doses] == [key.time_s for key in keys if key.code == "m"]
    assert [dose.cumulative for dose in doses] == [20.0, 40.0]
    assert any("no mark in the recording has the legend's 'x'" in doubt for doubt in session.doubts)
