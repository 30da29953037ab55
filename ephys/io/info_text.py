"""The page that says what a file holds, for a terminal of 80 columns."""

from __future__ import annotations

import dataclasses
import math
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ephys.io.contents import Channel, covers
from ephys.io.looks import Look, Polarity
from ephys.io.told import stated
from ephys.model import Administration, Event, ReadingSettings, Session, Subject, Unit

WIDTH = 80
_MILLIVOLTS_UV = 1e4
"""From here on a wire's range is read more easily in mV."""

_MOST, _MOST_GAPS, _MOST_TIMES, _MOST_NAMES = 20, 5, 4, 6
"""Lines of a list, and gaps, that are printed unless all are asked for; times of bare marks, and names in a row."""


def page(
    session: Session,
    channels: Sequence[Channel],
    *,
    title: str,
    looks: Mapping[int, Look],
    polarities: Mapping[str, Polarity],
    doubts: Sequence[str],
    everything: bool,
) -> str:
    """Return what a file holds as text.

    Parameters
    ----------
    session, channels : Session, sequence of Channel
        What was read.
    title : str
        First line.
    looks, polarities : mapping
        By the channel's number, and by the unit's name.
    doubts : sequence of str
        What is odd.
    everything : bool
        Whether long lists are printed whole.
    """
    most = max(len(channels), len(session.units), len(session.events), 1) if everything else _MOST
    names = {unit.id for unit in session.units}
    held = [
        channel for channel in channels if channel.count and not (channel.kind == "spikes" and channel.name in names)
    ]
    blocks = (
        _block("channels", [_channel_line(c, looks.get(c.number), session) for c in held], most),
        _named("empty", [channel for channel in channels if not channel.count]),
        _named(
            "one unit each", [channel for channel in channels if channel.count and channel not in held] if held else []
        ),
        _block("units", [_unit_line(unit, polarities.get(unit.id)) for unit in session.units], most),
        _block("marks", list(_mark_lines(session.events, most)), len(session.events) + most),
        _block("given", [_given_line(given) for given in session.protocol.administrations], most),
        _doubt_lines(doubts),
    )
    head = [title, *_head(session, everything=everything)]
    return "\n".join([*(line for text in head for line in _wrapped(text, "")), *(line for b in blocks for line in b)])


def _wrapped(text: str, lead: str, hang: int = 2) -> list[str]:
    """Lines that keep to the width, the later ones set in by `hang`; long names are not broken."""
    return textwrap.wrap(
        text, WIDTH, initial_indent=lead, subsequent_indent=" " * hang, break_long_words=False, break_on_hyphens=False
    )


def _block(title: str, lines: Sequence[str], most: int) -> list[str]:
    """Return a titled list, cut short; nothing for an empty one."""
    if not lines:
        return []
    more = [f"  and {len(lines) - most} more; --all shows them"] if len(lines) > most else []
    return ["", f"{title}:", *(part for line in lines[:most] for part in _wrapped(line, "  ", 6)), *more]


def _doubt_lines(doubts: Sequence[str]) -> list[str]:
    """Every doubt; a doubt is never cut."""
    return ["", "doubts:", *(line for doubt in doubts for line in _wrapped(doubt, "  - ", 4))] if doubts else []


# --- the session -----------------------------------------------------------------------------------------------------


def _head(session: Session, *, everything: bool) -> Iterator[str]:
    """What is known of the session as a whole."""
    support, gaps = session.support, session.support.gaps
    began = f", begun {session.started_at:%Y-%m-%d %H:%M:%S}" if session.started_at else ", clock time not known"
    yield (
        f"session {session.id}: {duration(support.duration_s)} recorded, {seconds(support.start_s)} to "
        f"{seconds(support.stop_s)} s{began}"
    )
    if said := said_text(session.reading):
        yield f"you said: {said}"
    if gaps:
        shown = gaps if everything else gaps[:_MOST_GAPS]
        more = "; --all shows the others" if len(gaps) > len(shown) else ""
        total_s, longest_s = sum(gap.duration_s for gap in gaps), max(gap.duration_s for gap in gaps)
        listed = ", ".join(f"{seconds(gap.start_s)} to {seconds(gap.stop_s)}" for gap in shown)
        yield f"gaps: {len(gaps)}, {duration(total_s)} in all, the longest {duration(longest_s)}: {listed} s{more}"
    if subject := subject_text(session.subject):
        yield f"subject: {subject}"
    yield from _bands(session)
    if session.protocol.administrations:
        baseline = session.protocol.baseline
        yield (
            f"baseline: {seconds(baseline.start_s)} to {seconds(baseline.stop_s)} s"
            if baseline
            else "baseline: none, nothing was recorded before the first administration"
        )


