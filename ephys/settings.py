"""The settings of every step, in one frozen value that travels with each result."""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from ephys.classification import ClassificationSettings, FeatureSettings
from ephys.errors import ParameterError, SettingsError
from ephys.firing import StabilitySettings
from ephys.jupyter import Shown
from ephys.model import ReadingSettings
from ephys.pharmacology import (
    ExclusionSettings,
    FitSettings,
    IontophoresisSettings,
    ReadoutSettings,
    ReversalSettings,
)
from ephys.sorting import QualitySettings, RhythmSettings, SortingSettings

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
        if self.seed < 0:
            raise ParameterError(f"analysis.seed must be 0 or more, got {self.seed}")


@dataclass(frozen=True, slots=True)
class CohortSettings(Shown):
    """What is asked of a cohort as a whole.

    Parameters
    ----------
    reference : str
        Group that the others are held against; empty: that of the first animal, and the answer says so.
    margin : float
        Fold above 1 within which a shift is taken for none, to test equivalence; 0: not tested.
    block : tuple of str
        Conditions that differ between cells and are taken out: species, preparation, anaesthetic, route, form, readout.
    paired : bool
        Animals that were recorded in several groups are compared with themselves.
    desensitised : bool
        Estimate which share of the treated cells is shifted, where there are cells enough: half a minute a group.
    """

    reference: str = ""
    margin: float = 0.0
    block: tuple[str, ...] = ()
    paired: bool = False
    desensitised: bool = True

    def __post_init__(self) -> None:
        if self.margin != 0.0 and not self.margin > 1.0:
            raise ParameterError(f"cohort.margin must be a fold above 1 (0: not tested), got {self.margin:g}")


@dataclass(frozen=True, slots=True)
class Settings(Shown):
    """Settings of every step.

    Examples
    --------
    >>> Settings().override("readout.length_s", "30").readout.length_s
    30.0
    """

    reading: ReadingSettings = field(default_factory=ReadingSettings)
    analysis: AnalysisSettings = field(default_factory=AnalysisSettings)
    sorting: SortingSettings = field(default_factory=SortingSettings)
    quality: QualitySettings = field(default_factory=QualitySettings)
    rhythms: RhythmSettings = field(default_factory=RhythmSettings)
    features: FeatureSettings = field(default_factory=FeatureSettings)
    classification: ClassificationSettings = field(default_factory=ClassificationSettings)
    stability: StabilitySettings = field(default_factory=StabilitySettings)
    readout: ReadoutSettings = field(default_factory=ReadoutSettings)
    fit: FitSettings = field(default_factory=FitSettings)
    reversal: ReversalSettings = field(default_factory=ReversalSettings)
    iontophoresis: IontophoresisSettings = field(default_factory=IontophoresisSettings)
    exclusions: ExclusionSettings = field(default_factory=ExclusionSettings)
    cohort: CohortSettings = field(default_factory=CohortSettings)

    def override(self, name: str, text: str) -> Settings:
        """Copy with one setting changed, as ``step.name`` and text (from the command line).

        Raises
        ------
        SettingsError
            If there is no such setting, or it does not take that value.
        """
        changes: Any = _parsed(text)
        for part in reversed(name.split(".")):
            changes = {part: changes}
        return self.updated(changes)

    def updated(self, changes: Mapping[str, Any]) -> Settings:
        """Copy with the settings of a nested mapping (from a file).

        Raises
        ------
        SettingsError
            If there is no such setting, or it does not take that value.
        """
        return _updated(self, changes, "")

    def as_dict(self) -> dict[str, dict[str, Any]]:
        """Nested dictionary of every setting."""
        return dataclasses.asdict(self)


Group = TypeVar("Group")


def _updated(group: Group, changes: Mapping[str, Any], path: str) -> Group:
    """Copy of a group of settings with some of them changed, groups within it included."""
    new = {name: _converted(group, name, value, path) for name, value in changes.items()}
    try:
        return dataclasses.replace(group, **new)  # type: ignore[type-var]
    except ParameterError as error:
        raise SettingsError(str(error)) from error


def _converted(group: object, name: str, value: Any, path: str) -> Any:
    """Value in the type of the setting's present one."""
    names = [f.name for f in dataclasses.fields(group)]  # type: ignore[arg-type]
    if name not in names:
        close = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(names)}"
        raise SettingsError(f"no setting named {path + name!r}; {hint}")
    present = getattr(group, name)
    if dataclasses.is_dataclass(present):
        if not isinstance(value, Mapping):
            raise SettingsError(f"{path + name} is a group of settings: say which, as {path + name}.NAME=VALUE")
        return _updated(present, value, f"{path}{name}.")
    fitting = _list_of(group, name, value) if isinstance(present, tuple) else _as_type_of(present, value)
    if fitting is None:
        raise SettingsError(f"{path + name} takes a value like {_toml(present)}, got {_toml(value)}")
    return fitting


def _as_type_of(present: Any, value: Any) -> Any:
    """Return `value` as the type of `present`, ``None`` where it does not fit."""
    if isinstance(present, bool) or isinstance(value, bool):
        return value if isinstance(value, bool) and isinstance(present, bool) else None
    if isinstance(present, float):
        return float(value) if isinstance(value, int | float) else None
    return value if isinstance(value, type(present)) else None


def _list_of(group: object, name: str, value: Any) -> tuple[Any, ...] | None:
    """Return `value` as a list of the setting's length.

    One of texts, or that is empty by default, has any length, and takes one value.
    """
    default: Any = next(f.default for f in dataclasses.fields(group) if f.name == name)  # type: ignore[arg-type]
    if all(isinstance(each, str) for each in default):
        return tuple(value) if isinstance(value, list | tuple) else (value,)
    fits = isinstance(value, list | tuple) and len(value) == len(getattr(group, name))
    return tuple(float(v) if isinstance(v, int) else v for v in value) if fits else None


def _toml(value: Any) -> str:
    """Value as it would be typed."""
    if isinstance(value, bool):
        return "true or false" if value else "false or true"
    return str(list(value)) if isinstance(value, tuple) else repr(value)


def _parsed(text: str) -> Any:
    """Value of a setting typed on the command line: TOML if it is, else the text itself."""
    if text in ("True", "False"):  # as Python and the report write them
        return text == "True"
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
