"""What was given, when, how much: administrations, and the doses that they add up to."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from ephys.errors import ParameterError
from ephys.jupyter import Shown, shown
from ephys.model.epoch import Epoch, Support
from ephys.model.session_html import protocol_parts

Role = Literal["agonist", "vehicle", "antagonist", "anaesthetic", "wash", "challenge", "other"]
DoseKind = Literal["increment", "cumulative"]

DEFAULT_BASELINE_S = 180.0
"""Length of the default baseline: a convention of the field (2 to 5 min of stable firing)."""

CHOSEN = "chosen after seeing the data"
"""Said of a baseline or a window that somebody drew, wherever it is used."""

READ_ROLES: tuple[Role, ...] = ("agonist", "vehicle", "antagonist", "wash")
"""Roles after which a response is read."""

PER_STEP_UNITS = ("nM", "nA")
"""A concentration or a current is what acts at that step: nothing adds up."""

MOLAR_UNITS = ("nM", "nmol/kg")
"""Amounts of substance: a mole of a salt holds a mole of base, so that the form makes no difference."""

NO_DRUG_ROLES: tuple[Role, ...] = ("vehicle", "anaesthetic", "wash")
"""Roles of what leaves the next cell of the animal as it would have been: no drug under study."""

SYSTEMIC_ROUTES = ("i.v.", "i.p.", "s.c.", "p.o.")
"""Routes by which a drug reaches every cell of the animal, those recorded later among them."""


@dataclass(frozen=True, slots=True)
class Event(Shown):
    """A mark in the file, as it was made: time, text, code, polarity and the channel it came from."""

    time_s: float
    text: str = ""
    code: str = ""
    channel: str = ""
    polarity: str = ""


@dataclass(frozen=True, slots=True)
class Administration(Shown):
    """One injection, superfusion or ejection, as the laboratory writes it.

    Parameters
    ----------
    drug : str
        Name of the compound, in lower case.
    start_s : float
        When it was given, on the session's clock.
    stop_s : float, optional
        When it ended; ``None`` for a bolus.
    amount, unit : float, str
        As typed. `amount` is NaN where none was stated.
    dose, dose_unit : float, str
        The same in µg/kg ("ug/kg"), "nmol/kg", "nM", "nA" or "ml/kg".
    derivation : str
        How the dose was derived: ``"typed"``, ``"volume x concentration / weight"``, ``"current"``...
    dose_kind : {"increment", "cumulative"}
        Whether `dose` is what was added (an increment, unless said), or the total so far. A dose table must say.
    form : str
        ``"base"`` or the salt; empty where not stated.
    route : str
        i.v., i.p., s.c., p.o., bath or iontophoresis; empty where not stated.
    role : str
        agonist, vehicle, antagonist, anaesthetic, wash, challenge or other.
    barrel, source, text : str
        The barrel of a multibarrel electrode; where the record comes from; the mark's own text.
    retention_na : float
        Current that holds the drug back in its barrel between ejections, with its sign as typed; NaN where not stated.

    Raises
    ------
    ParameterError
        If a time or a retaining current is not finite, the stop is not after the start, or a dose is negative.
    """

    drug: str
    start_s: float
    stop_s: float | None = None
    amount: float = math.nan
    unit: str = ""
    dose: float = math.nan
    dose_unit: str = ""
    derivation: str = "typed"
    dose_kind: DoseKind = "increment"
    form: str = ""
    route: str = ""
    role: Role = "agonist"
    barrel: str = ""
    source: str = ""
    text: str = ""
    retention_na: float = math.nan

    def __post_init__(self) -> None:
        if math.isinf(self.retention_na):
            raise ParameterError(
                f"{self.drug} at {self.start_s:g} s: retention_na must be a number of nA, got infinity"
            )
        if math.isnan(self.retention_na):  # one NaN for all, or what was read back would not equal what was written
            object.__setattr__(self, "retention_na", math.nan)
        if not math.isfinite(self.start_s):
            raise ParameterError(f"{self.drug}: an administration needs a finite start_s, got {self.start_s}")
        if self.stop_s is not None and not self.stop_s > self.start_s:
            raise ParameterError(f"{self.drug} at {self.start_s:g} s: stop_s must be later, got {self.stop_s:g} s")
        if self.amount < 0 or self.dose < 0:
            raise ParameterError(f"{self.drug} at {self.start_s:g} s: a dose cannot be negative, got {self.amount:g}")

    @property
    def end_s(self) -> float:
        """When it was over: `stop_s`, or the start of a bolus."""
        return self.start_s if self.stop_s is None else self.stop_s

    @property
    def is_superfused(self) -> bool:
        """Whether it is a solution that ran through a bath: by its route, or a concentration without any.

        >>> Administration("5-ct", 180.0, dose=10.0, dose_unit="nM").is_superfused
        True
        """
        return self.route == "bath" or (not (self.route or self.barrel) and self.dose_unit == "nM")

    def later(self, by_s: float) -> Administration:
        """Return the same on a clock that is so many seconds ahead."""
        stop_s = None if self.stop_s is None else self.stop_s + by_s
        return replace(self, start_s=self.start_s + by_s, stop_s=stop_s)

    @property
    def is_systemic_drug(self) -> bool:
        """Whether it is a drug that reached the whole animal, so that no cell recorded later is naive.

        Vehicles, anaesthetics and washes are none. A route that is not stated counts as systemic, unless a barrel or
        a unit (nM, nA) says that it was given locally.

        >>> Administration("ipsapirone", 180.0).is_systemic_drug
        True
        >>> Administration("5-ht", 180.0, dose=20.0, dose_unit="nA").is_systemic_drug
        False
        """
        local = bool(self.barrel) or self.dose_unit in PER_STEP_UNITS
        systemic = self.route in SYSTEMIC_ROUTES or not (self.route or local)
        return systemic and self.role not in NO_DRUG_ROLES


@dataclass(frozen=True, slots=True)
class Dose(Shown):
    """One step of a drug's series: what was added, and what that makes in all."""

    administration: Administration
    increment: float
    cumulative: float
    unit: str


