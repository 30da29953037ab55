"""Groups of animals compared through what two drugs did from the same electrode."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ephys.errors import ParameterError
from ephys.model import Estimate
from ephys.pharmacology.groups.nested_means import fit_nested_means
from ephys.pharmacology.iontophoresis.barrels import control_mean, likeness
from ephys.pharmacology.iontophoresis.comparison import EjectionComparison, Measure, check_measure
from ephys.pharmacology.iontophoresis.currents import ejected_name, plain_name
from ephys.pharmacology.iontophoresis.ejection import Ejection
from ephys.pharmacology.iontophoresis.ratio import CONTROL, ElectrodeRatio
from ephys.pharmacology.iontophoresis.result import Ejections
from ephys.pharmacology.iontophoresis.suppressed import difference, mean_of

_ENDS = 2 * 1.96


def compare_ejections(
    ejections: Iterable[Ejections],
    *,
    drug: str,
    against: str = CONTROL,
    measure: Measure = "suppressed_per_na",
    reference: str | None = None,
    level: float = 0.95,
) -> EjectionComparison:
    """Compare groups by the ratio of a drug's effect to that of another drug, or of the control current.

    A current ejects another amount from every pipette, and another share of it reaches every cell: nA of two electrodes
    are not compared. Within an electrode both drugs share what differs, and their ratio is.

    Parameters
    ----------
    ejections : iterable of Ejections
        One per cell, each with its animal; with its group, where there are several.
    drug : str
        Whose effect is above the line; case and blanks around its name do not matter.
    against : str, optional
        Drug ejected from the same electrode whose effect is below it, or ``"control"``: the control current.
    measure : {"suppressed_per_na", "fixed_per_na", "charge50_nc"}, optional
        Spikes suppressed per nA until recovery, or in the fixed window; or I·T50, the charge to half depression, of
        which a larger one is the smaller effect.
    reference : str, optional
        Group that the others are held against; else the first.
    level : float, optional
        Of the intervals.

    Returns
    -------
    EjectionComparison

    Raises
    ------
    ParameterError
        If a drug was not ejected, an animal or group is not known, a cell is there twice, cells were measured with
        unlike settings, or no electrode has a ratio.

    Notes
    -----
    The ratio of a cell is that of the means of its ejections; that of an electrode the geometric mean of its cells. The
    logarithms are fitted as group + animal + electrode with the noise of each known (`fit_nested_means`): n is animals.

    Examples
    --------
    >>> import numpy as np
    >>> from ephys.model import Administration, DoseProtocol, Epoch, Subject, Unit
    >>> from ephys.pharmacology.iontophoresis.measuring import measure_ejections
    >>> given = tuple(Administration(drug, start, start + 50.0, dose=10.0, dose_unit="nA")
    ...               for drug, start in (("5-ht", 100.0), ("ipsapirone", 300.0)))
    >>> found = []
    >>> for group, back_s in (("control", 390.0), ("chronic", 370.0)):
    ...     for n in range(3):   # ipsapirone silences the cell for less time in one of the groups
    ...         spikes = np.r_[0.25:100.0:0.5, 160.25:300.0:0.5, back_s + n + 0.25:500.0:0.5]
    ...         cell = Unit.from_times(spikes, support=Epoch(0.0, 500.0))
    ...         subject = Subject(animal=f"{group} {n}", group=group)
    ...         found.append(measure_ejections(cell, DoseProtocol(given, cell.support), subject=subject))
    >>> compared = compare_ejections(found, drug="ipsapirone", against="5-ht", reference="control")
    >>> [round(group.value, 2) for group in compared.groups], round(compared.differences[0].value, 2)
    ([1.52, 1.18], 0.78)
    """
    check_measure(measure)
    given = list(ejections)
    _check(given)
    _check_settings(given)
    drug, against = _names(given, drug, against)
    found = [_ratio(one, drug, against, measure) for one in given]
    left_out = [one for one in found if isinstance(one, str)]
    electrodes = _by_electrode([one for one in found if isinstance(one, ElectrodeRatio)])
    if not electrodes:
        raise ParameterError(
            f"no electrode has a ratio of {drug} to {against}" + "".join(f"; {reason}" for reason in left_out)
        )
    means = fit_nested_means(
        [one.ln_ratio for one in electrodes],
        animal=[one.animal for one in electrodes],
        group=[one.group or "all" for one in electrodes],
        error=[one.se for one in electrodes],
        reference=reference,
        level=level,
    )
    return EjectionComparison(
        drug, against, measure, means, tuple(electrodes), tuple(left_out), level, given[0].settings.control,
        _dropped(given, electrodes),
    )  # fmt: skip


def _dropped(given: Sequence[Ejections], electrodes: Sequence[ElectrodeRatio]) -> tuple[tuple[str, int], ...]:
    """Groups of which no electrode has a ratio, and how many cells they had."""
    cells = Counter(one.subject.group for one in given)
    kept = {one.group for one in electrodes}
    return tuple((group, n) for group, n in cells.items() if group not in kept)


def _check(given: Sequence[Ejections]) -> None:
    """Raise unless every cell's animal is known, and its group where any is."""
    grouped = any(one.subject.group for one in given)
    for one in given:
        for what, known in (("animal", one.subject.animal), ("group", one.subject.group or not grouped)):
            if not known:
                raise ParameterError(
                    f"ejections beside unit {one.unit_id} ({one.electrode}) do not know their {what}: n is animals. "
                    "State it, e.g. measure_ejections(..., subject=Subject(animal='r7', group='control'))"
                )


