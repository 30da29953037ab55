"""Limits of the classical rule for each preparation, read from data files that cite a source for every number.

A preset may extend another: a table that it gives replaces the other's whole table, so that no number ever stands
beside a source that is not its own.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from ephys.classification.bands import WidthBand
from ephys.classification.limits import Limits
from ephys.errors import ParameterError
from ephys.jupyter import Shown

_FOLDER = resources.files("ephys.classification") / "presets"
_SUFFIX = ".toml"
_TABLES = ("rate", "regularity", "total_width", "peak_to_trough", "soft_refractory", "rhythm", "band")
_WIDTHS = ("total_width", "peak_to_trough")
_ENTRIES = ("title", "extends", "evidence", *_TABLES)


@dataclass(frozen=True, slots=True)
class Preset(Shown):
    """Limits of every criterion for one preparation.

    Parameters
    ----------
    name, title : str
        Its name, and the preparation in words.
    rate, regularity, soft_refractory, rhythm : Limits
        One per criterion.
    total_width, peak_to_trough : Limits or None
        A width passes by either of its two measures; ``None`` where a laboratory fitted only the other.
    rhythm_range_hz : tuple of float
        Rates at which a train more regular than `rhythm` allows may be breathing or another artefact.
    band : WidthBand
        Through which filters the limits of the width hold.
    evidence : str
        Name of the table of published distributions for this preparation; empty where there is none.
    """

    name: str
    title: str
    rate: Limits
    regularity: Limits
    total_width: Limits | None
    peak_to_trough: Limits | None
    soft_refractory: Limits
    rhythm: Limits
    rhythm_range_hz: tuple[float, float]
    band: WidthBand
    evidence: str = ""

    def __post_init__(self) -> None:
        if self.total_width is None and self.peak_to_trough is None:
            raise ParameterError(f"preset {self.name}: no limit for either width")


def preset_names() -> tuple[str, ...]:
    """Names of the presets that are shipped.

    >>> [name for name in preset_names() if name.startswith("rat_slice")]
    ['rat_slice', 'rat_slice_phenylephrine']
    """
    return tuple(sorted(f.name.removesuffix(_SUFFIX) for f in _FOLDER.iterdir() if f.name.endswith(_SUFFIX)))


def load_preset(name: str) -> Preset:
    """Read a preset: a shipped one by name, or a laboratory's own by its file.

    Parameters
    ----------
    name : str
        A name of `preset_names`, or the path of a file ``.toml`` that `fit_preset` made.

    Raises
    ------
    ParameterError
        If there is none of that name, or the file is not a preset.

    Examples
    --------
    >>> str(load_preset("rat_in_vivo").total_width)
    '>= 1.5 ms'
    """
    own = name.endswith(_SUFFIX)
    label = Path(name).stem if own else name
    try:
        return _preset(label, _merged(_own_table(name) if own else _shipped_table(name)))
    except (KeyError, TypeError, ValueError, ParameterError) as error:
        if not own:
            raise
        missing = f"lacks {error}" if isinstance(error, KeyError) else str(error)
        raise ParameterError(f"{name} is not a preset: {missing}") from error


def preset_tables(name: str) -> dict[str, Any]:
    """What a preset's own file says, without what it extends: for provenance."""
    return _own_table(name) if name.endswith(_SUFFIX) else _shipped_table(name)


def _shipped_table(name: str) -> dict[str, Any]:
    """Tables of a shipped preset's file."""
    names = preset_names()
    if name not in names:
        close = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(names)}"
        raise ParameterError(f"no preset named {name!r}; {hint}. One of your own is named by its file, with .toml")
    return tomllib.loads((_FOLDER / f"{name}{_SUFFIX}").read_text(encoding="utf-8"))


def _own_table(path: str) -> dict[str, Any]:
    """Tables of a laboratory's own file."""
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ParameterError(f"cannot read the preset {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ParameterError(f"{path} is not a preset: {error}") from error


def _merged(table: Mapping[str, Any]) -> dict[str, Any]:
    """Tables of a preset with those of the shipped one that it extends."""
    unknown = sorted(set(table) - set(_ENTRIES))
    if unknown:
        raise ParameterError(f"no entry {unknown[0]!r} in a preset; there are {', '.join(_ENTRIES)}")
    base = _merged(_shipped_table(table["extends"])) if "extends" in table else {}
    return base | dict(table)


def _preset(name: str, table: Mapping[str, Any]) -> Preset:
    """Build a preset from the tables of its file."""
    rhythm = dict(table["rhythm"])
    low_hz, high_hz = rhythm.pop("rate_hz")
    widths = {width: _width_limits(table[width]) for width in _WIDTHS}
    return Preset(
        name,
        table["title"],
        rate=Limits(**table["rate"]),
        regularity=Limits(**table["regularity"]),
        **widths,
        soft_refractory=Limits(**table["soft_refractory"]),
        rhythm=Limits(**rhythm),
        rhythm_range_hz=(float(low_hz), float(high_hz)),
        band=WidthBand.from_table(table["band"]),
        evidence=table.get("evidence", ""),
    )


def _width_limits(table: Mapping[str, Any]) -> Limits | None:
    """Limits of a width; none where its table holds no number."""
    return Limits(**table) if {"low", "high"} & set(table) else None
