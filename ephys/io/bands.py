"""The amplifier's band, as the user states it."""

from __future__ import annotations

from dataclasses import replace

from ephys.errors import ParameterError
from ephys.io.contents import Band, Contents
from ephys.model import Waveform
from ephys.sorting.waveforms import joint_filter


def check_band(band_hz: Band | None) -> None:
    """Raise unless a band has a low edge, of 0 or more, below its high one."""
    if band_hz is None:
        return
    low_hz, high_hz = band_hz
    if not (low_hz or 0.0) >= 0 or (low_hz is not None and high_hz is not None and not low_hz < high_hz):
        raise ParameterError(f"the amplifier's band needs 0 <= low < high in Hz, got {low_hz} and {high_hz}")


def with_band(contents: Contents, band_hz: Band | None) -> Contents:
    """Contents whose own waveforms came through a stated band, too."""
    if band_hz is None:
        return contents
    units = tuple(
        unit if unit.waveform is None else replace(unit, waveform=_through(unit.waveform, band_hz))
        for unit in contents.session.units
    )
    return replace(contents, session=replace(contents.session, units=units))


def _through(waveform: Waveform, band_hz: Band) -> Waveform:
    """Return a waveform that came through an amplifier, which runs one way, before the filter that it states."""
    if waveform.band_hz[0] is None:
        return replace(waveform, band_hz=band_hz, phase="causal")
    through_hz, phase = joint_filter(waveform.band_hz, band_hz)
    return replace(waveform, band_hz=through_hz, phase=waveform.phase if phase == "zero" else phase)
