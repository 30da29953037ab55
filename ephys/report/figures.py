"""The figures of one cell, each with a caption and a description for those who cannot see it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
from matplotlib.axes import Axes

from ephys.analysis import CellAnalysis, SessionAnalysis
from ephys.firing import RateHistogram, rate_histogram
from ephys.io.contents import is_of_scale
from ephys.model import DoseProtocol, Epoch, Monitor, Session
from ephys.plotting import plot_amplitudes, plot_monitors, plot_rate_histogram
from ephys.plotting.monitors import MONITOR_MM, draw_monitor
from ephys.plotting.style import DOUBLE_MM, figure_of, house_style, new_figure
from ephys.plotting.timeline import draw_time_axis
from ephys.report.call_picture import call_picture
from ephys.report.closer import Closer, course_closers
from ephys.report.curve_pictures import dose_response_picture
from ephys.report.findings.pictures import finding_pictures
from ephys.report.picture import Mark, Picture, picture
from ephys.report.spike_pictures import snippets_picture, waveform_picture
from ephys.report.timing_pictures import timing_pictures

_TOP_MM = 8.0  # names of what was given
_RATE_PARTS, _AMPLITUDE_PARTS, _MM_PER_PART = 5.0, 3.0, 10.0
_AMPLITUDES_SAY = "Below, the amplitude of every spike: a fall towards the threshold counterfeits inhibition."
_GAP_MM = 12.0  # a time axis and the room round it
_FEW_CELLS = 8
_ROOM_BYTES = 4_500_000  # a page is to stay below 5 MB, with one more cell and the scripts
_TABLES_BYTES = 9_000  # of one cell
_SPOT_BYTES = 40


def drawn_cells(analysis: SessionAnalysis, *, beside: Sequence[Picture] = ()) -> tuple[tuple[Picture, ...], ...]:
    """Draw the cells of a session, as many as a page has room for: serotonergic ones first, then uncertain ones.

    Parameters
    ----------
    analysis : SessionAnalysis
        The session.
    beside : sequence of Picture, optional
        Figures that are on the page already, and take room.

    Returns
    -------
    tuple of tuple of Picture
        Figures of each cell in their order there; none of those for which there was no room.
    """
    drawn: dict[int, tuple[Picture, ...]] = {}
    closers = course_closers(analysis)
    spent = _TABLES_BYTES * len(analysis.cells) + sum(map(_size, beside))
    for place in sorted(range(len(analysis.cells)), key=lambda place: _interest(analysis.cells[place])):
        if spent > _ROOM_BYTES:
            break
        cell, prefix = analysis.cells[place], f"cell-{place + 1}"
        drawn[place] = tuple(cell_pictures(cell, analysis, prefix=prefix, closer=closers[place]))
        spent += sum(map(_size, drawn[place]))
    return tuple(drawn.get(place, ()) for place in range(len(analysis.cells)))


def _interest(cell: CellAnalysis) -> int:
    """How soon a cell is drawn."""
    return {"serotonergic": 0, "uncertain": 1}.get(cell.final_label, 2)


def _size(one: Picture) -> int:
    """Bytes that a figure takes in a page."""
    spots = sum(len(spot.text) + _SPOT_BYTES for spot in one.spots)
    return len(one.svg) + spots + (one.closer.n_bytes if one.closer else 0)


def cell_pictures(
    cell: CellAnalysis, analysis: SessionAnalysis, *, prefix: str, closer: Closer | None = None
) -> Iterator[Picture]:
    """Draw everything that there is to see of one cell.

    Parameters
    ----------
    cell : CellAnalysis
        The cell.
    analysis : SessionAnalysis
        Its session.
    prefix : str
        Of the identifiers inside the figures; each cell of a page needs its own.
    closer : Closer, optional
        What the course carries for those who look closely.

    Yields
    ------
    Picture
        Course through the session, dose-response of each agonist, call, spikes, intervals, autocorrelogram, and what
        was found beside: superfused solutions, the antagonist, ejections.
    """
    doubt = scale_sentence(analysis.session)
    yield _course(cell, analysis, prefix, closer)
    for i, fit in enumerate(cell.fits, start=1):
        yield dose_response_picture(fit, prefix=f"{prefix}-dose-{i}")
    if cell.classification is not None:
        yield call_picture(cell.classification, prefix=prefix)
    if cell.shape is not None:
        yield waveform_picture(cell.shape, cell, doubt=doubt, prefix=prefix)
        if len(analysis.cells) <= _FEW_CELLS:
            yield snippets_picture(cell.unit, doubt=doubt, prefix=prefix)
    yield from timing_pictures(cell, analysis.baseline, prefix=prefix)
    for i, finding in enumerate(cell.findings, start=1):
        yield from finding_pictures(finding, prefix=f"{prefix}-finding-{i}")


def monitors_picture(session: Session, protocol: DoseProtocol) -> Picture:
    """Draw the slow signals of a session, with what was given.

    Parameters
    ----------
    session : Session
        With monitors.
    protocol : DoseProtocol
        What was given, as it was used.
    """
    names = ", ".join(f"{monitor.name} ({monitor.unit or 'unit not stated'})" for monitor in session.monitors)
    return picture(
        figure_of(plot_monitors(session, protocol=protocol)),
        prefix="session-monitors",
        description=f"Slow signals through the session: {names}; {_given_text(protocol)}.",
        caption="Slow signals through the session, with what was given. They alter no count.",
        wide=True,
    )


def _given_text(protocol: DoseProtocol) -> str:
    """How many administrations are marked."""
    n = len(protocol.administrations)
    return f"{n} administration{'' if n == 1 else 's'} marked"


def _course(cell: CellAnalysis, analysis: SessionAnalysis, prefix: str, closer: Closer | None) -> Picture:
    """Rate and amplitude through the session, on one time axis: silence and loss side by side."""
    histogram = rate_histogram(cell.unit, within=_whole(analysis))
    sized = bool(np.isfinite(cell.unit.amplitudes_uv).any())
    above = _drawn_course(cell, analysis, histogram, sized=sized)
    description = (
        f"Unit {cell.unit.id} through the session: {cell.unit.n_spikes} spikes in "
        f"{cell.unit.support.duration_s:.0f} s, at most {histogram.counts.max(initial=0)} per {histogram.bin_s:g} s, "
        f"{_given_text(analysis.protocol)}"
        f"{'; below it the amplitude of every spike with the detection threshold' if sized else ''}"
        f"{''.join(f'; {monitor.name}' for monitor in course_monitors(analysis))}."
    )
    caption = (
        f"Spikes per {histogram.bin_s:g} s with what was given, the baseline and the read-out windows (lines: their "
        f"mean rate). {_AMPLITUDES_SAY if sized else 'No amplitudes are known.'}{scale_sentence(analysis.session)}"
    )
    return picture(
        figure_of(above),
        prefix=f"{prefix}-course",
        description=description,
        caption=caption,
        wide=True,
        marks=_bin_marks(histogram, above),
        reach="column",
        closer=closer,
    )


def _whole(analysis: SessionAnalysis) -> Epoch:
    """The session, from end to end."""
    return Epoch(analysis.session.support.start_s, analysis.session.support.stop_s)


def _drawn_course(cell: CellAnalysis, analysis: SessionAnalysis, histogram: RateHistogram, *, sized: bool) -> Axes:
    """Draw rate, amplitudes where there are any, and monitors under each other; return the panel of the rate."""
    protocol, monitors = analysis.protocol, course_monitors(analysis)
    with house_style():
        parts = (_RATE_PARTS, *([_AMPLITUDE_PARTS] if sized else []), *(MONITOR_MM / _MM_PER_PART for _ in monitors))
        height_mm = _MM_PER_PART * sum(parts) + _TOP_MM + _GAP_MM * len(parts)
        figure = new_figure(width_mm=DOUBLE_MM, height_mm=height_mm)
        panels = figure.subplots(len(parts), 1, height_ratios=parts, gridspec_kw={"hspace": 0.14}, squeeze=False)
        above, *slow = cast(list[Axes], panels[:, 0].tolist())
        plot_rate_histogram(histogram, protocol, windows=cell.windows, ax=above)
        if sized:
            below, *slow = slow
            plot_amplitudes(cell.unit, protocol, label_doses=False, within=_whole(analysis), ax=below)
            below.set_xlim(above.get_xlim())
        for ax, monitor in zip(slow, monitors, strict=True):
            draw_time_axis(ax, *above.get_xlim())
            draw_monitor(ax, monitor, protocol)
    return above


def course_monitors(analysis: SessionAnalysis) -> tuple[Monitor, ...]:
    """Slow signals under the course of each cell; none where so many cells would repeat them, once for all then."""
    return analysis.session.monitors if len(analysis.cells) <= _FEW_CELLS else ()


def scale_sentence(session: Session) -> str:
    """What to know beside every amplitude, as a sentence; empty where nothing is odd about the scale."""
    odd = any(map(is_of_scale, session.doubts))
    return " The scale in µV is in doubt (see the summary)." if odd else ""


def _bin_marks(histogram: RateHistogram, ax: Axes) -> Iterator[Mark]:
    """What is said of each bin: when, how many, how fast."""
    for start_s, count, rate_hz in zip(histogram.edges_s, histogram.counts, histogram.rate_hz, strict=False):
        if math.isfinite(rate_hz):
            text = f"{start_s / 60:.1f} min: {count} spikes in {histogram.bin_s:g} s, {rate_hz:.2f} Hz"
            yield Mark(ax, float(start_s + histogram.bin_s / 2.0), float(count), text)
