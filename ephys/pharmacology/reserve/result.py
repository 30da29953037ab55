"""KA, q and tau from curves before and after inactivation: the value that `fit_receptor_reserve` returns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ephys.jupyter import Shown, shown, table
from ephys.pharmacology.curve_fit import ParameterEstimate
from ephys.pharmacology.groups.estimates import count_text
from ephys.pharmacology.reserve.equieffective import EquieffectiveDose
from ephys.pharmacology.shared_fits.fit import SharedFit
from ephys.pharmacology.shared_fits.text import estimate_text, interval_name, with_unit

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class InactivatedShare(Shown):
    """What one inactivated curve tells.

    Parameters
    ----------
    curve : str
    q : ParameterEstimate
        Share of receptors left.
    tau : ParameterEstimate
        Of that curve; NaN by Furchgott's method, which has none.
    """

    curve: str
    q: ParameterEstimate
    tau: ParameterEstimate


@dataclass(frozen=True, slots=True)
class ReserveEstimate(Shown):
    """What one method tells.

    Parameters
    ----------
    method : {"operational model", "Furchgott"}
    ka : ParameterEstimate
        Dissociation constant, in the unit of the doses.
    tau : ParameterEstimate
        Of the control curve; NaN by Furchgott's method.
    shares : tuple of InactivatedShare
    ka_over_ed50 : ParameterEstimate
        KA over the control's ED50; above 1 there is a reserve.
    fit : SharedFit
    """

    method: str
    ka: ParameterEstimate
    tau: ParameterEstimate
    shares: tuple[InactivatedShare, ...]
    ka_over_ed50: ParameterEstimate
    fit: SharedFit

    @property
    def occupancy_percent(self) -> ParameterEstimate:
        """Receptors that the agonist occupies at half of its largest effect: ED50 / (KA + ED50)."""
        value, low, high = (100.0 / (1.0 + one) for one in (
            self.ka_over_ed50.estimate, self.ka_over_ed50.high, self.ka_over_ed50.low))  # fmt: skip
        return ParameterEstimate(value, math.nan, low, high, self.ka_over_ed50.level, self.ka_over_ed50.method)


@dataclass(frozen=True, slots=True)
class ReceptorReserve(Shown):
    """Curves before and after part of the receptors was inactivated.

    Parameters
    ----------
    operational, furchgott : ReserveEstimate
    em, n : ParameterEstimate
        Operational model: largest possible effect, and slope of the transducer.
    em_held : bool
        Whether Em was given.
    equieffective : tuple of EquieffectiveDose
        Points of Furchgott's plot.
    by_hand : tuple of (str, float, float)
        Curve, KA and q of the plain regression on these points; without intervals.
    control : str
    base : float
        Response without agonist.
    dose_unit : str
    notes : tuple of str
    """

    operational: ReserveEstimate
    furchgott: ReserveEstimate
    em: ParameterEstimate
    n: ParameterEstimate
    em_held: bool
    equieffective: tuple[EquieffectiveDose, ...]
    by_hand: tuple[tuple[str, float, float], ...]
    control: str
    base: float
    dose_unit: str
    notes: tuple[str, ...]

    @property
    def level(self) -> float:
        """Of the intervals."""
        return self.operational.fit.level

    @property
    def in_vivo(self) -> bool:
        """Whether doses are per kg, so that KA is apparent."""
        return self.dose_unit.endswith("/kg")

    @property
    def title(self) -> str:
        """What the table shows."""
        return "Receptor reserve"

    @property
    def columns(self) -> tuple[str, ...]:
        """Headings."""
        level = interval_name(self.level, self.operational.fit.method)
        return "quantity", f"operational model ({level})", f"Furchgott ({level})"

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """The table as it is printed: a row for each quantity."""
        first, second = self.operational, self.furchgott
        unit = self.dose_unit.replace("ug/", "µg/")
        own = [
            (f"{'apparent ' * self.in_vivo}KA ({unit})", _positive(first.ka), _positive(second.ka)),
            (f"tau, {self.control}", _positive(first.tau), ""),
        ]
        for one, two in zip(first.shares, second.shares, strict=True):
            own.append((f"receptors left, q, {one.curve}", _positive(one.q), _share(two.q)))
            own.append((f"tau, {one.curve}", _positive(one.tau), ""))
        return (
            *own,
            ("KA / ED50", _positive(first.ka_over_ed50), _positive(second.ka_over_ed50)),
            ("receptors occupied at half effect (%)", _percent(first), _percent(second)),
            (
                "largest possible effect, Em",
                f"{self.em.estimate:g} held" if self.em_held else estimate_text(self.em),
                "",
            ),
            ("slope of the transducer, n", _positive(self.n), ""),
        )

    @property
    def responses(self) -> FloatArray:
        """Response at every point, as it was given."""
        return self.base + self.operational.fit.points.response

    @property
    def furchgott_text(self) -> str:
        """KA, then q by Furchgott's method, a line each."""
        one, unit = self.furchgott, self.dose_unit.replace("ug/", "µg/")
        shares = "\n".join(f"q {_share(share.q)}, {share.curve}" for share in one.shares)
        return f"{'apparent ' * self.in_vivo}KA {with_unit(_positive(one.ka), unit)}\n{shares}"

    def predict(self, dose: ArrayLike, curve: str) -> FloatArray:
        """Response by the operational model.

        Parameters
        ----------
        dose : array_like
        curve : str
        """
        return self._response(self.operational.fit, dose, curve)

    def predict_furchgott(self, dose: ArrayLike, curve: str) -> FloatArray:
        """Response by the curve with Furchgott's relation inside.

        Parameters
        ----------
        dose : array_like
        curve : str
        """
        return self._response(self.furchgott.fit, dose, curve)

    def reciprocal_control(self, reciprocal: ArrayLike, curve: str) -> FloatArray:
        """Furchgott's line: 1 / A for some 1 / A', by the fitted KA and q.

        Parameters
        ----------
        reciprocal : array_like
            1 / dose after inactivation.
        curve : str
        """
        q = next(one.q.estimate for one in self.furchgott.shares if one.curve == curve)
        return np.asarray(reciprocal, dtype=np.float64) / q + (1.0 - q) / (q * self.furchgott.ka.estimate)

    def _response(self, fit: SharedFit, dose: ArrayLike, curve: str) -> FloatArray:
        """Response of a curve by its name."""
        at = fit.points.at(dose, fit.points.labels.index(curve))
        return self.base + fit.formula.response(fit.values, at)

    def as_rows(self) -> list[dict[str, Any]]:
        """A row for each method and inactivated curve."""
        return [
            {
                "method": one.method, "curve": share.curve, "control": self.control, "dose_unit": self.dose_unit,
                **_numbers("ka", one.ka), **_numbers("q", share.q), **_numbers("tau_control", one.tau),
                **_numbers("tau", share.tau), **_numbers("ka_over_ed50", one.ka_over_ed50),
                **_numbers("occupancy_at_half_effect_percent", one.occupancy_percent),
                **_numbers("em", self.em if one is self.operational else self._untold), "em_held": self.em_held,
                **_numbers("n", self.n if one is self.operational else self._untold),
                "interval": one.fit.method, "level": self.level,
            }
            for one in (self.operational, self.furchgott)
            for share in one.shares
        ]  # fmt: skip

    @property
    def _untold(self) -> ParameterEstimate:
        """What Furchgott's method does not have."""
        return self.furchgott.tau

    @property
    def methods(self) -> str:
        """What was computed, for a Methods section."""
        em = f"Em held at {self.em.estimate:g}" if self.em_held else "Em estimated"
        how = (
            "stratified jackknife intervals over animals (Student's t, Satterthwaite's degrees of freedom)"
            if self.operational.fit.method == "jackknife"
            else "profile-likelihood intervals, for which points counted as independent"
        )
        return (
            "Curves before and after inactivation were fitted together by least squares, by the operational model "
            f"(Black & Leff 1983) with {em}, n and KA in common and a tau for each curve, and by a logistic control "
            "curve with Furchgott's relation (Furchgott 1966) for the equieffective doses of the inactivated ones "
            "inside the curve, not by regression on interpolated doses. "
            f"Effects were counted from a response of {self.base:g} without agonist. Intervals are "
            f"{100 * self.level:g} % {how}."
        )

    def __str__(self) -> str:
        """KA, q and reserve by either method."""
        return "\n".join(self._line(one) for one in (self.operational, self.furchgott))

    def __repr__(self) -> str:
        """How many curves, and KA."""
        fit = self.operational.fit
        return f"ReceptorReserve(KA {_positive(self.operational.ka)}, {count_text(len(fit.points.labels), 'curve')})"

    def _repr_html_(self) -> str:
        """The answer and the table, for Jupyter."""
        return shown(self, table(self.columns, self.rows, name=self.title))

    def _line(self, one: ReserveEstimate) -> str:
        """What one method tells, in a line."""
        unit = self.dose_unit.replace("ug/", "µg/")
        level = interval_name(self.level, one.fit.method)
        told = [f"{'apparent ' * self.in_vivo}KA {with_unit(_positive(one.ka), unit)} ({level})"]
        text = _positive if one is self.operational else _share
        told += [f"q {text(share.q)} ({share.curve})" for share in one.shares]
        told += [f"tau {_positive(one.tau)}"] if not math.isnan(one.tau.estimate) else []
        return f"{one.method}: {', '.join(told)}; receptors occupied at half effect: {with_unit(_percent(one), '%')}"


def _positive(found: ParameterEstimate) -> str:
    """A value above 0 as it is printed."""
    return estimate_text(found, lowest=0.0)


def _share(found: ParameterEstimate) -> str:
    """Furchgott's q, which lies between 0 and 1, as it is printed."""
    return estimate_text(found, lowest=0.0, highest=1.0)


def _percent(one: ReserveEstimate) -> str:
    """Occupancy at half effect as it is printed."""
    return estimate_text(one.occupancy_percent, lowest=0.0, highest=100.0)


def _numbers(name: str, found: ParameterEstimate) -> dict[str, float]:
    """Value and ends in columns of their own."""
    return {name: found.estimate, f"{name}_low": found.low, f"{name}_high": found.high}
