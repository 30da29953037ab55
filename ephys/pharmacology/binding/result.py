"""The fit of one competition experiment: the value that `fit_binding` returns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.special import expit

from ephys.jupyter import Shown, shown, table
from ephys.pharmacology.binding.bounds import Told, concentration_text, p_of, p_text, slope_text
from ephys.pharmacology.binding.cheng_prusoff import EQUATION, Ki
from ephys.pharmacology.binding.conditions import APPARENT
from ephys.pharmacology.binding.displacement import Scatter
from ephys.pharmacology.binding.experiment import BindingExperiment, BindingTube
from ephys.pharmacology.groups.estimates import count_text

FloatArray = NDArray[np.float64]

SCATTER_TEXT = {
    "constant": "the same variance for every tube",
    "counting": "variance in proportion to the fitted mean",
    "relative": "variance in proportion to the square of the fitted mean",
}


@dataclass(frozen=True)
class BindingFit(Shown):
    """IC50, slope and Ki of a compound in one experiment.

    Parameters
    ----------
    experiment : BindingExperiment
        What was fitted.
    slope : {"free", "one"}
    scatter : {"constant", "counting", "relative"}
        Variance of a tube that was taken.
    level : float
        Coverage of the intervals.
    told : {"interpolated", "above", "below", "bracket", "not_told"}
        Whether the IC50 is a value, or only a bound.
    ic50_nm, ic50_low_nm, ic50_high_nm : float
        With its profile-likelihood interval; the value is NaN unless `told` is "interpolated", and an end that the
        tubes do not set is 0 or infinite.
    hill, hill_low, hill_high : float
        Slope, positive; NaN without a curve, and without an interval where it was held at 1.
    nonspecific, specific : float
        Fitted, in the unit of what was measured.
    curve_ic50_nm, curve_hill : float
        Of the curve, for drawing: outside the concentrations an extrapolation, and no result.
    covariance : tuple
        Of ln IC50 and ln slope; NaN where the tubes do not tell them.
    df : int
        Tubes beyond parameters.
    misfit_p : float
        Chance of means so far from the curve, judged by their replicates; NaN without replicates.
    ki : Ki or None
        ``None`` where L or Kd is not stated.
    doubts : tuple of str
        Conditions of the equation that are not met, or not known to be.
    """

    experiment: BindingExperiment
    slope: str
    scatter: Scatter
    level: float
    told: Told
    ic50_nm: float
    ic50_low_nm: float
    ic50_high_nm: float
    hill: float
    hill_low: float
    hill_high: float
    nonspecific: float
    specific: float
    curve_ic50_nm: float
    curve_hill: float
    covariance: tuple[tuple[float, ...], ...]
    df: int
    misfit_p: float
    ki: Ki | None = None
    doubts: tuple[str, ...] = ()

    @property
    def tested_nm(self) -> tuple[float, float]:
        """Lowest and highest concentration of the compound."""
        doses = self.experiment.concentrations_nm
        return doses[0], doses[-1]

    @property
    def ic50_text(self) -> str:
        """IC50 as it may be quoted."""
        return concentration_text(self.told, self.ic50_nm, self.ic50_low_nm, self.ic50_high_nm, self.tested_nm)

    @property
    def pic50(self) -> float:
        """-log10 of the IC50 in mol/l; NaN where it is a bound."""
        return p_of(self.ic50_nm)

    @property
    def pic50_text(self) -> str:
        """PIC50 as it may be quoted."""
        return p_text(self.told, self.ic50_nm, self.ic50_low_nm, self.ic50_high_nm, self.tested_nm)

    @property
    def hill_text(self) -> str:
        """Slope with its interval; that it was held, where it was."""
        if self.told != "interpolated":
            return "none"
        return "1 (held)" if self.slope == "one" else slope_text(self.hill, self.hill_low, self.hill_high)

    @property
    def is_apparent(self) -> bool:
        """Whether the tubes say that the slope is not 1, so that a Ki is only an apparent one."""
        return any(APPARENT in doubt for doubt in self.doubts)

    @property
    def ki_word(self) -> str:
        """What its Ki is called."""
        return "apparent Ki" if self.is_apparent else "Ki"

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know before the numbers are used."""
        none = "no Ki, since the concentration of the radioligand or its Kd is not stated"
        return (*self.doubts, *(self.ki.notes if self.ki else (none,)))

    def percent(self, concentration_nm: ArrayLike) -> FloatArray:
        """Specific binding of the curve at some concentrations, percent."""
        away = np.log(np.asarray(concentration_nm, dtype=np.float64)) - math.log(self.curve_ic50_nm)
        return np.asarray(100.0 * expit(-self.curve_hill * away))

    def percent_band(self, concentration_nm: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Where the curve lies, at each concentration by itself (delta method on the logit); NaN without a curve."""
        away = np.log(np.asarray(concentration_nm, dtype=np.float64)) - math.log(self.curve_ic50_nm)
        logit = -self.curve_hill * away
        by_ic50, by_hill = np.full_like(logit, self.curve_hill), logit
        (a, ab), (_, b) = self.covariance
        variance = a * by_ic50**2 + 2.0 * ab * by_ic50 * by_hill + b * by_hill**2
        reach = float(stats.t.ppf(0.5 * (1.0 + self.level), self.df)) * np.sqrt(np.maximum(variance, 0.0))
        return 100.0 * expit(logit - reach), 100.0 * expit(logit + reach)

    def tube_percent(self, tube: BindingTube) -> float:
        """Specific binding of a tube, percent of the fitted; below 0, above 100 by scatter, NaN without a fit."""
        if self.told == "not_told":
            return math.nan
        return 100.0 * (tube.bound - self.nonspecific) / self.specific

    @property
    def title(self) -> str:
        """What the table is of."""
        against = f" against {self.experiment.radioligand}" if self.experiment.radioligand else ""
        return f"Competition binding of {self.experiment.compound}{against}, experiment {self.experiment.name}"

    @property
    def columns(self) -> tuple[str, ...]:
        """Headings."""
        level = f"{100 * self.level:g} % CI"
        return (
            "compound", "experiment", "receptor", f"IC50 ({level})", f"pIC50 ({level})", f"Hill slope ({level})",
            f"Ki ({level})", f"pKi ({level})", "tubes",
        )  # fmt: skip

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """The one row, as printed."""
        experiment, ki = self.experiment, self.ki
        constants = ("apparent " * self.is_apparent + ki.ki_text, ki.pki_text) if ki else ("not stated", "not stated")
        named = (experiment.compound, experiment.name, experiment.receptor or "not stated")
        measured = (self.ic50_text, self.pic50_text, self.hill_text)
        return ((*named, *measured, *constants, str(len(experiment.tubes))),)

    def as_rows(self) -> list[dict[str, Any]]:
        """One row, every number in full."""
        x, ki = self.experiment, self.ki
        nan = math.nan
        return [
            {
                "experiment": x.name, "compound": x.compound, "receptor": x.receptor, "radioligand": x.radioligand,
                "species": x.species, "tissue": x.tissue, "radioligand_nm": x.ligand_nm, "kd_nm": x.kd_nm,
                "kd_se_nm": x.kd_se_nm, "told": self.told, "ic50_nm": self.ic50_nm, "ic50_low_nm": self.ic50_low_nm,
                "ic50_high_nm": self.ic50_high_nm, "pic50": self.pic50, "slope": self.slope, "hill": self.hill,
                "hill_low": self.hill_low, "hill_high": self.hill_high, "ki_nm": ki.ki_nm if ki else nan,
                "ki_low_nm": ki.low_nm if ki else nan, "ki_high_nm": ki.high_nm if ki else nan,
                "pki": ki.pki if ki else nan,
                "ic50_text": self.ic50_text, "ki_text": ki.ki_text if ki else "",
                "ki_is_apparent": self.is_apparent,
                "level": self.level, "lowest_nm": self.tested_nm[0], "highest_nm": self.tested_nm[1],
                "nonspecific": self.nonspecific, "specific": self.specific,
                "measured": x.measured, "scatter": self.scatter, "misfit_p": self.misfit_p, "tubes": len(x.tubes),
                "notes": "; ".join(self.notes),
            }
        ]  # fmt: skip

    @property
    def methods(self) -> str:
        """What was done, for a Methods section."""
        return f"{methods_text([self])}\n{tested_text(self.experiment)}"

    def __str__(self) -> str:
        """IC50, slope and Ki, and a line for each note."""
        level = f"{100 * self.level:g} % CI"
        value = self.ic50_text.replace("(", f"({level} ", 1) if self.told == "interpolated" else self.ic50_text
        ki = f"; {self.ki_word} {self.ki.ki_text}, pKi {self.ki.pki_text}" if self.ki else ""
        slope = f", Hill {self.hill_text}" if self.told == "interpolated" else ""
        n = count_text(len(self.experiment.tubes), "tube")
        told = f"{self.experiment.compound}, experiment {self.experiment.name}: IC50 {value}{slope}{ki} ({n})"
        return "\n".join([told, *(f"Note: {note}." for note in self.notes)])

    def __repr__(self) -> str:
        """IC50 in short."""
        return f"BindingFit({self.experiment.compound!r}, {self.experiment.name!r}, IC50 {self.ic50_text})"

    def _repr_html_(self) -> str:
        """The table and the notes, for Jupyter."""
        told = str(self).partition("\n")[0]
        return shown(self, table(self.columns, self.rows), told=told, beside={"notes": self.notes})


def methods_text(fits: list[BindingFit]) -> str:
    """What was done to some experiments, with the settings that they share.

    Parameters
    ----------
    fits : list of BindingFit
        At least one.
    """
    first = fits[0]
    slopes = {"free": "an estimated Hill slope", "one": "a Hill slope held at 1"}
    slope = " or ".join(slopes[one] for one in dict.fromkeys(fit.slope for fit in fits))
    scatter = " or ".join(SCATTER_TEXT[one] for one in dict.fromkeys(fit.scatter for fit in fits))
    controls = any(fit.experiment.has_controls for fit in fits)
    together = ", together with total and non-specific binding" if controls else ", between limits held at 100 and 0 %"
    errors = "with the error of Kd, where it was stated, propagated on the logarithm"
    ki = f" Ki was IC50 / (1 + L/Kd) ({EQUATION}), {errors}." if any(fit.ki for fit in fits) else ""
    return (
        f"A one-site competition curve with {slope} was fitted to the single tubes of each experiment{together}, by "
        f"weighted least squares ({scatter}); {100 * first.level:g} % confidence intervals are those of the profile "
        f"likelihood of the logarithms.{ki}"
    )


def tested_text(experiment: BindingExperiment) -> str:
    """What was in the tubes of an experiment, as far as it is stated."""
    x, doses = experiment, experiment.concentrations_nm
    ends = " to ".join(dict.fromkeys(f"{nm:g}" for nm in (doses[0], doses[-1])))
    error = "" if math.isnan(x.kd_se_nm) else f", standard error {x.kd_se_nm:g} nM"
    ligand = x.radioligand or ("the radioligand" if not (math.isnan(x.ligand_nm) and math.isnan(x.kd_nm)) else "")
    free = "" if math.isnan(x.ligand_nm) else f" at {x.ligand_nm:g} nM"
    kd = "" if math.isnan(x.kd_nm) else f" (Kd {x.kd_nm:g} nM{error})"
    source = " ".join(filter(None, (x.species, x.tissue)))
    return (
        f"{x.compound} was tested at {count_text(len(doses), 'concentration')} ({ends} nM) in an experiment of "
        f"{count_text(len(x.tubes), 'tube')}{f', against {ligand}{free}{kd}' if ligand else ''}"
        f"{f', at {x.receptor}' if x.receptor else ''}{f', in {source}' if source else ''}."
    )
