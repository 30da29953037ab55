"""Where a session lies in an NWB file: the names that writer and reader share.

Everything that NWB has a place for lies in that place (voltage, units, subject, intervals); the few things that it has
none for (group, treatment, doubts, checksums, the drawn baseline) lie in one JSON text in its scratch space.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from hdmf.backends.hdf5 import H5DataIO
from hdmf.common import VectorData, VectorIndex
from numpy.typing import NDArray

NOTES = "ephys_session"
"""Name of the JSON text in scratch space."""

RECORDED = "recorded"
"""Intervals in which the session was recorded."""

ADMINISTRATIONS = "drug_administrations"
"""Intervals in which drugs were given."""

MARKS = "marks"
"""Marks as they were made."""

VOLTAGE = "ElectricalSeries"
"""Name of the voltage; numbered where pauses make several stretches."""

UNKNOWN = "unknown"
"""What stands where NWB wants a word and nothing was stated."""

UNKNOWN_START = datetime(1970, 1, 1, tzinfo=UTC)
"""NWB wants a date: this one where the session has none. The notes say so, and it is not read back."""

BOLUS_S = 1.0
"""NWB wants an end: a bolus is written this long, with `duration_assumed`, and read back as a bolus."""

MARK_S = 0.001
"""NWB wants every interval to end after its start: a mark is written this long, and read back as an instant."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, and what it means."""

    name: str
    description: str


def named(text: str) -> str:
    """Text as the name of an object, in which NWB takes no slashes and colons, and HDF5 not dots alone.

    >>> named("resp/flow"), named(".")
    ('resp_flow', '_')
    """
    return re.sub(r"[/\\:]|^\.+$", "_", text)


def plain(columns: Iterable[Column], rows: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Return plain columns from rows of values."""
    by_column = zip(columns, zip(*rows, strict=True), strict=True)
    return [VectorData(name=c.name, description=c.description, data=list(values)) for c, values in by_column]


def ragged(name: str, description: str, parts: Sequence[NDArray[Any]]) -> tuple[Any, Any]:
    """Return one column whose rows have different lengths, and its index."""
    data = VectorData(name=name, description=description, data=packed(np.concatenate(parts)))
    ends = np.cumsum([len(part) for part in parts])
    return data, VectorIndex(name=f"{name}_index", data=ends.astype(np.int64), target=data)


def packed(values: NDArray[Any]) -> Any:
    """Array that HDF5 compresses; an empty one cannot be."""
    return H5DataIO(values, compression="gzip", compression_opts=6, shuffle=True) if values.size else values


ADMINISTRATION_COLUMNS = (
    Column("drug", "name of the compound"),
    Column("form", "base or salt; empty where not stated"),
    Column("dose", "dose of this row, in the unit beside it"),
    Column("unit", "unit of dose and cumulative_dose"),
    Column("dose_kind", "increment: what this row added; cumulative: the total so far"),
    Column("cumulative_dose", "total of this drug so far; NaN for what is no agonist"),
    Column("route", "i.v., i.p., s.c., p.o., bath or iontophoresis; empty where not stated"),
    Column("role", "agonist, vehicle, antagonist, anaesthetic, wash, challenge or other"),
    Column("duration_assumed", "true for a bolus, whose end is not known"),
    Column("amount_typed", "amount as typed; NaN where none was"),
    Column("unit_typed", "unit as typed"),
    Column("derivation", "how the dose follows from what was typed"),
    Column("barrel", "barrel of a multibarrel electrode"),
    Column("retention_na", "current that holds the drug back between ejections in nA, signed; NaN where not stated"),
    Column("source", "where the record comes from"),
    Column("text", "the mark's own text"),
)

MARK_COLUMNS = (
    Column("text", "text of the mark"),
    Column("code", "its code or key"),
    Column("channel", "channel that it came from"),
    Column("polarity", "its polarity, where it has one"),
)

UNIT_COLUMNS = (
    Column("unit_name", "name of the unit within the session"),
    Column("origin", "where the unit comes from: a sorter, the file's own codes, a simulation"),
    Column("multi_unit", "true where the spikes cannot be isolated to one cell"),
    Column("threshold_uv", "detection threshold in microvolts; NaN where unknown"),
    Column("noise_uv", "SD of the noise in the sorting band in microvolts; NaN where unknown"),
)

APART_COLUMNS = (
    Column("apart_known", "whether it was measured how far the unit stands apart from the others"),
    Column("neighbour", "name of the unit that it is most easily taken for; empty where it resembles none"),
    Column("shape_false", "share of its spikes that by their shape are rather its neighbours'"),
    Column("shape_false_low", "lower end of the 95 % interval of shape_false"),
    Column("shape_false_high", "upper end of the 95 % interval of shape_false"),
    Column("shape_missed", "share of the cell's spikes that went to its neighbours"),
    Column("shape_missed_low", "lower end of the 95 % interval of shape_missed"),
    Column("shape_missed_high", "upper end of the 95 % interval of shape_missed"),
    Column("link_confidence", "chance that the cell is the same before and after the moment link_s"),
    Column("link_s", "moment at which the mean shape changes most, in seconds"),
)

SNIPPET_COLUMNS = (
    Column("snippet_samples", "samples in one snippet; 0 where the unit has no snippets"),
    Column("snippet_channels", "channels in one snippet"),
    Column("snippet_hz", "samples per second of the snippets"),
    Column("snippet_pre_s", "seconds from a snippet's first sample to the spike's peak"),
    Column("snippet_low_hz", "lower edge of the pass band; NaN where unknown or none"),
    Column("snippet_high_hz", "upper edge of the pass band; NaN where unknown or none"),
    Column("snippet_order", "order of the filter; 0 where none was applied"),
    Column("snippet_phase", "phase of the filter: zero, causal or unknown"),
    Column("snippet_source", "measured by ephys on a wide-band copy, or as it came with the file"),
)
