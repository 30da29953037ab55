"""What a correction does to the units, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ephys.model import Unit
from ephys.sorting.curation.suggesting.settings import SuggestionSettings


def count_text(name: str, unit: Unit) -> str:
    """How many spikes a unit has, and at what rate."""
    return f"unit {name} has {unit.n_spikes} spikes, {unit.n_spikes / unit.support.duration_s:.3g} Hz"


def refractory_percent(times_s: np.ndarray, settings: SuggestionSettings) -> float:
    """Percent of the intervals that are shorter than the refractory time."""
    intervals_ms = 1e3 * np.diff(times_s)
    return 100.0 * float(np.mean(intervals_ms < settings.quiet.refractory_ms)) if intervals_ms.size else 0.0


def merge_cost(units: Sequence[Unit], settings: SuggestionSettings) -> tuple[str, ...]:
    """What a merge makes, and what it makes if it is wrong."""
    times_s = np.sort(np.concatenate([unit.times_s for unit in units]))
    covered_s = max(units[0].support.duration_s, (times_s[-1] - times_s[0]) if len(times_s) > 1 else 0.0)
    before = refractory_percent(units[0].times_s, settings)
    return (
        f"unit {units[0].id} becomes {len(times_s)} spikes, {len(times_s) / covered_s:.3g} Hz (it has "
        f"{units[0].n_spikes}); intervals below {settings.quiet.refractory_ms:g} ms {before:.2g} % -> "
        f"{refractory_percent(times_s, settings):.2g} %",
        "if they are two cells, the rate is the sum of both, and a drug that silences one leaves the other: "
        "inhibition looks incomplete",
    )


def split_cost(parts: Sequence[Unit]) -> tuple[str, ...]:
    """What a split makes, and what it makes if it is wrong."""
    return (
        "; ".join(count_text(part.id, part) for part in parts),
        "if it is one cell, each part fires too slowly, and a change of size or shape looks like a change of rate",
    )


def time_split_cost(parts: Sequence[Unit], at_s: float) -> tuple[str, ...]:
    """What a split in time makes, and what it makes if it is wrong."""
    return (
        "; ".join(count_text(part.id, part) for part in parts),
        f"neither part says anything of the other's time; if it is one cell, what it does after {at_s:.10g} s can no "
        "longer be laid beside what it did before",
    )


def delete_cost(unit: Unit) -> tuple[str, ...]:
    """What a deletion takes away."""
    spikes = f"{unit.n_spikes} spikes, {unit.n_spikes / unit.support.duration_s:.3g} Hz, are in no table any more"
    return (spikes, "if it is a cell, a cell is lost from the count")


def relabel_cost(unit: Unit) -> tuple[str, ...]:
    """What a unit loses that is no longer one cell."""
    return (
        f"unit {unit.id} stays with its {unit.n_spikes} spikes, without dose-response fit, and is not one of the cells",
        "if it is one cell, a cell is lost from the count",
    )
