"""Settings as TOML: what was used, in a form that can be edited and used again."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w

from ephys.errors import SettingsError
from ephys.io.atomic import write_text
from ephys.io.told import stated
from ephys.model import ReadingSettings
from ephys.settings import Settings

_NONE = "none"
"""TOML has no null: a limit that is off is written as this word."""


def write_settings(settings: Settings, path: str | os.PathLike[str]) -> Path:
    """Write every setting as TOML, a table per step.

    Parameters
    ----------
    settings : Settings
        What to write.
    path : path
        Where to; an existing file is replaced.

    Returns
    -------
    Path
        `path`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = write_settings(Settings().override("readout.length_s", "30"), Path(folder) / "settings.toml")
    ...     read_settings(file).readout.length_s
    30.0
    """
    return write_text(path, settings_text(settings))


def settings_text(settings: Settings) -> str:
    """Return every setting as TOML."""
    return tomli_w.dumps(_for_toml(settings.as_dict()))


def read_settings(path: str | os.PathLike[str], *, base: Settings | None = None) -> Settings:
    """Read settings from TOML; what is not in the file is as in `base`, else keeps its default.

    Raises
    ------
    SettingsError
        If the file is missing or no TOML, or holds an unknown setting or a value that it does not take.
    """
    try:
        values = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise SettingsError(f"{path}: no such settings file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"{path}: not readable as TOML: {error}") from error
    try:
        return (base or Settings()).updated(_from_toml(values))
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from error


def save_reading(reading: ReadingSettings, path: str | os.PathLike[str]) -> Path:
    """Keep what is known of a rig's files in a settings file, to be said once and used everywhere.

    Only what differs from the defaults is written, into the table ``[reading]``: what else the file holds stays, its
    comments aside, and later defaults are not frozen. What is of one animal or session is not kept
    (`ReadingSettings.of_one_session`).

    Parameters
    ----------
    reading : ReadingSettings
        What was said: the band, the gain, the wire...
    path : path
        A new settings file, or one to add to.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    SettingsError
        If there is a file that does not hold settings.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     rig = Path(folder) / "rig.toml"
    ...     _ = save_reading(ReadingSettings(band_hz=(0.1, 8000.0)), rig)
    ...     print(save_reading(ReadingSettings(wire=("2",)), rig).read_text())
    [reading]
    band_hz = [
        0.1,
        8000.0,
    ]
    wire = [
        "2",
    ]
    """
    kept: dict[str, Any] = {}
    if Path(path).exists():
        read_settings(path)
        kept = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    of_rig = {name: value for name, value in stated(reading).items() if name not in reading.of_one_session}
    return write_text(path, tomli_w.dumps({**kept, "reading": {**kept.get("reading", {}), **_for_toml(of_rig)}}))


def _for_toml(value: Any) -> Any:
    """Value in the types that TOML has."""
    if isinstance(value, Mapping):
        return {name: _for_toml(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_for_toml(each) for each in value]
    return _NONE if value is None else value


def _from_toml(value: Any) -> Any:
    """Value as the settings have it."""
    if isinstance(value, dict):
        return {name: _from_toml(each) for name, each in value.items()}
    if isinstance(value, list):
        return tuple(_from_toml(each) for each in value)
    return None if value == _NONE else value
