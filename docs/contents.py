"""The reference's table of contents, from the package's own: the sections of ``ephys/__init__.pyi``."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import ephys

_SECTION = """.. currentmodule:: ephys

.. autosummary::
   :toctree: names
   :nosignatures:

"""
_INDEX = """Every public name, by what you want to do with it.

.. toctree::
   :maxdepth: 1

"""
_HEADING = re.compile(r"^# (?P<title>.+)$")


@dataclass(frozen=True)
class Section:
    """What one comment of the stub stands over.

    Parameters
    ----------
    title : str
    names : tuple of str
        Public names, in the stub's order.
    """

    title: str
    names: tuple[str, ...]

    @property
    def page(self) -> str:
        """Name of its page."""
        return re.sub(r"[^a-z0-9]+", "_", self.title.lower()).strip("_")


def read_sections(stub: Path) -> list[Section]:
    """Read the sections of the stub; imports under no comment belong to the one before."""
    source = stub.read_text(encoding="utf-8")
    lines = source.splitlines()
    sections: list[Section] = []
    for node in ast.parse(source).body:
        if not isinstance(node, ast.ImportFrom):
            continue
        heading = _HEADING.match(lines[node.lineno - 2])
        names = tuple(alias.name for alias in node.names)
        if heading:
            sections.append(Section(heading["title"].split(",")[0], names))
        else:
            last = sections.pop()
            sections.append(Section(last.title, (*last.names, *names)))
    return sections


def write_reference(stub: Path, folder: Path) -> None:
    """Write a page for each section, and the page that lists them."""
    folder.mkdir(exist_ok=True)
    sections = read_sections(stub)
    for section in sections:
        names = "".join(f"   {_qualified(name)}\n" for name in section.names)
        _write(folder / f"{section.page}.rst", f"{_titled(section.title)}{_SECTION}{names}")
    pages = "".join(f"   {section.page}\n" for section in sections)
    _write(folder / "index.rst", f"{_titled('Reference')}{_INDEX}{pages}")


def names_of_rooms() -> dict[str, list[str]]:
    """Public names of each room that the package names."""
    found = [getattr(ephys, name) for name in ephys.__all__]
    return {one.__name__: _said(one) for one in found if inspect.ismodule(one)}


def _said(room: ModuleType) -> list[str]:
    """Functions and classes of a room; constants and aliases have no text of their own."""
    names = getattr(room, "__all__", ())
    return [name for name in names if inspect.isroutine(getattr(room, name)) or inspect.isclass(getattr(room, name))]


def _qualified(name: str) -> str:
    """Where a name is found: that of a room is the module's own."""
    found = getattr(ephys, name)
    return found.__name__.removeprefix("ephys.") if inspect.ismodule(found) else name


def _titled(title: str) -> str:
    return f"{title}\n{'=' * len(title)}\n\n"


def _write(path: Path, text: str) -> None:
    """Write what has changed only, so that a second build has little to do."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
