"""The amplifier's band, as the user states it."""

from __future__ import annotations

from dataclasses import replace

from ephys.io.contents import Contents
from ephys.io.told import Band
from ephys.model import ReadingSettings, Waveform
from ephys.sorting.waveforms import joint_filter


def with_band(contents: Contents, reading: ReadingSettings) -> Contents:
    """Contents whose own waveforms came through a stated band, too."""
    if not reading.band_hz:
        return contents
    units = tuple(
        unit if unit.waveform is None else replace(unit, waveform=_through(unit.waveform, reading.band))
        for unit in contents.session.units
    )
    return replace(contents, session=replace(contents.session, units=units))


def _through(waveform: Waveform, band_hz: Band) -> Waveform:
    """Return a waveform that came through an amplifier, which runs one way, before the filter that it states."""
    if waveform.band_hz[0] is None:
        return replace(waveform, band_hz=band_hz, phase="causal")
    through_hz, phase = joint_filter(waveform.band_hz, band_hz)
    return replace(waveform, band_hz=through_hz, phase=waveform.phase if phase == "zero" else phase)
