"""With ``--json`` a command prints strict JSON and nothing else; without it, text of 80 columns, whatever the names."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from typer.testing import CliRunner

import ephys
from ephys.batch.reproducing import Reproduction
from ephys.batch.table_differences import Difference
from ephys.cli import app

LONG = "rat07_2025-03-09_dorsal_raphe_second_track_third_cell_5HT1A"
DRUGS = ("8-hydroxy-2-(di-n-propylamino)tetralin hydrobromide", "WAY-100635 (N-tert-butyl-maleate salt), second batch")
N_UNITS = 12


def run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    return result.exit_code, result.stdout, result.stderr


def refuse(constant: str) -> NoReturn:
    raise AssertionError(f"{constant} is no JSON")


def longest(text: str) -> int:
    """Columns of the longest line, but for a command to be copied, which is never broken."""
    return max(len(line) for line in text.splitlines() if not line.startswith("  ephys "))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a recording with twelve units, long names, and one unit that never fires in the baseline."""
    folder = tmp_path_factory.mktemp("d")
    rows = [
        f"{start + 0.017 * unit + 0.2 * ((start * unit) % 7 % 3):.4f},unit {unit} of the second electrode"
        for unit in range(1, N_UNITS)
        for start in range(1, 600, 1 + unit % 3)
    ]
    rows += [f"{time},unit {N_UNITS} of the second electrode" for time in (500.5, 501.5, 503.0)]
    (folder / f"{LONG}.csv").write_text("\n".join(["time_s,unit", *rows, ""]), encoding="utf-8")
    doses = [f'{250 + 50 * place},"{drug}",{10 * 2**place},ug/kg,increment,agonist' for place in range(5)
             for drug in DRUGS[place == 4 : 1 + (place == 4)]]  # fmt: skip
    head = "time_s,drug,amount,unit,dose_kind,role"
    (folder / "doses.csv").write_text("\n".join([head, *doses, ""]), encoding="utf-8")
    (folder / "cohort.csv").write_text(
        f"animal,group,cell,file,unit\nr1,,1,{LONG}.csv,unit 1 of the second electrode\nr1,c,2,gone_{LONG}.smr,1\n",
        encoding="utf-8",
    )
    return folder


@pytest.fixture(autouse=True)
def _there(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk)
    monkeypatch.setattr(ephys, "write_report", lambda *_, **__: None, raising=False)
    monkeypatch.setattr(ephys.Curation, "write_page", lambda _, path, command: Path(path).write_text(command))


TOLD: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "info": (("info", f"{LONG}.csv", "--doses", "doses.csv"), {"path", "units", "doubts", "administrations"}),
    "doses": (("doses", f"{LONG}.csv"), {"rows", "left_out", "written"}),
    "classify": (("classify", f"{LONG}.csv", "--doses", "doses.csv", "-o", "c"), {"calls", "notes", "written"}),
    "curate": (
        ("curate", f"{LONG}.csv", "--doses", "doses.csv", "-o", "k", "--by", "A. N"),
        {"session", "units", "corrections", "done", "suggestions", "page", "log", "exports"},
    ),
    "cohort check": (("cohort", "check", "cohort.csv", "--no-open"), {"ok", "faults", "problems"}),
    "preset show": (("preset", "show", "rat_in_vivo"), {"name", "title", "rate", "band"}),
}


@pytest.mark.parametrize("name", TOLD)
def test_json_is_strict_and_alone_and_text_fits(name: str) -> None:
    words, keys = TOLD[name]
    code, out, _ = run(*words, "--json")
    values = json.loads(out, parse_constant=refuse)
    assert keys <= values.keys()
    again, text, _ = run(*words)
    assert code == again == (1 if name == "cohort check" else 0)
    assert longest(text) <= 80


@pytest.mark.slow
def test_an_analysis_is_told_as_text_and_json(monkeypatch: pytest.MonkeyPatch) -> None:
    analyse, made = ephys.analyse_session, []

    def once(*arguments: Any, **named: Any) -> ephys.SessionAnalysis:
        made.append(made[0] if made else analyse(*arguments, **named))
        return made[0]

    monkeypatch.setattr(ephys, "analyse_session", once, raising=False)
    words = ("analyse", f"{LONG}.csv", "--doses", "doses.csv", "-o", "a")
    told = json.loads(run(*words, "--json")[1], parse_constant=refuse)
    assert told.keys() == {"session", "units", "agreement", "notes", "report"}
    assert len(told["units"]) == N_UNITS
    code, text, _ = run(*words)
    assert code == 0
    assert longest(text) <= 80
    assert all(f"unit {unit} of" in text for unit in range(1, N_UNITS + 1))