@dataclass(frozen=True)
class DoseProtocol(Shown):
    """The drug record of a session.

    Parameters
    ----------
    administrations : tuple of Administration
        In order of time (sorted here if they are not).
    recorded : Support
        When the session was recorded; the default baseline cannot begin before it.
    drawn_baseline : Epoch, optional
        A baseline that somebody chose; it is marked so wherever it is used.
    drawn_windows : tuple of (int, Epoch), optional
        Read-out windows that somebody chose, by the number of their administration.
    excluded : tuple of (int, str), optional
        Administrations whose windows somebody left out of the fit, by their number, and why.

    Examples
    --------
    >>> given = (Administration("ipsapirone", 300.0, dose=25.0, dose_unit="ug/kg"),
    ...          Administration("ipsapirone", 400.0, dose=25.0, dose_unit="ug/kg"))
    >>> protocol = DoseProtocol(given, Support.of(Epoch(0.0, 600.0)))
    >>> [step.cumulative for step in protocol.doses("ipsapirone")]
    [25.0, 50.0]
    >>> protocol.baseline
    Epoch(start_s=120.0, stop_s=300.0, label='baseline')
    """

    administrations: tuple[Administration, ...]
    recorded: Support
    drawn_baseline: Epoch | None = None
    drawn_windows: tuple[tuple[int, Epoch], ...] = ()
    excluded: tuple[tuple[int, str], ...] = ()

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.administrations, key=lambda given: given.start_s))
        object.__setattr__(self, "administrations", ordered)
        for drug in self.drugs:
            self.doses(drug)

    def _repr_html_(self) -> str:
        """Doses and windows, for Jupyter."""
        chosen = ", with what somebody chose after seeing the data" if self.chosen else ""
        told = f"{len(self.administrations)} administrations, {', '.join(self.drugs) or 'no agonist'}{chosen}"
        return shown(self, *protocol_parts(self), told=told)

    @property
    def drugs(self) -> tuple[str, ...]:
        """Names of the agonists given, in order of their first dose."""
        return tuple(dict.fromkeys(given.drug for given in self.administrations if given.role == "agonist"))

    @property
    def first_agonist_s(self) -> float:
        """When the first dose of any agonist was given; infinite where none was."""
        return min((given.start_s for given in self.administrations if given.role == "agonist"), default=math.inf)

    @property
    def pretreatments(self) -> tuple[Administration, ...]:
        """Antagonists that were given before every agonist; none where no agonist was given."""
        if not self.drugs:
            return ()
        return tuple(a for a in self.administrations if a.role == "antagonist" and a.start_s < self.first_agonist_s)

    @property
    def baseline(self) -> Epoch | None:
        """The baseline: the drawn one, else the last 180 s before the first administration.

        Anaesthetic supplements and washes are passed over; the whole stretch is taken if it is shorter. ``None``
        where nothing was recorded before the first administration. Without any administration, the whole session.
        """
        return self.drawn_baseline or self.default_baseline

    @property
    def default_baseline(self) -> Epoch | None:
        """The baseline that is fixed in advance, whatever was drawn."""
        starts = [a.start_s for a in self.administrations if a.role not in ("anaesthetic", "wash")]
        stop_s = starts[0] if starts else self.recorded.stop_s
        start_s = max(self.recorded.start_s, stop_s - DEFAULT_BASELINE_S) if starts else self.recorded.start_s
        return Epoch(start_s, stop_s, "baseline") if start_s < stop_s else None

    @property
    def chosen(self) -> bool:
        """Whether somebody chose a baseline, a window or the doses to fit, after seeing the data."""
        return bool(self.drawn_baseline or self.drawn_windows or self.excluded)

    @property
    def as_planned(self) -> DoseProtocol:
        """The same record with the baseline and windows that are fixed in advance, and every dose."""
        return replace(self, drawn_baseline=None, drawn_windows=(), excluded=())

    def doses(self, drug: str) -> tuple[Dose, ...]:
        """Every step of one agonist, with increment and running total.

        Raises
        ------
        ParameterError
            If a dose is missing or 0, two have different units or forms or are given at one time, or a total falls.
        """
        steps: list[Dose] = []
        total = 0.0
        for given in self.administrations:
            if given.role != "agonist" or given.drug != drug:
                continue
            if not math.isfinite(given.dose):
                raise ParameterError(f"{drug} at {given.start_s:g} s has no dose; state amount and unit")
            if given.dose == 0:
                raise ParameterError(f"{drug} at {given.start_s:g} s: a dose of 0; a vehicle has the role vehicle")
            if steps:
                _check_pair(steps[0].administration, steps[-1].administration, given)
            alone = given.dose_unit in PER_STEP_UNITS
            before, total = total, given.dose if alone or given.dose_kind == "cumulative" else total + given.dose
            if total < before and not alone:
                raise ParameterError(
                    f"{drug} at {given.start_s:g} s: the cumulative dose falls from {before:g} to {total:g} "
                    f"{given.dose_unit}; are these increments?"
                )
            steps.append(Dose(given, total if alone else total - before, total, given.dose_unit))
        return tuple(steps)


def _check_pair(first: Administration, last: Administration, given: Administration) -> None:
    """Raise unless a dose can be added to those before it."""
    drug = given.drug
    if given.dose_unit != first.dose_unit:
        raise ParameterError(
            f"{drug}: mixed units, {first.dose_unit} at {first.start_s:g} s and {given.dose_unit} at "
            f"{given.start_s:g} s; state all of its doses in one kind of unit"
        )
    if given.form != first.form:
        raise ParameterError(
            f"{drug}: mixed forms, {first.form or 'not stated'} at {first.start_s:g} s and "
            f"{given.form or 'not stated'} at {given.start_s:g} s; state all of its doses as one form"
        )
    if given.start_s == last.start_s:
        raise ParameterError(f"{drug}: two doses at {given.start_s:g} s; give their sum in one row")
