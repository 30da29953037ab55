"""A competition experiment: its tubes, and what was in each of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from ephys.errors import ParameterError
from ephys.jupyter import Shown

TubeKind = Literal["total", "nonspecific", "sample"]
Measured = Literal["dpm", "cpm", "percent"]


@dataclass(frozen=True, slots=True)
class BindingTube(Shown):
    """One tube.

    Parameters
    ----------
    kind : {"total", "nonspecific", "sample"}
        Without competitor; with enough of a known one to leave non-specific binding alone; with the compound.
    concentration_nm : float
        Of the compound, nM; 0 in total, NaN in non-specific tubes.
    bound : float
        Radioligand bound, in the experiment's unit.
    replicate : str, optional
        As it was typed.

    Raises
    ------
    ParameterError
        If the compound's concentration in a sample is not positive, or `bound` is not finite.
    """

    kind: TubeKind
    concentration_nm: float
    bound: float
    replicate: str = ""

    def __post_init__(self) -> None:
        if self.kind not in get_args(TubeKind):
            raise ParameterError(f"kind of a tube must be one of {', '.join(get_args(TubeKind))}, got {self.kind!r}")
        if self.kind == "sample" and not 0 < self.concentration_nm < math.inf:
            raise ParameterError(
                f"concentration of a sample must be positive, got {self.concentration_nm:g} nM; logarithms are not "
                "read, and a tube without compound is of the kind total"
            )
        if not math.isfinite(self.bound):
            raise ParameterError(f"bound must be a finite number, got {self.bound:g}: leave the tube out")


@dataclass(frozen=True, slots=True)
class BindingExperiment(Shown):
    """One competition curve: a compound against a radioligand, in one experiment.

    Parameters
    ----------
    name, compound : str
    tubes : tuple of BindingTube
        Replicates of one experiment; they are not independent experiments.
    measured : {"dpm", "cpm", "percent"}
        Unit of what is bound. Percent of specific binding have no total and non-specific tubes; percent of total
        binding have both.
    receptor, radioligand, species, tissue : str, optional
        Empty where not stated.
    ligand_nm : float, optional
        Free radioligand, nM; NaN where not stated.
    kd_nm, kd_se_nm : float, optional
        Its dissociation constant at the receptor, with its standard error (not the SD of several experiments).
    added : float, optional
        Radioligand added to a tube, in the unit of `measured`: a count.

    Raises
    ------
    ParameterError
        If a concentration is negative, Kd, its error or what was added not positive, counts are negative, or there
        are no tubes to subtract non-specific binding with.

    Examples
    --------
    >>> tubes = (BindingTube("total", 0.0, 3000.0), BindingTube("nonspecific", math.nan, 300.0),
    ...          *(BindingTube("sample", nm, 300 + 2700 / (1 + nm / 30)) for nm in (3.0, 10.0, 30.0, 100.0, 300.0)))
    >>> BindingExperiment("e1", "compound A", tubes, ligand_nm=1.0, kd_nm=2.0)
    BindingExperiment('e1', 'compound A', 7 tubes, 5 concentrations 3 to 300 nM)
    """

    name: str
    compound: str
    tubes: tuple[BindingTube, ...]
    measured: Measured = "dpm"
    receptor: str = ""
    radioligand: str = ""
    ligand_nm: float = math.nan
    kd_nm: float = math.nan
    kd_se_nm: float = math.nan
    added: float = math.nan
    species: str = ""
    tissue: str = ""

    def __post_init__(self) -> None:
        where = f"experiment {self.name!r}, {self.compound!r}"
        if self.measured not in get_args(Measured):
            raise ParameterError(f"{where}: measured must be one of {', '.join(get_args(Measured))}")
        if self.ligand_nm < 0:
            raise ParameterError(f"{where}: the radioligand's concentration must not be negative, got {self.ligand_nm}")
        for what, value in (("Kd", self.kd_nm), ("error of Kd", self.kd_se_nm), ("added radioligand", self.added)):
            if value <= 0 or math.isinf(value):
                raise ParameterError(f"{where}: {what} must be positive, got {value:g}; leave it out if not known")
        if self.measured == "percent" and not math.isnan(self.added):
            raise ParameterError(
                f"{where}: what was added is a count, and what is bound a percent: give both as counts"
            )
        if self.measured != "percent" and any(tube.bound < 0 for tube in self.tubes):
            raise ParameterError(f"{where}: counts must not be negative; give them before anything is subtracted")
        self._check_controls(where)

    def _check_controls(self, where: str) -> None:
        """Raise unless non-specific binding can be subtracted, or has been."""
        kinds = {tube.kind for tube in self.tubes}
        if "sample" not in kinds:
            raise ParameterError(f"{where}: no tube holds the compound")
        controls = kinds - {"sample"}
        if not controls and self.measured == "percent":
            return
        if len(controls) < 2:
            missing = " and ".join(kind for kind in ("total", "nonspecific") if kind not in controls)
            raise ParameterError(
                f"{where}: no {missing} tubes, so specific binding is not known; only percent of specific binding can "
                "do without both"
            )

    def of_kind(self, kind: TubeKind) -> tuple[BindingTube, ...]:
        """Tubes of one kind."""
        return tuple(tube for tube in self.tubes if tube.kind == kind)

    @property
    def concentrations_nm(self) -> tuple[float, ...]:
        """Different concentrations of the compound, rising."""
        return tuple(sorted({tube.concentration_nm for tube in self.of_kind("sample")}))

    @property
    def has_controls(self) -> bool:
        """Whether total and non-specific binding were measured beside the samples."""
        return bool(self.of_kind("total"))

    def __repr__(self) -> str:
        """Which, and how much of it."""
        doses = self.concentrations_nm
        ends = f"{len(doses)} concentrations {doses[0]:g} to {doses[-1]:g} nM"
        return f"BindingExperiment({self.name!r}, {self.compound!r}, {len(self.tubes)} tubes, {ends})"
