"""Limits of the classical rule for each preparation, read from data files that cite a source for every number."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal

from ephys.errors import ParameterError

Verdict = Literal["pass", "fail", "borderline", "not_judged"]

_FOLDER = resources.files("ephys.classification") / "presets"


@dataclass(frozen=True, slots=True)
class Limits:
    """A range that passes, and a wider one that is borderline; both ends belong to them.

    Parameters
    ----------
    low, high : float
        What passes; infinite where there is no limit.
    borderline_low, borderline_high : float
        What does not fail; the same as `low` and `high` where nothing is borderline.
    unit : str
        Unit of the value.
    source : str
        Where the numbers come from, or that they are a convention.

    Raises
    ------
    ParameterError
        If a borderline limit lies inside the range that passes.

    Examples
    --------
    >>> regular = Limits(high=0.5, borderline_high=0.8)
    >>> regular.judge(0.3), regular.judge(0.6), regular.judge(1.0), regular.judge(float("nan"))
    ('pass', 'borderline', 'fail', 'not_judged')
    >>> str(regular)
    '<= 0.5, borderline to 0.8'
    """

    low: float = -math.inf
    high: float = math.inf
    borderline_low: float = math.nan
    borderline_high: float = math.nan
    unit: str = ""
    source: str = "convention"

    def __post_init__(self) -> None:
        if math.isnan(self.borderline_low):
            object.__setattr__(self, "borderline_low", self.low)
        if math.isnan(self.borderline_high):
            object.__setattr__(self, "borderline_high", self.high)
        if not self.borderline_low <= self.low <= self.high <= self.borderline_high:
            raise ParameterError(
                f"limits must widen outwards, got pass {self.low:g} to {self.high:g} and borderline "
                f"{self.borderline_low:g} to {self.borderline_high:g}"
            )

    def judge(self, value: float) -> Verdict:
        """Verdict on one value; a missing one is not judged."""
        if math.isnan(value):
            return "not_judged"
        if self.low <= value <= self.high:
            return "pass"
        return "borderline" if self.borderline_low <= value <= self.borderline_high else "fail"

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        ends = (math.isfinite(self.low), math.isfinite(self.high))
        if all(ends):
            passes = f"{self.low:g} to {self.high:g}{unit}"
        else:
            passes = f">= {self.low:g}{unit}" if ends[0] else f"<= {self.high:g}{unit}"
        below = f"from {self.borderline_low:g}" if self.borderline_low < self.low else ""
        above = f"to {self.borderline_high:g}" if self.borderline_high > self.high else ""
        bounds = " ".join(bound for bound in (below, above) if bound)
        return f"{passes}, borderline {bounds}" if bounds else passes


@dataclass(frozen=True, slots=True)
class Preset:
    """Limits of every criterion for one preparation.

    Parameters
    ----------
    name, title : str
        Its name, and the preparation in words.
    rate, regularity, total_width, peak_to_trough, soft_refractory, rhythm : Limits
        One per criterion; a width passes by either of its two measures.
    rhythm_range_hz : tuple of float
        Rates at which a train more regular than `rhythm` allows may be breathing or another artefact.
    max_high_pass_hz, band_source : float, str
        A width measured above this high-pass is not judged, and why.
    """

    name: str
    title: str
    rate: Limits
    regularity: Limits
    total_width: Limits
    peak_to_trough: Limits
    soft_refractory: Limits
    rhythm: Limits
    rhythm_range_hz: tuple[float, float]
    max_high_pass_hz: float
    band_source: str


def preset_names() -> tuple[str, ...]:
    """Names of the presets that are shipped.

    >>> preset_names()
    ('mouse_in_vivo', 'mouse_slice', 'rat_in_vivo', 'rat_slice')
    """
    return tuple(sorted(file.name.removesuffix(".toml") for file in _FOLDER.iterdir() if file.name.endswith(".toml")))


def load_preset(name: str) -> Preset:
    """Read a preset by name.

    Raises
    ------
    ParameterError
        If there is none of that name.

    Examples
    --------
    >>> str(load_preset("rat_in_vivo").total_width)
    '>= 1.5 ms'
    """
    names = preset_names()
    if name not in names:
        close = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(names)}"
        raise ParameterError(f"no preset named {name!r}; {hint}")
    return _preset(name, tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8")))


def _preset(name: str, table: Mapping[str, Any]) -> Preset:
    """Build a preset from the tables of its file."""
    rhythm = dict(table["rhythm"])
    low_hz, high_hz = rhythm.pop("rate_hz")
    return Preset(
        name,
        table["title"],
        rate=Limits(**table["rate"]),
        regularity=Limits(**table["regularity"]),
        total_width=Limits(**table["total_width"]),
        peak_to_trough=Limits(**table["peak_to_trough"]),
        soft_refractory=Limits(**table["soft_refractory"]),
        rhythm=Limits(**rhythm),
        rhythm_range_hz=(float(low_hz), float(high_hz)),
        max_high_pass_hz=float(table["band"]["max_high_pass_hz"]),
        band_source=table["band"]["source"],
    )
