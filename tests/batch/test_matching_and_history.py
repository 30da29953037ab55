"""Which row of the cohort's table is which unit, and what an animal had before."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import ephys
from ephys.analysis import CellRecord, SessionRecord
from ephys.batch.history import history_of
from ephys.batch.jobs import SessionJob
from ephys.batch.matching import match_cells
from ephys.model import Administration, CohortCell

CELL = CohortCell("r1", "control", "c", (Path("a.nwb"),), row=2)
NAN = float("nan")


def job_of(*cells: CohortCell, name: str = "s1") -> SessionJob:
    return SessionJob(name, name, (Path("a.nwb"),), NAN, NAN, None, None, ephys.Settings(), cells)


def record_of(*units: str, sorted_anew: bool = False, name: str = "s1", **known: object) -> SessionRecord:
    """Record of a session with units; one that begins with * was found by the sorter."""
    cells = tuple(
        CellRecord(
            unit.lstrip("*"),
            {"origin": "sort" if unit.startswith("*") else "file", "multi_unit": False},
            (),
            (),
            (),
            (),
        )
        for unit in units
    )
    record = SessionRecord("key", name, (), cells, sorted_anew, {}, None, 0.0, 600.0, (), ("silent wire",))
    return replace(record, **known)


@pytest.mark.parametrize(
    ("units", "rows", "found"),
    [
        (("1",), ("",), ["c0=1"]),
        (("1", "2"), ("2", "1"), ["c0=2", "c1=1"]),
        (("*1", "*2"), ("sort",), ["c0/1=1", "c0/2=2"]),
        (("*1", "*2", "*3"), ("sort", "sort 2"), ["c0/1=1", "c0/3=3", "c1=2"]),
        (("1", "*sorted 1"), ("1", "sort 1"), ["c0=1", "c1=sorted 1"]),
    ],
)
def test_a_row_has_the_unit_that_it_names(units: tuple[str, ...], rows: tuple[str, ...], found: list[str]) -> None:
    cells = [replace(CELL, cell=f"c{n}", unit=unit, row=n) for n, unit in enumerate(rows)]
    matched = match_cells(job_of(*cells), record_of(*units, sorted_anew=units[0].startswith("*")))
    assert [f"{name}={unit.unit}" for _, name, unit in matched.cells] == found
    assert matched.failures == ()
    assert matched.notes == ()


def test_a_cell_that_the_file_and_the_sorter_have_is_one_cell() -> None:
    cells = [replace(CELL, cell="c0", unit="1", row=1), replace(CELL, cell="c1", unit="sort", row=2)]
    record = record_of("1", "*sorted 1", "*2", twins={"1": "sorted 1"})
    matched = match_cells(job_of(*cells), record)
    assert [f"{name}={unit.unit}" for _, name, unit in matched.cells] == ["c0=1", "c1=2"]
    twice = [cells[0], replace(CELL, cell="c1", unit="sort 1", row=2)]
    (failure,) = match_cells(job_of(*twice), record).failures
    assert failure.reason == ("unit sorted 1 of s1 is the cell of another row, there or as the sorter's: drop one row")


@pytest.mark.parametrize("rows", [("1", "2", "sort"), ("1", "2", "sort 1"), ("sort", "2", "1")])
def test_of_half_a_code_and_the_unit_that_goes_on_the_whole_one_is_the_cell(rows: tuple[str, ...]) -> None:
    cells = [replace(CELL, cell=f"c{n}", unit=unit, row=n) for n, unit in enumerate(rows)]
    halves = {"1": "sorted 1", "2": "sorted 1"}
    record = record_of("1", "2", "*sorted 1", twins={"1": "sorted 1"}, parts=halves)
    matched = match_cells(job_of(*cells), record)
    assert [unit.unit for _, _, unit in matched.cells] == ["sorted 1"]
    told = sorted(failure.reason for failure in matched.failures)
    assert [text.split(",")[0] for text in told] == [
        f"unit {name} of s1 ends or begins midway" for name in ("1", "2")
    ]  # fmt: skip
    assert all("sorted 1, which goes on, is the cell of another row" in text for text in told)


def test_a_code_that_goes_on_is_the_cell_and_the_halves_that_the_sorter_found_are_not() -> None:
    cells = [replace(CELL, cell="c0", unit="sort", row=0), replace(CELL, cell="c1", unit="1", row=1)]
    record = record_of("1", "*sorted 1", "*2", "*3", parts={"sorted 1": "1", "2": "1"})
    matched = match_cells(job_of(*cells), record)
    assert [f"{name}={unit.unit}" for _, name, unit in matched.cells] == ["c0=3", "c1=1"]


def test_half_a_code_alone_is_told_which_unit_goes_on() -> None:
    record = record_of("1", "*sorted 1", "*2", parts={"1": "sorted 1"})
    matched = match_cells(job_of(replace(CELL, unit="1")), record)
    assert [unit.unit for _, _, unit in matched.cells] == ["1"]
    left, half = matched.notes
    assert left.endswith("in no number: 2")
    assert half == (
        "s1: unit 1 of cell c ends or begins midway, and sorted 1 goes on: if it is one cell, name that one in column "
        "'unit'"
    )


@pytest.mark.parametrize(
    ("units", "row", "reason"),
    [
        (("1", "2"), "7", "no unit '7' in s1; it has 1, 2"),
        (("1", "2"), "", "the file has several units, 1, 2: say which in column 'unit'"),
        (("1",), "sort 1", "no unit 'sort 1' in s1; it has 1"),
        ((), "1", "no unit was found in s1: silent wire"),
    ],
)
def test_a_row_without_a_unit_says_why(units: tuple[str, ...], row: str, reason: str) -> None:
    matched = match_cells(job_of(replace(CELL, unit=row)), record_of(*units))
    (failure,) = matched.failures
    assert (failure.step, failure.reason) == ("unit", reason)
    assert len(matched.notes) == bool(units)


NINE = datetime(2000, 1, 1, 9)


def given(drug: str, start_s: float) -> Administration:
    return Administration(drug, start_s, route="i.v.", role="agonist")


def histories(*records: SessionRecord, orders: tuple[str, ...] = ("", "")) -> ephys.batch.history.History:
    jobs = [
        replace(job_of(replace(CELL, order=order), name=f"s{n}"), files=(Path(f"{n}.nwb"),))
        for n, order in enumerate(orders, start=1)
    ]
    return history_of("r1", jobs, {record.session: record for record in records})


def test_a_recording_after_a_drug_is_not_naive_by_the_clock() -> None:
    first = record_of("1", name="s1", started_at=NINE, systemic=(given("ipsapirone", 300.0),))
    later = record_of("1", name="s2", started_at=NINE + timedelta(seconds=301))
    assert histories(first, later).earlier == {"s2": "ipsapirone in s1"}
    before_it = replace(later, started_at=NINE + timedelta(seconds=299))
    assert histories(first, before_it).earlier == {}
    assert histories(first, later).notes == ()


def test_where_no_clock_is_known_the_order_tells_and_else_it_is_said() -> None:
    first, later = record_of("1", name="s1", systemic=(given("ipsapirone", 300.0),)), record_of("1", name="s2")
    assert histories(first, later, orders=("1", "2")).earlier == {"s2": "ipsapirone in s1"}
    assert histories(first, later, orders=("2", "1")).earlier == {}
    unknown = histories(first, later)
    assert unknown.earlier == {}
    assert "r1: which of its recordings (s1, s2) came after a systemic drug is not known" in unknown.notes[0]


def test_a_part_of_a_file_had_what_came_before_it() -> None:
    part = record_of("1", start_s=600.0, systemic=(given("ipsapirone", 300.0), given("lesopitron", 700.0)))
    assert histories(part, orders=("",)).earlier == {"s1": "ipsapirone at 300 s of the same file"}
    first = replace(part, session="s0", start_s=0.0, stop_s=600.0)
    both = history_of("r1", [job_of(CELL, name="s0"), job_of(CELL)], {"s0": first, "s1": part})
    assert both.earlier == {"s1": "ipsapirone at 300 s of the same file"}
    assert both.notes == ()


def test_a_part_did_not_have_what_came_in_it_whatever_order_is_stated() -> None:
    part = record_of("1", start_s=600.0, systemic=(given("ipsapirone", 700.0),))
    first = replace(part, session="s0", start_s=0.0, stop_s=600.0)
    jobs = [job_of(replace(CELL, order="1"), name="s0"), job_of(replace(CELL, order="2"))]
    assert history_of("r1", jobs, {"s0": first, "s1": part}).earlier == {}
    of_its_own_table = replace(first, systemic=(given("lesopitron", 500.0),))
    found = history_of("r1", jobs, {"s0": of_its_own_table, "s1": part})
    assert found.earlier == {"s1": "lesopitron in s0"}


def test_a_recording_that_could_not_be_read_may_have_had_a_drug() -> None:
    (note,) = histories(record_of("1", name="s1")).notes
    assert note == "r1: s2 could not be read, so whether a drug was given there before s1 is not known"