def _check_settings(given: Sequence[Ejections]) -> None:
    """Raise unless all were measured alike, and each is there once."""
    ways = {replace(one.settings, seed=0, bin_s=1.0) for one in given}
    if len(ways) > 1:
        raise ParameterError(
            f"cells were measured with {len(ways)} settings: measure all with the same IontophoresisSettings"
        )
    seen = set()
    for one in given:
        what = tuple((each.drug, each.epoch.start_s, each.suppressed.text) for each in one.ejections)
        key = (one.subject.animal, one.unit_id, one.electrode, what)
        if key in seen:
            raise ParameterError(
                f"unit {one.unit_id} of animal {one.subject.animal} ({one.electrode}) is there twice: give it once"
            )
        seen.add(key)


def _names(given: Sequence[Ejections], drug: str, against: str) -> tuple[str, str]:
    """What the tables call the drug and the one below the line."""
    names = list(dict.fromkeys(name for one in given for name in one.drugs))
    below = list(dict.fromkeys(each.drug for one in given for each in one.ejections))  # a control by its name, too
    return ejected_name(drug, names), CONTROL if plain_name(against) == CONTROL else ejected_name(against, below)


def _ratio(cell: Ejections, drug: str, against: str, measure: Measure) -> ElectrodeRatio | str:
    """Ratio of one cell, or why it has none."""
    name = f"unit {cell.unit_id} of animal {cell.subject.animal} ({cell.electrode})"
    own = [one for one in _of(cell, drug) if not one.is_control]
    others = list(cell.controls) if against == CONTROL else _of(cell, against)
    effects, used, currents_na = [], [], []
    for what, which in ((drug, own), (against, others)):
        taken = [one for one in which if one.usable and not math.isnan(_effect(one, measure).value)]
        if not taken:
            return (
                f"{name}: no measured ejection of {what}" if not which else f"{name}: {measure} of {what} not measured"
            )
        effects.append(_net(mean_of([_effect(one, measure) for one in taken]), cell, measure, what))
        used += taken
        currents_na.append(sum(one.current_na for one in taken) / len(taken))
        if not effects[-1].value > 0:
            return f"{name}: {what} suppressed no spikes ({effects[-1].value:.3g} per nA), a ratio has no logarithm"
    se = math.hypot(*((one.high - one.low) / _ENDS / one.value for one in effects))
    ln_ratio = math.log(effects[0].value / effects[1].value)
    doubtful = any(one.low <= 0.0 for one in effects)
    return ElectrodeRatio(
        cell.subject.animal, cell.subject.group, cell.electrode, (cell.unit_id,), ln_ratio, se, doubtful,
        truncated=any(bool(one.truncated) for one in used), mixed=len({likeness(one) for one in used}) > 1,
        drug_na=currents_na[0], against_na=currents_na[1],
    )  # fmt: skip


def _of(cell: Ejections, drug: str) -> list[Ejection]:
    """Ejections of a drug, however its name is typed."""
    return [one for one in cell.ejections if plain_name(one.drug) == plain_name(drug)]


def _effect(one: Ejection, measure: Measure) -> Estimate:
    """What is compared of one ejection; NaN where it was not measured."""
    found: Estimate = getattr(one, measure)
    return found


def _net(mean: Estimate, cell: Ejections, measure: Measure, what: str) -> Estimate:
    """Mean of a drug, the control taken off where that is asked for and there is one; of a charge none is."""
    if cell.settings.control == "shown" or measure == "charge50_nc" or what == CONTROL:
        return mean
    taken_off = control_mean(cell.ejections, measure)
    return mean if math.isnan(taken_off.value) else difference(mean, taken_off)


def _by_electrode(ratios: Sequence[ElectrodeRatio]) -> list[ElectrodeRatio]:
    """One ratio per electrode of an animal: the mean of its cells' logarithms."""
    of_each: dict[tuple[str, str], list[ElectrodeRatio]] = {}
    for one in ratios:
        of_each.setdefault((one.animal, one.electrode), []).append(one)
    return [
        ElectrodeRatio(
            cells[0].animal, cells[0].group, cells[0].electrode, tuple(unit for one in cells for unit in one.units),
            sum(one.ln_ratio for one in cells) / len(cells), math.hypot(*(one.se for one in cells)) / len(cells),
            any(one.doubtful for one in cells), any(one.truncated for one in cells), any(one.mixed for one in cells),
            sum(one.drug_na for one in cells) / len(cells), sum(one.against_na for one in cells) / len(cells),
        )
        for cells in of_each.values()
    ]  # fmt: skip
