"""The daily round trip: marks out as a table, corrected by hand, read back with the original times."""

from __future__ import annotations

import csv
import math
import sys
from dataclasses import asdict, replace
from datetime import datetime, time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from typer.testing import CliRunner

from ephys.cli import app
from ephys.errors import ParameterError, TableError
from ephys.io import dose_sheet, read_doses, read_session, write_dose_sheet, write_nwb
from ephys.io.drug_record.record import with_drug_record
from ephys.model import Administration, DoseProtocol, Epoch, Event, ReadingSettings, Session, Subject, Support

WHOLE = Support.of(Epoch(0.0, 900.0))


def _session(*marks: Event, **said: object) -> Session:
    """A session with marks, as it is read without a table."""
    reading = ReadingSettings(**said)  # type: ignore[arg-type]
    bare = Session(
        "rat07", DoseProtocol((), WHOLE), events=marks, subject=Subject(weight_g=310.0), reading=reading,
        started_at=datetime(2024, 5, 6, 14, 0),
    )  # fmt: skip
    return with_drug_record(bare, None, reading)


def _back(session: Session, table: Path) -> Session:
    """The session read again with the table."""
    return with_drug_record(replace(session, protocol=DoseProtocol((), WHOLE), doubts=()), table, session.reading)


def _same(one: tuple[Administration, ...], other: tuple[Administration, ...]) -> bool:
    """Whether two records are equal to the last bit, but for where they come from; NaN is NaN."""
    plain = [[{**asdict(a), "source": ""} for a in record] for record in (one, other)]
    return repr(plain[0]) == repr(plain[1])


def _edit(table: Path, row: int, **cells: str) -> Path:
    """Change cells of a table, as a person does; the first row of marks is 2."""
    with table.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    lines[row - 2] |= cells
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)
    return table


DAY = (
    Event(0.1 + 0.2, "rec on", "1", "TextMark"),
    Event(61.00001, "sal 1 ml/kg iv", "1", "TextMark"),
    Event(123.456789012345, "ipsa HCl 20 \u00c2\u00b5g/kg iv", "2", "TextMark"),
    Event(200.3, "ure suppl 0.1 ml ip", "1", "TextMark"),
    Event(300.7000000001, "5-HT 50 nA on", "1", "TextMark"),
    Event(350.9000000001, "off", "1", "TextMark"),
    Event(400.1, "5-HT 25 nA on", "1", "TextMark"),
    Event(450.1, "-5-HT", "1", "TextMark"),
    Event(500.5, "", "k", "Keyboard"),
    Event(600.5, "WAY 0.1 mg/kg sc", "1", "TextMark"),
)
LEGEND = ("k=lesopitron 0.1 ml iv",)
STOCKS = ("lesopitron=50 ug/ml",)


@pytest.mark.parametrize("name", ["doses.csv", "doses.tsv", "doses.xlsx"])
@pytest.mark.parametrize("offset_s", [0.0, 0.3, -17.123456])
def test_what_needs_no_answer_comes_back_as_the_marks_gave_it(tmp_path: Path, name: str, offset_s: float) -> None:
    marks = tuple(replace(event, time_s=event.time_s + 20.0 + offset_s) for event in DAY)
    session = _session(*marks, legend=LEGEND, stocks=STOCKS, clock_offset_s=offset_s)
    given = session.protocol.administrations
    assert {a.role for a in given} == {"vehicle", "agonist", "anaesthetic", "antagonist"}
    again = _back(session, write_dose_sheet(session, tmp_path / name))
    assert _same(again.protocol.administrations, given)
    assert again.doubts == ()


