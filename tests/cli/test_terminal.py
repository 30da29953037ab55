"""What is printed fits its width, and is coloured where somebody looks and nowhere else."""

from __future__ import annotations

import io
import os
import re
import sys

import pytest
from typer.testing import CliRunner

from ephys.cli import app, fitted, terminal
from ephys.cli.fitted import fitted_table

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _neutral(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


@pytest.mark.parametrize(
    ("stream", "named", "is_coloured"),
    [
        (Tty(), {}, True),
        (io.StringIO(), {}, False),
        (Tty(), {"NO_COLOR": "1"}, False),
        (Tty(), {"NO_COLOR": ""}, True),
        (Tty(), {"TERM": "dumb"}, False),
        (io.StringIO(), {"FORCE_COLOR": "1"}, True),
        (io.StringIO(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_who_sees_colour(
    stream: io.StringIO, named: dict[str, str], is_coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    assert terminal.is_coloured(stream) is is_coloured


def test_colour_adds_nothing_that_is_read() -> None:
    text = "error: no\n  failed: rat07\nunit 1: not serotonergic (rat)\nreport: note\nproblem: one\n"
    painted = terminal.coloured(text)
    assert ESCAPE.sub("", painted) == text
    assert ESCAPE.sub("", "".join(re.findall(r"\x1b\[[\d;]+m.*?\x1b\[0m", painted))) == (
        "errorfailednot serotonergicproblem"
    )


def test_an_error_is_plain_in_a_pipe_and_forced_colour_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert CliRunner().invoke(app, ["doses", "none.smr"]).stderr == "error: none.smr: no such file\n"
    monkeypatch.setenv("FORCE_COLOR", "1")
    forced = CliRunner().invoke(app, ["doses", "none.smr"], color=True).stderr
    assert forced == "\x1b[1;31merror\x1b[0m: none.smr: no such file\n"
    assert "\x1b" not in CliRunner().invoke(app, ["preset", "list", "--json"], color=True).stdout


def _in_a_terminal(command: list[str], environment: dict[str, str]) -> str:
    """What a command writes to a terminal."""
    import pty  # here: Windows has none

    child, master = pty.fork()
    if child == 0:  # pragma: no cover - another process
        os.execve(command[0], command, environment)
    written = b""
    try:
        while part := os.read(master, 4096):
            written += part
    except OSError:
        pass  # how Linux says that the other end is closed
    finally:
        os.close(master)
        os.waitpid(child, 0)
    return written.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
def test_a_terminal_gets_colour_unless_it_asks_for_none() -> None:
    code = "from ephys.cli.terminal import say, tell; tell('error: no such file'); say('note: 7')"
    command = [sys.executable, "-c", code]
    plain = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    seen = _in_a_terminal(command, {**plain, "TERM": "xterm"})
    assert seen.split() == ["\x1b[1;31merror\x1b[0m:", "no", "such", "file", "\x1b[33mnote\x1b[0m:", "7"]
    for none in ({"TERM": "dumb"}, {"TERM": "xterm", "NO_COLOR": "1"}):
        assert "\x1b" not in _in_a_terminal(command, {**plain, **none})


ROW = ["rat 07, the third cell of the second track", "serotonergic (rate and regularity)", "ID50 118 (96 to 146)"]


def test_a_wider_terminal_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Tty())
    monkeypatch.setenv("COLUMNS", "120")
    assert max(map(len, fitted_table(["unit", "call", "ID50"], [ROW]).splitlines())) == sum(map(len, ROW)) + 4


def test_a_pipe_has_80_columns_whatever_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    text = fitted_table(["unit", "call", "ID50"], [ROW])
    assert max(map(len, text.splitlines())) <= 80
    assert sorted(text.replace("-", "").split()) == sorted(" ".join(["unit call ID50", *ROW]).replace("-", "").split())


def test_words_are_never_broken_where_columns_or_lines_can_hold_them() -> None:
    long = "8-hydroxy-2-(di-n-propylamino)tetralin-hydrobromide"
    text = fitted_table(["drug", "unit", "session"], [[long, "nw-1:1", "rat07_2025-03-09_session_two_of_five"]])
    assert text.splitlines() == [f"drug: {long}", "unit: nw-1:1", "session: rat07_2025-03-09_session_two_of_five"]
    assert fitted.fitted(["drug"], [[long]]).rows == [long]


def test_a_long_line_goes_on_beneath_its_last_column() -> None:
    text = terminal.reflowed("   180.0 s  ipsapirone 20 ug/kg iv  " + "is read as what it says " * 4)
    first, *more = text.splitlines()
    assert len(first) <= 80
    assert {len(line) - len(line.lstrip()) for line in more} == {first.index("is read")}
