"""Two sortings of one wire side by side: who is whose partner, and in words what differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ephys.model import Unit
from ephys.sorting.agreement import SpikePairs, UnitMatch, assign_partners, match_of, pair_spikes

TOLERANCE_S = 0.001
"""Spikes of two sortings within 1 ms are the same spike, once the lag of the marks is taken out (convention)."""

MAX_LAG_S = 0.002
"""Marks stand at a spike's start, trigger or peak: less than 2 ms apart. More is another spike (convention)."""

LEAST_ACCURACY = 0.1
"""Units that agree less are no partners: fast units meet by chance (convention)."""

MOST = 0.5
"""A unit lies in another that has half of its spikes (convention)."""

DOUBLET_S = 0.02
"""Second spikes of a doublet come within 20 ms (Hajós et al. 1995, Neuroscience 69:189)."""

_SAID_LAG_S = 0.0002
"""A lag of less than 0.2 ms is how two filters place one peak (convention)."""

_SAID_SPIKES = 10
"""Fewer spikes are not told apart in words (convention)."""

_SAID_SHARE = 0.1
"""Nor is less than a tenth of those that differ (convention)."""


@dataclass(frozen=True, eq=False)
class _Sortings:
    """Two sortings with the spikes that each two units share: `pairs[i][j]` of unit i and j."""

    own: Sequence[Unit]
    found: Sequence[Unit]
    pairs: list[list[SpikePairs]]
    shared: NDArray[np.int64]

    @property
    def inside_found(self) -> NDArray[np.bool_]:
        """Whether most of the file's unit i lies in unit j."""
        sizes = np.array([max(unit.n_spikes, 1) for unit in self.own])
        return np.asarray(self.shared >= MOST * sizes[:, np.newaxis])

    @property
    def inside_own(self) -> NDArray[np.bool_]:
        """Whether most of the found unit j lies in the file's unit i."""
        sizes = np.array([max(unit.n_spikes, 1) for unit in self.found])
        return np.asarray(self.shared >= MOST * sizes)


def compare_sortings(own: Sequence[Unit], found: Sequence[Unit]) -> tuple[UnitMatch, ...]:
    """Match a file's own units with those found in its voltage, and say what differs.

    Spikes within 1 ms are the same, after the median lag of the two (at most 2 ms) is taken out: marks may stand at a
    spike's start or at a trigger.

    Parameters
    ----------
    own : sequence of Unit
        As they came with the file.
    found : sequence of Unit
        As sorted from the voltage.

    Returns
    -------
    tuple of UnitMatch
        One per own unit, in order: its partner one to one, where they share more than a tenth of the spikes of
        either; else the unit that holds most of its spikes, if there is one. Then, without a reference, the
        found units that are nobody's partner.

    Examples
    --------
    >>> from ephys.model import Epoch
    >>> whole = Epoch(0.0, 100.0)
    >>> cell = np.arange(1.0, 99.0)
    >>> codes = [Unit.from_times(cell[:60], support=whole, id="1"), Unit.from_times(cell[60:], support=whole, id="2")]
    >>> for match in compare_sortings(codes, [Unit.from_times(cell + 0.0009, support=whole, id="A")]):
    ...     print(match.reference, match.found, match.hits, match.differs)
    1 A 60 ('marks 0.9 ms before the peak, taken out', 'with 2 it is one unit here, A')
    2 A 38 ('marks 0.9 ms before the peak, taken out', 'with 1 it is one unit here, A')
    """
    sortings = _paired(own, found)
    matches = [
        [match_of(one, other, sortings.pairs[i][j]) for j, other in enumerate(found)] for i, one in enumerate(own)
    ]
    partner = assign_partners([[m.accuracy for m in row] for row in matches], len(found), least=LEAST_ACCURACY)
    rows = []
    for i, one in enumerate(own):
        j = partner.get(i, _holder(sortings, i))
        match = UnitMatch(one.id, "", 0, one.n_spikes, 0) if j is None else matches[i][j]
        rows.append(replace(match, differs=tuple(_differences(sortings, i, j))))
    taken = {match.found for match in rows}
    alone = [
        UnitMatch("", unit.id, 0, 0, unit.n_spikes, differs=tuple(_where(sortings, j)))
        for j, unit in enumerate(found)
        if unit.id not in taken
    ]
    return (*rows, *alone)


def _paired(own: Sequence[Unit], found: Sequence[Unit]) -> _Sortings:
    """Pair the spikes of each two units."""
    pairs = [
        [pair_spikes(a.times_s, b.times_s, tolerance_s=TOLERANCE_S, max_lag_s=MAX_LAG_S) for b in found] for a in own
    ]
    shared = np.array([[len(one.first) for one in row] for row in pairs], dtype=np.int64)
    return _Sortings(own, found, pairs, shared.reshape(len(own), len(found)))