WORDS = st.sampled_from(
    ["ipsa 20 ug/kg", "ipsa 40 ug/kg total", "ipsapirone HCl 5 nmol/kg iv", "lesop 5", "WAY 0.1 mg/kg", "WAY", "sal",
     "ipsaprone 2 ug/kg", "wash", "5-HT 50 nA on", "off", "5-HT off", "ure suppl", "Drug added", "+TGOT", "-TGOT",
     "cell 3", "foo 5 mg/kg", "lesop 0.1 ml", "cit 5 mg/kg", "ipsa 20 ug/kg?", "2x10 ug/kg sal", "ipsa 0 ug/kg", "=1+1",
     "'x", "drug 3", "urethane 5", "lesop maleate 1 mg/kg"]
) | st.text(max_size=12)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(WORDS, max_size=5), offset_s=st.sampled_from([0.0, 1.1, -3.3]))
def test_any_record_comes_back_the_same_or_asks_by_row_and_column(
    tmp_path: Path, texts: list[str], offset_s: float
) -> None:
    marks = (Event(50.0 + 77.7 * i, text, channel="TextMark") for i, text in enumerate(texts))
    session = _session(*marks, clock_offset_s=offset_s)
    table = write_dose_sheet(session, tmp_path / "doses.csv", overwrite=True)
    asked = any(row["doubt"] for row in dose_sheet(session).rows)
    if not dose_sheet(session).rows:
        return
    if asked:
        with pytest.raises(TableError, match=r"doses\.csv, row \d+, column '\w+': "):
            _back(session, table)
    else:
        assert _same(_back(session, table).protocol.administrations, session.protocol.administrations)


def test_what_must_be_answered_names_row_column_and_what_to_type(tmp_path: Path) -> None:
    session = _session(
        Event(60.0, "Drug added"), Event(120.0, "lesop 5"), Event(180.0, "ipsa 20 ug/kg"), Event(240.0, "IPSA 20 ug/kg")
    )
    table = write_dose_sheet(session, tmp_path / "doses.csv")
    with pytest.raises(TableError, match=r"row 2, column 'drug': must be filled in \(which drug .* nothing was given"):
        _back(session, table)
    _edit(table, 2, drug="", doubt="")
    with pytest.raises(TableError, match=r"row 3, column 'unit': must be stated beside an amount: one of ng/kg, ug/kg"):
        _back(session, table)
    _edit(table, 3, unit="µg/kg")
    with pytest.raises(TableError, match=r"row 4, column 'dose_kind': ipsapirone has several rows: say increment"):
        _back(session, table)
    _edit(table, 4, dose_kind="increment")
    _edit(table, 5, dose_kind="increment")
    given = _back(session, table).protocol.administrations
    assert [(a.drug, a.dose, a.role) for a in given] == [
        ("lesopitron", 5.0, "agonist"),
        ("ipsapirone", 20.0, "agonist"),
        ("ipsapirone", 20.0, "agonist"),
    ]


def test_a_time_moved_by_hand_is_known_as_moved(tmp_path: Path) -> None:
    session = _session(Event(123.45678, "ipsa 20 ug/kg"), clock_offset_s=2.0)
    again = _back(session, _edit(write_dose_sheet(session, tmp_path / "doses.csv"), 2, time_s="130"))
    (given,) = again.protocol.administrations
    assert given.start_s == 132.0
    assert given.source == "doses.csv, row 2, moved from 123.457 s"
    assert again.doubts == ("doses.csv, row 2: moved by hand from the mark at 123.457 s",)


def test_times_that_a_spreadsheet_rounded_are_the_marks_own_again(tmp_path: Path) -> None:
    session = _session(Event(123.456789012345, "5-HT 50 nA on"), Event(150.98765432109, "off"))
    table = _edit(
        write_dose_sheet(session, tmp_path / "doses.csv"),
        2,
        time_s="123.4568",
        mark_time_s="123.4568",
        stop_s="150.9877",
    )
    assert _same(_back(session, table).protocol.administrations, session.protocol.administrations)


def test_the_clock_offset_is_added_once(tmp_path: Path) -> None:
    session = _session(Event(102.5, "ipsa 20 ug/kg"), clock_offset_s=2.5)
    table = write_dose_sheet(session, tmp_path / "doses.csv")
    row = dose_sheet(session).rows[0]
    assert (row["time_s"], row["mark_clock"]) == (100.0, "14:01:40")  # on the file's own clock
    assert _back(session, table).protocol.administrations[0].start_s == 102.5
    later = replace(session, reading=ReadingSettings(clock_offset_s=3.0), events=(Event(103.0, "ipsa 20 ug/kg"),))
    assert _back(later, table).protocol.administrations[0].start_s == 103.0


