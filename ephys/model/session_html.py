"""What a session and its drug record show of themselves in a notebook; no voltage is read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ephys.jupyter import UNKNOWN, Html, brief, listed, number_text, table, unit_text

if TYPE_CHECKING:
    from ephys.model.epoch import Epoch, Support
    from ephys.model.protocol import Administration, Dose, DoseProtocol
    from ephys.model.recording import Recording
    from ephys.model.session import Monitor, Session
    from ephys.model.unit import Unit

READ_LATER = "read-out windows are placed by the settings when the session is analysed, unless somebody drew them"
"""Said where the drug record alone is shown."""


def session_parts(session: Session) -> Iterator[Html]:
    """Channels, units, doses, windows, monitors, marks, animal and files."""
    if session.recording is not None:
        yield channels_table(session.recording)
    yield units_table(session.units)
    yield from protocol_parts(session.protocol)
    yield monitors_table(session.monitors)
    marks = [[f"{event.time_s:g}", event.text, event.code, event.channel, event.polarity] for event in session.events]
    yield table(["time (s)", "text", "code", "channel", "polarity"], marks, name="marks", most_open=0)
    about = [f"animal: {brief(session.subject)}"]
    about += [f"second 0 of the clock: {session.started_at.isoformat(sep=' ')}"] if session.started_at else []
    places = {"track": session.track, "depth (µm)": number_text(session.depth_um, exact=True), "order": session.order}
    about += [f"{name}: {told}" for name, told in places.items() if told not in ("", UNKNOWN)]
    yield listed("about", [*about, *(f"file: {source.path}" for source in session.sources)])


def channels_table(recording: Recording) -> Html:
    """A row for each channel: name, unit, rate, band, duration."""
    gaps = len(recording.support.gaps)
    length = f"{recording.duration_s:g}" + (f" ({gaps} gaps)" if gaps else "")
    clock = [f"{recording.sampling_hz:g}", band_text(recording.band_hz), f"{recording.start_s:g}", length]
    rows = [[name, "µV", *clock] for name in recording.channel_names]
    return table(["channel", "unit", "sampling (Hz)", "band (Hz)", "start (s)", "duration (s)"], rows, name="channels")


def band_text(band_hz: tuple[float | None, float | None]) -> str:
    """Edges of a band.

    >>> band_text((0.1, None)), band_text((None, None))
    ('0.1 to –', '–')
    """
    low, high = (UNKNOWN if edge is None else f"{edge:g}" for edge in band_hz)
    return UNKNOWN if low == high == UNKNOWN else f"{low} to {high}"


def units_table(units: Iterable[Unit]) -> Html:
    """A row for each unit: spikes, rate, support."""
    rows = [
        [
            unit.id, str(unit.n_spikes), f"{unit.n_spikes / unit.support.duration_s:.3g}", support_text(unit.support),
            number_text(unit.threshold_uv), "several cells" if unit.multi_unit else "one cell", unit.origin,
        ]
        for unit in units
    ]  # fmt: skip
    head = ["unit", "spikes", "rate (Hz)", "recorded (s)", "threshold (µV)", "holds", "origin"]
    return table(head, rows, name="units")


def support_text(support: Support) -> str:
    """From when to when, and in how many stretches."""
    pieces = f", {len(support.epochs)} stretches" if len(support.epochs) > 1 else ""
    return f"{support.start_s:g} to {support.stop_s:g}{pieces}"


def protocol_parts(protocol: DoseProtocol) -> Iterator[Html]:
    """Doses, then baseline and drawn windows."""
    yield doses_table(protocol)
    rows = [_window_row("baseline" + (" (drawn)" if protocol.drawn_baseline else ""), protocol.baseline)]
    for number, epoch in protocol.drawn_windows:
        given = protocol.administrations[number]
        rows.append(_window_row(f"after {given.drug} at {given.start_s:g} s (drawn)", epoch))
    yield table(["window", "start (s)", "stop (s)", "duration (s)"], rows, name="windows")
    yield Html(f'<p style="margin:0;opacity:0.7">{READ_LATER}</p>')


def _window_row(name: str, epoch: Epoch | None) -> list[str]:
    """A window's bounds."""
    if epoch is None:
        return [f"no {name}", UNKNOWN, UNKNOWN, UNKNOWN]
    return [name, f"{epoch.start_s:.7g}", f"{epoch.stop_s:.7g}", f"{epoch.duration_s:.7g}"]


def doses_table(protocol: DoseProtocol) -> Html:
    """A row for each administration, the running total of each agonist beside what was added."""
    steps = {id(dose.administration): dose for drug in protocol.drugs for dose in protocol.doses(drug)}
    excluded = dict(protocol.excluded)
    rows = [
        [*_given_row(given, steps.get(id(given))), f"left out of the fit: {excluded[n]}" if n in excluded else ""]
        for n, given in enumerate(protocol.administrations)
    ]
    head = ["drug", "time (s)", "role", "route", "form", "as typed", "added", "cumulative", "remark"]
    return table(head, rows, name="doses")


def _given_row(given: Administration, step: Dose | None) -> list[str]:
    """What was given, when and how much; `step` is its place in the agonist's series."""
    time = f"{given.start_s:.7g}" + ("" if given.stop_s is None else f" to {given.stop_s:.7g}")
    increment, total, unit = (step.increment, step.cumulative, step.unit) if step else (given.dose, math.nan, "")
    return [
        given.drug, time, given.role, given.route or UNKNOWN, given.form or UNKNOWN, _amount(given.amount, given.unit),
        _amount(increment, unit or given.dose_unit), _amount(total, unit),
    ]  # fmt: skip


def _amount(value: float, unit: str) -> str:
    """An amount with its unit."""
    return UNKNOWN if math.isnan(value) else f"{value:.6g} {unit_text(unit)}".rstrip()


def monitors_table(monitors: Iterable[Monitor]) -> Html:
    """A row for each slow signal."""
    rows = [
        [one.name, one.kind or UNKNOWN, one.unit or UNKNOWN]
        + [f"{value:g}" for value in (one.sampling_hz, one.start_s, one.stop_s)]
        for one in monitors
    ]
    return table(["monitor", "kind", "unit", "sampling (Hz)", "start (s)", "stop (s)"], rows, name="monitors")
