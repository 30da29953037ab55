"""Several experiments: the geometric mean of their Ki, with an interval over experiments and not over tubes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from ephys.errors import ParameterError
from ephys.jupyter import Shown, shown, table
from ephys.pharmacology.binding.bounds import concentration_text, p_of, p_text
from ephys.pharmacology.binding.cheng_prusoff import COMPETITIVE, KD_EXACT, Ki, side_of_kd
from ephys.pharmacology.binding.conditions import REPLICATES
from ephys.pharmacology.binding.result import BindingFit, methods_text, tested_text
from ephys.pharmacology.groups.estimates import count_text

_Key = tuple[str, str, str, str, str]
"""Compound, receptor, radioligand, species, tissue."""

_FEW = 3
"""Experiments below which a mean says little of how far the next may lie. Convention."""
_FAR_KD = 2.0
"""Ratio of the largest Kd of a mean's experiments to the smallest from which on a note says so. Convention."""


@dataclass(frozen=True, slots=True)
class MeanKi(Shown):
    """Ki of a compound over independent experiments.

    Parameters
    ----------
    compound, receptor, radioligand, species, tissue : str
        What was measured; empty where not stated.
    ki_nm, low_nm, high_nm : float
        Geometric mean in nM with its interval; NaN where an experiment has only a bound, and the interval also where
        there is one experiment.
    ln_sd : float
        SD of ln Ki between experiments; NaN below two.
    n : int
        Experiments with a Ki.
    bounds : tuple of str
        The others, with what is known of each.
    level : float
        Coverage.
    is_apparent : bool
        Whether the slope of an experiment is not 1.
    """

    compound: str
    receptor: str
    radioligand: str
    species: str
    tissue: str
    ki_nm: float
    low_nm: float
    high_nm: float
    ln_sd: float
    n: int
    bounds: tuple[str, ...]
    level: float
    is_apparent: bool = False

    @property
    def ki_text(self) -> str:
        """Ki as it may be quoted; why there is no mean where there is none."""
        if self.bounds:
            known = f"no mean, {self.n} of {self.n + len(self.bounds)} experiments have a Ki: "
            return f"{known if self.n + len(self.bounds) > 1 else ''}{'; '.join(self.bounds)}"
        return concentration_text("interpolated", self.ki_nm, self.low_nm, self.high_nm)

    @property
    def pki_text(self) -> str:
        """The same as pKi."""
        return "none" if self.bounds else p_text("interpolated", self.ki_nm, self.low_nm, self.high_nm)

    def __str__(self) -> str:
        """Ki, pKi and n."""
        level = f"{100 * self.level:g} % CI"
        value = self.ki_text if self.bounds else self.ki_text.replace("(", f"({level} ", 1)
        at = f" at {self.receptor}" if self.receptor else ""
        p = "" if self.bounds else f", pKi {self.pki_text}, n = {count_text(self.n, 'experiment')}"
        return f"{self.compound}{at}: {'apparent ' * self.is_apparent}Ki {value}{p}"


