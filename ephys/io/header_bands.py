"""The acquisition band that a file's header states: it holds where the user states none."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ephys.io.raw_spikes import Cell, Opened
from ephys.io.signals import StoredSignal
from ephys.io.told import Band
from ephys.io.trains import Train
from ephys.model import ReadingSettings
from ephys.model.unit import Phase

_WORD = re.compile(r"^\s*-(\w+)[ \t]+(\S+)", re.MULTILINE)
_NO_FILTER = 0
"""Blackrock's type of a filter that is not there (File Specifications 2.3: 0 none, 1 Butterworth)."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A pass band, and the phase of its high-pass.

    Parameters
    ----------
    band_hz : tuple of (float or None, float or None)
        Edges; ``None`` where the header does not state one.
    phase : {"zero", "causal", "unknown"}
        Unknown where the low edge is.
    """

    band_hz: Band = (None, None)
    phase: Phase = "unknown"


def passed(lows_hz: Sequence[Any], highs_hz: Sequence[Any], *, phase: Phase = "causal") -> Passed:
    """Return the band of stages one after another; edges that are no frequencies state nothing.

    Parameters
    ----------
    lows_hz, highs_hz : sequence
        Edges of the stages, as a header has them.
    phase : {"zero", "causal"}, optional
        Of the high-pass, where there is one. An amplifier's runs one way.

    Examples
    --------
    >>> passed([0.1, 0.8], [7600.0])
    Passed(band_hz=(0.8, 7600.0), phase='causal')
    >>> passed([600.0], [0.0]), passed([], ["9000"]), passed([6000.0], [300.0])
    (Passed(band_hz=(600.0, None), phase='causal'), Passed(band_hz=(None, 9000.0), phase='unknown'), Passed(band_hz=...
    """
    low = max((hz for edge in lows_hz if (hz := _frequency(edge))), default=None)
    high = min((hz for edge in highs_hz if (hz := _frequency(edge))), default=None)
    if low and high and not low < high:
        return Passed()
    return Passed((low, high), phase if low else "unknown")


def _frequency(edge: Any) -> float | None:
    """Return an edge in Hz; ``None`` for what is none. Single precision keeps seven digits."""
    try:
        hz = float(f"{float(edge):.7g}")
    except (TypeError, ValueError):
        return None
    return hz if 0.0 < hz < math.inf else None


def with_passed(train: Train, through: Passed) -> Train:
    """Spikes whose snippets came through a band."""
    return replace(train, band_hz=through.band_hz, phase=through.phase)


def without_bands(trains: Sequence[Train], reading: ReadingSettings) -> tuple[Train, ...]:
    """Spikes as a header has them, or, where the user states the band, as if it said nothing of it."""
    return tuple(with_passed(train, Passed()) if reading.band_hz else train for train in trains)


# --- Neuralynx -------------------------------------------------------------------------------------------------------


def neuralynx_passed(header: bytes) -> Passed:
    r"""Band by a Neuralynx header: of the digital filters that were on, and of the amplifier, in older systems.

    An FIR filter of theirs has linear phase: the delay that headers state is half its taps, at every frequency. It
    moves the spike as a whole and leaves its shape as a filter of zero phase would.

    Parameters
    ----------
    header : bytes
        The text at the beginning of the file.

    Examples
    --------
    >>> lines = ["-DSPLowCutFilterEnabled True", "-DspLowCutFrequency 600", "-DspLowCutFilterType FIR"]
    >>> neuralynx_passed("\r\n".join(lines).encode())
    Passed(band_hz=(600.0, None), phase='zero')
    """
    words = {name.lower(): value for name, value in _WORD.findall(header.decode("latin-1"))}
    low, high = (
        words.get(f"dsp{end}cutfrequency")
        if words.get(f"dsp{end}cutfilterenabled", "").lower() in ("true", "enabled")
        else None
        for end in ("low", "high")
    )
    amplifier_low = words.get("amplowcut")
    linear = words.get("dsplowcutfiltertype", "").upper() == "FIR" and not _frequency(amplifier_low)
    return passed([low, amplifier_low], [high, words.get("amphicut")], phase="zero" if linear else "causal")


# --- Blackrock -------------------------------------------------------------------------------------------------------


def blackrock_cell(raw: Any, electrode: int, cell: Cell) -> Cell:
    """Return a unit with the filter of its electrode (``NEUEVFLT``)."""
    for row in getattr(raw, "_nev_ext_header", {}).get(b"NEUEVFLT", ()):
        if int(row["electrode_id"]) == electrode:
            through = _corners(row)
            return replace(cell, band_hz=through.band_hz, phase=through.phase)
    return cell


def blackrock_signals(file: Opened, signals: Sequence[StoredSignal]) -> tuple[StoredSignal, ...]:
    """Return continuous channels with the filter of each, which files from version 2.2 on state."""
    rows = file.raw.header["signal_channels"]
    return tuple(replace(s, band_hz=_of_signal(file.raw, rows[s.channel.number - 1]).band_hz) for s in signals)


def _of_signal(raw: Any, row: Any) -> Passed:
    """Filter of one of neo's channels; its stream is the number of the ``.ns`` file."""
    stated = raw._nsx_ext_header[int(row["stream_id"])]
    if "hi_freq_corner" not in (stated.dtype.names or ()):
        return Passed()
    return next((_corners(one) for one in stated if str(one["electrode_id"]) == str(row["id"])), Passed())


def _corners(row: Mapping[str, Any]) -> Passed:
    """Band of a row with corners in mHz: the "high frequency" ones are the high-pass's, the others the low-pass's."""
    low, high = (
        float(row[f"{end}_freq_corner"]) * 1e-3 if int(row[f"{end}_freq_type"]) != _NO_FILTER else None
        for end in ("hi", "lo")
    )
    return passed([low], [high])


# --- Intan -----------------------------------------------------------------------------------------------------------


def intan_signals(file: Opened, signals: Sequence[StoredSignal]) -> list[StoredSignal]:
    """Return the channels, those of the amplifiers with their band: auxiliary inputs do not pass through it."""
    raw = file.raw
    streams = {str(row["id"]): str(row["name"]).lower() for row in raw.header["signal_streams"]}
    rows = raw.header["signal_channels"]
    band_hz = _intan_passed(raw._global_info).band_hz
    own = [streams[str(rows[s.channel.number - 1]["stream_id"])] for s in signals]
    return [
        replace(s, band_hz=band_hz) if "amplifier" in name and not name.startswith("dc") else s
        for s, name in zip(signals, own, strict=True)
    ]


def _intan_passed(header: Mapping[str, Any]) -> Passed:
    """Band of the chips: what they were set to, not what was asked for; the digital high-pass follows the analogue."""
    lows = [header.get("actual_lower_bandwidth")]
    if header.get("dsp_enabled"):
        lows.append(header.get("actual_dsp_cutoff_frequency"))
    return passed(lows, [header.get("actual_upper_bandwidth")])
