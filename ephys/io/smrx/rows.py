"""From a row of the table of channels to the channel."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ephys.io.smrx.blocks import Blocks
from ephys.io.smrx.channels import (
    SmrxChannel,
    SmrxEvents,
    SmrxMarkers,
    SmrxRealMarks,
    SmrxTextMarks,
    SmrxWaveMarks,
    Storage,
)
from ephys.io.smrx.header import Header
from ephys.io.smrx.layout import BLOCK_BYTES, KINDS, PAGE, WIDEST, Kind
from ephys.io.smrx.places import LastTick, channel_name
from ephys.io.smrx.waves import SmrxWave

_WAVES: dict[Kind, np.dtype[Any]] = {Kind.ADC: np.dtype("<i2"), Kind.REAL_WAVE: np.dtype("<f4")}

_SAMPLED = (*_WAVES, Kind.ADC_MARK)
"""Kinds whose rows say how many ticks lie between two samples."""


_HEAD = 16
"""Bytes of a mark's tick and codes."""

Window = Callable[[int, int, LastTick], Blocks]


def channel_of(header: Header, number: int, storage: Storage, window: Window) -> SmrxChannel:
    """Return one channel.

    Parameters
    ----------
    header : Header
        With the table.
    number : int
        Row, from 0.
    storage, window : Storage, callable
        How it gets at its data.

    Raises
    ------
    ValueError
        If its row says what cannot be.
    """
    row = header.channels[number]
    kind = KINDS[row["kind"]] if row["kind"] < len(KINDS) else None
    if kind is None:
        raise ValueError(f"its kind is {row['kind']}, of 1 to {len(KINDS) - 1}")
    divide = int(row["divide"]) if kind in _SAMPLED else 0
    if kind in _SAMPLED and not 1 <= divide < WIDEST:
        raise ValueError(f"its samples are {divide} ticks apart, of 1 to {WIDEST}")
    if kind in _WAVES and row["item_bytes"] != _WAVES[kind].itemsize:
        raise ValueError(f"its samples take {row['item_bytes']} bytes, not {_WAVES[kind].itemsize}")
    title, scale, offset = header.string(row["title"]), float(row["scale"]), float(row["offset"])
    if not (math.isfinite(scale) and math.isfinite(offset)):
        storage.doubt(
            f"{channel_name(number, title)}: scale {scale:g} and offset {offset:g} tell no values in its units"
        )
    common: dict[str, Any] = {
        "number": number,
        "kind": kind,
        "title": title,
        "units": header.string(row["units"]),
        "comment": header.string(row["comment"]),
        "scale": scale,
        "offset": offset,
        "divide": divide,
        "ideal_rate_hz": float(row["ideal_hz"]),
        "y_range": (float(row["low"]), float(row["high"])),
        "physical": int(row["physical"]),
        "storage": storage,
    }
    if kind in _WAVES:
        return SmrxWave(**common, dtype=_WAVES[kind], window=window)
    return _events(kind, row, common)


def _events(kind: Kind, row: Any, common: dict[str, Any]) -> SmrxEvents:
    """Return a channel of events of any kind."""
    common = {**common, "item": _item_of(kind, row), "starts_high": bool(row["starts_high"])}
    shape: dict[str, Any] = {"points": int(row["points"]), "traces": int(row["traces"]), "pre": int(row["pre"])}
    match kind:
        case Kind.ADC_MARK:
            return SmrxWaveMarks(**common, **shape)
        case Kind.REAL_MARK:
            return SmrxRealMarks(**common, **shape)
        case Kind.TEXT_MARK:
            return SmrxTextMarks(**common)
        case Kind.MARKER | Kind.EVENT_BOTH:
            return SmrxMarkers(**common)
        case _:
            return SmrxEvents(**common)


_EXTRA: dict[Kind, str] = {Kind.ADC_MARK: "<i2", Kind.REAL_MARK: "<f4", Kind.TEXT_MARK: "u1"}
"""What the events of a kind hold after tick and codes: so many numbers, or bytes, as points times traces."""


def _item_of(kind: Kind, row: Any) -> np.dtype[Any]:
    """Return the type of a channel's events.

    Raises
    ------
    ValueError
        If they are of a size that cannot be.
    """
    size, shape = int(row["item_bytes"]), (int(row["points"]), int(row["traces"]))
    fields: list[tuple[str, Any, int]] = [("tick", "<i8", 0)]
    if kind not in (Kind.EVENT_FALL, Kind.EVENT_RISE):
        fields.append(("codes", ("u1", 4), 8))
    least = _HEAD if len(fields) > 1 else 8
    if kind in _EXTRA:
        least += math.prod(shape) * np.dtype(_EXTRA[kind]).itemsize
    if size != -(-least // 8) * 8 or size > PAGE - BLOCK_BYTES or (kind in _EXTRA and least == _HEAD):
        raise ValueError(f"its items of {size} bytes cannot hold {shape[0]} x {shape[1]} values of a {kind}")
    if kind is Kind.TEXT_MARK:
        fields.append(("text", f"S{size - _HEAD}", _HEAD))
    elif kind in _EXTRA:
        fields.append(("waveform", (_EXTRA[kind], shape), _HEAD))
    names, formats, offsets = zip(*fields, strict=True)
    return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": size})