def test_the_table_of_another_recording_is_doubted(tmp_path: Path) -> None:
    table = write_dose_sheet(_session(Event(100.0, "ipsa 20 ug/kg")), tmp_path / "doses.csv")
    again = _back(_session(Event(250.0, "cell 2")), table)
    assert again.doubts == ("doses.csv, row 2: the recording has no mark at 100 s; is this its table?",)


def test_a_row_without_a_drug_is_a_note_unless_something_of_a_dose_is_left(tmp_path: Path) -> None:
    session = _session(Event(60.0, "ipsa 20 ug/kg"), Event(70.0, "lesop 5 ug/kg"))
    table = _edit(write_dose_sheet(session, tmp_path / "doses.csv"), 2, drug="")
    with pytest.raises(TableError, match=r"row 2, column 'drug': must name the compound; of a note, empty the cells"):
        _back(session, table)
    _edit(table, 2, amount="", unit="", role="")
    assert [a.drug for a in _back(session, table).protocol.administrations] == ["lesopitron"]


def test_an_edited_table_is_not_overwritten(tmp_path: Path) -> None:
    session = _session(Event(60.0, "ipsa 20 ug/kg"))
    table = write_dose_sheet(session, tmp_path / "doses.csv")
    with pytest.raises(ParameterError, match=r"may hold your corrections; name another \(or --force\)"):
        write_dose_sheet(session, table)
    assert write_dose_sheet(session, table, overwrite=True) == table
    with pytest.raises(ParameterError, match=r"as \.csv, \.tsv or \.xlsx, got 'doses\.docx'"):
        write_dose_sheet(session, tmp_path / "doses.docx")


def test_no_text_is_a_formula_for_a_spreadsheet(tmp_path: Path) -> None:
    session = _session(Event(60.0, "+TGOT"), Event(61.0, "=HYPERLINK(1)"), Event(62.0, "a\x07\nb"))
    book = load_workbook(write_dose_sheet(session, tmp_path / "doses.xlsx"))
    sheet = book["doses"]
    texts = [row[5].value for row in sheet.iter_rows(min_row=2)]
    assert texts == ["'+TGOT", "'=HYPERLINK(1)", "a  b"]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_pulses_get_a_row_on_request_only() -> None:
    pulses = [Event(float(i), channel="stim") for i in range(5)] + [Event(9.0, "512", channel="digital in")]
    session = _session(*pulses, Event(10.0, "cell 2"), Event(11.0, code="3", channel="Keyboard"))
    sheet = dose_sheet(session)
    assert [(row["time_s"], row["code"]) for row in sheet.rows] == [(10.0, ""), (11.0, "3")]
    assert sheet.left_out == {"stim": 5, "digital in": 1}
    assert len(dose_sheet(session, bare=True).rows) == 8
    assert [row["drug"] for row in dose_sheet(session, bare=True).rows if row["drug"]] == ["?"]


def test_a_files_own_table_is_written_with_its_marks_as_notes(tmp_path: Path) -> None:
    own = (
        Administration("ipsapirone", 100.1, amount=0.1, unit="ml", dose=16.1, dose_unit="ug/kg", source="nwb"),
        Administration(
            "5-ht", 200.2, 230.3, amount=50.0, unit="nA", dose=50.0, dose_unit="nA", source="nwb", retention_na=-8.0
        ),
    )
    session = Session("rat07", DoseProtocol(own, WHOLE), events=(Event(100.0, "ipsa"),))
    table = write_dose_sheet(session, tmp_path / "doses.csv")
    given = read_doses(table, session_id="rat07", support=WHOLE, events=session.events)
    assert [(a.drug, a.start_s, a.stop_s, a.dose, a.dose_unit) for a in given] == [
        ("ipsapirone", 100.1, None, 16.1, "ug/kg"),
        ("5-ht", 200.2, 230.3, 50.0, "nA"),
    ]
    assert [a.retention_na for a in given] == pytest.approx([math.nan, -8.0], nan_ok=True)


