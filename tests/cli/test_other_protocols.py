"""``ephys binding``, ``ephys microdialysis``, ``ephys latencies``: what a laboratory types in, and what it is told."""

from __future__ import annotations

import csv
import json
import math
import random
from pathlib import Path
from typing import Any, NoReturn

import matplotlib as mpl
import pytest
from typer.testing import CliRunner

import ephys
from ephys.cli import app

mpl.use("Agg")

COMMANDS = ("binding", "microdialysis", "latencies")
KINDS = {
    "binding": {"binding_summary", "binding_fit"},
    "microdialysis": {"dialysis_comparison", "dialysis_course"},
    "latencies": {"latency_comparison"},
}
FRACTIONS = "animal,group,analyte,start_min,stop_min,value,unit,drug_min,dead_volume_ul,flow_ul_min\n"
TUBES = "experiment,compound,kind,concentration,unit,bound_dpm,radioligand_nm,kd_nm,kd_se_nm\n"


def run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), "no traceback of a foreign error"
    return result.exit_code, result.stdout, result.stderr


def plain(text: str) -> str:
    """Text without its line breaks."""
    return " ".join(text.split())


def refuse(constant: str) -> NoReturn:
    raise AssertionError(f"{constant} is no JSON")


def table_of(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def protocols(sample_data: Path) -> Path:
    return sample_data / "protocols"


def dialysate(animal: str, group: str, values: list[Any], *, analyte: str = "5-HT") -> str:
    """Fractions of 20 min, the drug after the fourth."""
    rows = (f"{animal},{group},{analyte},{20 * n},{20 * n + 20},{x},nM,80,0,2\n" for n, x in enumerate(values))
    return "".join(rows)


def study(*, fall: float = 0.5, analyte: str = "5-HT", lod: float = 0.0) -> str:
    """Four animals a group with a scatter of 5 %; what is below the limit is typed so."""
    noise = random.Random(1)
    rows = ""
    for group, left in (("vehicle", 1.0), ("drug", fall)):
        for n in range(4):
            values = [round(2 * noise.gauss(1, 0.05) * (left if place > 3 else 1), 3) for place in range(9)]
            typed = [f"<{lod}" if value < lod else value for value in values]
            rows += dialysate(f"{group[0]}{n}", group, typed, analyte=analyte)
    return rows


def tubes(name: str, compound: str, *, seed: int, displaced: float = 1.0, kd: str = "2") -> str:
    """An experiment with an IC50 of 30 nM and a scatter of 3 %."""
    noise = random.Random(seed)
    controls = [("total", 3000.0)] * 3 + [("nonspecific", 300.0)] * 3
    rows = [f"{name},,{kind},,,{noise.gauss(x, 0.03 * x):.0f},1,{kd},\n" for kind, x in controls]
    for nm in (1, 3, 10, 30, 100, 300, 1000):
        mean = 300 + 2700 * (1 - displaced * nm / (nm + 30))
        rows += [f"{name},{compound},sample,{nm},nM,{noise.gauss(mean, 0.03 * mean):.0f},1,{kd},\n" for _ in range(2)]
    return "".join(rows)


def written(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_a_table_becomes_a_report_tables_methods_and_text_of_80_columns(
    command: str, protocols: Path, tmp_path: Path
) -> None:
    code, out, error = run(command, protocols / f"{command}.csv", "-o", tmp_path / "out")
    assert (code, error) == (0, "")
    assert max(map(len, out.splitlines()[:-1])) <= 80
    assert plain(out).endswith("report.html")
    folder = tmp_path / "out"
    assert {path.stem for path in folder.glob("*.csv")} == KINDS[command]
    assert {"report.html", "methods.txt", "provenance.json"} <= {path.name for path in folder.iterdir()}
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert f"ephys {command}" not in page.split("Provenance")[0]
    for name in KINDS[command]:
        rows = table_of(folder, name)
        assert rows
        assert all("notes" in row for row in rows), "a row that leaves its page takes its doubts with it"


@pytest.mark.parametrize("command", COMMANDS)
def test_json_is_strict_and_has_every_row(command: str, protocols: Path, tmp_path: Path) -> None:
    code, out, error = run(command, protocols / f"{command}.csv", "-o", tmp_path / "out", "--json")
    assert (code, error) == (0, "")
    told = json.loads(out, parse_constant=refuse)
    assert told.keys() == {"folder", "findings"}
    assert all(one.keys() == {"title", "answer", "rows", "notes"} for one in told["findings"])
    rows = sum(len(one["rows"]) for one in told["findings"])
    assert rows == sum(len(table_of(tmp_path / "out", name)) for name in KINDS[command])


@pytest.mark.parametrize("command", COMMANDS)
def test_what_cannot_be_read_is_one_line_and_exit_code_1(command: str, tmp_path: Path) -> None:
    code, out, error = run(command, tmp_path / "gone.csv")
    assert (code, out) == (1, "")
    assert error.startswith("error: ")
    assert len(error.splitlines()) == 1
    assert "gone.csv" in error
    loud = run(command, tmp_path / "gone.csv", "--verbose")[2]
    assert "Traceback" in loud
    assert not (Path.cwd() / "ephys-results" / "gone").exists()
    assert run(command)[0] == 2


def test_a_compound_by_two_names_is_looked_up_once_and_never_ranked(tmp_path: Path) -> None:
    rows = tubes("e1", "ipsapirone", seed=1) + tubes("e2", "TVX Q 7821", seed=2)
    code, out, _ = run("binding", written(tmp_path, TUBES + rows), "-o", tmp_path / "out")
    assert code == 0
    assert out.count("Published affinities of ipsapirone") == 1
    assert "nothing here is ranked" in plain(out)
    assert [row["value_nm"] for row in table_of(tmp_path / "out", "affinity_table")][:2] == ["10.0", "9.5"]


def test_a_note_of_one_experiment_names_it(tmp_path: Path) -> None:
    rows = tubes("e1", "A", seed=1) + tubes("e2", "A", seed=2, displaced=0.0)
    out = plain(run("binding", written(tmp_path, TUBES + rows), "-o", tmp_path / "out")[1])
    assert "experiment e2: the IC50 lies outside the concentrations tested (1 to 1000 nM)" in out
    assert "A: Ki no mean, 1 of 2 experiments have a Ki: e2 > 667 nM" in out
    bound = table_of(tmp_path / "out", "binding_fit")[1]
    assert (bound["told"], bound["ic50_nm"], bound["ki_nm"]) == ("above", "", "")
    assert (bound["ic50_text"], bound["ki_text"]) == ("> 1000 nM", "> 667 nM")


@pytest.mark.parametrize(("kd", "message"), [("0", "must be positive"), ("-2", "must be positive")])
def test_a_kd_that_cannot_be_is_an_error_of_its_cell(tmp_path: Path, kd: str, message: str) -> None:
    code, _, error = run("binding", written(tmp_path, TUBES + tubes("e1", "A", seed=1, kd=kd)))
    assert code == 1
    assert f"row 2, column 'kd_nm': {message}" in plain(error)
    assert f"got '{kd}'" in plain(error)


def test_without_kd_there_is_an_ic50_and_no_ki(tmp_path: Path) -> None:
    code, out, _ = run("binding", written(tmp_path, TUBES + tubes("e1", "A", seed=1, kd="")), "-o", tmp_path / "out")
    assert code == 0
    assert "; Ki" not in out
    assert "no Ki, since the concentration of the radioligand or its Kd is not stated" in plain(out)


def test_slope_and_scatter_of_the_command_line_are_those_of_the_fit(protocols: Path, tmp_path: Path) -> None:
    run("binding", protocols / "binding.csv", "-o", tmp_path / "out", "--slope", "one", "--scatter", "relative")
    row = table_of(tmp_path / "out", "binding_fit")[0]
    fit = ephys.fit_binding(ephys.read_binding(protocols / "binding.csv")[0], slope="one", scatter="relative")
    assert (row["slope"], row["scatter"], float(row["ki_nm"])) == ("one", "relative", fit.ki.ki_nm if fit.ki else 0.0)


def test_several_analytes_are_compared_each_by_itself(tmp_path: Path) -> None:
    rows = study() + study(fall=1.0, analyte="5-HIAA")
    code, out, _ = run("microdialysis", written(tmp_path, FRACTIONS + rows), "-o", tmp_path / "out")
    assert code == 0
    text = plain(out)
    assert "5-HT, drug (4 animals) against vehicle (4 animals): course p = 0.029" in text
    assert "5-HIAA, drug (4 animals) against vehicle (4 animals): course p" in text
    assert {row["analyte"] for row in table_of(tmp_path / "out", "dialysis_comparison")} == {"5-HT", "5-HIAA"}


def test_below_the_detection_limit_both_reckonings_are_in_text_json_table_and_page(tmp_path: Path) -> None:
    table = written(tmp_path, FRACTIONS + study(fall=0.2, lod=0.5))
    code, out, _ = run("microdialysis", table, "-o", tmp_path / "out")
    assert code == 0
    assert "With 0 for what is below the detection limit: area drug - vehicle" in plain(out)
    last = table_of(tmp_path / "out", "dialysis_comparison")[-1]
    assert (last["group"], last["n_below"]) == ("drug", "4")
    assert float(last["area_if_zero_difference_value"]) < float(last["area_difference_value"]) < -7000
    assert "drug (0 for what is below the limit)" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_too_few_fractions_and_no_dead_volume_are_told(tmp_path: Path) -> None:
    short = written(tmp_path, FRACTIONS + dialysate("r1", "drug", [2, 2, 1, 1]).replace("nM,80", "nM,40"))
    code, _, error = run("microdialysis", short)
    assert code == 1
    assert "the baseline needs 3 fractions wholly before the drug at 40 min, and 2 of 4 are" in plain(error)
    unsaid = written(tmp_path, FRACTIONS + study().replace(",80,0,2", ",80,,2"))
    code, _, error = run("microdialysis", unsaid)
    assert code == 1
    assert "dead_volume_ul is not stated" in plain(error)
    assert "--dead-volume-ul" in error
    out = run("microdialysis", unsaid, "-o", tmp_path / "out", "--dead-volume-ul", "10")[1]
    assert "fraction -5.0 to 15.0 min from the drug straddles it" in plain(out)


def test_options_that_contradict_the_table_are_an_error_with_both(tmp_path: Path) -> None:
    table = written(tmp_path, FRACTIONS + study())
    code, _, error = run("microdialysis", table, "-o", tmp_path / "out", "--dead-volume-ul", "10")
    assert (code, "dead_volume_ul is 0 µl in the table, and 10 µl was given" in plain(error)) == (1, True)
    code, _, error = run("microdialysis", table, "-o", tmp_path / "out", "--flow-ul-min", "1")
    assert (code, "flow_ul_min is 2 µl/min in the table, and 1 µl/min was given" in plain(error)) == (1, True)
    table = written(tmp_path, "animal,group,latency_s,cutoff_s\na,v,12,180\nb,d,60,180\n")
    code, _, error = run("latencies", table, "-o", tmp_path / "out", "--cutoff-s", "120")
    assert (code, "contradicts the cut-off of 120 s" in plain(error), "got '180'" in error) == (1, True, True)


def test_the_window_and_unstable_animals_are_as_asked_for(tmp_path: Path) -> None:
    odd = dialysate("odd", "drug", [2, 2, 4, 2, 1, 1, 1, 1, 1])
    table = written(tmp_path, FRACTIONS + study() + odd)
    text = plain(run("microdialysis", table, "-o", tmp_path / "a", "--window-min", "60")[1])
    assert "Left out: animal odd (drug), baseline not stable" in text
    assert "% min over 60 min" in text
    kept = plain(run("microdialysis", table, "-o", tmp_path / "b", "--keep-unstable")[1])
    assert "drug (5 animals)" in kept
    assert "kept because asked for: odd" in kept


def test_a_reference_is_asked_for_where_there_is_nothing_to_compare(tmp_path: Path) -> None:
    one = written(tmp_path, FRACTIONS + dialysate("r1", "drug", [2.0, 2.1, 1.9, 2.0, 1.0, 1.0]))
    assert run("microdialysis", one, "-o", tmp_path / "out")[0] == 0
    code, _, error = run("microdialysis", one, "--reference", "vehicle")
    assert (code, "two groups are needed, got drug" in plain(error)) == (1, True)


def test_medians_that_were_not_reached_are_bounds_in_text_and_table(tmp_path: Path) -> None:
    rows = [("v", 4), ("v", 7), ("v", 9), ("d", 18), ("d", ">180"), ("d", ">180")]
    text = "animal,group,latency_s\n" + "".join(f"r{n},{group},{s}\n" for n, (group, s) in enumerate(rows))
    code, out, _ = run("latencies", written(tmp_path, text), "-o", tmp_path / "out", "--reference", "v")
    assert code == 0
    assert "Median latency (95 % CI): d > 180 (18 to > 180) s (1 of 3 animals ended)" in plain(out)
    drug = table_of(tmp_path / "out", "latency_comparison")[1]
    assert (drug["median_is_bound"], drug["median_high_s"], drug["median_text"]) == ("yes", "", "> 180 (18 to > 180)")
    assert float(drug["difference_p"]) == pytest.approx(0.1)


def test_latencies_that_all_stay_are_called_no_likeness(tmp_path: Path) -> None:
    rows = "".join(f"r{n},{'v' if n < 4 else 'd'},180\n" for n in range(8))
    table = written(tmp_path, f"animal,group,latency_s\n{rows}")
    out = plain(run("latencies", table, "-o", tmp_path / "out", "--cutoff-s", "180")[1])
    assert "the cut-off hides whatever difference there is, and p = 1 says nothing" in out
    assert math.isnan(float(table_of(tmp_path / "out", "latency_comparison")[1]["difference_low_s"] or "nan"))


@pytest.mark.parametrize("option", [("--cutoff-s", "0"), ("--reference", "saline"), ("--cutoff-s", "100")])
def test_what_contradicts_the_table_is_1_and_writes_nothing(
    option: tuple[str, str], protocols: Path, tmp_path: Path
) -> None:
    rows = "".join(f"r{n},{'v' if n < 3 else 'd'},{60 * n}\n" for n in range(1, 7))
    table = written(tmp_path, f"animal,group,latency_s\n{rows}")
    code, out, error = run("latencies", table, "-o", tmp_path / "out", *option)
    assert (code, out) == (1, "")
    assert error.startswith("error: ")
    assert not (tmp_path / "out").exists()
    assert run("latencies", protocols / "latencies.csv", "--test", "t")[0] == 2
