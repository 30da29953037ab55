"""The settings of every step, in one frozen value that travels with each result."""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ephys.errors import ParameterError, SettingsError
from ephys.pharmacology import FitSettings, ReadoutSettings
from ephys.sorting import QualitySettings, SortingSettings

UnitChoice = Literal["auto", "wavemark", "sort", "both"]


@dataclass(frozen=True, slots=True)
class AnalysisSettings:
    """What is analysed, and against which limits.

    Parameters
    ----------
    units : {"auto", "wavemark", "sort", "both"}
        The file's own units, the wire sorted anew, or both; ``auto`` takes the file's own where there are any.
    preset : str
        Limits of the serotonergic rule; ``auto`` chooses by species and preparation.
    drug : str
        Analyse one agonist only; empty for all.
    seed : int
        Of everything that draws random numbers.
    """

    units: UnitChoice = "auto"
    preset: str = "auto"
    drug: str = ""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.units not in ("auto", "wavemark", "sort", "both"):
            raise ParameterError(f"analysis.units must be auto, wavemark, sort or both, got {self.units!r}")


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of every step.

    Examples
    --------
    >>> Settings().override("readout.length_s", "30").readout.length_s
    30.0
    """

    analysis: AnalysisSettings = field(default_factory=AnalysisSettings)
    sorting: SortingSettings = field(default_factory=SortingSettings)
    quality: QualitySettings = field(default_factory=QualitySettings)
    readout: ReadoutSettings = field(default_factory=ReadoutSettings)
    fit: FitSettings = field(default_factory=FitSettings)

    def override(self, name: str, text: str) -> Settings:
        """Copy with one setting changed, as ``step.name`` and text (from the command line).

        Raises
        ------
        SettingsError
            If there is no such setting, or it does not take that value.
        """
        step, _, setting = name.partition(".")
        return self.updated({step: {setting: _parsed(text)}})

    def updated(self, changes: Mapping[str, Any]) -> Settings:
        """Copy with the settings of a nested mapping (from a file).

        Raises
        ------
        SettingsError
            If there is no such setting, or it does not take that value.
        """
        steps: dict[str, Any] = {}
        for step, values in changes.items():
            _known(step, self, "step of the settings")
            if not isinstance(values, Mapping):
                raise SettingsError(f"{step} must be a table of settings, got {values!r}")
            group = getattr(self, step)
            new = {name: _converted(f"{step}.{name}", value, group, name) for name, value in values.items()}
            try:
                steps[step] = dataclasses.replace(group, **new)
            except ParameterError as error:
                raise SettingsError(str(error)) from error
        return dataclasses.replace(self, **steps)

    def as_dict(self) -> dict[str, dict[str, Any]]:
        """Nested dictionary of every setting."""
        return dataclasses.asdict(self)


def _known(name: str, owner: object, kind: str) -> None:
    """Raise, with a suggestion, unless `owner` has a field of that name."""
    names = [f.name for f in dataclasses.fields(owner)]  # type: ignore[arg-type]
    if name not in names:
        close = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(names)}"
        raise SettingsError(f"no {kind} named {name!r}; {hint}")


def _parsed(text: str) -> Any:
    """Value of a setting typed on the command line: TOML if it is, else the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _converted(full_name: str, value: Any, group: object, name: str) -> Any:
    """Value in the type of the setting's present one."""
    _known(name, group, f"setting of {full_name.partition('.')[0]}")
    present = getattr(group, name)
    if isinstance(present, bool) or isinstance(value, bool):
        fits = isinstance(value, bool) and isinstance(present, bool)
    elif isinstance(present, float):
        fits, value = isinstance(value, int | float), float(value) if isinstance(value, int | float) else value
    elif isinstance(present, tuple):
        fits = isinstance(value, list | tuple) and len(value) == len(present)
        value = tuple(float(v) if isinstance(v, int) else v for v in value) if fits else value
    elif present is None:
        fits = True
    else:
        fits = isinstance(value, type(present))
    if not fits:
        raise SettingsError(f"{full_name} takes a value like {present!r}, got {value!r}")
    return value