# --- on the command line ---------------------------------------------------------------------------------------------


def _run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout + result.stderr


def test_the_daily_round_trip_on_the_command_line(tmp_path: Path) -> None:
    marks = (Event(60.0, "ipsa 20 ug/kg iv", channel="TextMark"), Event(120.0, code="i", channel="Keyboard"))
    file = write_nwb(Session("rat07", DoseProtocol((), WHOLE), events=marks), tmp_path / "rat07.nwb")
    (tmp_path / "legend.csv").write_text("key,text\ni,ipsapirone 40 ug/kg iv\n", encoding="utf-8")
    table = tmp_path / "doses.csv"
    code, out = _run("doses", file, "-o", table, "--legend", tmp_path / "legend.csv")
    assert code == 0
    assert "ipsapirone has several marks: say increment (what was added) or cumulative (the total)" in " ".join(
        out.split()
    )
    code, out = _run("doses", file, "-o", table)
    assert (code, "may hold your corrections" in out) == (1, True)
    words = ("--key", "i=ipsapirone 40 ug/kg iv", "--dose-kind", "cumulative", "--force")
    assert _run("doses", file, "-o", table, *words)[0] == 0
    protocol = read_session(file, doses=table).protocol
    assert [dose.cumulative for dose in protocol.doses("ipsapirone")] == [20.0, 40.0]


def test_weight_and_stock_of_the_command_line_win_over_the_file(tmp_path: Path) -> None:
    marks = (Event(60.0, "ipsa 0.1 ml", channel="TextMark"),)
    session = Session("rat07", DoseProtocol((), WHOLE), events=marks, subject=Subject(weight_g=500.0))
    file = write_nwb(session, tmp_path / "rat07.nwb")
    table = tmp_path / "doses.csv"
    assert _run("doses", file, "-o", table, "--stock", "ipsa=50 ug/ml", "--weight-g", "250")[0] == 0
    (given,) = read_session(file, doses=table, weight_g=250.0).protocol.administrations
    assert given.dose == pytest.approx(0.1 * 50 / 0.25)
    assert read_session(file, stocks={"ipsa": "50 ug/ml"}).protocol.administrations[0].dose == pytest.approx(10.0)


# --- tables as people save them --------------------------------------------------------------------------------------

TABLE = "time_s,drug,amount,unit,route\n200.5,ipsapirone,12.5,µg/kg,iv\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_is_read_in_every_encoding_of_the_field(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = TABLE.replace(",", delimiter)
    text = text if delimiter == "," else text.replace("200.5", "200,5").replace("12.5", "12,5")
    (tmp_path / "doses.csv").write_bytes(text.encode(encoding))
    (given,) = read_doses(tmp_path / "doses.csv", session_id="r", support=WHOLE)
    assert (given.start_s, given.dose, given.unit) == (200.5, 12.5, "ug/kg")


def test_another_decimal_comma_settles_what_one_means(tmp_path: Path) -> None:
    table = tmp_path / "doses.csv"
    table.write_text("time_s;drug;amount;unit\n300,123;x;12,5;ug/kg\n", encoding="utf-8")
    assert read_doses(table, session_id="r", support=WHOLE)[0].start_s == 300.123


def _workbook(path: Path, *rows: list[object], title: str = "doses") -> Path:
    book = Workbook()
    assert book.active is not None
    book.active.title = "lab book"
    book.active.append(["nothing of interest"])
    sheet = book.create_sheet(title)
    for row in rows:
        sheet.append(row)
    if title != "doses":
        book.move_sheet(title, -1)
    book.save(path)
    return path


@pytest.mark.parametrize("title", ["doses", "Doses", "Sheet7"])
def test_a_workbook_is_read_from_the_sheet_called_doses_or_the_first(tmp_path: Path, title: str) -> None:
    header = ["clock_time", "drug", "amount", "unit", "dose_kind"]
    rows = [
        [time(14, 5, 30), "ipsapirone", 12.5, "µg/kg", "increment"],
        [datetime(2024, 5, 6, 14, 10), "ipsapirone", 25, "µg/kg", "increment"],
    ]
    table = _workbook(tmp_path / "doses.xlsx", header, *rows, title=title)
    given = read_doses(table, session_id="r", support=WHOLE, started_at=datetime(2024, 5, 6, 14, 0))
    assert [(a.start_s, a.dose) for a in given] == [(330.0, 12.5), (600.0, 25.0)]


