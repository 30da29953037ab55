"""Tables of dialysate and of latencies: what is understood, and errors that name file, row, column and value."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from ephys.errors import ParameterError, TableError
from ephys.io import read_fractions, read_latencies

HEAD = "animal,group,analyte,start_min,stop_min,length_min,value,unit,lod,dead_volume_ul,flow_ul_min,drug_min,drug\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_fractions_are_those_of_the_table_and_what_is_stated_once_holds_for_the_animal(tmp_path: Path) -> None:
    table = written(
        tmp_path,
        HEAD + "r1,drug,5-HT,20,40,,<0.5,nM,,8,2,60,saline\nr1,drug,5-HT,0,,20,1.5,,,,,,\n"
        "r2,drug,5-HT,0,20,,0.2,nM,0.3,,,60,\n"
        "r1,drug,DA,0,20,20,,nM,,,,60,\n",
    )
    one, two, other = read_fractions(table)
    assert (one.animal, one.unit, one.dead_volume_ul, one.flow_ul_min, one.drug_min, one.drug) == (
        "r1", "nM", 8.0, 2.0, 60.0, "saline",
    )  # fmt: skip
    assert [(f.start_min, f.stop_min, f.text) for f in one.fractions] == [(0, 20, "1.5"), (20, 40, "< 0.5")]
    assert two.fractions[0].below == 0.3, "below the column's limit"
    assert math.isnan(two.dead_volume_ul)
    assert (other.analyte, other.fractions[0].text) == ("DA", "not measured")


def test_a_table_with_semicolons_and_decimal_commas_is_read(tmp_path: Path) -> None:
    text = "animal;analyte;start_min;stop_min;value;unit;drug_min\nr1;5-HT;0;20;1,25;nM;60\nr1;5-HT;20;40;<0,5;nM;60\n"
    (one,) = read_fractions(written(tmp_path, text))
    assert [f.text for f in one.fractions] == ["1.25", "< 0.5"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("r1,g,5-HT,20,20,,1,nM,,,,60,", r"row 3, column 'stop_min': the fraction must end after .* got '20'"),
        ("r1,g,5-HT,20,40,10,1,nM,,,,60,", r"row 3, column 'stop_min': is not start_min \+ length_min = 30, got '40'"),
        ("r1,g,5-HT,20,,,1,nM,,,,60,", r"row 3, column 'stop_min': must say when the fraction ended"),
        ("r1,g,5-HT,10,30,,1,nM,,,,60,", r"row 3, column 'start_min': overlaps the fraction .* ends at 20 min, "
         "got '10'"),
        ("r1,g,5-HT,20,40,,-1,nM,,,,60,", r"row 3, column 'value': must be 0 or more, got '-1'"),
        ("r1,g,5-HT,20,40,,<lod,nM,,,,60,", r"row 3, column 'value': needs the detection limit as a number: behind <"),
        ("r1,g,5-HT,20,40,,<,nM,,,,60,", r"row 3, column 'value': needs the detection limit as a number: behind <"),
        ("r1,g,5-HT,20,40,,1,pM,,,,60,", r"row 3, column 'unit': must be the same in all rows .* got 'pM'"),
        ("r1,h,5-HT,20,40,,1,nM,,,,60,", r"row 3, column 'group': must be the same"),
        ("r1,g,5-HT,20,40,,1,nM,,,,61,", r"row 3, column 'drug_min': must be the same .* row 2 has '60', got '61'"),
        ("r1,g,5-HT,20,40,,1,nM,0,,,60,", r"row 3, column 'lod': must be above 0, got '0'"),
        ("r1,g,5-HT,20,40,,1,nM,,-1,,60,", r"row 3, column 'dead_volume_ul': must be 0 or more, got '-1'"),
        ("r1,g,5-HT,20,40,,1,nM,,,0,60,", r"row 3, column 'flow_ul_min': must be above 0, got '0'"),
        (",g,5-HT,20,40,,1,nM,,,,60,", r"row 3, column 'animal': must be named in every row"),
    ],
)  # fmt: skip
def test_a_fraction_that_cannot_be_is_an_error_that_names_the_cell(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(TableError, match=rf"table\.csv, {message}"):
        read_fractions(written(tmp_path, f"{HEAD}r1,g,5-HT,0,20,,1,nM,,,,60,\n{row}\n"))


def test_a_missing_drug_time_or_column_is_told(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"row 2, column 'drug_min': must be stated for animal 'r1'"):
        read_fractions(written(tmp_path, f"{HEAD}r1,g,5-HT,0,20,,1,nM,,,,,\n"))
    with pytest.raises(TableError, match="missing column 'drug_min'"):
        read_fractions(written(tmp_path, "animal,analyte,start_min,stop_min,value,unit\n"))
    with pytest.raises(TableError, match="unknown column 'concentration'; did you mean 'value'"):
        read_fractions(written(tmp_path, "animal,analyte,start_min,stop_min,concentration,unit,drug_min\n"))


def test_latencies_know_their_cut_off_from_a_column_a_sign_or_the_caller(tmp_path: Path) -> None:
    head = "animal,group,latency_s,cutoff_s,censored"
    text = f"{head}\na,g,12,180,\nb,g,180,180,\nc,g,180,180,no\nd,g,>90,,\ne,g,50,180,yes\n"
    found = read_latencies(written(tmp_path, text))
    assert [one.text for one in found.trials] == ["12", "> 180", "180", "> 90", "> 50"]
    assert math.isnan(found.trials[3].cutoff_s)
    plain = written(tmp_path, "animal,group,latency_s\na,g,12\nb,g,180\n")
    assert [one.text for one in read_latencies(plain).trials] == ["12", "180"], "nobody said that it is the cut-off"
    assert [one.text for one in read_latencies(plain, cutoff_s=180.0).trials] == ["12", "> 180"]
    with pytest.raises(ParameterError, match="cutoff_s must be above 0"):
        read_latencies(plain, cutoff_s=0.0)


def test_a_cut_off_that_contradicts_the_table_is_an_error_with_both(tmp_path: Path) -> None:
    table = written(tmp_path, "animal,group,latency_s,cutoff_s\na,g,12,\nb,g,60,180\n")
    assert [one.cutoff_s for one in read_latencies(table, cutoff_s=180.0).trials] == [180.0, 180.0]
    with pytest.raises(TableError, match=r"row 3, column 'cutoff_s': contradicts the cut-off of 120 s .* got '180'"):
        read_latencies(table, cutoff_s=120.0)


def test_trials_are_counted_where_they_are_not_numbered(tmp_path: Path) -> None:
    found = read_latencies(written(tmp_path, "animal,group,latency_s\na,g,12\nb,g,9\na,g,15\n"))
    assert [(one.animal, one.trial) for one in found.trials] == [("a", 1), ("b", 1), ("a", 2)]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a,g,-3,180,,", r"column 'latency_s': must be 0 or more, got '-3'"),
        ("a,g,181,180,,", r"column 'latency_s': is beyond the cut-off of 180 s, got '181'"),
        ("a,g,,180,,", r"column 'latency_s': must be a time"),
        ("a,g,>,180,,", r"column 'latency_s': must have a number behind >, got '>'"),
        ("a,g,>180s,180,,", r"column 'latency_s': must be a number, without its unit, got '>180s'"),
        ("a,g,>180,180,no,", r"column 'censored': says no, and the latency is typed as '>180', got 'no'"),
        ("a,g,12,180,maybe,", r"column 'censored': must be one of yes, no, got 'maybe'"),
        ("a,g,12,0,,", r"column 'cutoff_s': must be above 0, got '0'"),
        ("a,g,12,180,,1.5", r"column 'trial': must be a whole number from 1, got '1.5'"),
        ("z,g,12,180,,1", r"column 'trial': animal 'z' has trial 1 twice, got '1'"),
        ("z,h,12,180,,2", r"column 'group': animal 'z' is in 'g' in row 2, got 'h'"),
        ("a,,12,180,,", r"column 'group': must be named in every row"),
    ],
)  # fmt: skip
def test_a_latency_that_cannot_be_is_an_error_that_names_the_cell(tmp_path: Path, row: str, message: str) -> None:
    text = f"animal,group,latency_s,cutoff_s,censored,trial\nz,g,5,180,,1\n{row}\n"
    with pytest.raises(TableError, match=rf"table\.csv, row 3, {message}"):
        read_latencies(written(tmp_path, text))


SHORT = "animal,group,analyte,start_min,stop_min,value,unit,drug_min,lod\n"


@pytest.mark.parametrize("typed", ["<", "<LOD", "LOD", "BDL", "< lod"])
def test_a_word_for_below_the_limit_is_understood_where_the_limit_is_stated(tmp_path: Path, typed: str) -> None:
    (one,) = read_fractions(written(tmp_path, f"{SHORT}r1,g,5-HT,0,20,{typed},nM,60,0.4\n"))
    assert one.fractions[0].text == "< 0.4"
    with pytest.raises(TableError, match="row 2, column 'value': needs the detection limit as a number"):
        read_fractions(written(tmp_path, f"{SHORT}r1,g,5-HT,0,20,{typed},nM,60,\n"))


@pytest.mark.parametrize(
    ("column", "names"),
    [("animal", ("R1,g,5-HT", "r1,g,5-HT")), ("group", ("r2,vehicle,5-HT", "r3,Vehicle,5-HT")),
     ("analyte", ("r2,g,5-HT", "r3,g,5-ht")), ("animal", ("rat 01,g,5-HT", "Rat_1,g,5-HT"))],
)  # fmt: skip
def test_a_slip_of_the_finger_makes_no_other_animal_group_or_analyte(
    tmp_path: Path, column: str, names: tuple[str, str]
) -> None:
    rows = "".join(f"{name},{20 * n},{20 * n + 20},1,nM,60,\n" for n, name in enumerate(names))
    with pytest.raises(TableError, match=f"row 3, column '{column}': did you mean .* as in row 2"):
        read_fractions(written(tmp_path, SHORT + rows))


def test_doses_in_the_names_of_groups_stay_apart(tmp_path: Path) -> None:
    rows = "".join(f"r{n},{name},5\n" for n, name in enumerate(("0.01 mg/kg", "0.1 mg/kg", "1 mg/kg", "10 mg/kg")))
    assert len(read_latencies(written(tmp_path, f"animal,group,latency_s\n{rows}")).groups) == 4


def test_trials_of_one_animal_that_is_spelled_in_two_ways_are_no_two_animals(tmp_path: Path) -> None:
    table = written(tmp_path, "animal,group,latency_s\nr1,a,5\nR1,a,6\n")
    with pytest.raises(TableError, match=r"row 3, column 'animal': did you mean 'r1', as in row 2\?"):
        read_latencies(table)


@pytest.mark.parametrize("typed", ["180+", "≥180", ">=180", "180 +"])
def test_other_ways_to_type_a_bound_are_told_the_one_that_is_read(tmp_path: Path, typed: str) -> None:
    with pytest.raises(
        TableError, match=rf"row 2, column 'latency_s': a bound is typed as >180, got '{re.escape(typed)}'"
    ):
        read_latencies(written(tmp_path, f"animal,group,latency_s\nr1,a,{typed}\n"))


def test_a_table_without_rows_is_told(tmp_path: Path) -> None:
    for read, head in ((read_fractions, SHORT), (read_latencies, "animal,group,latency_s\n")):
        with pytest.raises(TableError, match=r"table\.csv: no row beneath the header"):
            read(written(tmp_path, head))
