"""What the course of each cell carries: every spike with its amplitude, or counts where spikes are too many."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from ephys.analysis import CellAnalysis, SessionAnalysis
from ephys.firing import rate_histogram
from ephys.model import Epoch, Unit
from ephys.pharmacology import ResponseWindow
from ephys.plotting.palette import LIGHT
from ephys.report.closer.carried import COURSE_BYTES, Closer, Data, Item, colour_name
from ephys.report.closer.given import given_items, series_items
from ephys.report.closer.numbers import coded, ticks

PER_S = 10_000
"""Ticks in a second: 0.1 ms is finer than a screen shows, and a spike is no shorter."""

_BINS_S = (1, 10)
_FINE_BELOW_UV = 100.0  # amplitudes that stay below this are carried in 0.1 µV


def course_closers(analysis: SessionAnalysis, *, budget: int = COURSE_BYTES) -> tuple[Closer | None, ...]:
    """Give what the course of each cell carries.

    Parameters
    ----------
    analysis : SessionAnalysis
        As `analyse_session` gives it.
    budget : int, optional
        Bytes of all cells together. What a small cell leaves of its share goes to the others; a cell that needs more
        carries counts per second, or per 10 s, and says so.

    Returns
    -------
    tuple of Closer or None
        In the order of the cells; ``None`` for one whose counts are too many, too.
    """
    whole = [_closer(cell, analysis, *_spikes(cell.unit, _session(analysis))) for cell in analysis.cells]
    chosen: list[Closer | None] = [None] * len(whole)
    left = budget
    for done, place in enumerate(sorted(range(len(whole)), key=lambda place: whole[place].n_bytes)):
        share = left // (len(whole) - done)
        chosen[place] = closer = _within(share, whole[place], analysis.cells[place], analysis)
        left -= closer.n_bytes if closer else 0
    return tuple(chosen)


def _within(share: int, whole: Closer, cell: CellAnalysis, analysis: SessionAnalysis) -> Closer | None:
    """Give the finest that fits into a share."""
    if whole.n_bytes <= share:
        return whole
    counted = (_closer(cell, analysis, *_counts(cell.unit, _session(analysis), bin_s)) for bin_s in _BINS_S)
    return next((closer for closer in counted if closer.n_bytes <= share), None)


def _session(analysis: SessionAnalysis) -> Epoch:
    """Give the time that the figure shows."""
    return Epoch(analysis.session.support.start_s, analysis.session.support.stop_s)


def _closer(cell: CellAnalysis, analysis: SessionAnalysis, data: Data, notes: Sequence[str]) -> Closer:
    """Put spikes or counts together with what was given and where the response was read."""
    session, unit = _session(analysis), cell.unit
    edges_s = np.array([edge for epoch in unit.support.epochs for edge in (epoch.start_s, epoch.stop_s)])
    own = (
        ("per-second", str(PER_S)),
        ("origin", repr(session.start_s)),
        ("stop", str(_stop(session))),
        ("recorded", coded(ticks(edges_s, start_s=session.start_s, per_s=PER_S))),
        *data,
    )
    lists = (
        ("given", given_items(analysis.protocol, session, per_s=PER_S)),
        ("series", series_items(analysis.protocol, session)),
        ("windows", tuple(_windows(cell, analysis, session))),
        ("told", tuple(Item(note) for note in notes)),
        ("unit", (Item(f"unit {unit.id}"),)),
    )
    return Closer("course", own, lists)


def _stop(session: Epoch) -> int:
    """Ticks of the session."""
    return math.ceil(session.duration_s * PER_S)


def _spikes(unit: Unit, session: Epoch) -> tuple[Data, Sequence[str]]:
    """Every spike, its amplitude where one is known, and the threshold."""
    at = ticks(unit.times_s, start_s=session.start_s, per_s=PER_S)
    data: Data = (("times", coded(np.minimum(at, _stop(session) - 1))),)  # the last instant belongs to the recording
    known = np.isfinite(unit.amplitudes_uv)
    if not known.any():
        return data, ("no amplitudes known",)
    per_uv = 10 if unit.amplitudes_uv[known].max() < _FINE_BELOW_UV else 1
    heights = np.where(known, np.rint(np.where(known, unit.amplitudes_uv, 0.0) * per_uv), -1).astype(np.int64)
    data += (("per-microvolt", str(per_uv)), ("amplitudes", coded(heights)))
    if math.isfinite(unit.threshold_uv):
        level = str(round(unit.threshold_uv * per_uv))
        data += (("threshold", level), ("threshold-colour", colour_name(LIGHT.agonist)))
    missing = int((~known).sum())
    return data, (f"{missing} spikes have no known amplitude",) if missing else ()


def _counts(unit: Unit, session: Epoch, bin_s: int) -> tuple[Data, Sequence[str]]:
    """Counts in short bins, and why there is no more."""
    counts = rate_histogram(unit, bin_s=bin_s, within=session).counts
    note = (
        f"{unit.n_spikes} spikes are too many for this page to carry each of them: it has their counts per {bin_s} s. "
        "The amplitude of every spike is in the figure."
    )
    return (("bin", str(bin_s * PER_S)), ("counts", coded(counts))), (note,)


def _windows(cell: CellAnalysis, analysis: SessionAnalysis, session: Epoch) -> Iterator[Item]:
    """Baseline and read-out windows, with what was counted in each."""
    windows = sorted(cell.windows, key=lambda window: window.epoch.start_s)
    if analysis.baseline is not None and not any(window.role == "baseline" for window in windows):
        yield _window_item("baseline", "baseline", analysis.baseline, session, used=True)
    for window in windows:
        yield _window_item(_window_text(window), window.role, window.epoch, session, used=window.used)


def _window_item(text: str, role: str, epoch: Epoch, session: Epoch, *, used: bool) -> Item:
    """Name a window, and say where it is."""
    ends_s = np.array([epoch.start_s, epoch.stop_s])
    start, stop = ticks(ends_s, start_s=session.start_s, per_s=PER_S).tolist()
    data = (("start", str(start)), ("stop", str(stop)), ("role", role), ("used", "yes" if used else "no"))
    return Item(text, (*data, ("colour", colour_name(LIGHT.role(role)))))


def _window_text(window: ResponseWindow) -> str:
    """What is said of a window."""
    name = "baseline" if window.role == "baseline" else f"{window.drug} {window.role} read-out".strip()
    share = "" if window.role == "baseline" or math.isnan(window.percent) else f", {window.percent:.0f} % of baseline"
    rate = f"{window.rate_hz:.2f} Hz" if window.covered_s > 0 else "not recorded"
    used = "" if window.used else ", not in the fit"
    return f"{name}: {window.count} spikes in {window.covered_s:g} s, {rate}{share}{used}"
