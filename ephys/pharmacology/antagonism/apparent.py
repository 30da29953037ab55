"""From ID50s with and without an antagonist, in animals, to its apparent pA2."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ephys.errors import ParameterError
from ephys.pharmacology.antagonism.apparent_notes import apparent_notes
from ephys.pharmacology.antagonism.apparent_shift import AnimalShift, ApparentPa2, Stretch
from ephys.pharmacology.antagonism.censored import CensoredMean, censored_difference
from ephys.pharmacology.compounds import Compound, convert_dose
from ephys.pharmacology.compounds.units import nanomoles
from ephys.pharmacology.curve_fit import ParameterEstimate
from ephys.pharmacology.groups.design import LEAST_ANIMALS
from ephys.pharmacology.regression.numbers import check_level
from ephys.pharmacology.shared_fits.points import animal_names, finite_column

FloatArray = NDArray[np.float64]

_BOUND = re.compile(r"\s*([<>≤≥]?)=?\s*(\S+)\s*")
_OF_ANIMAL = Mapping[str, Stretch]


def apparent_pa2(
    id50: Sequence[float | str],
    antagonist: ArrayLike,
    *,
    animal: Sequence[object],
    id50_unit: str,
    antagonist_unit: str,
    compound: Compound | str | None = None,
    form: str | None = None,
    level: float = 0.95,
) -> ApparentPa2:
    """Tell the apparent pA2 of an antagonist in vivo: one dose ratio per animal.

    pA2 = -log10 (dose / (dose ratio - 1)), the dose in mol/kg. It is apparent: nobody knows the concentration at the
    receptor, one dose cannot test Schild's slope, and it is never a pKB. The mean is that of ln dose ratio, of which a
    ratio below 1 is an ordinary value; bounds enter as bounds.

    Parameters
    ----------
    id50 : sequence of float or str
        One per cell: a number, or a bound as tables print it, "> 400" or "< 25".
    antagonist : array_like
        Dose of the antagonist before it; 0 without. One dose at a time.
    animal : sequence of names
        Whose the cell is. Where animals have both, each is its own control; else the mean of those without antagonist
        is, and its noise is in the interval (one variance for both, as in Student's t).
    id50_unit : str
        As it is printed.
    antagonist_unit : {"ug/kg", "mg/kg", "nmol/kg", ...}
        Of the antagonist. A concentration has a pKB: `fit_schild`.
    compound, form : Compound or str, str, optional
        What was given, and as what it was weighed ("base" or a salt): needed to turn a weight into moles.
    level : float, optional
        Of the interval.

    Returns
    -------
    ApparentPa2
        Without an interval where fewer than three animals have a ratio, and without a mean where nearly all are bounds.

    Raises
    ------
    ParameterError
        For a unit that is no dose per kg, a weight without compound and form, several doses, or no animal with and
        without antagonist.

    Examples
    --------
    >>> found = apparent_pa2(
    ...     [50.0, 60.0, 40.0, 500.0, 660.0, "> 400"], [0, 0, 0, 100, 100, 100], animal=["a", "b", "c"] * 2,
    ...     id50_unit="ug/kg", antagonist_unit="nmol/kg",
    ... )
    >>> found.rows[0][4:], found.rows[2][4:]
    (('10', '7.95'), ('> 10', '> 7.95'))
    """
    check_level(level)
    given = finite_column("antagonist", antagonist)
    names = animal_names(animal, len(given))
    stretches = [_stretch(place, value) for place, value in enumerate(id50)]
    if not isinstance(id50_unit, str) or not id50_unit.strip():
        raise ParameterError(f"id50_unit must say what the ID50s are in, got {id50_unit!r}")
    if len(stretches) != len(given):
        raise ParameterError(
            f"id50 and antagonist must have a value for each cell, got {len(stretches)} and {len(given)}"
        )
    return shift_of_animals(
        names, stretches, given, id50_unit=id50_unit, antagonist_unit=antagonist_unit, compound=compound, form=form,
        level=level,
    )  # fmt: skip


def shift_of_animals(
    names: Sequence[str],
    stretches: Sequence[Stretch],
    given: FloatArray,
    *,
    id50_unit: str,
    antagonist_unit: str,
    compound: Compound | str | None,
    form: str | None,
    level: float,
) -> ApparentPa2:
    """From where ln ID50 of each cell lies to the apparent pA2.

    Parameters
    ----------
    names : sequence of str
        Of the animals, one for each cell.
    stretches : sequence of (float, float)
        Ends between which ln ID50 of each cell lies.
    given : array
        Dose of the antagonist before each; 0 without.
    id50_unit, antagonist_unit, compound, form, level
        As of `apparent_pa2`.
    """
    dose = _one_dose(given)
    moles = _moles_per_kg(dose, antagonist_unit, compound, form)
    without, with_it = (_animal_means(names, stretches, (given > 0) == wanted) for wanted in (False, True))
    both = [name for name in with_it if name in without]
    order = list(dict.fromkeys(names))
    left_out = tuple(
        f"{name}: only an ID50 {'with' if name in with_it else 'without'} antagonist"
        for name in order if both and name not in both
    )  # fmt: skip
    used = [name for name in order if name in both or not both]
    mean, control = _mean(without, with_it, both, level)
    animals = tuple(_animal(name, without, with_it, control, moles, names) for name in used)
    shifts = [_less(with_it[name], without[name]) for name in both]
    groups = [shifts] if both else [list(without.values()), list(with_it.values())]
    enough = min(sum(map(_tells, group)) for group in groups) >= LEAST_ANIMALS
    ratio = _estimate(mean, level, enough=enough)
    named = (compound if isinstance(compound, str) else compound.name) if compound is not None else "the antagonist"
    form_text = f" ({form})" if form else ""
    return ApparentPa2(
        animals, ratio, _pa2_of(ratio, moles), moles,
        f"{named}{form_text} {dose:g} {antagonist_unit.replace('ug/', 'µg/')}", id50_unit, bool(both), level,
        tuple(apparent_notes(animals, mean, ratio, paired=bool(both))), left_out,
    )  # fmt: skip


def _stretch(place: int, value: float | str) -> Stretch:
    """Where ln ID50 lies."""
    sign, number = "", value
    if isinstance(value, str):
        match = _BOUND.fullmatch(value)
        sign, number = (match[1], match[2]) if match else ("", value)
    try:
        known = math.nan if isinstance(number, bool) else float(number)
    except (TypeError, ValueError):
        known = math.nan
    if not 0 < known < math.inf:
        raise ParameterError(
            f"id50[{place}] must be a dose above 0, or a bound like '> 400', got {value!r}: leave out what was not "
            "measured, and say so"
        )
    ln_known = math.log(known)
    return -math.inf if sign in ("<", "≤") else ln_known, math.inf if sign in (">", "≥") else ln_known


def _one_dose(given: FloatArray) -> float:
    """Dose of the antagonist."""
    if (given < 0).any():
        raise ParameterError(f"antagonist must not be negative, got {given[given < 0][0]:g}")
    doses = np.unique(given)
    if doses[0] != 0 or len(doses) != 2:
        raise ParameterError(
            "antagonist must be 0 for ID50s without it and one dose for those with it, got "
            + ", ".join(f"{one:g}" for one in doses)
            + ": an apparent pA2 is of one dose, tell each by itself"
        )
    return float(doses[1])


def _moles_per_kg(dose: float, unit: str, compound: Compound | str | None, form: str | None) -> float:
    """Moles of base in a kg."""
    what, amount = nanomoles(unit)
    if what != "nmol/kg":
        raise ParameterError(
            f"antagonist_unit {unit!r} is a concentration: in a bath, use fit_schild; in vivo, a dose per kg"
        )
    if not math.isnan(amount):
        return dose * amount * 1e-9
    if compound is None or not form:
        raise ParameterError(
            f"{unit} is a weight: name compound and form ('base' or the salt that was weighed), or give nmol/kg"
        )
    return convert_dose(dose, unit, to="nmol/kg", compound=compound, form=form) * 1e-9


def _animal_means(names: Sequence[str], stretches: Sequence[Stretch], wanted: Sequence[bool]) -> dict[str, Stretch]:
    """Mean ln ID50 of each animal's cells; a bound among them makes the mean a bound."""
    own: dict[str, list[Stretch]] = {}
    for name, stretch, is_wanted in zip(names, stretches, wanted, strict=True):
        if is_wanted:
            own.setdefault(name, []).append(stretch)
    return {
        name: (sum(low for low, _ in found) / len(found), sum(high for _, high in found) / len(found))
        for name, found in own.items()
    }


def _less(first: Stretch, second: Stretch) -> Stretch:
    """Difference of two values, each known to a stretch."""
    return first[0] - second[1], first[1] - second[0]


def _mean(
    without: _OF_ANIMAL, with_it: _OF_ANIMAL, both: Sequence[str], level: float
) -> tuple[CensoredMean, Stretch | None]:
    """Mean ln dose ratio, and the control that unpaired animals are held against."""
    if both:
        shifts = [_less(with_it[name], without[name]) for name in both]
        return _censored(shifts, [False] * len(both), level), None
    everything = [*without.values(), *with_it.values()]
    reference = [True] * len(without) + [False] * len(with_it)
    control = _censored(list(without.values()), [False] * len(without), level).value
    lows, highs = zip(*without.values(), strict=True)
    if math.isnan(control):  # bounds alone, or values that do not scatter
        return _censored(everything, reference, level), (sum(lows) / len(lows), sum(highs) / len(highs))
    return _censored(everything, reference, level), (control, control)


def _censored(stretches: Sequence[Stretch], reference: Sequence[bool], level: float) -> CensoredMean:
    """Mean of what the stretches tell; those that are open on both sides tell nothing."""
    told = [(one, is_control) for one, is_control in zip(stretches, reference, strict=True) if _tells(one)]
    of_reference = [is_control for _, is_control in told]
    if not told or all(of_reference) or (any(reference) and not any(of_reference)):
        return CensoredMean(math.nan, math.nan, math.nan, 0)
    return censored_difference(
        [low for (low, _), _ in told], [high for (_, high), _ in told], of_reference, level=level
    )


def _animal(
    name: str, without: _OF_ANIMAL, with_it: _OF_ANIMAL, control: Stretch | None, moles: float, names: Sequence[str]
) -> AnimalShift:
    """One animal as it is told."""
    first, second = without.get(name), with_it.get(name)
    against = first if first is not None else control
    shift = _less(second, against) if second is not None and against is not None else None
    ratio = None if shift is None else (math.exp(shift[0]), math.exp(shift[1]))
    pa2 = None if ratio is None else (_log_pa2(ratio[0], moles), _log_pa2(ratio[1], moles))
    told = [None if one is None else (math.exp(one[0]), math.exp(one[1])) for one in (first, second)]
    return AnimalShift(name, told[0], told[1], ratio, pa2, names.count(name))


def _tells(stretch: Stretch) -> bool:
    """Whether a stretch of logarithms has an end."""
    return any(map(math.isfinite, stretch))


def _log_pa2(ratio: float, moles: float) -> float:
    """Return the pA2 of a dose ratio; -inf where there is no shift."""
    return math.log10(ratio - 1.0) - math.log10(moles) if ratio > 1 else -math.inf


def _estimate(mean: CensoredMean, level: float, *, enough: bool) -> ParameterEstimate:
    """Geometric mean of the ratios; no interval from fewer than three animals, or three in either group."""
    low, high = (mean.low, mean.high) if enough else (math.nan, math.nan)
    return ParameterEstimate(math.exp(mean.value), math.nan, math.exp(low), math.exp(high), level, "over animals")


def _pa2_of(ratio: ParameterEstimate, moles: float) -> ParameterEstimate:
    """Apparent pA2 with the ends of the ratio; NaN where the ratio has no interval, which may then be no shift."""
    if math.isnan(ratio.low):
        return ParameterEstimate(math.nan, math.nan, math.nan, math.nan, ratio.level, ratio.method)
    value, low, high = (
        math.nan if math.isnan(one) else _log_pa2(one, moles) for one in (ratio.estimate, ratio.low, ratio.high)
    )
    return ParameterEstimate(value, math.nan, low, high, ratio.level, ratio.method)