def test_a_formula_that_was_never_calculated_is_no_empty_cell(tmp_path: Path) -> None:
    table = _workbook(tmp_path / "doses.xlsx", ["time_s", "drug", "amount", "unit"], [100, "x", "=0.5*20", "ug/kg"])
    with pytest.raises(TableError, match=r"doses\.xlsx, row 2: a formula without a result"):
        read_doses(table, session_id="r", support=WHOLE)


def test_without_the_reader_of_workbooks_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = _workbook(tmp_path / "doses.xlsx", ["time_s", "drug"], [100, "x"])
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(TableError, match=r"needs openpyxl: pip install 'ephys\[excel\]'"):
        read_doses(table, session_id="r", support=WHOLE)
    with pytest.raises(ParameterError, match=r"ephys\[excel\]"):
        write_dose_sheet(_session(), tmp_path / "new.xlsx")


# --- names in a table ------------------------------------------------------------------------------------------------


def _table(tmp_path: Path, text: str) -> Session:
    (tmp_path / "doses.csv").write_text(text, encoding="utf-8")
    return _back(_session(), tmp_path / "doses.csv")


def test_a_misspelt_name_is_a_doubt_with_the_name_that_was_meant(tmp_path: Path) -> None:
    read = _table(tmp_path, "time_s,drug,amount,unit\n100,ipsaprone,5,ug/kg\n200,lab-7a,1,ug/kg\n300,lbb-7a,1,ug/kg\n")
    unknown = "is not in the table of compounds and has no role: it counts as agonist"
    assert [a.drug for a in read.protocol.administrations] == ["ipsaprone", "lab-7a", "lbb-7a"]
    assert read.doubts == (
        "doses.csv, row 2: 'ipsaprone' is no known compound; did you mean ipsapirone?",
        "doses.csv, row 3: 'lab-7a' is nearly 'lbb-7a' of another row; are they one?",
        "doses.csv, row 4: 'lbb-7a' is nearly 'lab-7a' of another row; are they one?",
        *(f"doses.csv: {drug!r} {unknown}" for drug in ("ipsaprone", "lab-7a", "lbb-7a")),
    )


def test_another_unit_than_in_most_rows_is_a_doubt(tmp_path: Path) -> None:
    rows = ("100,ipsapirone,5,ug/kg", "200,ipsapirone,10,µg/kg", "300,ipsapirone,20,mg/kg")
    rows += ("400,saline,1,ml/kg", "450,saline,,", "500,urethane,,")
    read = _table(tmp_path, "\n".join(("time_s,drug,amount,unit,dose_kind", *(f"{row},increment" for row in rows))))
    assert [doubt for doubt in read.doubts if "meant" in doubt] == [
        "doses.csv, row 4: 20 mg/kg of ipsapirone, elsewhere in ug/kg; is it meant?"
    ]


def test_another_name_of_a_compound_is_the_compound_and_the_word_is_kept(tmp_path: Path) -> None:
    text = "time_s,drug,amount,unit,dose_kind\n100,E-4424,5,ug/kg,increment\n200,Lesopitron,5,ug/kg,increment\n"
    read = _table(tmp_path, text)
    assert [(a.drug, a.text) for a in read.protocol.administrations] == [("lesopitron", "E-4424"), ("lesopitron", "")]
    assert read.protocol.doses("lesopitron")[1].cumulative == 10.0


def test_a_salt_that_a_compound_has_not_is_a_doubt(tmp_path: Path) -> None:
    rows = ("100,ipsapirone,5,ug/kg,maleate", "200,buspirone HCl,5,ug/kg,", "300,gepirone,1,ug/kg,HCl")
    read = _table(tmp_path, "\n".join(("time_s,drug,amount,unit,form", *rows)))
    assert [a.form for a in read.protocol.administrations] == ["maleate", "hydrochloride", "hydrochloride"]
    (doubt,) = read.doubts
    assert "row 2: 'maleate' is no form of ipsapirone that is known: base, hydrochloride" in doubt


