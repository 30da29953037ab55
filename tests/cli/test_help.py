"""Every help says one thing by one word, shows what matters first, and ends in an example that runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import ephys
from ephys.cli import app
from ephys.cli.running import FAILED, INTERRUPTED, PARTLY
from tests.cli.command_tree import commands, context, example

mpl.use("Agg")
PAGES = [" ".join(path) for path, _ in commands()]
BY_PAGE: dict[str, Any] = {" ".join(path): command for path, command in commands()}
COMMANDS = [name for name, command in BY_PAGE.items() if not hasattr(command, "commands")]


def run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    return result.exit_code, result.stdout, result.stderr


def options(name: str) -> dict[str, Any]:
    return {one.opts[0]: one for one in BY_PAGE[name].params if one.param_type_name == "option"}


@pytest.mark.parametrize("name", PAGES)
def test_a_help_fits_and_ends_in_an_example_that_parses(name: str) -> None:
    code, out, _ = run(*name.split(), "--help")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    last = out.split("\nExample:\n")[1].replace("\\\n", " ").split()
    words = example(BY_PAGE[name])
    assert words[0] == "ephys"
    assert words[1:][: len(name.split())] == name.split()
    assert len(last) >= len(words)
    context(words[1:])


@pytest.mark.parametrize("name", [name for name, one in BY_PAGE.items() if hasattr(one, "commands")])
def test_what_a_command_does_is_told_whole(name: str) -> None:
    out = run(*name.split(), "--help")[1]
    assert "..." not in out.split("Options:")[0].split("Usage:")[1].split("\n", 1)[1]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_json_verbose_and_help_in_the_same_place(name: str) -> None:
    out = run(*name.split(), "--help")[1]
    everywhere = out.split("Of every command:\n")[1].split("\n\n")[0]
    assert [line.split()[0] for line in everywhere.splitlines()] == ["--json", "--verbose", "--help"]
    assert {"--json", "--verbose"} <= options(name).keys()


SHARED = ("--settings", "--set", "--seed", "--preset", "--engine", "--units", "--drug", "--doses", "--curation")


@pytest.mark.parametrize("flag", SHARED)
def test_an_option_that_several_commands_have_is_the_same_in_each(flag: str) -> None:
    names = [name for name in COMMANDS if (name, flag) != ("ask", "--drug")]  # of a database it asks for rows
    told = {(o.help, o.metavar, o.rich_help_panel) for name in names for f, o in options(name).items() if f == flag}
    assert len(told) == 1


ALIKE = {"--from": {"recordings", "cells"}}
"""What is read to fill a table, or to fit limits."""


def test_no_word_stands_for_two_things() -> None:
    words: dict[str, set[str]] = {}
    for name in COMMANDS:
        for flag, one in options(name).items():
            words.setdefault(flag, set()).add(one.name)
    assert {flag: names for flag, names in words.items() if len(names) > 1} == ALIKE


@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_to_be_typed_is_named_in_capitals_or_by_its_choices(name: str) -> None:
    for one in BY_PAGE[name].params:
        if one.param_type_name == "argument":
            assert one.metavar == one.metavar.upper()
        elif not (one.is_flag or one.count or one.type_descriptor.is_choice):
            assert one.metavar, f"{name} {one.opts}"


def test_a_newcomer_sees_at_most_ten_options_before_the_first_heading() -> None:
    own = run("analyse", "--help")[1].split("Options:\n")[1].split("\n\n")[0]
    assert len([line for line in own.splitlines() if line.lstrip().startswith("-")]) <= 10
    headings = [line for line in run("analyse", "--help")[1].splitlines() if line.endswith(":") and line[0] != " "]
    assert headings == [
        "Arguments:", "Options:", "How it is analysed:", "Reading the file:", "Of every command:", "Example:",
    ]  # fmt: skip


def test_words_of_before_are_understood() -> None:
    words = ["info", "a.smr", "--unit", "mV", "--group", "shank", "--electrode-group", "shank 2"]
    assert context(words).params["unit"] == "mV"
    assert context(words).params["group"] == "shank 2"
    assert context(["lock", "results", "--person", "A. Name"]).params["by"] == "A. Name"
    assert context(["batch", "c.csv", "--key", "k"]).params["key"] == Path("k")


def test_wrong_usage_is_2_and_what_cannot_be_done_is_1(tmp_path: Path) -> None:
    assert run("analyse")[0] == 2
    assert run("analyse", "x.smr", "--engine", "dice")[0] == 2
    assert run("nonsense")[0] == 2
    assert run("analyse", tmp_path / "x.smr")[0] == FAILED == 1
    assert (PARTLY, INTERRUPTED) == (3, 130)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, sample_data: Path) -> Path:
    """Folder that has the files of the examples, under their names."""
    folder = tmp_path_factory.mktemp("desk")
    shutil.copy(sample_data / "spike2_session.smrx", folder / "rat07.smrx")
    shutil.copy(sample_data / "doses.csv", folder / "rat07_doses.csv")
    for name in ("cohort_doses.csv", "animals.csv"):
        shutil.copy(sample_data / name, folder / name)
    for name, called in (("binding", "binding"), ("microdialysis", "fractions"), ("latencies", "catalepsy")):
        shutil.copy(sample_data / "protocols" / f"{name}.csv", folder / f"{called}.csv")
    rows = (sample_data / "cohort.csv").read_text(encoding="utf-8").splitlines()
    kept = [row for row in rows if row.startswith(("animal,", "rat02,", "rat08,"))]
    (folder / "cohort.csv").write_text("\n".join([*kept, ""]), encoding="utf-8")
    (folder / "cohort").symlink_to(sample_data / "cohort")
    (folder / "recordings").mkdir()
    shutil.copy(sample_data / "cohort" / "rat02_1.nwb", folder / "recordings")
    pd.DataFrame({"total_ms": np.linspace(1.4, 2.6, 24)}).to_csv(folder / "cells.csv", index=False)
    return folder


def _run_example(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the example of a command prints."""
    monkeypatch.chdir(folder)
    code, out, error = run(*example(BY_PAGE[name])[1:])
    assert (code, error) == (0, ""), out
    return out


@pytest.mark.parametrize(
    "name", ["doses", "preset list", "preset show", "preset fit", "cohort template", "binding", "latencies"]
)
def test_an_example_runs(desk: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert max(map(len, _run_example(name, desk, monkeypatch).splitlines())) <= 80


@pytest.mark.slow
@pytest.mark.parametrize("name", ["classify", "cohort check", "analyse", "curate", "microdialysis"])
def test_an_example_that_takes_longer_runs(desk: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert max(map(len, _run_example(name, desk, monkeypatch).splitlines())) <= 80


@pytest.mark.slow
def test_the_examples_of_a_cohort_run_one_after_the_other(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("batch", "ask", "lock"):
        assert max(map(len, _run_example(name, desk, monkeypatch).splitlines())) <= 80, name
    locked = json.loads(run("lock", "results", "--by", "A. Name", "--json")[1])
    assert (locked["person"], locked["written"], locked["is_blind"]) == ("A. Name", "results/lock.json", False)


@pytest.mark.slow
def test_the_example_of_info_runs_and_keeps_what_was_said(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk)
    code, _, told = run(*example(BY_PAGE["info"])[1:])
    assert (code, told.split(":")[0]) == (0, "kept in rig.toml")
    assert ephys.read_settings(desk / "rig.toml").reading.band_hz == (0.1, 8000.0)


def test_the_page_names_every_command() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "command_line.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"`ephys {name}" not in page.split("## ")[0]] == []
