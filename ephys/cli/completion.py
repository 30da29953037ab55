"""What the Tab key completes, and how a shell learns of it.

Nothing here may import what is behind the commands: that takes two seconds, and a Tab should take none.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from typer._completion_classes import completion_init
from typer._completion_shared import Shells, _get_shell_name, get_completion_script, install

import ephys
from ephys.cli.terminal import say

SHELLS = tuple(Shells)
THIS_SHELL = "this"
"""What stands where no shell was named."""

_VARIABLE = "_EPHYS_COMPLETE"
_PROGRAM = "ephys"
_ROOM = Path(ephys.__file__).parent
_SETTINGS = re.compile(r"^class \w*Settings\b", re.MULTILINE)

CALLS = ("serotonergic", "uncertain", "not_serotonergic")
STABILITIES = ("stable", "unclear", "unstable", "not_judged")
FATES = ("held", "lost", "undetermined")


def preset_names(incomplete: str) -> list[str]:
    """Shipped presets that begin so."""
    names = sorted(path.stem for path in (_ROOM / "classification" / "presets").glob("*.toml"))
    return [name for name in names if name.startswith(incomplete)]


def setting_names(incomplete: str) -> list[str]:
    """Settings that begin so, with the sign that their value follows."""
    names = [f"{name}=" for name in _settings(_groups(), _Group(_ROOM / "settings.py", "Settings"), "")]
    return [name for name in names if name.startswith(incomplete)]


class _Group(NamedTuple):
    """A class of settings, and the file that has it."""

    path: Path
    name: str


def _groups() -> dict[_Group, ast.ClassDef]:
    """Every class of settings, as the source has it."""
    return {
        _Group(path, node.name): node
        for path in _ROOM.rglob("*.py")
        if _SETTINGS.search(source := path.read_text(encoding="utf-8"))
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef) and node.name.endswith("Settings")
    }


def _settings(groups: dict[_Group, ast.ClassDef], group: _Group, path: str) -> Iterator[str]:
    """Names of the settings of a group, those of groups within it included."""
    for line in groups[group].body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            inner = _meant(groups, group.path, ast.unparse(line.annotation))
            name = f"{path}{line.target.id}"
            yield from _settings(groups, inner, f"{name}.") if inner else [name]


def _meant(groups: dict[_Group, ast.ClassDef], path: Path, kind: str) -> _Group | None:
    """Group of settings that a file means by the name of a type; rooms may use the same name for their own."""
    own = _Group(path, kind)
    if own in groups:
        return own
    source = path.read_text(encoding="utf-8")
    found = re.search(rf"^from (ephys[\w.]*) import [^\n(]*(?:\([^)]*)?\b{kind}\b", source, re.MULTILINE)
    if found is None:
        return None
    place = _ROOM.parent / found[1].replace(".", "/")
    return next((one for one in groups if one.name == kind and one.path.with_suffix("").is_relative_to(place)), None)


def call_names(incomplete: str) -> list[str]:
    """Calls that begin so, and every call."""
    return [name for name in (*CALLS, "any") if name.startswith(incomplete)]


def stability_names(incomplete: str) -> list[str]:
    """Verdicts on a baseline that begin so."""
    return [name for name in STABILITIES if name.startswith(incomplete)]


def fate_names(incomplete: str) -> list[str]:
    """Fates of a cell that begin so."""
    return [name for name in FATES if name.startswith(incomplete)]


def shell_names(incomplete: str) -> list[str]:
    """Shells that begin so."""
    return [name for name in SHELLS if name.startswith(incomplete)]


def script(shell: str) -> str:
    """What a shell has to read to complete."""
    text = get_completion_script(prog_name=_PROGRAM, complete_var=_VARIABLE, shell=shell)
    if shell != "bash":
        return text
    return text.replace("    return 0", "    [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n    return 0")


def _shown(ctx: typer.Context, shell: str | None) -> None:
    """Print what a shell has to read, and stop."""
    if shell is not None and not ctx.resilient_parsing:
        say(script(_named(shell)))
        raise typer.Exit


def _installed(ctx: typer.Context, shell: str | None) -> None:
    """Write it where the shell looks, and stop."""
    if shell is not None and not ctx.resilient_parsing:
        name, path = install(shell=_named(shell), prog_name=_PROGRAM, complete_var=_VARIABLE)
        if name == "bash":
            path.write_text(script(name) + "\n", encoding="utf-8")
        say(f"written: {path}; a new {name} completes")
        raise typer.Exit


def _named(shell: str) -> str:
    """Name of the shell that was named, or that is running."""
    if shell == THIS_SHELL:
        shell = _get_shell_name() or "this shell"
    if shell not in SHELLS:
        raise typer.BadParameter(f"{shell} is not known; one of {', '.join(SHELLS)}")
    return shell


def with_shell(words: list[str]) -> list[str]:
    """Words of the command line, with the running shell where none was named.

    >>> with_shell(["--show-completion"]), with_shell(["--show-completion", "zsh"])
    (['--show-completion', 'this'], ['--show-completion', 'zsh'])
    """
    if words and words[0] in ("--show-completion", "--install-completion") and len(words) == 1:
        return [*words, THIS_SHELL]
    return words


def _shell_option(flag: str, done: Any, text: str) -> Any:
    """Option that takes the name of a shell, or nothing."""
    return typer.Option(
        flag, metavar="[SHELL]", help=text, callback=done, is_eager=True, autocompletion=shell_names,
        show_default="the running one",
    )  # fmt: skip


Install = Annotated[
    str | None, _shell_option("--install-completion", _installed, "Let the Tab key complete: bash, zsh, fish...")
]
Show = Annotated[str | None, _shell_option("--show-completion", _shown, "Print what the shell would read.")]

completion_init()
