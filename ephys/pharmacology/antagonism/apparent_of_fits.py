"""From fitted cells, recorded without and after an antagonist, to its apparent pA2: nobody retypes an ID50."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from ephys.errors import ParameterError
from ephys.model import Administration
from ephys.model.protocol import PER_STEP_UNITS
from ephys.pharmacology.antagonism.apparent import shift_of_animals
from ephys.pharmacology.antagonism.apparent_shift import ApparentPa2, Stretch
from ephys.pharmacology.antagonism.of_cells import called, check_common
from ephys.pharmacology.cell_fit import DoseResponseFit
from ephys.pharmacology.compounds import Compound
from ephys.pharmacology.groups.estimates import count_text
from ephys.pharmacology.pretreatment import INTO_DOSES
from ephys.pharmacology.regression.numbers import check_level, one_number

_SAME = ("drug", "dose_unit", "route", "form", "readout_rule")
"""What fits of one dose ratio have in common: an ID50 never travels without them."""
_WITHOUT, _WITH = "without antagonist", "with antagonist"


def apparent_pa2_of_fits(
    without: Sequence[DoseResponseFit],
    with_antagonist: Sequence[DoseResponseFit],
    *,
    antagonist: float | None = None,
    antagonist_unit: str | None = None,
    compound: Compound | str | None = None,
    form: str | None = None,
    level: float = 0.95,
) -> ApparentPa2:
    """Tell the apparent pA2 of an antagonist from the fits of cells recorded without it and after it.

    As `apparent_pa2`, with ID50, unit and animal of each cell from its fit. An ID50 beyond the doses given enters as
    the bound that it is, a cell without half an inhibition as an ID50 above the highest dose, an all-or-none cell as
    its bracket. A cell that was not fitted is left out, and named. Where the sessions state the antagonist before
    every agonist, its dose, name and form are theirs.

    Parameters
    ----------
    without, with_antagonist : sequence of DoseResponseFit
        From `fit_dose_response`, of one agonist, unit, route, form and read-out; each with its animal.
    antagonist : float, optional
        Dose of the antagonist, where the sessions do not state it (its administration has another role there).
    antagonist_unit : {"ug/kg", "mg/kg", "nmol/kg", ...}, optional
        Of that dose.
    compound, form : Compound or str, str, optional
        The antagonist, and what it was weighed as, likewise: needed to turn a weight into moles.
    level : float, optional
        Of the interval.

    Returns
    -------
    ApparentPa2

    Raises
    ------
    ParameterError
        For fits of different agonists, units, routes, forms or read-outs, of concentrations, or without an animal;
        where no fit is left on one side; for an antagonist before cells that are without, several antagonists or doses
        before those with, one that is stated a second time, or none at all.

    Examples
    --------
    >>> from ephys.model import Administration, DoseProtocol, Epoch, Subject, Support, Unit
    >>> from ephys.pharmacology import dose_response, fit_dose_response
    >>> def cell(animal, doses):    # slower and slower, from 2 Hz
    ...     support = Support.of(Epoch(0.0, 600.0))
    ...     given = tuple(
    ...         Administration("ipsapirone", 200.0 + 100.0 * k, dose=dose, dose_unit="ug/kg", route="i.v.", form="base")
    ...         for k, dose in enumerate(doses)
    ...     )
    ...     rates = ((0.0, 200, 2.0), (200.0, 100, 1.7), (300.0, 100, 1.3), (400.0, 100, 0.7), (500.0, 100, 0.2))
    ...     times_s = np.concatenate([start + (np.arange(round(s * hz)) + 0.5) / hz for start, s, hz in rates])
    ...     unit = Unit.from_times(times_s, support=support)
    ...     return fit_dose_response(
    ...         dose_response(unit, DoseProtocol(given, support), subject=Subject(animal=animal))
    ...     )
    >>> found = apparent_pa2_of_fits(
    ...     [cell("r1", (25.0, 25.0, 50.0, 100.0))], [cell("r2", (250.0, 250.0, 500.0, 1000.0))],
    ...     antagonist=100.0, antagonist_unit="nmol/kg",
    ... )
    >>> found.rows[1][4:], found.paired
    (('10', '7.95'), False)
    """
    check_level(level)
    sides = ((_WITHOUT, tuple(without)), (_WITH, tuple(with_antagonist)))
    every = [fit for _, fits in sides for fit in fits]
    _check_same(every)
    stated = _stated(*(fits for _, fits in sides))
    if stated is not None:
        if antagonist is not None or antagonist_unit is not None:
            raise ParameterError(
                f"the sessions state the antagonist: {stated.dose:g} {stated.dose_unit} {stated.drug}; leave out "
                "antagonist and antagonist_unit"
            )
        antagonist, antagonist_unit = stated.dose, stated.dose_unit
        compound, form = _compound(stated, compound, form)
    if antagonist is None or antagonist_unit is None:
        raise ParameterError("no session states an antagonist before the agonist: give antagonist and antagonist_unit")
    dose = one_number("antagonist", antagonist)
    if dose <= 0:
        raise ParameterError(f"antagonist must be a dose above 0, got {dose:g}")
    told = [(side, fit, stretch) for side, fits in sides for fit in fits if (stretch := _ln_id50(fit)) is not None]
    for side, _ in sides:
        if not any(own == side for own, *_ in told):
            raise ParameterError(f"no fitted cell {side}: a dose ratio needs cells of both")
    found = shift_of_animals(
        [fit.response.subject.animal for _, fit, _ in told], [stretch for *_, stretch in told],
        np.array([dose if side == _WITH else 0.0 for side, *_ in told]), id50_unit=every[0].response.dose_unit,
        antagonist_unit=antagonist_unit, compound=compound, form=form, level=level,
    )  # fmt: skip
    unfitted = (
        f"{_name(fit)}, {side}: not fitted ({fit.reason or 'no reason told'})"
        for side, fits in sides for fit in fits if _ln_id50(fit) is None
    )  # fmt: skip
    return replace(found, notes=(*found.notes, *_notes(sides)), left_out=(*found.left_out, *unfitted))


def _ln_id50(fit: DoseResponseFit) -> Stretch | None:
    """Where ln ID50 lies; ``None`` of a cell that was not fitted."""
    if fit.status == "not_fitted":
        return None
    if fit.status == "interpolated":
        return math.log(fit.id50), math.log(fit.id50)
    if fit.status == "below_lowest_dose":
        return -math.inf, math.log(min(fit.doses))
    if fit.status == "all_or_none":
        low, high = (math.log(end) if end > 0 else -math.inf for end in (fit.id50_low, fit.id50_high))
        return low, high
    highest = max(fit.doses)
    if fit.status == "no_effect" and fit.id50_low < highest:
        return math.log(fit.id50_low) if fit.id50_low > 0 else -math.inf, math.inf
    return math.log(highest), math.inf


def _check_same(fits: Sequence[DoseResponseFit]) -> None:
    """Refuse fits that make no dose ratio, or whose animal is not known."""
    for fit in fits:
        if not isinstance(fit, DoseResponseFit):
            raise ParameterError(f"fits must be DoseResponseFit, got {type(fit).__name__}; of numbers use apparent_pa2")
        if fit.potency == "IC50":
            raise ParameterError(f"{_name(fit)} has doses in {fit.unit_text}: in a bath, use fit_schild")
    check_common([fit.response for fit in fits], _SAME, "fits of one dose ratio")


def _stated(without: Sequence[DoseResponseFit], with_it: Sequence[DoseResponseFit]) -> Administration | None:
    """The dose of the antagonist that the sessions state; ``None`` where none does."""
    treated = next((fit for fit in without if fit.response.pretreatment is not None), None)
    if treated is not None:
        raise ParameterError(f"{_name(treated)}, {_WITHOUT}: was given {treated.response.pretreatment} before")
    known = [fit.response.pretreatment for fit in with_it if fit.response.pretreatment is not None]
    if not known:
        return None
    unknown = next((fit for fit in with_it if fit.response.pretreatment is None), None)
    if unknown is not None:
        raise ParameterError(f"{_name(unknown)}, {_WITH}: none is stated before it, and {known[0]} before others")
    different = list(dict.fromkeys(one.same for one in known))
    if len(different) > 1:
        told = {str(fit.response.pretreatment): f"{fit.response.pretreatment} ({_name(fit)})" for fit in with_it[::-1]}
        raise ParameterError(
            f"an apparent pA2 is of one dose of one antagonist, got {' and '.join(told.values())}: tell each by itself"
        )
    if len(known[0].given) > 1 or not known[0].given[0].dose > 0:
        raise ParameterError(f"{_name(with_it[0])}: {known[0]} is no one dose; add it up, and use apparent_pa2")
    if INTO_DOSES in known[0].manner:
        raise ParameterError(
            f"{_name(with_it[0])}: {known[0]}: its dose was another at each step; use apparent_pa2 with what you take "
            "it to be"
        )
    if known[0].given[0].dose_unit in PER_STEP_UNITS:
        raise ParameterError(f"{_name(with_it[0])}: {known[0]} is no dose per kg; in a bath, use fit_schild")
    return known[0].given[0]


def _compound(
    stated: Administration, compound: Compound | str | None, form: str | None
) -> tuple[Compound | str, str | None]:
    """The antagonist and its form, as the sessions state them; what they leave open may be told."""
    name = compound if isinstance(compound, str) else compound.name if compound is not None else stated.drug
    for what, given, known in (("antagonist", name, stated.drug), ("form", form or stated.form, stated.form)):
        if known and given.casefold() != known.casefold():
            raise ParameterError(f"the sessions state the {what} {known}, got {given}")
    return compound or stated.drug, form or stated.form


def _notes(sides: Sequence[tuple[str, Sequence[DoseResponseFit]]]) -> Iterator[str]:
    """What the fits say that a dose ratio hides."""
    for side, fits in sides:
        flat = sum(fit.status in ("plateau", "no_effect") for fit in fits)
        if flat:
            yield (
                f"{count_text(flat, 'cell')} {side} levelled off below half of an inhibition, or had none: taken as an "
                "ID50 above the highest dose; a lower largest effect is no parallel shift"
            )
        for fate, told in (("undetermined", "may have been lost"), ("lost", "lost, and fitted up to the loss")):
            n = sum(fit.fate == fate and fit.status != "not_fitted" for fit in fits)
            if n:
                yield f"{count_text(n, 'cell')} {side} {told}: the ID50 is that of its fit"


def _name(fit: DoseResponseFit) -> str:
    """Animal and unit."""
    return called(fit.response)
