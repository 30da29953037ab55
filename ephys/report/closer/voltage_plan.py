"""Which voltage a page shows: of which wire, in which band, and where it is shown to the sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ephys.analysis import SessionAnalysis
from ephys.model import Epoch, Recording, Support, Unit
from ephys.plotting.trace import largest_channel
from ephys.report.closer.given import given_texts
from ephys.sorting import SortingSettings

CLOSE_S = 0.4
"""Stretch of the figure: across two columns its points are short enough for spikes to be drawn in their colours."""

_BEFORE_S = 0.05  # of the stretch, before the spike that it begins with


@dataclass(frozen=True)
class VoltagePlan:
    """Which voltage is shown.

    Parameters
    ----------
    recording : Recording
    channel : int
        On which most of the units are largest.
    sorting : SortingSettings or None
        Gives the sorting band; ``None``, as recorded, where the samples are too slow for that.
    artefacts : tuple of Epoch
        What was taken out of the time of every unit that was sorted here.
    units : tuple of Unit
    close : Epoch
        Part of the baseline (of the recording, without one) in which most units fire.
    places : tuple of Epoch
        Where a reader looks, by name: baseline, last window of everything given, end of the recording.
    """

    recording: Recording
    channel: int
    sorting: SortingSettings | None
    artefacts: tuple[Epoch, ...]
    units: tuple[Unit, ...]
    close: Epoch
    places: tuple[Epoch, ...]

    @classmethod
    def of(cls, analysis: SessionAnalysis, recording: Recording) -> VoltagePlan:
        """Decide it for a session; nothing is read.

        Parameters
        ----------
        analysis : SessionAnalysis
        recording : Recording
            The session's.
        """
        units = tuple(cell.unit for cell in analysis.cells)
        found = Counter(largest_channel(unit, recording.n_channels) for unit in units)
        known = [channel for channel, _ in found.most_common() if channel >= 0]
        sorting = analysis.settings.sorting
        low_hz = sorting.band_hz[0]
        fast = low_hz is None or low_hz < recording.sampling_hz / 2.0
        close = _close(units, (analysis.baseline and recording.support.within(analysis.baseline)) or recording.support)
        places = tuple(_places(analysis, recording.support, close))
        artefacts = _artefacts(units, recording.support)
        return cls(recording, known[0] if known else 0, sorting if fast else None, artefacts, units, close, places)

    @property
    def whole(self) -> Epoch:
        """From the first sample to the last."""
        return Epoch(self.recording.start_s, self.recording.stop_s)


def _artefacts(units: tuple[Unit, ...], recorded: Support) -> tuple[Epoch, ...]:
    """What was recorded, and is in the time of no unit that was sorted here."""
    supports = [unit.support for unit in units if unit.is_sorted_here]
    if not supports:
        return ()
    longest = max(supports, key=lambda support: support.duration_s)
    edges_s = [recorded.start_s, *(e for one in longest.epochs for e in (one.start_s, one.stop_s)), recorded.stop_s]
    holes = [Epoch(a, b) for a, b in zip(edges_s[::2], edges_s[1::2], strict=True) if a < b]
    within = [epoch for hole in holes for shared in [recorded.within(hole)] if shared for epoch in shared.epochs]
    return tuple(Epoch(e.start_s, e.stop_s) for e in within if not any(one.covered_s(e) > 0 for one in supports))


def _close(units: tuple[Unit, ...], support: Support) -> Epoch:
    """Give the `CLOSE_S` in which most units fire, and most often; the first one of equals."""
    starts_s = np.array([epoch.start_s for epoch in support.epochs])
    starts_s = np.concatenate([starts_s, *(unit.times_s - _BEFORE_S for unit in units)])
    whole = np.diff(support.elapsed_s(np.stack([starts_s, starts_s + CLOSE_S])), axis=0)[0] > CLOSE_S * (1 - 1e-6)
    starts_s = np.sort(starts_s[whole])
    if not len(starts_s):
        longest = max(support.epochs, key=lambda epoch: epoch.duration_s)
        return Epoch(longest.start_s, min(longest.stop_s, longest.start_s + CLOSE_S))
    counts = [np.diff(np.searchsorted(u.times_s, [starts_s, starts_s + CLOSE_S]), axis=0)[0] for u in units]
    total = np.sum(counts, axis=0, initial=0) + np.zeros(len(starts_s))
    firing = np.sum([count > 0 for count in counts], axis=0, initial=0)
    best = int(np.argmax(firing + total / (1.0 + total.max())))
    return Epoch(float(starts_s[best]), float(starts_s[best]) + CLOSE_S)


def _places(analysis: SessionAnalysis, recorded: Support, close: Epoch) -> Iterator[Epoch]:
    """Where a reader looks, in order of time and each once."""
    named = given_texts(analysis.protocol, Epoch(analysis.session.support.start_s, analysis.session.support.stop_s))
    yield Epoch(close.start_s, close.stop_s, "baseline" if analysis.baseline else "where most units fire")
    last: dict[tuple[str, float], Epoch] = {}
    for cell in analysis.cells:
        for window in cell.windows:
            key = (window.drug, window.given_s)
            if window.role != "baseline" and window.epoch.stop_s > getattr(last.get(key), "stop_s", -np.inf):
                last[key] = window.epoch
    for key, epoch in sorted(last.items(), key=lambda item: item[1].stop_s):
        shared = recorded.within(epoch)
        if shared:
            yield Epoch(shared.epochs[-1].start_s, shared.stop_s, f"end of the last window of {named.get(key, key[0])}")
    yield Epoch(recorded.epochs[-1].start_s, recorded.stop_s, "end of the recording")
