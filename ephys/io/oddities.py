"""What is odd about a file beyond what its reader says: scale, rails, polarity, marks and clocks."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ephys.io.contents import Channel, Contents, covers
from ephys.io.looks import Look, Polarity, spike_polarity
from ephys.model import Epoch, Session, Waveform, monitor_kind

LEAST_NOISE_UV, MOST_NOISE_UV = 0.5, 500.0
"""Noise between 300 and 3000 Hz that an electrode can have, generously (convention)."""

_USUAL_WIRE_HZ = 10_000.0
"""Single units are usually digitised from here up (convention: 10 to 50 kHz)."""

_MOST_HZ = 500_000.0
"""No acquisition system samples a wire faster (convention)."""

_LONGEST_S = 7 * 86_400.0
"""No acute recording lasts longer than a week (convention)."""

_LATE_S = 1.0
"""A clock that begins later than this is spoken of (convention)."""

_FEW_SPIKES, _ONE_WAY = 10, 0.75
"""So many spikes on a wire, and such a share of them one way, tell its polarity (convention)."""

_MANY_MARKS = 50
"""So many marks without text may be a spike train (convention)."""

_NAMED = 5


@dataclass(frozen=True)
class Found:
    """A file with what a look at its channels and units gave."""

    contents: Contents
    looks: Mapping[int, Look]
    polarities: Mapping[str, Polarity]


def polarities_of(session: Session) -> dict[str, Polarity]:
    """Polarity of each unit whose waveforms came with it, by its name; what is no single unit has none."""
    shaped = {unit.id: unit.waveform for unit in session.units if not unit.multi_unit and unit.waveform is not None}
    return {name: spike_polarity(wave) for name, wave in shaped.items() if _is_seen(wave)}


def _is_seen(wave: Waveform) -> bool:
    """Whether a snippet is whole: NaN is what lay in a gap or past the end."""
    return bool(wave.snippets_uv.size and np.isfinite(wave.snippets_uv).all(axis=(1, 2)).any())


def oddities(found: Found) -> tuple[str, ...]:
    """Return what is odd, in words, the voltage first.

    Parameters
    ----------
    found : Found
        File, looks and polarities.

    Returns
    -------
    tuple of str
    """
    return (
        *_value_doubts(found),
        *_scale_doubts(found),
        *_polarity_doubts(found),
        *_clock_doubts(found.contents),
        *_mark_doubts(found.contents.session),
        *_train_doubts(found.contents.session),
        *_band_doubts(found.contents.session),
    )


def _several(names: Sequence[str]) -> str:
    """Return names in a row, the first few of many."""
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")


def _called(channel: Channel) -> str:
    return f"{channel.number} {channel.name!r}"


# --- values ----------------------------------------------------------------------------------------------------------


def _value_doubts(found: Found) -> Iterator[str]:
    """Say which channels stand still, stand at a rail, or hold no numbers, and which state no unit."""
    seen = [(c, found.looks[c.number]) for c in found.contents.channels if c.number in found.looks]
    flat = [f"{_called(c)} ({look.low:.4g} {look.unit}".rstrip() + ")" for c, look in seen if look.levels == 1]
    if flat:
        yield f"one value throughout, as far as was looked: {_several(flat)}: not connected?"
    switched = [_called(c) for c, look in seen if look.levels == 2]
    if switched:
        yield f"two values only: {_several(switched)}: a switch, or spikes or marks sampled as a waveform, no voltage"
    railed = [f"{_called(c)} ({100 * look.at_rail:.2g} %)" for c, look in seen if look.at_rail]
    if railed:
        yield f"values stand at the end of their range, as if clipped: {_several(railed)}"
    missing = [f"{_called(c)} ({100 * look.missing:.2g} %)" for c, look in seen if look.missing]
    if missing:
        yield f"values that are no numbers: {_several(missing)}"
    unitless = [_called(c) for c, _ in seen if not c.unit.strip() and c.used != "wire"]
    if unitless:
        yield f"no unit stated, numbers as stored: {_several(unitless)}"


def _scale_doubts(found: Found) -> Iterator[str]:
    """Say where rate or noise of a wire cannot be those of an electrode."""
    for channel in found.contents.channels:
        if channel.kind != "voltage" or not channel.count:
            continue
        if channel.sampling_hz > _MOST_HZ:
            yield f"channel {_called(channel)} claims {channel.sampling_hz:g} Hz, which cannot be"
        elif channel.used == "wire" and channel.sampling_hz < _USUAL_WIRE_HZ:
            yield (
                f"wire {_called(channel)} is sampled at {channel.sampling_hz:g} Hz, single units usually at 10 to 50 "
                "kHz: spikes are coarse, narrow ones may be missed"
            )
        look = found.looks.get(channel.number)
        noise_uv = look.noise_uv if look and look.unit == "µV" else math.nan
        if 0 < noise_uv < LEAST_NOISE_UV:
            yield (
                f"wire {_called(channel)}: noise of {noise_uv:.2g} µV is less than an electrode has: are its numbers "
                "mV or V? unit (--unit) or gain_uv (--gain-uv) sets the scale"
            )
        elif noise_uv > MOST_NOISE_UV and not _coarse(channel, found.contents.session.doubts):
            yield (
                f"wire {_called(channel)}: noise of {noise_uv:.3g} µV is more than an electrode has: is the "
                "amplifier's gain missing? gain_uv (--gain-uv) sets the scale"
            )


def _coarse(channel: Channel, doubts: Sequence[str]) -> bool:
    """Whether the reader said already that the channel's counts are too coarse."""
    return any(repr(channel.name) in doubt and "per count" in doubt for doubt in doubts)