def test_a_compound_without_a_role_has_that_of_the_table_of_compounds(tmp_path: Path) -> None:
    rows = (
        "100,saline,1,ml/kg,increment", "120,physiological saline,1,ml/kg,increment", "150,ipsa,5,ug/kg,increment",
        "200,ipsa,5,ug/kg,increment", "250,WAY-100635,0.1,mg/kg,increment", "270,citalopram,1,mg/kg,increment",
        "280,urethane,0.2,g/kg,increment",
    )  # fmt: skip
    read = _table(tmp_path, "\n".join(("time_s,drug,amount,unit,dose_kind", *rows)))
    assert [a.role for a in read.protocol.administrations] == [
        "vehicle", "vehicle", "agonist", "agonist", "antagonist", "challenge", "anaesthetic",
    ]  # fmt: skip
    assert read.protocol.doses("ipsapirone")[1].cumulative == 10.0
    taken = (
        ("saline", "vehicle"),
        ("way-100635", "antagonist"),
        ("citalopram", "challenge"),
        ("urethane", "anaesthetic"),
    )
    assert read.doubts == tuple(
        f"doses.csv: {drug} has no role: it counts as {role}, as in the table of compounds" for drug, role in taken
    )


def test_a_role_that_is_stated_wins_over_the_table_of_compounds(tmp_path: Path) -> None:
    read = _table(tmp_path, "time_s,drug,amount,unit,role\n100,WAY-100635,0.1,mg/kg,agonist\n")
    assert (read.protocol.administrations[0].role, read.doubts) == ("agonist", ())


def test_an_unknown_compound_without_a_role_is_an_agonist_and_says_so(tmp_path: Path) -> None:
    rows = "100,xyz-17,5,ug/kg,increment\n200,XYZ-17,5,ug/kg,increment"
    read = _table(tmp_path, f"time_s,drug,amount,unit,dose_kind\n{rows}\n")
    assert [a.role for a in read.protocol.administrations] == ["agonist", "agonist"]
    assert read.doubts == (
        "doses.csv: 'xyz-17' is not in the table of compounds and has no role: it counts as agonist",
    )


def test_a_stock_of_a_drug_that_was_not_given_is_a_doubt(tmp_path: Path) -> None:
    stocks = ("ipsa=50 ug/ml", "busp=1 mg/ml")
    (tmp_path / "doses.csv").write_text("time_s,drug,amount,unit\n100,ipsa,1,ml/kg\n", encoding="utf-8")
    doubt = "no mark or row names the stock's 'buspirone' (--stock)"
    assert _back(_session(stocks=stocks), tmp_path / "doses.csv").doubts == (doubt,)
    assert doubt in _session(Event(60.0, "ipsa 1 ml/kg"), stocks=stocks).doubts
    assert not any("stock" in said for said in _session(Event(60.0, "ipsa 1 ml/kg"), stocks=stocks[:1]).doubts)


def test_a_mark_that_is_gone_is_named_to_the_millisecond(tmp_path: Path) -> None:
    read = _table(tmp_path, "time_s,mark_time_s,drug,amount,unit\n335.4,335.39635200000004,ipsa,5,ug/kg\n")
    assert read.doubts == ("doses.csv, row 2: the recording has no mark at 335.396352 s; is this its table?",)


def test_a_dose_kind_that_the_user_states_serves_the_whole_table(tmp_path: Path) -> None:
    (tmp_path / "doses.csv").write_text("time_s,drug,amount,unit\n100,x,5,ug/kg\n200,x,10,ug/kg\n", encoding="utf-8")
    with pytest.raises(TableError, match="say increment"):
        _back(_session(), tmp_path / "doses.csv")
    protocol = _back(_session(dose_kind="cumulative"), tmp_path / "doses.csv").protocol
    assert [dose.increment for dose in protocol.doses("x")] == [5.0, 5.0]
    assert math.isnan(protocol.administrations[0].end_s) is False
