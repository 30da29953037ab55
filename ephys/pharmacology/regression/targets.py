"""What an interval can be asked for: a parameter, an effective dose, a ratio of two; with derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from ephys.pharmacology.curves import CurveModel, ln_dose
from ephys.pharmacology.regression.layout import Layout

FloatArray = NDArray[np.float64]
Values = dict[str, FloatArray]
Kind = Literal["relative", "absolute"]

_SEARCHED_OVER, _SEARCHED_AT = 40.0, 321
_HALVINGS = 55


class Target(Protocol):
    """A smooth function of the parameters."""

    def __call__(self, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Value (rows,), and derivative (parameters, rows), on the scale of the search."""
        ...


@dataclass(frozen=True)
class ParameterTarget:
    """One of the parameters."""

    place: int

    def __call__(self, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Value and derivative."""
        slope = np.zeros_like(theta)
        slope[self.place] = 1.0
        return theta[self.place], slope


@dataclass(frozen=True)
class Level:
    """A response, as a share of the way between two limits of the curve or as it is.

    ``constant + by_c × c + by_d × d``, with numbers or one per row.
    """

    constant: FloatArray | float = 0.0
    by_c: FloatArray | float = 0.0
    by_d: FloatArray | float = 0.0

    def value(self, values: Values) -> FloatArray:
        """Response of each row."""
        return self.constant + self.by_c * values["c"] + self.by_d * values["d"]


def effect_level(model: CurveModel, values: Values, percent: float, kind: Kind, *, proportion: bool) -> Level:
    """Response at `percent` of the effect, counted from the response without drug.

    Parameters
    ----------
    values : mapping
        Parameters, (rows,) each.
    percent : float
    kind : {"relative", "absolute"}
        Relative to the distance between the limits of the curve, or to the response without drug, whichever limit
        that is.
    proportion : bool
        Whether responses are proportions: a rising one counts as a percentage of all, in absolute terms.
    """
    share = percent / 100.0
    from_d = model.falls(values["b"])
    if kind == "relative":
        return Level(by_d=np.where(from_d, 1.0 - share, share), by_c=np.where(from_d, share, 1.0 - share))
    without, with_drug = np.where(from_d, [values["d"], values["c"]], [values["c"], values["d"]])
    rises = with_drug > without
    times = np.where(rises, 0.0 if proportion else 1.0 + share, 1.0 - share)
    return Level(
        constant=np.where(rises & proportion, share, 0.0),
        by_c=np.where(from_d, 0.0, times),
        by_d=np.where(from_d, times, 0.0),
    )


@dataclass(frozen=True)
class LnDoseTarget:
    """Logarithm of the dose at which one curve reaches a level; NaN where it never does."""

    layout: Layout
    curve: int
    level: Level

    def __call__(self, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Value and derivative, the latter by the implicit function theorem."""
        model, values = self.layout.model, self.layout.values(theta, self.curve)
        level = self.level.value(values)
        ln_x = _search_dose(model, values, level) if model.hormetic else _invert(model, values, level)
        _, by = model.derivatives(np.exp(np.clip(ln_x, -700.0, 700.0)), ln_x, values)
        by_level = {"c": self.level.by_c, "d": self.level.by_d}
        slope = np.zeros_like(theta)
        for name, places in self.layout.place.items():
            if places[self.curve] >= 0:
                slope[places[self.curve]] = (by_level.get(name, 0.0) - by[name]) / by["x"]
        return ln_x, slope


@dataclass(frozen=True)
class LnRatioTarget:
    """Logarithm of the ratio of two effective doses."""

    first: LnDoseTarget
    second: LnDoseTarget

    def __call__(self, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Value and derivative."""
        (a, a_slope), (b, b_slope) = self.first(theta), self.second(theta)
        return a - b, a_slope - b_slope


def _invert(model: CurveModel, values: Values, level: FloatArray) -> FloatArray:
    """Solve the sigmoid for ln dose."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (level - values["c"]) / (values["d"] - values["c"])
        inside = (share > 0) & (share < 1)
        z = model.sigmoid.inverse(np.where(inside, share, 0.5), model.exponent(values))
        ln_x: FloatArray = np.where(inside, values["e"] + z / values["b"], np.nan)
    return ln_x


def _search_dose(model: CurveModel, values: Values, level: FloatArray) -> FloatArray:
    """Highest ln dose at which a hormetic curve crosses the level: bracketed on a grid, then halved."""

    def above(ln_x: FloatArray) -> FloatArray:
        return model.response(np.exp(ln_x), ln_dose(np.exp(ln_x)), values) - level

    grid = values["e"] + np.linspace(-_SEARCHED_OVER, _SEARCHED_OVER, _SEARCHED_AT)[:, np.newaxis]
    crossed = np.diff(np.sign(above(grid)), axis=0) != 0
    last = len(grid) - 2 - np.argmax(crossed[::-1], axis=0)
    rows = np.arange(grid.shape[1])
    low, high = grid[last, rows], grid[last + 1, rows]
    sign = np.sign(above(low))
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        same = np.sign(above(middle)) == sign
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return np.where(crossed.any(axis=0), 0.5 * (low + high), np.nan)