def _bands(session: Session) -> Iterator[str]:
    """Band of the wire, and those of the shapes that came with the file, and who says so."""
    source = "as you said" if session.reading.band_hz else "as the file states it"
    if session.recording is not None and session.recording.band_hz != (None, None):
        yield f"band: {_band_text(session.recording.band_hz)}, {source}"
    if session.reading.band_hz and session.recording is not None:
        return
    shapes = [unit.waveform for unit in session.units if unit.waveform is not None]
    through = dict.fromkeys((shape.band_hz, shape.phase) for shape in shapes if shape.band_hz != (None, None))
    if through:
        told = "; ".join(f"{_band_text(band_hz)}, {phase} phase" for band_hz, phase in through)
        yield f"band of the units' shapes: {told}, {source}"


def _band_text(band_hz: tuple[float | None, float | None]) -> str:
    """Edges of a band."""
    low, high = ("?" if edge is None else f"{edge:g}" for edge in band_hz)
    return f"{low} to {high} Hz"


def said_text(reading: ReadingSettings) -> str:
    """What the user said of the file, in words.

    >>> said_text(ReadingSettings(wire=("2",), gain_uv=0.1, band_hz=(0.1, math.nan)))
    'wire 2, gain 0.1 µV, band 0.1 to ? Hz'
    """
    words = {name: _said_value(value) for name, value in stated(reading).items()}
    forms = {
        "wire": "wire {}", "group": "electrode group {}", "monitors": "monitor {}", "spikes": "spikes in {}",
        "gain_uv": "gain {} µV", "unit": "unit {}", "clock_offset_s": "clock offset {} s",
    }  # fmt: skip
    if "band_hz" in words:
        forms["band_hz"] = "band {} Hz"
        words["band_hz"] = " to ".join("?" if math.isnan(edge) else f"{edge:g}" for edge in reading.band_hz)
    return ", ".join(forms.get(name, name + " {}").format(text) for name, text in words.items())


