"""Programs that were really used, with their versions, and the seed."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from importlib import metadata

import ephys
from ephys.report.methods.text import cite
from ephys.report.methods.wording import listed
from ephys.settings import Settings

_READ_BY = {".nwb": "pynwb", ".abf": "pyabf"} | dict.fromkeys(
    (".smr", ".plx", ".nex", ".nix", ".ncs", ".nse", ".ntt", ".nev", ".rhd", ".rhs"), "neo"
)
"""Package that reads a format, by the file's extension."""

_ALSO_BY_NEO = (".abf",)
_TITLES = {
    "numpy": "NumPy", "scipy": "SciPy", "scikit-learn": "scikit-learn", "neo": "Neo", "pynwb": "PyNWB",
    "pyabf": "pyABF", "spikeinterface": "SpikeInterface",
}  # fmt: skip
_CITED = frozenset({"numpy", "scipy", "scikit-learn", "neo", "pynwb"})
"""Packages with a reference; SpikeInterface is cited where it is named first."""


def packages_used(suffixes: Iterable[str], *, sorted_here: bool, foreign: bool) -> list[str]:
    """Packages that an analysis rests on.

    Parameters
    ----------
    suffixes : iterable of str
        Of the files, in lower case.
    sorted_here : bool
        Whether ephys's own sorter ran.
    foreign : bool
        Whether a sorter of SpikeInterface ran.

    Examples
    --------
    >>> packages_used([".smr"], sorted_here=True, foreign=False)
    ['numpy', 'scipy', 'scikit-learn', 'neo']
    """
    suffixes = list(suffixes)
    read_by = [_READ_BY[suffix] for suffix in suffixes if suffix in _READ_BY]
    read_by += ["neo" for suffix in suffixes if suffix in _ALSO_BY_NEO]
    clustered = ["scikit-learn"] if sorted_here else []
    return list(dict.fromkeys(["numpy", "scipy", *clustered, *read_by, *(["spikeinterface"] if foreign else [])]))


def software_sentences(packages: Iterable[str], settings: Settings) -> Iterator[str]:
    """Program, packages and seeds."""
    yield program_sentence(packages)
    seed, own = settings.analysis.seed, settings.fit.seed
    also = f", those of the bootstrap of single cells' fits from the seed {own}" if own != seed else ""
    yield f"Random numbers were drawn from the seed {seed}{also}."


def program_sentence(packages: Iterable[str]) -> str:
    """Program, Python and packages, with their versions."""
    named = [_version_text(package) for package in packages]
    python = f"Python {platform.python_version()}"
    return f"The analysis was done with {_program()} under {listed([python, *filter(None, named)])}."


def _program() -> str:
    """Ephys, as CITATION.cff says."""
    return f"ephys {ephys.__version__} {cite('ephys')}"


def _version_text(package: str) -> str:
    """Name, version and reference; empty where the package is not there any more."""
    try:
        version = metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
    cited = f" {cite(package)}" if package in _CITED else ""
    return f"{_TITLES[package]} {version}{cited}"
