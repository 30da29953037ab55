"""What the user says of a file, in one value: the settings, and over them the arguments of a call."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from ephys.io.drug_record.legend import as_entries
from ephys.model import ReadingSettings

Band = tuple[float | None, float | None]
Channels = str | int | Sequence[str | int]
Entries = Mapping[str, str] | Sequence[str]


def told(
    reading: ReadingSettings | None = None,
    *,
    wire: Channels | None = None,
    group: str | None = None,
    monitors: Channels | None = None,
    spikes: str | None = None,
    gain_uv: float | None = None,
    unit: str | None = None,
    band_hz: Band | None = None,
    clock_offset_s: float | None = None,
    sampling_hz: float | None = None,
    legend: Entries | None = None,
    stocks: Entries | None = None,
    weight_g: float | None = None,
    dose_kind: str | None = None,
    stop_s: float | None = None,
) -> ReadingSettings:
    """Return the settings with what a call states in their place; ``None`` states nothing.

    >>> told(ReadingSettings(spikes="trigger"), wire=3)
    ReadingSettings(wire=('3',), group='', monitors=(), spikes='trigger', ...)
    """
    given: dict[str, Any] = {
        "wire": wire if wire is None else _channels(wire),
        "group": group,
        "monitors": monitors if monitors is None else _channels(monitors),
        "spikes": spikes,
        "gain_uv": gain_uv,
        "unit": unit,
        "band_hz": band_hz and tuple(math.nan if edge is None else edge for edge in band_hz),
        "clock_offset_s": clock_offset_s,
        "sampling_hz": sampling_hz,
        "legend": legend if legend is None else as_entries(legend),
        "stocks": stocks if stocks is None else as_entries(stocks),
        "weight_g": weight_g,
        "dose_kind": dose_kind,
        "stop_s": stop_s,
    }
    return replace(reading or ReadingSettings(), **{name: value for name, value in given.items() if value is not None})


def stated(reading: ReadingSettings) -> dict[str, Any]:
    """Return what was said of a file, by the names of the settings; what is as the file has it is left out.

    >>> stated(ReadingSettings(wire=("2",), gain_uv=0.1))
    {'wire': ('2',), 'gain_uv': 0.1}
    """
    default = asdict(ReadingSettings())
    return {name: value for name, value in asdict(reading).items() if value != default[name]}


def _channels(named: Channels) -> tuple[str, ...]:
    """Return one channel or several as texts."""
    return (str(named),) if isinstance(named, str | int) else tuple(str(channel) for channel in named)