def _said_value(value: object) -> str:
    """One thing that was said."""
    if isinstance(value, tuple):
        return ", ".join(_said_value(each) for each in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def subject_text(subject: Subject) -> str:
    """The animal, as far as it is stated.

    >>> subject_text(Subject(animal="R12", species="Rattus norvegicus", weight_g=310.0))
    'R12, Rattus norvegicus, 310 g'
    """
    values = (getattr(subject, field.name) for field in dataclasses.fields(subject))
    known = (value for value in values if value and not (isinstance(value, float) and math.isnan(value)))
    return ", ".join(f"{value:g} g" if isinstance(value, float) else str(value) for value in known)


def duration(length_s: float) -> str:
    """Length in the units that it is read in.

    >>> duration(0.0827), duration(20.94), duration(935.5), duration(16000.0)
    ('0.0827 s', '20.9 s', '15 min 35.5 s', '4 h 26 min 40 s')
    """
    if length_s < 60:
        return f"{length_s:.3g} s"
    tenths = round(length_s * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min {rest / 10:.0f} s" if hours else f"{minutes} min {rest / 10:.1f} s"


def seconds(time_s: float) -> str:
    """Time to the millisecond.

    >>> seconds(4e-05), seconds(119.95128), seconds(2.0)
    ('0', '119.951', '2')
    """
    return f"{round(time_s, 3) + 0.0:.3f}".rstrip("0").rstrip(".")


# --- channels, units, marks ------------------------------------------------------------------------------------------


def _channel_line(channel: Channel, look: Look | None, session: Session) -> str:
    """One channel: what it became, rate, range, and its time where that is not the session's."""
    kind = f" ({channel.shows})" if channel.used != "wire" and channel.shows else ""
    what = {"voltage": "samples", "spikes": "spikes", "event": "marks"}[channel.kind]
    count = "1 mark" if what == "marks" and channel.count == 1 else f"{channel.count} {what}"
    parts = [f"{channel.used}{kind}", count]
    if not math.isnan(channel.sampling_hz):
        parts[-1] += f" at {channel.sampling_hz:g} Hz"
    if channel.kind == "voltage":
        parts.append(duration(channel.count / channel.sampling_hz))
    if not (math.isnan(channel.start_s) or (channel.kind == "voltage" and covers(channel, session.support))):
        first, last = seconds(channel.start_s), seconds(channel.stop_s)
        parts.append(f"{first} to {last} s" if first != last else f"at {first} s")
    if channel.kind == "voltage":
        parts.append(_range_text(channel, look))
    if channel.lost:
        parts.append("part of it is lost to damage")
    return f"{channel.number:>3} {channel.name!r}: {'; '.join(parts)}"


def _range_text(channel: Channel, look: Look | None) -> str:
    """Range of the values that were seen, with the part of the channel that they are."""
    stated_unit = f"unit {channel.unit}" if channel.unit else "no unit"
    if look is None:
        return stated_unit
    if math.isnan(look.low):
        return f"{stated_unit}, no number seen"
    within = "" if look.whole else f" in {look.seen_s:.3g} s looked at"
    scale, unit = (
        (1e-3, "mV") if look.unit == "µV" and max(-look.low, look.high) >= _MILLIVOLTS_UV else (1.0, look.unit)
    )
    return f"{_value(look.low * scale)} to {_value(look.high * scale)} {unit or '(no unit)'}{within}"


def _value(value: float) -> str:
    """Value of a range.

    >>> _value(-1234.56), _value(0.012345), _value(0.0)
    ('-1235', '0.0123', '0')
    """
    return f"{value:.0f}" if 1000 <= abs(value) < 1e7 else f"{value:.3g}"


def _named(what: str, channels: Sequence[Channel]) -> list[str]:
    """Name channels that need no line of their own, in one line."""
    names = [f"{channel.number} {channel.name!r}" for channel in channels]
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return _wrapped(f"{what}: {', '.join(names[:_MOST_NAMES])}{more}", "  ", 6) if names else []


def _unit_line(unit: Unit, polarity: Polarity | None) -> str:
    """One unit: its code is in its name."""
    rate_hz = unit.n_spikes / unit.support.duration_s
    parts = [f"{unit.n_spikes} spikes", f"{rate_hz:.3g} Hz", *([polarity.text] if polarity else [])]
    kind = " (multi-unit)" if unit.multi_unit else ""
    return f"{unit.id!r}{kind}: {', '.join(parts)}; from {_ORIGINS.get(unit.origin, unit.origin)}"


_ORIGINS = {
    "wavemark": "the file's WaveMarks", "file": "the file's own sorting", "times": "spike times alone",
    "events": "marks taken as spikes", "sort": "sorting by ephys", "nwb": "the file's table of units",
    "simulated": "a simulation",
}  # fmt: skip


def _mark_lines(events: Sequence[Event], most: int) -> Iterator[str]:
    """Marks by channel: how many, when, which edges; and each text with its time, or how often each code."""
    for name in dict.fromkeys(event.channel for event in events):
        marks = [event for event in events if event.channel == name]
        edges = Counter(mark.polarity for mark in marks if mark.polarity)
        listed = next(iter(edges), "") if len(edges) < 2 else ", ".join(f"{n} {edge}" for edge, n in edges.items())
        head = f"{name!r}: {len(marks)}" + (f" ({listed})" if listed else "")
        texts = [_mark_text(mark) for mark in marks]
        spoken = [(mark, text) for mark, text in zip(marks, texts, strict=True) if text]
        if len(spoken) > most and not any(letter.isalpha() for text in texts for letter in text):
            codes = Counter(text for _, text in spoken).most_common()
            more = f" and {len(codes) - _MOST_NAMES} other codes" if len(codes) > _MOST_NAMES else ""
            yield f"{head}; {', '.join(f'{n} x {text}' for text, n in codes[:_MOST_NAMES])}{more}; --all shows them"
            continue
        few = [seconds(mark.time_s) for mark in marks[:_MOST_TIMES]]
        times = "" if spoken else f"; at {', '.join(few)}{', ...' if len(marks) > len(few) else ''} s"
        yield f"{head}{times}"
        yield from (f"{mark.time_s:12.3f} s  {text}" for mark, text in spoken[:most])
        if len(spoken) > most:
            yield f"             and {len(spoken) - most} more; --all shows them"


def _mark_text(mark: Event) -> str:
    """Text and code of a mark; a code that cannot be printed is none."""
    code = mark.code if mark.code.isprintable() else ""
    return " ".join(filter(None, (mark.text, f"[{code}]" if code.strip() else "")))


def _given_line(given: Administration) -> str:
    """One administration."""
    kind = f" ({given.dose_kind})" if given.role == "agonist" else ""  # of others nobody asked
    dose = "dose unknown" if math.isnan(given.dose) else f"{given.dose:g} {given.dose_unit}{kind}"
    stop = "" if given.stop_s is None else f" to {seconds(given.stop_s)} s"
    return f"{given.start_s:12.3f} s{stop}  {given.drug}, {dose} {given.route}".rstrip() + f", {given.role}"
