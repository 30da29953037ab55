"""Tables of binding: what is read, every bad cell by file, row, column and value, and the truth of the sample table."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from ephys.errors import TableError
from ephys.io import read_binding
from ephys.pharmacology import fit_binding, summarise_binding

HEAD = "experiment,compound,kind,concentration,unit,replicate,bound_dpm,radioligand,radioligand_nm,kd_nm,kd_se_nm"
GOOD = (
    "e1,,total,,,1,3000,[3H]8-OH-DPAT,1,2,0.2",
    "e1,,total,,,2,3010,,,,",
    "e1,,nonspecific,10,uM,1,300,,,,",
    "e1,A,sample,1,nM,1,2900,,,,",
    "e1,A,sample,0.1,uM,1,800,,,,",
    "e1,B,sample,1e-8,M,1,2500,,,,",
)


def written(folder: Path, *lines: str, head: str = HEAD) -> Path:
    """A table of such lines."""
    path = folder / "binding.csv"
    path.write_text("\n".join([head, *lines, ""]), encoding="utf-8")
    return path


def test_controls_without_a_compound_belong_to_all_and_concentrations_are_in_nm(tmp_path: Path) -> None:
    one, two = read_binding(written(tmp_path, *GOOD))
    assert (one.compound, two.compound) == ("A", "B")
    assert one.concentrations_nm == pytest.approx((1.0, 100.0))
    assert two.concentrations_nm == pytest.approx((10.0,))
    assert [tube.bound for tube in two.of_kind("total")] == [3000.0, 3010.0]
    assert math.isnan(one.of_kind("nonspecific")[0].concentration_nm)
    assert (one.radioligand, one.ligand_nm, one.kd_nm, one.kd_se_nm) == ("[3H]8-OH-DPAT", 1.0, 2.0, 0.2)
    assert one.measured == "dpm"


def test_what_holds_for_an_experiment_may_stand_in_a_row_of_any_compound(tmp_path: Path) -> None:
    lines = [*GOOD[:-1], "e1,B,sample,10,nM,1,2500,,,,"]
    lines[0] = "e1,,total,,,1,3000,,,,"
    lines[3] = "e1,A,sample,1,nM,1,2900,[3H]x,1,2,"
    assert [one.kd_nm for one in read_binding(written(tmp_path, *lines))] == [2.0, 2.0]


def test_percent_and_cpm_have_their_own_columns(tmp_path: Path) -> None:
    head = "experiment,compound,kind,concentration,unit,percent_bound"
    (percent,) = read_binding(written(tmp_path, "e1,A,sample,1,nM,97", "e1,A,sample,10,nM,-1", head=head))
    assert (percent.measured, percent.has_controls) == ("percent", False)
    head = "experiment,compound,kind,concentration,unit,bound_cpm,added_cpm"
    lines = ("e1,,total,,,900,20000", "e1,,nsb,,,90,", "e1,A,sample,1,nM,800,")
    (counts,) = read_binding(written(tmp_path, *lines, head=head))
    assert (counts.measured, counts.added) == ("cpm", 20_000.0)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (",A,sample,1,nM,1,5,,,,", "row 8, column 'experiment': must name the experiment"),
        ("e1,A,,1,nM,1,5,,,,", "row 8, column 'kind': must be total, nonspecific or sample"),
        ("e1,A,blank,1,nM,1,5,,,,", "row 8, column 'kind': must be one of total, nonspecific, .*got 'blank'"),
        ("e1,,sample,1,nM,1,5,,,,", "row 8, column 'compound': a sample must name its compound"),
        ("e1,A,sample,0,nM,1,5,,,,", "row 8, column 'concentration': must be positive in a sample.*got '0'"),
        ("e1,A,sample,-8,M,1,5,,,,", "row 8, column 'concentration': .*logarithms are not read.*got '-8'"),
        ("e1,A,sample,,nM,1,5,,,,", "row 8, column 'concentration': must be positive in a sample"),
        ("e1,A,sample,ten,nM,1,5,,,,", "row 8, column 'concentration': must be a number.*got 'ten'"),
        ("e1,A,sample,1,,1,5,,,,", "row 8, column 'unit': must be stated with a concentration: fM, pM, nM, uM, mM, M"),
        ("e1,A,sample,1,mg,1,5,,,,", "row 8, column 'unit': must be one of fM, pM, nM, uM, mM, M.*got 'mg'"),
        ("e1,A,total,5,nM,1,5,,,,", "row 8, column 'concentration': must be empty in a total tube.*got '5'"),
        ("e1,A,sample,1,nM,9,-5,,,,", "row 8, column 'bound_dpm': counts must not be negative.*got '-5'"),
        ("e1,A,sample,1,nM,9,,,,,", "row 8: must have one of bound_dpm, bound_cpm, percent_bound, has none of them"),
        ("e1,A,sample,1,nM,9,5,,,0,", "row 8, column 'kd_nm': must be positive.*got '0'"),
        ("e1,A,sample,1,nM,9,5,,,-2,", "row 8, column 'kd_nm': must be positive.*got '-2'"),
        ("e1,A,sample,1,nM,9,5,,,3,", "row 8, column 'kd_nm': an experiment has one kd_nm, and row 2 says otherwise"),
        ("e1,A,sample,1,nM,9,5,,-1,,", "row 8, column 'radioligand_nm': must be positive.*got '-1'"),
        ("e1,A,sample,1,nM,9,5,,0,,", "row 8, column 'radioligand_nm': must be positive.*got '0'"),
        ("e1,A,sample,1,nM,9,5,,,,0", "row 8, column 'kd_se_nm': must be positive.*got '0'"),
        ("e1,A,sample,1,nM,9,5,[3H]y,,,", "row 8, column 'radioligand': an experiment has one radioligand, and row 2"),
        ("e1,A,sample,1,nM,1,5,,,,", "row 8, column 'replicate': the same tube stands in row 5, too, got '1'"),
        ("E1,A,sample,3,nM,1,5,,,,", "row 8, column 'experiment': did you mean 'e1', as in row 2.*got 'E1'"),
        ("e1,a,sample,3,nM,1,5,,,,", "row 8, column 'compound': did you mean 'A', as in row 5.*got 'a'"),
        ("e2,A,sample,1,nM,1,5,,,,", "experiment 'e2', 'A': no total and nonspecific tubes"),
    ],
)
def test_a_bad_cell_is_told_with_file_row_column_and_value(tmp_path: Path, line: str, message: str) -> None:
    path = written(tmp_path, *GOOD, line)
    with pytest.raises(TableError, match=message) as told:
        read_binding(path)
    assert str(path) in str(told.value)


def test_a_header_that_cannot_be_is_told_with_what_is_meant(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="unknown column 'bound'; did you mean 'bound_dpm'"):
        read_binding(written(tmp_path, "e1,A,sample,1,nM,5", head="experiment,compound,kind,concentration,unit,bound"))
    with pytest.raises(TableError, match="missing column 'kind'"):
        read_binding(written(tmp_path, "e1,A,5", head="experiment,compound,bound_dpm"))
    with pytest.raises(TableError, match="no row beneath the header"):
        read_binding(written(tmp_path))
    with pytest.raises(TableError, match="experiment 'e1' names no compound"):
        read_binding(written(tmp_path, *GOOD[:3]))


def test_units_of_an_experiment_are_not_mixed(tmp_path: Path) -> None:
    head = "experiment,compound,kind,concentration,unit,bound_dpm,bound_cpm,added_cpm"
    with pytest.raises(
        TableError, match=r"row 3, column 'bound_cpm': an experiment has one unit.*began with bound_dpm"
    ):
        read_binding(written(tmp_path, "e1,,total,,,300,,", "e1,,nsb,,,,30,", head=head))
    with pytest.raises(TableError, match=r"row 2, column 'bound_cpm': .*has bound_dpm and bound_cpm"):
        read_binding(written(tmp_path, "e1,,total,,,300,30,", head=head))
    lines = ("e1,,total,,,300,,5000", "e1,,nsb,,,30,,", "e1,A,sample,1,nM,200,,")
    with pytest.raises(TableError, match="column 'added_cpm': what is bound is in dpm, so what was added must be, too"):
        read_binding(written(tmp_path, *lines, head=head))


def test_the_sample_table_gives_back_what_is_true_in_it(sample_data: Path) -> None:
    """Compound A: Ki 20 nM, slope 1, three experiments; compound B: 40,000 nM, far beyond its concentrations."""
    experiments = read_binding(sample_data / "protocols" / "binding.csv")
    fits = [fit_binding(one) for one in experiments]
    a, b = summarise_binding(fits).means
    assert (a.compound, a.n, b.bounds) == ("compound A", 3, ("e1 > 2000 nM",))
    assert a.low_nm < 20.0 < a.high_nm
    assert a.ki_nm == pytest.approx(20.0, rel=0.15)
    assert all(fit.hill_low < 1.0 < fit.hill_high for fit in fits if fit.told == "interpolated")
    assert not any("simulated" not in one.receptor for one in experiments)
