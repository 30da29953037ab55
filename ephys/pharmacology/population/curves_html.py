"""What a group's mean curve, and the distribution of its ID50s, show of themselves in a notebook."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ephys.jupyter import Html, potency_words, table, unit_text
from ephys.pharmacology.dose_text import figures
from ephys.pharmacology.groups.estimates import cell_text, count_text

if TYPE_CHECKING:
    from ephys.pharmacology.population.id50_distribution import Id50Distribution
    from ephys.pharmacology.population.mean_curve import PopulationCurve

_DOSES_SHOWN = 9
_STEPS_OPEN = 8


def curve_told(curve: PopulationCurve) -> str:
    """Whose curve it is, where it is halved, and over which doses."""
    if not curve.dose.size:
        return f"{curve.group}, at no {potency_words(curve.dose_unit).dose}"
    ends = f"{figures(curve.dose.min())} to {figures(curve.dose.max())} {unit_text(curve.dose_unit)}".rstrip()
    words = potency_words(curve.dose_unit)
    half = f"{curve.half_percent:.0f} % of baseline is left at the group's {words.name}"
    return f"{curve.group}: {half}; {count_text(curve.dose.size, words.dose)}, {ends}"


def curve_table(curve: PopulationCurve) -> Html:
    """Percent of baseline at a few of the doses."""
    shown = np.unique(np.linspace(0, curve.dose.size - 1, min(_DOSES_SHOWN, curve.dose.size)).round().astype(int))
    rows = [[figures(curve.dose[place]), _band_text(curve, place)] for place in shown.tolist()]
    words = potency_words(curve.dose_unit)
    some = f", {len(rows)} of {count_text(curve.dose.size, words.dose)}" if len(rows) < curve.dose.size else ""
    head = [_dose_head(words.total, curve.dose_unit), f"% of baseline ({100 * curve.level:g} % band)"]
    return table(head, rows, name=f"mean over the cells{some}")


def distribution_told(found: Id50Distribution) -> str:
    """Whose ID50s they are, how many, and up to where half of them lie."""
    whose = ", ".join(part for part in (found.group, found.drug) if part)
    n = f"{count_text(found.n_cells, 'cell')} of {count_text(found.n_animals, 'animal')}"
    return f"{whose}: {potency_words(found.dose_unit).name}s of {n}; {_median_text(found)}"


def distribution_lines(found: Id50Distribution) -> list[str]:
    """Cells with only a bound, and what the population has."""
    placed = ((found.above, "above its last"), (found.below, "below its first"))
    words = potency_words(found.dose_unit)
    bounds = [
        f"{words.name} {where} {words.dose}: {count_text(doses.size, 'cell')}" for doses, where in placed if doses.size
    ]
    if math.isnan(found.ln_mean):
        return [*bounds, f"the population's {words.name} is open: it has no normal distribution of ln {words.name}"]
    centre = f"{figures(math.exp(found.ln_mean))} {unit_text(found.dose_unit)}".rstrip()
    beyond = (
        f", beyond the {words.dose}s given"
        if not found.lowest_dose <= math.exp(found.ln_mean) <= found.top_dose
        else ""
    )
    return [*bounds, f"by the population: centre {centre}{beyond}, one SD is {math.exp(found.ln_sd):.3g}-fold"]


def distribution_table(found: Id50Distribution) -> Html:
    """Share of the cells at each step."""
    head = [
        _dose_head(f"{potency_words(found.dose_unit).name} at most", found.dose_unit),
        f"% of cells ({100 * found.level:g} % CI)",
    ]
    rows = [
        [figures(dose), cell_text(100 * share, 100 * low, 100 * high, places=1)]
        for dose, share, low, high in zip(
            found.id50.tolist(), found.share.tolist(), found.low.tolist(), found.high.tolist(), strict=True
        )
    ]
    return table(head, rows, name="steps", most_open=_STEPS_OPEN)


def _band_text(curve: PopulationCurve, place: int) -> str:
    """Percent with its band at one dose; the band alone where the ID50 is a bound and has no value."""
    percent, low, high = (float(one[place]) for one in (curve.percent, curve.low, curve.high))
    if math.isnan(percent) and not math.isnan(low):
        return f"{low:.1f} to {high:.1f}, no value"
    return cell_text(percent, low, high, places=1)


def _median_text(found: Id50Distribution) -> str:
    """Median of the ID50s; a bound where it rests on cells below their first dose."""
    place = int(np.searchsorted(found.share, 0.5 - 1e-9))
    if place == found.share.size:
        return "no median, since the share of cells that were halved stays below half"
    dose = found.id50[place]
    at_most = "at most " if found.below.size and dose <= found.below.max() else ""
    return f"median {at_most}{figures(dose)} {unit_text(found.dose_unit)}".rstrip()


def _dose_head(name: str, unit: str) -> str:
    """Heading of a column of doses."""
    return f"{name} ({unit_text(unit)})" if unit else name
