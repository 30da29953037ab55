"""The dose table: what the laboratory types is understood, or refused in one line."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ephys.errors import TableError
from ephys.io import read_doses
from ephys.io.doses import rows_of_session
from ephys.io.schema import Row
from ephys.model import Administration, Epoch, Event, Subject, Support

WHOLE = Support.of(Epoch(0.0, 900.0))
RAT = Subject("r7", weight_g=310.0)


def _read(tmp_path: Path, text: str, **options: object) -> tuple[Administration, ...]:
    table = tmp_path / "doses.csv"
    table.write_bytes(text.encode("utf-8"))
    return read_doses(table, **{"session_id": "rat07", "support": WHOLE, "subject": RAT, **options})  # type: ignore[arg-type]


def test_a_cumulative_series_with_vehicle_and_antagonist(tmp_path: Path) -> None:
    given = _read(
        tmp_path,
        "time_s,drug,amount,unit,dose_kind,form,route,role,notes\n"
        "180,saline,1,ml/kg,,,i.v.,vehicle,\n"
        "270,Ipsapirone,12.5,µg/kg,increment,base,iv,,first\n"
        "\n"
        "360,ipsapirone,12.5,ug/kg,increment,base,IV,agonist,\n"
        "540,WAY-100635,0.1,mg/kg,,,i.v.,antagonist,\n",
    )
    assert [(a.drug, a.dose, a.dose_unit, a.role) for a in given] == [
        ("saline", 1.0, "ml/kg", "vehicle"),
        ("ipsapirone", 12.5, "ug/kg", "agonist"),
        ("ipsapirone", 12.5, "ug/kg", "agonist"),
        ("way-100635", 100.0, "ug/kg", "antagonist"),
    ]
    assert {a.route for a in given} == {"i.v."}
    assert given[3].amount == 0.1
    assert given[3].unit == "mg/kg"
    assert given[2].source == "doses.csv, row 5"


@pytest.mark.parametrize(
    ("amount", "unit", "dose", "dose_unit"),
    [
        ("2500", "ng/kg", 2.5, "ug/kg"),
        ("20", "μg / kg", 20.0, "ug/kg"),
        ("0.02", "mg/kg", 20.0, "ug/kg"),
        ("1.5", "umol/kg", 1500.0, "nmol/kg"),
        ("0.3", "uM", 300.0, "nM"),
        ("50", "nA", 50.0, "nA"),
    ],
)
def test_units_convert(tmp_path: Path, amount: str, unit: str, dose: float, dose_unit: str) -> None:
    (given,) = _read(tmp_path, f"time_s,drug,amount,unit\n200,x,{amount},{unit}\n")
    assert given.dose == pytest.approx(dose)
    assert given.dose_unit == dose_unit


def test_masses_of_any_size_make_one_series(tmp_path: Path) -> None:
    given = _read(tmp_path, "time_s,drug,amount,unit,dose_kind\n200,x,500,ug/kg,cumulative\n300,x,1,mg/kg,cumulative\n")
    assert [a.dose for a in given] == [500.0, 1000.0]


def test_a_volume_becomes_a_dose_by_concentration_and_weight(tmp_path: Path) -> None:
    text = "time_s,drug,amount,unit,concentration,concentration_unit\n200,ipsapirone,0.1,ml,50,ug/ml\n"
    (given,) = _read(tmp_path, text)
    assert given.dose == pytest.approx(0.1 * 50 / 0.31)
    assert given.derivation == "0.1 ml x 50 ug/ml / 0.31 kg"
    with pytest.raises(TableError, match=r"row 2, column 'unit': ml needs the animal's weight .* got 'ml'"):
        _read(tmp_path, text, subject=Subject())


def test_a_vehicle_needs_neither_amount_nor_weight(tmp_path: Path) -> None:
    text = "time_s,drug,amount,unit,role\n100,saline,,,vehicle\n200,saline,0.3,ml,vehicle\n"
    bare, volume = _read(tmp_path, text, subject=Subject())
    assert bare.dose != bare.dose
    assert volume.amount == 0.3


def test_excel_in_german_is_understood(tmp_path: Path) -> None:
    table = tmp_path / "dosen.csv"
    table.write_bytes("\ufefftime_s;drug;amount;unit\r\n200,5;ipsapirone;12,5;µg/kg\r\n".encode())
    (given,) = read_doses(table, session_id="r", support=WHOLE)
    assert (given.start_s, given.dose) == (200.5, 12.5)


def test_a_micro_sign_in_the_windows_encoding_is_understood(tmp_path: Path) -> None:
    table = tmp_path / "doses.txt"
    table.write_bytes("time_s\tdrug\tamount\tunit\n200\tipsapirone\t12.5\tµg/kg\n".encode("cp1252"))
    assert read_doses(table, session_id="r", support=WHOLE)[0].dose_unit == "ug/kg"


def test_one_table_serves_several_sessions(tmp_path: Path) -> None:
    text = "session,time_s,drug,amount,unit\nrat06,100,a,1,ug/kg\nrat07,200,b,2,ug/kg\n"
    assert [a.drug for a in _read(tmp_path, text)] == ["b"]
    with pytest.raises(TableError, match=r"no row for session 'rat7'; the table has rat06, rat07"):
        _read(tmp_path, text, session_id="rat7")


def test_rows_of_no_session_are_every_session_s_and_stand_where_the_table_has_them(tmp_path: Path) -> None:
    rows = ["rat07,100,a,1,ug/kg", ",200,b,1,ug/kg", "rat06,250,c,1,ug/kg", "rat07,300,d,1,ug/kg"]
    text = "\n".join(["session,time_s,drug,amount,unit", *rows, ""])
    assert [row["drug"] for row in _rows(tmp_path, text, "rat07")] == ["a", "b", "d"]
    assert [row["drug"] for row in _rows(tmp_path, text, "rat08")] == ["b"]


def _rows(tmp_path: Path, text: str, session: str) -> tuple[Row, ...]:
    table = tmp_path / "doses.csv"
    table.write_text(text, encoding="utf-8")
    return rows_of_session(table, session)


def test_a_time_of_day_is_counted_from_the_start_even_past_midnight(tmp_path: Path) -> None:
    text = "clock_time,drug,amount,unit,dose_kind\n23:58:30,x,1,ug/kg,increment\n0:01:00,x,1,ug/kg,increment\n"
    given = _read(tmp_path, text, started_at=datetime(2024, 5, 6, 23, 55, 0))
    assert [a.start_s for a in given] == [210.0, 360.0]
    with pytest.raises(TableError, match=r"row 2, column 'clock_time': the recording does not say when it began"):
        _read(tmp_path, text)


def test_marks_give_the_time_and_keep_their_text(tmp_path: Path) -> None:
    marks = (Event(120.0, "IPSA iv", channel="TextMark"), Event(200.0, code="i"), Event(300.0, code="i"))
    text = "mark,drug,amount,unit,dose_kind\nIpsa iv,a,1,ug/kg,\ni,b,1,ug/kg,increment\ni,b,1,ug/kg,increment\n"
    given = _read(tmp_path, text, events=marks, clock_offset_s=50.0)
    assert [(a.drug, a.start_s, a.text) for a in given] == [("a", 120.0, "IPSA iv"), ("b", 200.0, ""), ("b", 300.0, "")]
    with pytest.raises(TableError, match=r"row 3, column 'mark': 3 marks of this kind in the recording, 2 rows"):
        _read(tmp_path, text, events=(*marks, Event(400.0, code="i")))
    with pytest.raises(TableError, match=r"row 2, column 'mark': no such mark .* it has 'i', got 'Ipsa iv'"):
        _read(tmp_path, text, events=marks[1:])


def test_the_clock_offset_moves_doses_onto_the_signals_clock(tmp_path: Path) -> None:
    (given,) = _read(tmp_path, "time_s,stop_s,drug,amount,unit\n200,260,5-ht,50,nA\n", clock_offset_s=-1.5)
    assert (given.start_s, given.stop_s) == (198.5, 258.5)


HEAD = "time_s,drug,amount,unit,dose_kind,route,role\n"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("time_s,drug,amout,unit\n200,x,1,ug/kg\n", r"row 1: unknown column 'amout'; did you mean 'amount'\?"),
        ("time_s,drug,dose,unit\n200,x,1,ug/kg\n", r"row 1: unknown column 'dose'; did you mean 'amount'\?"),
        ("time,drug,amount,unit\n200,x,1,ug/kg\n", r"row 1: unknown column 'time'; did you mean 'time_s'\?"),
        ("time_s,compound,amount,unit\n200,x,1,ug/kg\n", r"unknown column 'compound'; did you mean 'drug'\?"),
        ("time_s,drug,amount,units\n200,x,1,ug/kg\n", r"row 1: unknown column 'units'; did you mean 'unit'\?"),
        ("time_s,amount,unit\n200,1,ug/kg\n", r"row 1: missing column 'drug'"),
        ("time_s,drug,drug\n200,x,y\n", r"row 1: column 'drug' is there twice"),
        (HEAD + "200,x,-5,ug/kg,,,\n", r"row 2, column 'amount': a dose cannot be negative, got '-5'"),
        (HEAD + "901,x,5,ug/kg,,,\n", r"row 2, column 'time_s': 901 s is after the end .* at 900 s, got '901'"),
        (HEAD + "-20,x,5,ug/kg,,,\n", r"row 2, column 'time_s': -20 s is before the start .* at 0 s"),
        (HEAD + "200,x,5,ug/kg,increment,,\n300,x,5,nM,increment,,\n", r"row 3, column 'unit': mixed units for x"),
        (HEAD + "200,x,5,ug/kg,,,\n200,x,5,ug/kg,,,\n", r"row 3, column 'drug': the same as row 2: x at 200 s"),
        (HEAD + "200,x,5,ug/kg,,,\n300,x,5,ug/kg,,,\n", r"row 2, column 'dose_kind': x has several rows: say incr"),
        (HEAD + "200,x,5,ug/kg,both,,\n", r"row 2, column 'dose_kind': must be one of increment, cumulative.*'both'"),
        (HEAD + ",x,5,ug/kg,,,\n", r"row 2, column 'time_s': exactly one of time_s, clock_time and mark"),
        (HEAD + "200,x,5,ug/gk,,,\n", r"row 2, column 'unit': must be one of .*did you mean 'ug/kg'\?, got 'ug/gk'"),
        (HEAD + "200,x,5,ug/kg,,i.x.,\n", r"row 2, column 'route': must be one of .*, got 'i.x.'"),
        (HEAD + "200,x,5,ug/kg,,,agonit\n", r"row 2, column 'role': .*did you mean 'agonist'\?, got 'agonit'"),
        (HEAD + "200,x,5ug,ug/kg,,,\n", r"row 2, column 'amount': must be a number, without its unit, got '5ug'"),
        (HEAD + "200,x,inf,ug/kg,,,\n", r"row 2, column 'amount': must be a finite number"),
        (HEAD + "200,,5,ug/kg,,,\n", r"row 2, column 'drug': must name the compound"),
        (HEAD + "200,x,,ug/kg,,,\n", r"row 2, column 'amount': must be stated for an agonist"),
        (HEAD + "200,x,5,,,,\n", r"row 2, column 'unit': must be stated beside an amount"),
        (HEAD + "200,x,5,ml/kg,,,\n", r"row 2, column 'concentration': an agonist given as ml/kg needs one.*--stock"),
        (HEAD + "200,x,5,ug/kg,,,,9\n", r"row 2: more cells than columns, the last are '9'"),
        ("time_s,stop_s,drug,amount,unit\n200,100,x,5,nA\n", r"row 2, column 'stop_s': must be after the start at 200"),
        (HEAD + "200,x,9,ug/kg,cumulative,,\n300,x,5,ug/kg,cumulative,,\n", r"falls from 9 to 5 ug/kg; are these incr"),
        ("", r"empty, or its first row has no column names"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_line_with_file_row_and_value(tmp_path: Path, table: str, message: str) -> None:
    with pytest.raises(TableError, match=message) as caught:
        _read(tmp_path, table)
    assert "\n" not in str(caught.value)
    assert "doses.csv" in str(caught.value)


def test_a_missing_table_and_a_workbook_say_so(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"nowhere\.csv: no such table"):
        read_doses(tmp_path / "nowhere.csv", session_id="r", support=WHOLE)
    (tmp_path / "doses.xlsx").write_bytes(b"PK\x03\x04")
    with pytest.raises(TableError, match=r"doses\.xlsx: damaged, or not an Excel workbook; save it as CSV"):
        read_doses(tmp_path / "doses.xlsx", session_id="r", support=WHOLE)


def test_the_clock_offset_moves_the_end_of_an_infusion_with_its_start(tmp_path: Path) -> None:
    table = "mark,stop_s,drug,amount,unit\ndrug on,240,x,5,ug/kg\n"
    marks = (Event(210.0, text="drug on"),)  # on the signal's clock already
    (given,) = _read(tmp_path, table, events=marks, clock_offset_s=10.0)
    assert (given.start_s, given.stop_s) == (210.0, 250.0)


def test_a_time_with_a_zone_is_compared_in_that_zone(tmp_path: Path) -> None:
    table = "clock_time,drug,amount,unit\n2024-05-06T14:05:00+02:00,x,5,ug/kg\n"
    (given,) = _read(tmp_path, table, started_at=datetime(2024, 5, 6, 12, 0, tzinfo=UTC))
    assert given.start_s == 300.0


def test_a_comma_that_can_be_read_two_ways_is_asked_about(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"row 2.*amount.*1,000.*two ways|row 2.*amount.*two ways.*1,000"):
        _read(tmp_path, "time_s;drug;amount;unit\n200;x;1,000;ug/kg\n")


@pytest.mark.parametrize(
    ("typed", "readings", "cures"),
    [
        ("15,625", "15625 or 15.625", {"15625": 15625.0, "15,6250": 15.625}),
        ("1,250", "1250 or 1.25", {"1250": 1250.0, "1,25": 1.25}),
        ("1,000", "1000 or 1.0", {"1000": 1000.0, "1,0": 1.0}),
    ],
)
def test_both_readings_of_a_number_are_named_and_each_can_be_written(
    tmp_path: Path, typed: str, readings: str, cures: dict[str, float]
) -> None:
    table = "time_s;drug;amount;unit\n200;x;{};ug/kg\n"
    with pytest.raises(TableError, match=rf"{readings}; write {' or '.join(cures)}, got '{typed}'"):
        _read(tmp_path, table.format(typed))
    for text, dose in cures.items():
        assert _read(tmp_path, table.format(text))[0].dose == dose


@pytest.mark.parametrize("rest", ["", "270;saline;0,5;ml/kg\n"])
def test_a_thousands_point_of_a_german_spreadsheet_is_no_decimal_point(tmp_path: Path, rest: str) -> None:
    table = "time_s;drug;amount;unit\n180;ipsapirone;{};ug/kg\n" + rest
    with pytest.raises(TableError, match=r"row 2, column 'amount': can be read two ways, .* got '1\.250'"):
        _read(tmp_path, table.format("1.250"))
    (given,) = _read(tmp_path, "time_s;drug;amount;unit\n180.5;ipsapirone;1.250;ug/kg\n")
    assert (given.start_s, given.dose) == (180.5, 1.25)


def test_a_dose_of_0_of_an_antagonist_is_no_dose(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"column 'amount': a dose of 0; a vehicle has the role vehicle"):
        _read(tmp_path, "time_s,drug,amount,unit,role\n180,WAY-100635,0,mg/kg,antagonist\n")


@pytest.mark.parametrize("typed", ["14.05", "1405", "14h05", "14", "14:05+02:00"])
def test_a_time_of_day_has_its_colons(tmp_path: Path, typed: str) -> None:
    text = f"clock_time,drug,amount,unit\n{typed},ipsapirone,20,ug/kg\n"
    with pytest.raises(TableError, match=r"column 'clock_time': must be a time like 14:05:30"):
        _read(tmp_path, text, started_at=datetime(2024, 5, 6, 13, 59))


def test_a_retaining_current_keeps_its_sign_and_belongs_to_an_ejection(tmp_path: Path) -> None:
    head = "time_s,stop_s,drug,amount,unit,barrel,retention_na\n"
    text = head + "100,150,5-HT,10,nA,2,-8\n300,350,5-HT,20,nA,2,\n500,550,quisqualate,5,nA,3,12.5\n"
    assert [a.retention_na for a in _read(tmp_path, text)] == pytest.approx([-8.0, math.nan, 12.5], nan_ok=True)
    with pytest.raises(
        TableError, match=r"row 2, column 'retention_na': belongs to an ejection \(unit nA\), not to ug/kg"
    ):
        _read(tmp_path, head + "100,,ipsapirone,10,ug/kg,,-8\n")
    with pytest.raises(TableError, match=r"column 'drug': must name the compound"):
        _read(tmp_path, head + "100,150,,,,,-8\n")
