"""The Tab key completes commands, options and values, and starts nothing heavy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import CliRunner

import ephys
from ephys.classification.calling import Label
from ephys.cli import app, completion
from ephys.firing.stability import Steadiness


def completed(words: str, *, shell: str = "bash") -> list[str]:
    """What a shell is offered; the word that is typed is the last."""
    if shell == "bash":
        typed = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
    else:
        typed = {"_TYPER_COMPLETE_ARGS": words, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    environment = {**typed, "_EPHYS_COMPLETE": f"complete_{shell}"}
    result = CliRunner().invoke(app, [], env=environment, prog_name="ephys")
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("ephys an", ["analyse"]),
        ("ephys preset ", ["list", "show", "fit"]),
        ("ephys analyse --eng", ["--engine"]),
        ("ephys analyse x.smr --engine ", ["rule", "evidence", "learned"]),
        ("ephys analyse x.smr --units s", ["sort"]),
        ("ephys info x.smr --wire-unit ", ["V", "mV", "uV", "nV"]),
        ("ephys doses x.smr --dose-kind c", ["cumulative"]),
        ("ephys classify x.smr --preset mouse_in", ["mouse_in_vivo"]),
        ("ephys preset show rat_sl", ["rat_slice", "rat_slice_phenylephrine"]),
        ("ephys batch c.csv --set fit.lev", ["fit.level="]),
        ("ephys ask results --call un", ["uncertain"]),
        ("ephys ask results --fate ", ["held", "lost", "undetermined"]),
        ("ephys ask results --analysed ", ["yes", "no"]),
        ("ephys curate x.csv --merge 1,2 --mov", ["--move-dose"]),
        ("ephys --show-completion z", ["zsh"]),
        ("ephys --show-completion ", ["bash", "zsh", "fish", "powershell", "pwsh"]),
    ],
)
def test_commands_options_and_values_are_completed(words: str, offered: list[str]) -> None:
    assert completed(words) == offered


@pytest.mark.parametrize("words", ["ephys analyse ", "ephys analyse x.smr --doses ", "ephys curate x.csv --out r"])
def test_files_are_left_to_the_shell(words: str) -> None:
    assert [line for line in completed(words) if line] == []
    assert "-o default" in completion.script("bash")
    assert completed(words, shell="zsh") == ["_files"]


def test_other_shells_are_told_what_a_command_does() -> None:
    (line,) = completed("ephys anal", shell="fish")
    assert line.startswith("analyse\tAnalyse one session")


def test_what_is_completed_is_what_there_is() -> None:
    settings = ephys.Settings().as_dict()

    def names(group: dict[str, object], path: str) -> list[str]:
        return [
            name
            for field, value in group.items()
            for name in (names(value, f"{path}{field}.") if isinstance(value, dict) else [f"{path}{field}="])
        ]

    assert completion.setting_names("") == names(dict(settings), "")
    assert completion.preset_names("") == list(ephys.preset_names())
    assert get_args(Label) == completion.CALLS
    assert set(get_args(Steadiness)) == set(completion.STABILITIES)


def test_a_tab_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['ephys']\nfrom ephys.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(','.join({'numpy', 'scipy', 'pandas', 'matplotlib', 'neo', 'rich'} & set(sys.modules)))"
    )
    words = {"COMP_WORDS": "ephys batch c.csv --set fit.le", "COMP_CWORD": "4", "_EPHYS_COMPLETE": "complete_bash"}
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **words})
    assert shown.stdout.splitlines() == ["fit.least_fano=", "fit.level=", ""], shown.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_named_shell_is_shown_what_it_reads(shell: str) -> None:
    result = CliRunner().invoke(app, ["--show-completion", shell])
    assert result.exit_code == 0
    assert f"_EPHYS_COMPLETE=complete_{shell}" in result.stdout


def test_a_shell_that_is_not_known_is_wrong_usage() -> None:
    result = CliRunner().invoke(app, ["--show-completion", "tcsh"])
    assert result.exit_code == 2
    assert "bash, zsh, fish" in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("shell", "place"),
    [("bash", ".bash_completions/ephys.sh"), ("zsh", ".zfunc/_ephys"), ("fish", ".config/fish/completions/ephys.fish")],
)
def test_completion_is_installed_where_the_shell_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: str, place: str
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    result = CliRunner().invoke(app, ["--install-completion", shell])
    assert result.exit_code == 0
    assert place in result.stdout
    assert (tmp_path / place).read_text().strip() == completion.script(shell).strip()
