"""A laboratory's own preset as a file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import tomli_w

from ephys.classification import Preset, load_preset
from ephys.classification.rig import fit_preset
from ephys.errors import ParameterError
from ephys.io.atomic import atomic_path
from ephys.io.checksums import source_of


def write_preset(tables: Mapping[str, Any], path: str | os.PathLike[str]) -> Preset:
    """Write the tables that `fit_preset` made, whole or not at all, and read them back.

    Parameters
    ----------
    tables : mapping
        Of the preset.
    path : path
        Where to; it ends in ``.toml``, and its stem is the preset's name.

    Returns
    -------
    Preset
        As everybody else will read it.

    Raises
    ------
    ParameterError
        If the path does not end in ``.toml``.
    """
    path = Path(path)
    if path.suffix != ".toml":
        raise ParameterError(f"a preset is a file .toml, got {path}")
    with atomic_path(path) as temporary:
        temporary.write_text(tomli_w.dumps(dict(tables)), encoding="utf-8", newline="\n")
        load_preset(str(temporary))
    return load_preset(str(path))


def fit_preset_from_file(
    name: str, cells: str | os.PathLike[str], *, base: str = "rat_in_vivo", out: str | os.PathLike[str] | None = None
) -> tuple[Preset, Path]:
    """Fit the limits of the width to the cells of a table, and write the preset.

    Parameters
    ----------
    name : str
        Of the preset.
    cells : path
        A CSV table as `fit_preset` takes it.
    base : str, optional
        Shipped preset of the preparation.
    out : path, optional
        Where to; by default ``NAME.toml`` here.

    Returns
    -------
    Preset, Path
        The preset and its file.

    Raises
    ------
    ParameterError
        If the table cannot be read, or no preset can be fitted to it.
    """
    try:
        source = source_of(cells)
        table = pd.read_csv(cells)
    except (OSError, ValueError) as error:
        raise ParameterError(f"cannot read the cells in {cells}: {error}") from error
    path = Path(out) if out else Path(f"{name}.toml")
    try:
        tables = fit_preset(table, name, base=base, source=f"{Path(cells).name}, SHA-256 {source.sha256[:12]}")
    except ParameterError as error:
        raise ParameterError(f"{cells}: {error}") from error
    return write_preset(tables, path), path