def test_lists_and_templates_are_told_as_json(tmp_path: Path) -> None:
    presets = json.loads(run("preset", "list", "--json")[1], parse_constant=refuse)
    assert [one["name"] for one in presets] == list(ephys.preset_names())
    made = json.loads(run("cohort", "template", tmp_path, "--json")[1], parse_constant=refuse)
    assert [Path(path).name for path in made["written"]] == ["cohort.csv", "animals.csv", "doses.csv"]


def test_a_correction_is_told_with_its_number_and_json_is_not_repeated_in_the_command() -> None:
    words = ("curate", f"{LONG}.csv", "-o", "k2", "--by", "A. N", "--drop", f"unit {N_UNITS} of the second electrode")
    told = json.loads(run(*words, "--json")[1], parse_constant=refuse)
    assert [one["entry"] for one in told["done"]] == [1]
    assert told["corrections"] == 1
    assert "--json" not in Path(told["page"]).read_text(encoding="utf-8")


def test_a_dry_run_is_told_as_text_and_json(desk: Path) -> None:
    (desk / "plan.csv").write_text(
        f"animal,group,cell,file,unit\nr1,c,1,{LONG}.csv,unit 1 of the second electrode\n", encoding="utf-8"
    )
    plan = json.loads(run("batch", "plan.csv", "--dry-run", "--json")[1], parse_constant=refuse)
    assert (plan["sessions"], plan["done"]) == (1, 0)
    assert plan["plan"][0]["is_done"] is False
    assert max(map(len, run("batch", "plan.csv", "--dry-run")[1].splitlines())) <= 80


@pytest.mark.parametrize(
    "words", [("info", "none.smr"), ("preset", "show", "none"), ("ask", "none"), ("lock", "none", "--by", "A")]
)
def test_an_error_leaves_standard_output_empty(words: tuple[str, ...]) -> None:
    code, out, error = run(*words, "--json")
    assert (code, out) == (1, "")
    assert error.startswith("error: ")


def test_what_was_unblinded_is_told_as_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        ephys, "unblind_cohort", lambda *_, **__: SimpleNamespace(exclusions="2 cells of 2 animals"), raising=False
    )
    (tmp_path / "answers.txt").write_text("control: ID50 60\nlocked by A. N", encoding="utf-8")
    told = json.loads(run("unblind", tmp_path, "--by", "A. N", "--json")[1], parse_constant=refuse)
    assert (told["exclusions"], told["lock"]) == ("2 cells of 2 animals", None)
    (tmp_path / "lock.json").touch()
    assert json.loads(run("unblind", tmp_path, "--by", "A. N", "--json")[1])["lock"] == "locked by A. N"


@pytest.mark.parametrize("name", TOLD)
def test_the_page_names_the_fields(name: str) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "command_line.md").read_text(encoding="utf-8")
    (row,) = [line for line in page.split("## JSON")[1].splitlines() if re.match(rf"\| .*`{name}`", line)]
    assert {field for field in TOLD[name][1] if f"`{field}`" not in row} == set()


@pytest.mark.parametrize("before", [float("nan"), 1.0])
def test_a_reproduction_is_told_as_json(before: float, monkeypatch: pytest.MonkeyPatch) -> None:
    differences = (Difference("fits", "rat07 1", "id50", before, float("inf"), float("nan")),)
    found = Reproduction("results", (), ("numpy 1 before, 2 now",), 10, 2, differences, 0.0)
    monkeypatch.setattr(ephys, "reproduce_cohort", lambda *_, **__: found, raising=False)
    code, out, _ = run("reproduce", "results", "--json")
    told = json.loads(out, parse_constant=refuse)
    assert (code, told["agrees"], told["n_values"]) == (1, False, 10)
    assert [told["differences"][0][name] for name in ("before", "after", "size")] == [
        1.0 if before == 1.0 else None, None, None,
    ]  # fmt: skip