def _polarity_doubts(found: Found) -> Iterator[str]:
    """Say which spikes are negative-first, or of no sure polarity; where units have no shapes, ask the wire."""
    known = found.polarities
    negative = [repr(name) for name, polarity in known.items() if polarity.first == "negative"]
    unclear = [repr(name) for name, polarity in known.items() if polarity.first == "unclear"]
    inverted = "an inverted amplifier? The classical 5-HT spike is positive-first; no width depends on the sign"
    if negative:
        more = "" if len(negative) + len(unclear) == len(known) else ", others are positive-first"
        yield f"spikes are negative-first in unit {_several(negative)}{more}: {inverted}"
    if unclear:
        yield f"polarity unclear, both phases much alike: unit {_several(unclear)}"
    if known:
        return
    for channel in found.contents.channels:
        look = found.looks.get(channel.number)
        if look is None or look.up + look.down < _FEW_SPIKES:
            continue
        share = look.down / (look.up + look.down)
        seen = f"wire {_called(channel)}: of {look.up + look.down} spikes seen {look.down} point down"
        if share > _ONE_WAY:
            yield f"{seen}: {inverted}"
        elif share > 1.0 - _ONE_WAY:
            yield f"{seen}: cells of either polarity, or spikes with two phases much alike"


# --- clocks ----------------------------------------------------------------------------------------------------------


def _clock_doubts(contents: Contents) -> Iterator[str]:
    """Say where the clock begins late, and which channels cover another time than the session."""
    support = contents.session.support
    if support.duration_s > _LONGEST_S:
        yield (
            f"{support.duration_s / 86_400.0:.0f} days recorded, which cannot be: files or channels of several clocks "
            "lie together here, and every rate is wrong; read those of one recording alone"
        )
    if support.start_s > _LATE_S:
        yield (
            f"the recording begins at {support.start_s:.7g} s of its clock: times in a dose table are meant on this "
            "clock; clock_offset_s (--clock-offset-s) shifts those that are not"
        )
    apart = [
        f"{_called(c)} ({c.start_s:.6g} to {c.stop_s:.6g} s)"
        for c in contents.channels
        if c.kind == "voltage" and c.count and not covers(c, support)
    ]
    if apart:
        yield (
            f"sampled for another time than the session's {support.start_s:.6g} to {support.stop_s:.6g} s: "
            f"{_several(apart)}"
        )


def _mark_doubts(session: Session) -> Iterator[str]:
    """Say which marks lie where nothing was recorded."""
    support = session.support
    whole = Epoch(support.start_s, support.stop_s)
    for name in dict.fromkeys(event.channel for event in session.events):
        times_s = np.array([event.time_s for event in session.events if event.channel == name])
        beyond = times_s[~(whole.mask(times_s) | (times_s == support.stop_s))]
        paused = int((~support.mask(times_s)).sum()) - len(beyond)
        if len(beyond):
            yield (
                f"{len(beyond)} of {len(times_s)} marks of {name!r} lie outside what was recorded "
                f"({support.start_s:.6g} to {support.stop_s:.6g} s), the first at {beyond[0]:.6g} s: another clock? "
                "clock_offset_s (--clock-offset-s) shifts marks and doses"
            )
        if paused:
            yield f"{paused} of {len(times_s)} marks of {name!r} lie in gaps"


def _train_doubts(session: Session) -> Iterator[str]:
    """Ask whether marks without text are spikes, in a file that has no wire."""
    if session.recording is not None:
        return
    bare = Counter(event.channel for event in session.events if not event.text)
    many = [repr(name) for name, n in bare.items() if n >= _MANY_MARKS and not monitor_kind(name)]
    if many:
        yield (
            f"no wire, but many marks without text in {_several(many)}: if they are spikes, spikes (--spikes) reads "
            "them as a unit"
        )


def _band_doubts(session: Session) -> Iterator[str]:
    """Say how a band that is not stated is stated once."""
    shaped = [unit.waveform for unit in session.units if unit.waveform]
    bands = [wave.band_hz for wave in shaped] + ([session.recording.band_hz] if session.recording else [])
    if any(low is None for low, _ in bands):
        yield (
            "the amplifier's band is not stated: no width will be judged. Say it once, and it is kept: ephys info FILE "
            "--band-hz LO HI --save-settings rig.toml; then --settings rig.toml, with any command"
        )