def _holder(sortings: _Sortings, i: int) -> int | None:
    """Found unit that holds most of an own one."""
    inside = np.flatnonzero(sortings.inside_found[i]) if len(sortings.found) else np.empty(0, dtype=np.int64)
    return int(inside[np.argmax(sortings.shared[i, inside])]) if inside.size else None


def _differences(sortings: _Sortings, i: int, j: int | None) -> Iterator[str]:
    """What differs between an own unit and its partner."""
    one = sortings.own[i]
    if one.multi_unit:
        yield "not one cell: the file's unsorted spikes"
    if j is not None and abs(lag_s := sortings.pairs[i][j].lag_s) >= _SAID_LAG_S:
        yield f"marks {abs(lag_s) * 1e3:.2g} ms {'before' if lag_s > 0 else 'after'} the peak, taken out"
    yield from _several(sortings, i)
    if j is not None and sortings.found[j].multi_unit:
        yield "its partner here is not one cell (multi-unit)"
    if j is None:
        yield "not found here"
        return
    other, pairs = sortings.found[j], sortings.pairs[i][j]
    extra, missed = _left_out(other, pairs.second), _left_out(one, pairs.first)
    apart = [k for k in range(len(sortings.own)) if k != i and not sortings.inside_found[k, j]]
    others = {sortings.own[k].id: sortings.pairs[k][j].second for k in apart}
    yield from _alone("only here", other, extra, one)
    yield from _taken(extra, others, sortings.own)
    yield from _alone("only in the file", one, missed, other)


def _several(sortings: _Sortings, i: int) -> Iterator[str]:
    """Whether an own unit is several here, or several own ones are one."""
    parts = [unit for k, unit in enumerate(sortings.found) if sortings.inside_own[i, k]]
    if len(parts) > 1:
        yield f"holds {len(parts)} units of the sorting here: {', '.join(unit.id for unit in parts)}"
    for j in np.flatnonzero(sortings.inside_found[i]).tolist():
        with_it = [unit.id for k, unit in enumerate(sortings.own) if k != i and sortings.inside_found[k, j]]
        if with_it:
            yield f"with {', '.join(with_it)} it is one unit here, {sortings.found[j].id}"


def _left_out(unit: Unit, paired: NDArray[np.int64]) -> NDArray[np.int64]:
    """Spikes of a unit that were not paired."""
    return np.setdiff1d(np.arange(unit.n_spikes), paired)


def _alone(where: str, unit: Unit, spikes: NDArray[np.int64], partner: Unit) -> Iterator[str]:
    """What the spikes are that only one of two partners has."""
    beyond = int((~partner.support.mask(unit.times_s[spikes])).sum())
    if beyond:
        yield f"{beyond} of {spikes.size} spikes {where} lie where the other is not known"
    later = spikes[(spikes > 0) & ~np.isin(spikes - 1, spikes)]  # the first of the doublet is in both
    seconds = later[unit.times_s[later] - unit.times_s[later - 1] <= DOUBLET_S]
    if seconds.size >= max(_SAID_SPIKES, MOST * spikes.size):
        size = float(np.median(unit.amplitudes_uv[seconds] / unit.amplitudes_uv[seconds - 1]))
        amplitude = f", of {100 * size:.0f} % of the first one's amplitude" if np.isfinite(size) else ""
        yield f"{seconds.size} of {spikes.size} spikes {where} are second spikes of doublets{amplitude}"


def _taken(extra: NDArray[np.int64], others: dict[str, NDArray[np.int64]], own: Sequence[Unit]) -> Iterator[str]:
    """Which other own units have the spikes that the partner has too many."""
    unsorted = {unit.id for unit in own if unit.multi_unit}
    for name, paired in others.items():
        many = np.intersect1d(extra, paired).size
        if many >= max(_SAID_SPIKES, _SAID_SHARE * extra.size):
            kind = ", unsorted" if name in unsorted else ""
            yield f"{many} of {extra.size} spikes only here are {name} in the file{kind}"


def _where(sortings: _Sortings, j: int) -> Iterator[str]:
    """What a unit that is nobody's partner is in the file."""
    inside = [
        f"{unit.id} ({100 * sortings.shared[i, j] / max(sortings.found[j].n_spikes, 1):.0f} % of its spikes)"
        for i, unit in enumerate(sortings.own)
        if sortings.inside_own[i, j]
    ]
    yield f"in the file it is part of {', '.join(inside)}" if inside else "not in the file"
