"""A cohort's results made again from its files, and held against those that were written."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ephys.batch.analysing import analyse_cohort
from ephys.batch.keys import code_version
from ephys.batch.table_differences import Difference, compare_tables
from ephys.batch.tables import cohort_tables
from ephys.batch.writing import PROVENANCE, REPORT
from ephys.errors import FileFormatError, ParameterError
from ephys.io import read_cohort, read_tables, source_of, write_tables
from ephys.io.provenance import circumstances
from ephys.jupyter import Shown
from ephys.settings import Settings

SHOWN = 10
"""Differences that are told one by one."""

Stated = Mapping[str, Any]


@dataclass(frozen=True)
class Reproduction(Shown):
    """Results of a cohort, and what came out when they were made again.

    Parameters
    ----------
    folder : str
        Of the results.
    inputs : tuple of str
        Input files, and report and tables of the results, that are not what they were: changed or missing.
    versions : tuple of str
        What of program, libraries and machine is another.
    n_values, n_tables : int
        How much was compared.
    differences : tuple of Difference
        What is not the same, the largest first.
    tolerance : float
        Relative difference of numbers that counts as none; 0: to the last bit.
    """

    folder: str
    inputs: tuple[str, ...]
    versions: tuple[str, ...]
    n_values: int
    n_tables: int
    differences: tuple[Difference, ...]
    tolerance: float

    @property
    def agrees(self) -> bool:
        """Whether every value came out again."""
        return not self.differences

    def __str__(self) -> str:
        """What agrees, or what does not."""
        return "\n".join([self._verdict(), *self._told()])

    def _verdict(self) -> str:
        """In one line."""
        compared = f"{self.n_values} values of {self.n_tables} tables"
        if not self.agrees:
            return f"{self.folder}: {len(self.differences)} of {compared} differ"
        near = f"within {self.tolerance:g} of each number" if self.tolerance else "to the last bit"
        return f"{self.folder}: {compared} agree {near}"

    def _told(self) -> Iterator[str]:
        """What is not as it was."""
        yield from (f"input: {text}" for text in self.inputs)
        yield from (f"version: {text}" for text in self.versions)
        yield from (f"difference: {one}" for one in self.differences[:SHOWN])
        if len(self.differences) > SHOWN:
            yield f"and {len(self.differences) - SHOWN} differences more, none of them larger"

    def __repr__(self) -> str:
        """One line: folder, differences."""
        return f"Reproduction({self.folder!r}, {self.n_values} values, {len(self.differences)} differ)"


def reproduce_cohort(
    folder: str | os.PathLike[str], *, jobs: int | None = None, tolerance: float = 0.0, progress: bool = False
) -> Reproduction:
    """Analyse a cohort again from its files, nothing kept from before, and compare every table with what was written.

    Parameters
    ----------
    folder : path
        Results of `write_cohort`, or ``ephys batch``. It is read, and not written to.
    jobs : int, optional
        As in `analyse_cohort`.
    tolerance : float, optional
        Relative difference of numbers that counts as none, on another machine, say; by default none does.
    progress : bool, optional
        Show a progress bar.

    Returns
    -------
    Reproduction
        What agrees; inputs that were changed are told, and the comparison is made with them as they are.

    Raises
    ------
    FileFormatError
        If the folder has no ``provenance.json``, or one that is not of a cohort, or the cohort's tables are gone.
    CohortError
        If those have faults by now.
    ParameterError
        If the tolerance is below 0, or the results are blind.

    Examples
    --------
    >>> import ephys
    >>> print(ephys.reproduce_cohort("results"))  # doctest: +SKIP
    results: 5214 values of 11 tables agree to the last bit
    """
    if not tolerance >= 0.0:
        raise ParameterError(f"tolerance must be 0 or more, got {tolerance}")
    folder = Path(folder)
    stated = _stated(folder)
    tables = [_table_of(folder, table) for table in stated["cohort"]]
    inputs = (*_inputs(stated, tables), *_altered(folder, stated))
    animals = tables[1] if len(tables) > 1 else None
    analysis = analyse_cohort(
        read_cohort(tables[0], animals), settings=Settings().updated(stated["settings"]), jobs=jobs, progress=progress
    )
    with tempfile.TemporaryDirectory(prefix="ephys-again-") as again:
        made = read_tables(write_tables(cohort_tables(analysis), again))
    written = read_tables(folder)
    return Reproduction(
        folder=str(folder),
        inputs=inputs,
        versions=tuple(_versions(stated)),
        n_values=sum(table.size for table in written.values()),
        n_tables=len(written),
        differences=compare_tables(written, made, tolerance=tolerance),
        tolerance=tolerance,
    )


def _stated(folder: Path) -> Stated:
    """Where results say that they come from.

    Raises
    ------
    FileFormatError
        If they do not.
    ParameterError
        If they are blind.
    """
    path = folder / PROVENANCE
    try:
        stated = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FileFormatError(
            f"{path}: no such file, so these are no whole results of a cohort: run `ephys batch` to its end"
        ) from None
    except ValueError as error:
        raise FileFormatError(f"{path}: damaged: {error}") from error
    if isinstance(stated, dict) and stated.get("blind"):
        raise ParameterError(
            f"{folder}: blind, and what names the cohort's files is with the key; unblind the results (ephys unblind), "
            "then reproduce them"
        )
    if not isinstance(stated, dict) or not {"cohort", "sessions", "settings", "tables"} <= stated.keys():
        raise FileFormatError(f"{path}: not of a cohort's results, which `ephys batch` writes")
    return stated


def _table_of(folder: Path, table: Mapping[str, str]) -> Path:
    """Table of the cohort: as seen from the results, else where it was.

    Raises
    ------
    FileFormatError
        If it is in neither place.
    """
    places = [folder / table["relative"]] * bool(table.get("relative")) + [Path(table["absolute"])]
    found = [place for place in places if place.is_file()]
    if not found:
        raise FileFormatError(
            f"{folder / PROVENANCE} names {table['path']}, and it is neither at {' nor at '.join(map(str, places))}: "
            "put it back, with the recordings that it names"
        )
    return Path(os.path.normpath(found[0]))


def _inputs(stated: Stated, tables: list[Path]) -> Iterator[str]:
    """Inputs that are not what they were; recordings are looked for where they were from the cohort's table."""
    for table, path in zip(stated["cohort"], tables, strict=True):
        yield from _faults(path, table["sha256"])
    first = stated["cohort"][0]
    was, now = Path(first["absolute"]).parent, tables[0].absolute().parent
    files = {file["path"]: file["sha256"] for session in stated["sessions"] for file in session["files"]}
    for name, sha256 in files.items():
        named = Path(name) if Path(name).is_absolute() else was / os.path.relpath(name, Path(first["path"]).parent)
        path = Path(os.path.normpath(named))
        moved = now / path.relative_to(was) if path.is_relative_to(was) else path
        yield from _faults(moved, sha256)


def _faults(path: Path, sha256: str) -> Iterator[str]:
    """Say that a file is not what it was."""
    if not path.exists():
        yield f"{path}: missing"
    elif source_of(path).sha256 != sha256:
        yield f"{path}: changed since"


def _altered(folder: Path, stated: Stated) -> Iterator[str]:
    """Report and tables of the results that somebody changed after they were written."""
    if "report" in stated:
        yield from _faults(folder / REPORT, stated["report"])
    for name, sha256 in stated["tables"].items():
        yield from _faults(folder / f"{name}.csv", sha256)


def _versions(stated: Stated) -> Iterator[str]:
    """What of the program, its libraries and the machine is another."""
    now = circumstances("", None, packages=stated.get("packages", {}))
    for name in ("ephys", "python", "platform"):
        if stated.get(name) != now[name]:
            yield f"{name} {stated.get(name)} then, {now[name]} now"
    for name, version in now["packages"].items():
        if stated.get("packages", {}).get(name) != version:
            yield f"{name} {stated.get('packages', {}).get(name)} then, {version} now"
    if stated.get("ephys") == now["ephys"] and stated.get("code") != code_version():
        yield f"code of ephys {stated.get('code')} then, {code_version()} now"
