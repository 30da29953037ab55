"""Notebooks tell a story, and their outputs stay out of git; that they run is shown where the site is built."""

import re
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_short_and_stripped(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert not [cell for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count")]
    assert len(notebook.cells) <= 25


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_defines_nothing(path: Path) -> None:
    code = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    lines = [line for source in code for line in source.splitlines()]
    assert not [line for line in lines if line.lstrip().startswith(("def ", "class ", "from ", "try:"))]
    imported = {line.removeprefix("import ") for line in lines if line.lstrip().startswith("import ")}
    assert "ephys" in imported
    assert imported - {"ephys"} <= sys.stdlib_module_names


def test_there_are_six() -> None:
    assert len(NOTEBOOKS) == 6


def test_all_of_them_are_in_the_readme() -> None:
    named = re.findall(r"\(notebooks/([^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert named == [path.name for path in NOTEBOOKS]
