"""From an IC50 to a Ki: the equation of Cheng and Prusoff, with the errors of what goes into it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from scipy.special import ndtri

from ephys.errors import ParameterError
from ephys.jupyter import Shown, shown, table
from ephys.pharmacology.binding.bounds import ANY, Range, Told, concentration_text, p_of, p_text
from ephys.pharmacology.dose_text import figures

EQUATION = "Cheng & Prusoff 1973, Biochem Pharmacol 22:3099"
COMPETITIVE = (
    "one concentration of radioligand cannot show that inhibition is competitive; if it is, the IC50 grows as 1 + L/Kd"
)
KD_EXACT = "Kd is taken as exact, since its error is not stated: the interval of Ki is too narrow by what it adds"
NO_INTERVAL = "no interval of Ki, since none of the IC50 is stated"


@dataclass(frozen=True, slots=True)
class Ki(Shown):
    """Inhibition constant of a competitive ligand.

    Parameters
    ----------
    told : {"interpolated", "above", "below", "bracket", "not_told"}
        Whether there is a value, or only a bound: as of the IC50.
    ki_nm, low_nm, high_nm : float
        Ki in nM with its interval; NaN where not known. Of a bound the value is NaN.
    ic50_nm, ligand_nm, kd_nm, kd_se_nm : float
        What it was reckoned from.
    level : float
        Coverage of the interval.
    tested_nm : tuple of float
        Lowest and highest concentration of the compound, divided as the IC50 is.
    notes : tuple of str
        What to know before the number is used.
    """

    told: Told
    ki_nm: float
    low_nm: float
    high_nm: float
    ic50_nm: float
    ligand_nm: float
    kd_nm: float
    kd_se_nm: float
    level: float
    tested_nm: Range = ANY
    notes: tuple[str, ...] = ()

    @property
    def factor(self) -> float:
        """IC50 over Ki: 1 + L/Kd."""
        return 1.0 + self.ligand_nm / self.kd_nm

    @property
    def pki(self) -> float:
        """-log10 of Ki in mol/l."""
        return p_of(self.ki_nm)

    @property
    def ki_text(self) -> str:
        """Ki as it may be quoted."""
        return concentration_text(self.told, self.ki_nm, self.low_nm, self.high_nm, self.tested_nm)

    @property
    def pki_text(self) -> str:
        """PKi as it may be quoted."""
        return p_text(self.told, self.ki_nm, self.low_nm, self.high_nm, self.tested_nm)

    @property
    def title(self) -> str:
        """What the table is of."""
        return "Ki by Cheng and Prusoff's equation"

    @property
    def columns(self) -> tuple[str, ...]:
        """Headings."""
        level = f"{100 * self.level:g} % CI"
        return ("IC50 (nM)", "L (nM)", "Kd (nM)", f"Ki ({level})", f"pKi ({level})")

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """The one row, as printed."""
        kd = f"{self.kd_nm:g}" + ("" if math.isnan(self.kd_se_nm) else f" (SE {self.kd_se_nm:g})")
        ic50 = figures(self.ic50_nm) if self.told == "interpolated" else "a bound"
        return ((ic50, f"{self.ligand_nm:g}", kd, self.ki_text, self.pki_text),)

    def as_rows(self) -> list[dict[str, Any]]:
        """One row, every number in full."""
        numbers = ("ki_nm", "low_nm", "high_nm", "pki", "ic50_nm", "ligand_nm", "kd_nm", "kd_se_nm", "level")
        row = {"told": self.told, **{name: getattr(self, name) for name in numbers}}
        return [row | {"ki_text": self.ki_text, "notes": "; ".join(self.notes)}]

    @property
    def methods(self) -> str:
        """What was done, for a Methods section."""
        error = "" if math.isnan(self.kd_se_nm) else ", with the error of Kd propagated on the logarithm"
        return (
            f"Ki was reckoned as IC50 / (1 + L/Kd) ({EQUATION}) with L = {self.ligand_nm:g} nM and "
            f"Kd = {self.kd_nm:g} nM{error}."
        )

    def _repr_html_(self) -> str:
        """The table and the notes, for Jupyter."""
        told = str(self).partition("\n")[0]
        return shown(self, table(self.columns, self.rows), told=told, beside={"notes": self.notes})

    def __str__(self) -> str:
        """Ki with its interval and what it was reckoned from, and the notes."""
        level = f"{100 * self.level:g} % CI"
        value = self.ki_text.replace("(", f"({level} ", 1) if self.told == "interpolated" else self.ki_text
        sign = "" if value[:1] in "<>" or self.told == "bracket" else "= "
        given = f"L {self.ligand_nm:g} nM, Kd {self.kd_nm:g} nM"
        return "\n".join([f"Ki {sign}{value}, pKi {self.pki_text}; {given}", *(f"Note: {n}." for n in self.notes)])


def cheng_prusoff(
    ic50_nm: float, *, ligand_nm: float, kd_nm: float, ic50_low_nm: float = math.nan, ic50_high_nm: float = math.nan,
    kd_se_nm: float = math.nan, level: float = 0.95,
) -> Ki:  # fmt: skip
    """Ki of a competitive ligand, ``IC50 / (1 + L/Kd)``, with the errors of IC50 and Kd.

    For competitive binding alone: the IC50 of an antagonist in a functional assay needs another equation.

    Parameters
    ----------
    ic50_nm : float
        Concentration that halves specific binding, nM.
    ligand_nm : float
        Free radioligand, nM; 0 leaves the IC50 as it is.
    kd_nm : float
        Its dissociation constant, nM.
    ic50_low_nm, ic50_high_nm : float, optional
        Interval of the IC50, of coverage `level`; without it Ki has none.
    kd_se_nm : float, optional
        Standard error of Kd; without it Kd is taken as exact, which a note says.
    level : float, optional
        Coverage.

    Returns
    -------
    Ki
        On the logarithm, the error of Kd enters with the weight L / (L + Kd), and each side of the interval is the
        root of the sum of the squared distances that IC50 and Kd make (Zou & Donner 2008, Stat Med 27:1693), so that
        an interval that is not symmetric, or open, stays so.

    Raises
    ------
    ParameterError
        If IC50, Kd or its error is not positive, L is negative, or the interval does not hold the IC50.

    Notes
    -----
    It holds for one site, a slope of 1, equilibrium, and radioligand and competitor of which little is bound.

    References
    ----------
    Cheng & Prusoff 1973, Biochem Pharmacol 22:3099.

    Examples
    --------
    >>> print(cheng_prusoff(30.0, ligand_nm=1.0, kd_nm=2.0, ic50_low_nm=25.0, ic50_high_nm=36.0, kd_se_nm=0.2).ki_text)
    20 (16.5 to 24.3) nM
    """
    check_constants(ligand_nm, kd_nm, kd_se_nm)
    if not 0 < ic50_nm < math.inf:
        raise ParameterError(f"ic50_nm must be positive, got {ic50_nm:g}: a bound has no Ki, only a bound of Ki")
    if not 0.5 < level < 1:
        raise ParameterError(f"level must lie between 0.5 and 1, got {level}")
    known = not (math.isnan(ic50_low_nm) or math.isnan(ic50_high_nm))
    if known and not 0 <= ic50_low_nm <= ic50_nm <= ic50_high_nm:
        raise ParameterError(f"the interval {ic50_low_nm:g} to {ic50_high_nm:g} nM does not hold ic50_nm {ic50_nm:g}")
    return ki_of("interpolated", (ic50_nm, ic50_low_nm, ic50_high_nm), (ligand_nm, kd_nm, kd_se_nm), level, ANY)


def check_constants(ligand_nm: float, kd_nm: float, kd_se_nm: float) -> None:
    """Refuse radioligands that cannot be.

    Raises
    ------
    ParameterError
        If L is negative or not known, or Kd or its error not positive.
    """
    if not 0 <= ligand_nm < math.inf:
        raise ParameterError(f"ligand_nm must be 0 or more, got {ligand_nm:g}")
    if not 0 < kd_nm < math.inf:
        raise ParameterError(f"kd_nm must be positive, got {kd_nm:g}: without a Kd there is an IC50 and no Ki")
    if kd_se_nm <= 0 or math.isinf(kd_se_nm):
        raise ParameterError(f"kd_se_nm must be positive, got {kd_se_nm:g}; leave it out where it is not known")


def ki_of(
    told: Told, ic50: tuple[float, float, float], radioligand: tuple[float, float, float], level: float, tested: Range
) -> Ki:
    """Ki from an IC50 (value, low, high), or from a bound of one; from L, Kd and its error."""
    ligand_nm, kd_nm, kd_se_nm = radioligand
    factor = 1.0 + ligand_nm / kd_nm
    side = 0.0 if math.isnan(kd_se_nm) else side_of_kd(ligand_nm, kd_nm, kd_se_nm, level)
    value, low, high = (number / factor for number in ic50)
    if told == "interpolated":
        low, high = _both(value, low, high, side)
    elif told in ("above", "below", "bracket"):
        value, low, high = math.nan, low * math.exp(-side), high * math.exp(side)
    notes = (
        (NO_INTERVAL, told == "interpolated" and math.isnan(low)),
        (KD_EXACT, math.isnan(kd_se_nm) and ligand_nm > 0 and not math.isnan(low)),
        (_much_ligand(ligand_nm, kd_nm), ligand_nm > kd_nm),
        (COMPETITIVE, True),
    )
    return Ki(
        told, value, low, high, ic50[0], ligand_nm, kd_nm, kd_se_nm, level, (tested[0] / factor, tested[1] / factor),
        tuple(text for text, wanted in notes if wanted),
    )  # fmt: skip


def kd_weight(ligand_nm: float, kd_nm: float) -> float:
    """Change of ln Ki with ln Kd.

    >>> kd_weight(1.0, 1.0)
    0.5
    """
    return ligand_nm / (ligand_nm + kd_nm)


def side_of_kd(ligand_nm: float, kd_nm: float, kd_se_nm: float, level: float) -> float:
    """How far the error of Kd moves ln Ki to either side: Kd is taken for log-normal, as a concentration is."""
    ln_se = math.sqrt(math.log1p((kd_se_nm / kd_nm) ** 2))
    return float(ndtri(0.5 * (1.0 + level))) * kd_weight(ligand_nm, kd_nm) * ln_se


def _both(value: float, low: float, high: float, side: float) -> tuple[float, float]:
    """Ends of an interval after another error, of `side` logarithms, was added to each."""
    if math.isnan(low) or math.isnan(high):
        return math.nan, math.nan
    down = math.inf if low == 0 else math.log(value / low)
    up = math.log(high / value)
    return value * math.exp(-math.hypot(down, side)), value * math.exp(math.hypot(up, side))


def _much_ligand(ligand_nm: float, kd_nm: float) -> str:
    """What it means that there is more radioligand than its Kd."""
    share = 100 * kd_weight(ligand_nm, kd_nm)
    return f"L is {ligand_nm / kd_nm:.2g} times Kd: an error of 10 % in Kd moves Ki by about {share / 10:.0f} %"
