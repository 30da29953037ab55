"""What the figure of the voltage carries: the envelope of the session, and every sample where it matters."""

from __future__ import annotations

import math

import numpy as np

from ephys.model import Epoch, Unit
from ephys.plotting.palette import LIGHT
from ephys.plotting.trace import largest_channel
from ephys.report.closer.carried import VOLTAGE_BYTES, Closer, Data, Item, colour_name
from ephys.report.closer.numbers import IntArray, coded, ticks
from ephys.report.closer.voltage_plan import VoltagePlan
from ephys.sorting import VoltageTrace, voltage_trace
from ephys.sorting.features import FeatureSettings

PER_S = 1_000_000
"""Ticks in a second."""

POINTS = 3000
"""Of the envelope: a point for each dot of a wide screen."""

_LONGEST_S = 2.0
_SHORTEST_S = 0.1
_BYTES_PER_SAMPLE = 4.0
_LEVELS = 2000.0  # of the range of the voltage: more than a screen has lines


def voltage_closer(plan: VoltagePlan, *, budget: int = VOLTAGE_BYTES) -> Closer:
    """Give what the figure of the voltage carries; the recording is read once, chunk by chunk.

    Parameters
    ----------
    plan : VoltagePlan
        Which voltage.
    budget : int, optional
        Bytes of the stretches together: the more places there are, the shorter each.

    Returns
    -------
    Closer
    """
    envelope = _read(plan, plan.whole, POINTS)
    low_uv, high_uv = (float(end[0]) for end in envelope.range_uv(plan.artefacts))
    per_mv = max(1, round(1e3 * _LEVELS / max(high_uv - low_uv, 1.0)))
    seconds, n_places = _affordable(plan, budget)
    stretches = [_around(plan, place, seconds) for place in plan.places[:n_places]]
    data = (
        ("per-second", str(PER_S)),
        ("per-millivolt", str(per_mv)),
        ("origin", repr(plan.whole.start_s)),
        ("stop", str(math.ceil(plan.whole.duration_s * PER_S))),
        ("sampling", repr(plan.recording.sampling_hz)),
        ("low", str(math.floor(low_uv * per_mv / 1e3))),
        ("high", str(math.ceil(high_uv * per_mv / 1e3))),
        ("alert-colour", colour_name(LIGHT.agonist)),
        ("place-colour", colour_name(LIGHT.baseline)),
        *_spike_window(),
        *_envelope(plan, envelope, per_mv),
    )
    lists = (
        ("stretches", tuple(_stretch(plan, stretch, per_mv) for stretch in stretches)),
        ("units", tuple(_unit(plan, place, unit, stretches, per_mv) for place, unit in enumerate(plan.units))),
        ("told", tuple(Item(note) for note in _notes(plan, envelope, n_places))),
    )
    return Closer("voltage", data, lists)


def _read(plan: VoltagePlan, within: Epoch, most_points: int) -> VoltageTrace:
    """Read a stretch as it is shown."""
    return voltage_trace(
        plan.recording,
        within=within,
        channels=(plan.channel,),
        sorting=plan.sorting,
        artefacts=plan.artefacts,
        most_points=most_points,
    )


def _affordable(plan: VoltagePlan, budget: int) -> tuple[float, int]:
    """How long each stretch can be, and how many there can be."""
    samples = budget / _BYTES_PER_SAMPLE
    n_places = min(len(plan.places), max(1, int(samples / (_SHORTEST_S * plan.recording.sampling_hz))))
    return min(_LONGEST_S, samples / (n_places * plan.recording.sampling_hz)), n_places


def _around(plan: VoltagePlan, place: Epoch, seconds: float) -> Epoch:
    """Give the last seconds of a place, or some round a short one, as far as they were recorded in one go."""
    run = next(one for one in reversed(plan.recording.support.epochs) if one.overlap(place) > 0)
    stop_s = min(run.stop_s, max(place.stop_s, place.start_s + seconds))
    return Epoch(max(run.start_s, stop_s - seconds), stop_s, place.label)


def _spike_window() -> Data:
    """How far a spike reaches from its peak."""
    before_ms, after_ms = FeatureSettings().window_ms
    return ("before", str(round(-before_ms * PER_S / 1e3))), ("after", str(round(after_ms * PER_S / 1e3)))


def _envelope(plan: VoltagePlan, trace: VoltageTrace, per_mv: int) -> Data:
    """Lowest and highest sample of each point, when it begins, and what was recorded or taken out."""
    known = np.isfinite(trace.low_uv[:, 0])
    spans = (("recorded", plan.recording.support.epochs), ("artefacts", plan.artefacts))
    return (
        ("point", str(round(trace.point_s * PER_S))),
        ("times", coded(_ticks(plan, trace.times_s[known]))),
        ("lowest", coded(_levels(trace.low_uv[known, 0], per_mv))),
        ("highest", coded(_levels(trace.high_uv[known, 0], per_mv))),
        *(
            (name, coded(_ticks(plan, np.array([edge for e in epochs for edge in (e.start_s, e.stop_s)]))))
            for name, epochs in spans
        ),
    )


def _ticks(plan: VoltagePlan, times_s: np.typing.NDArray[np.float64]) -> IntArray:
    """Times on the clock of the figure."""
    return ticks(times_s, start_s=plan.whole.start_s, per_s=PER_S)


def _levels(voltage_uv: np.typing.NDArray[np.float32], per_mv: int) -> IntArray:
    """Voltage in steps."""
    levels: IntArray = np.rint(voltage_uv.astype(np.float64) * per_mv / 1e3).astype(np.int64)
    return levels


def _stretch(plan: VoltagePlan, stretch: Epoch, per_mv: int) -> Item:
    """Every sample of a stretch."""
    trace = _read(plan, stretch, plan.recording.n_samples)
    start = _ticks(plan, trace.times_s[:1])[0]
    return Item(stretch.label, (("start", str(start)), ("samples", coded(_levels(trace.low_uv[:, 0], per_mv)))))


def _unit(plan: VoltagePlan, place: int, unit: Unit, stretches: list[Epoch], per_mv: int) -> Item:
    """Spikes of a unit in the stretches; its threshold where this is the wire on which it is largest."""
    inside = np.zeros(unit.n_spikes, dtype=bool)
    for stretch in stretches:
        inside |= stretch.mask(unit.times_s)
    data: Data = (
        ("times", coded(_ticks(plan, unit.times_s[inside]))),
        ("colour", colour_name(LIGHT.series(place))),
    )
    own = largest_channel(unit, plan.recording.n_channels) == plan.channel
    if plan.sorting is not None and own and unit.threshold_uv > 0:
        data += (("threshold", str(round(unit.threshold_uv * per_mv / 1e3))),)
    return Item(f"{'multi-unit' if unit.multi_unit else 'unit'} {unit.id}", data)


def _notes(plan: VoltagePlan, envelope: VoltageTrace, n_places: int) -> list[str]:
    """What must be known of what is shown."""
    notes = [f"{envelope.channel_names[0]}, {envelope.band_text}, {envelope.sampling_hz:g} samples per second"]
    if n_places < len(plan.places):
        notes.append(f"every sample of the first {n_places} of {len(plan.places)} places")
    low_uv, high_uv = (float(end[0]) for end in envelope.range_uv(plan.artefacts))
    if np.nanmin(envelope.low_uv) < low_uv or np.nanmax(envelope.high_uv) > high_uv:
        notes.append("artefacts are cut off at the edges of the view")
    return notes