@dataclass(frozen=True, slots=True)
class BindingSummary(Shown):
    """Ki of each compound over its experiments.

    Parameters
    ----------
    fits : tuple of BindingFit
    means : tuple of MeanKi
        One for each compound, receptor, radioligand, species and tissue, in order of appearance.
    """

    fits: tuple[BindingFit, ...]
    means: tuple[MeanKi, ...]

    @property
    def title(self) -> str:
        """What the table is of."""
        return "Affinity by competition binding"

    @property
    def columns(self) -> tuple[str, ...]:
        """Headings."""
        level = f"{100 * self.means[0].level:g} % CI"
        return ("compound", "receptor", "radioligand", "tissue", f"Ki ({level})", f"pKi ({level})", "experiments")

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """A row for each compound, as printed."""
        return tuple(
            (
                mean.compound, *(word or "not stated" for word in (mean.receptor, mean.radioligand)),
                " ".join(filter(None, (mean.species, mean.tissue))) or "not stated",
                "apparent " * mean.is_apparent + mean.ki_text, mean.pki_text,
                str(mean.n + len(mean.bounds)),
            )
            for mean in self.means
        )  # fmt: skip

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know before the numbers are used."""
        few = [mean.compound for mean in self.means if not mean.bounds and mean.n < _FEW]
        too_few = f"{', '.join(few)}: fewer than {_FEW} experiments, so the next may lie far off"
        shared = "n is experiments; the interval has their scatter, and the error of a Kd that they share"
        several = any(mean.n > 1 and not mean.bounds for mean in self.means)
        return (
            *_far_kds(self.fits),
            *([shared] if several else []),
            *([too_few] if few else []),
            *_doubts(self.fits),
            COMPETITIVE,
        )

    def as_rows(self) -> list[dict[str, Any]]:
        """A row for each compound, every number in full."""
        return [
            {
                "compound": mean.compound, "receptor": mean.receptor, "radioligand": mean.radioligand,
                "species": mean.species, "tissue": mean.tissue, "ki_nm": mean.ki_nm, "ki_low_nm": mean.low_nm,
                "ki_high_nm": mean.high_nm, "pki": p_of(mean.ki_nm), "ln_sd": mean.ln_sd, "n_experiments": mean.n,
                "n_bounds": len(mean.bounds), "bounds": "; ".join(mean.bounds), "ki_text": mean.ki_text,
                "ki_is_apparent": mean.is_apparent,
                "level": mean.level, "notes": "; ".join(self.notes),
            }
            for mean in self.means
        ]  # fmt: skip

    @property
    def methods(self) -> str:
        """What was done, for a Methods section."""
        level = f"{100 * self.means[0].level:g} %"
        tested = "\n".join(dict.fromkeys(tested_text(fit.experiment) for fit in self.fits))
        return (
            f"{methods_text(list(self.fits))} Over independent experiments the geometric mean of Ki is given with a "
            f"{level} t interval of its logarithm (n is experiments), widened by the error of a Kd that all share."
            f"\n{tested}"
        )

    def __str__(self) -> str:
        """A line for each compound, and for each note."""
        return "\n".join([*map(str, self.means), *(f"Note: {note}." for note in self.notes)])

    def __repr__(self) -> str:
        """How many of what."""
        n = f"{count_text(len(self.means), 'compound')}, {count_text(len(self.fits), 'curve')}"
        return f"BindingSummary({n})"

    def _repr_html_(self) -> str:
        """Means and, folded, the experiments, for Jupyter."""
        means = table(self.columns, self.rows, name=self.title)
        fits = table(self.fits[0].columns, [row for fit in self.fits for row in fit.rows], name="curves", most_open=0)
        told = "; ".join(map(str, self.means))
        return shown(self, means, fits, told=told, beside={"notes": self.notes})


def summarise_binding(fits: Iterable[BindingFit]) -> BindingSummary:
    """Take the geometric mean of Ki over the experiments of each compound.

    Parameters
    ----------
    fits : iterable of BindingFit
        Each with its Ki. Compounds, receptors, radioligands, species and tissues are kept apart.

    Returns
    -------
    BindingSummary
        With t intervals of ln Ki over experiments: n is experiments, never tubes. Where all experiments took the same
        Kd, its error is common to them and no scatter shows it, so that it is added. There is no mean where an
        experiment has only a bound: leaving it out would move the mean.

    Raises
    ------
    ParameterError
        If there is no fit, one has no Ki, an experiment is there twice, or fits of a compound differ in slope or level.

    Examples
    --------
    >>> from ephys.pharmacology.binding.experiment import BindingExperiment, BindingTube
    >>> from ephys.pharmacology.binding.fitting import fit_binding
    >>> def experiment(name, ic50):
    ...     doses = (3.0, 10.0, 30.0, 100.0, 300.0)
    ...     tubes = [BindingTube("sample", nm, 100 / (1 + nm / ic50)) for nm in doses]
    ...     return BindingExperiment(name, "compound A", tuple(tubes), measured="percent", ligand_nm=1.0, kd_nm=2.0)
    >>> fits = [fit_binding(experiment(name, ic50)) for name, ic50 in (("e1", 27.0), ("e2", 30.0), ("e3", 33.0))]
    >>> print(summarise_binding(fits).means[0])
    compound A: Ki 19.9 (95 % CI 15.5 to 25.6) nM, pKi 7.70 (7.59 to 7.81), n = 3 experiments
    """
    everything = tuple(fits)
    if not everything:
        raise ParameterError("no fit to summarise")
    return BindingSummary(everything, tuple(_mean(key, own) for key, own in _groups(everything).items()))


def _groups(fits: Sequence[BindingFit]) -> dict[_Key, list[BindingFit]]:
    """Fits of each mean, in order of appearance."""
    groups: dict[_Key, list[BindingFit]] = {}
    for fit in fits:
        x = fit.experiment
        groups.setdefault((x.compound, x.receptor, x.radioligand, x.species, x.tissue), []).append(fit)
    return groups


def _mean(key: _Key, fits: Sequence[BindingFit]) -> MeanKi:
    """Mean of one compound."""
    constants = _checked(key[0], fits)
    level = fits[0].level
    values = [ki for ki in constants if ki.told == "interpolated"]
    bounds = tuple(
        f"{fit.experiment.name} {ki.ki_text}"
        for fit, ki in zip(fits, constants, strict=True) if ki.told != "interpolated"
    )  # fmt: skip
    logs = np.log([ki.ki_nm for ki in values])
    n = len(values)
    apparent = any(fit.is_apparent for fit in fits)
    sd = float(logs.std(ddof=1)) if n > 1 else math.nan
    if bounds:
        return MeanKi(*key, math.nan, math.nan, math.nan, sd, n, bounds, level, apparent)
    middle = float(logs.mean())
    reach = float(stats.t.ppf(0.5 * (1.0 + level), n - 1)) * sd / math.sqrt(n) if n > 1 else math.nan
    reach = math.hypot(reach, _common_side(values, level))
    low, high = math.exp(middle - reach), math.exp(middle + reach)
    return MeanKi(*key, math.exp(middle), low, high, sd, n, bounds, level, apparent)


def _checked(compound: str, fits: Sequence[BindingFit]) -> list[Ki]:
    """Ki of each, where they can be put together."""
    names = [fit.experiment.name for fit in fits]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ParameterError(f"{compound}: experiment {twice!r} is there twice; n is independent experiments")
    for what, found in (("slope", {fit.slope for fit in fits}), ("level", {fit.level for fit in fits})):
        if len(found) > 1:
            raise ParameterError(f"{compound}: fits differ in {what} ({', '.join(map(str, found))}): fit all alike")
    constants = [fit.ki for fit in fits if fit.ki is not None]
    if len(constants) < len(fits):
        without = ", ".join(fit.experiment.name for fit in fits if fit.ki is None)
        raise ParameterError(f"{compound}: no Ki in experiment {without}: state the radioligand's concentration and Kd")
    return constants


def _common_side(values: Sequence[Ki], level: float) -> float:
    """What the error of one Kd adds that all experiments share; 0 where each has its own, whose scatter is seen."""
    shared = {(ki.kd_nm, ki.kd_se_nm) for ki in values}
    if len(shared) > 1 or math.isnan(values[0].kd_se_nm):
        return 0.0
    return float(np.mean([side_of_kd(ki.ligand_nm, ki.kd_nm, ki.kd_se_nm, level) for ki in values]))


def _far_kds(fits: Sequence[BindingFit]) -> list[str]:
    """Kd that lie too far apart for one radioligand at one receptor."""
    found = []
    for (compound, *_), own in _groups(fits).items():
        kds = {fit.experiment.name: fit.ki.kd_nm for fit in own if fit.ki is not None}
        apart = max(kds.values()) / min(kds.values())
        if apart > _FAR_KD:
            values = ", ".join(f"{name} {kd_nm:g} nM" for name, kd_nm in kds.items())
            found.append(
                f"{compound}: Kd differs {apart:.3g}-fold between experiments of one mean ({values}): check it"
            )
    return found


def _doubts(fits: Sequence[BindingFit]) -> list[str]:
    """Doubts of single experiments, the same of several in one line."""
    owners: dict[str, list[str]] = {}
    for fit in fits:
        everywhere = (REPLICATES, COMPETITIVE)
        for note in fit.notes:
            if note not in everywhere:
                owners.setdefault(note, []).append(f"{fit.experiment.compound} {fit.experiment.name}")
    return [note if note == KD_EXACT else f"{', '.join(names)}: {note}" for note, names in owners.items()]
