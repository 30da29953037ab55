"""Which parameters there are: of several curves, shared by them, or fixed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.pharmacology.curves import PARAMETERS, CurveModel

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Layout:
    """Where each parameter of each curve stands in the vector that is estimated.

    Parameters
    ----------
    model : CurveModel
    labels : tuple of str
        The curves.
    names : tuple of str
        What is estimated: "b", or "b:label" where not shared.
    place : dict of str to array (curves,)
        For each parameter, its place in `names`, or -1 where it is held constant.
    constant : dict of str to array (curves,)
        The value there, on the scale of the search.
    """

    model: CurveModel
    labels: tuple[str, ...]
    names: tuple[str, ...]
    place: Mapping[str, NDArray[np.intp]]
    constant: Mapping[str, FloatArray]

    def values(self, theta: FloatArray, curve: int) -> dict[str, FloatArray]:
        """Parameters of one curve, each (rows,), ``e`` as its logarithm."""
        return {name: self._take(name, theta, curve) for name in self.place}

    def _take(self, name: str, theta: FloatArray, curve: int) -> FloatArray:
        place = self.place[name][curve]
        held: FloatArray = np.full(theta.shape[1], self.constant[name][curve])
        return held if place < 0 else theta[place]

    def is_own(self, name: str, curve: int) -> bool:
        """Whether a parameter is estimated for one curve alone."""
        places = self.place[name]
        return bool(places[curve] >= 0 and (places == places[curve]).sum() == 1)

    def base(self, place: int) -> str:
        """Parameter that stands at a place, without its curve."""
        return self.names[place].partition(":")[0]

    def curve_number(self, label: str | None) -> int:
        """Number of a curve by its label, which may be left out where there is one."""
        if label is None and len(self.labels) == 1:
            return 0
        name = curve_label(label)
        if name not in self.labels:
            raise ParameterError(f"curve must be one of {', '.join(self.labels)}; got {label}")
        return self.labels.index(name)

    def to_reported(self, theta: FloatArray) -> FloatArray:
        """Values as they are reported: e as a dose, but in the LL2 models."""
        reported = theta.copy()
        for place in self.logs():
            reported[place] = np.exp(theta[place])
        return reported

    def scale(self, theta: FloatArray) -> FloatArray:
        """Derivative of the reported by the searched parameter."""
        scale = np.ones_like(theta)
        for place in self.logs():
            scale[place] = np.exp(theta[place])
        return scale

    def logs(self) -> list[int]:
        """Places that hold the logarithm of what is reported."""
        return [place for place in range(len(self.names)) if self.model.is_log(self.base(place))]


def curve_label(label: object) -> str:
    """Name of a curve; a whole number is written without its point, so that 1 and 1.0 are one curve."""
    return f"{label:g}" if isinstance(label, float) and label.is_integer() else str(label)


def plan_layout(
    model: CurveModel, labels: tuple[str, ...], *, fixed: Mapping[str, float] | None, shared: Collection[str]
) -> Layout:
    """Lay the parameters out: in drc's order, curve by curve within each.

    Parameters
    ----------
    fixed : mapping, optional
        Values of parameters that are held: "c", or "c:label" for one curve.
    shared : collection of str
        Parameters with one value for all curves.
    """
    held = _held(model, labels, fixed or {})
    known = (*model.free, *model.constants)
    if isinstance(shared, str):
        raise ParameterError(
            f"shared must be a collection of names, such as ({shared[:1]!r},), not the text {shared!r}"
        )
    if any(name not in known for name in shared):
        raise ParameterError(f"shared must be among {', '.join(known)}; got {', '.join(map(str, shared))}")
    names: list[str] = []
    place: dict[str, NDArray[np.intp]] = {}
    for name in (name for name in PARAMETERS if name in known):
        place[name] = np.full(len(labels), -1, dtype=np.intp)
        open_curves = [k for k in range(len(labels)) if np.isnan(held[name][k])]
        one = name in shared or len(labels) == 1
        if one and 0 < len(open_curves) < len(labels):
            raise ParameterError(f"{name} is shared, and cannot be fixed in some curves only")
        for k in open_curves:
            if not one or k == open_curves[0]:
                names.append(name if one else f"{name}:{labels[k]}")
            place[name][k] = len(names) - 1
    if not names:
        raise ParameterError(f"every parameter of {model.name} is fixed: there is nothing to estimate")
    return Layout(model, labels, tuple(names), place, held)


def _held(model: CurveModel, labels: tuple[str, ...], fixed: Mapping[str, float]) -> dict[str, FloatArray]:
    """Values that are held, NaN where free, per parameter and curve; a later and finer word wins."""
    held = {name: np.full(len(labels), np.nan) for name in model.free}
    held |= {name: np.full(len(labels), value) for name, value in model.constants.items()}
    for key, value in sorted(fixed.items(), key=lambda item: ":" in item[0]):
        name, _, label = key.partition(":")
        if name not in held or (label and label not in labels):
            raise ParameterError(
                f"fixed[{key!r}]: {model.name} has the parameters {', '.join(held)}"
                + (f" and the curves {', '.join(labels)}" if label else "")
            )
        if not np.isfinite(value):
            raise ParameterError(f"fixed[{key!r}] must be a finite number, got {value}")
        held[name][labels.index(label) if label else slice(None)] = model.internal(name, value)
    return held
