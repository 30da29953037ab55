"""The filter that a width was measured through, and the filters through which a preset's widths hold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.model.unit import HARMLESS_HIGH_PASS_HZ, Phase

_PHASES = ("zero", "causal", "unknown")
_SAME = 0.01
"""Edges of a pass band that differ by no more than this share are one edge (rounding of a header)."""


class Filtered(Protocol):
    """What knows the filter that it came through."""

    @property
    def band_hz(self) -> tuple[float | None, float | None]:
        """Edges of the pass band."""

    @property
    def phase(self) -> Phase:
        """Phase of the filter."""

    @property
    def order(self) -> int:
        """Its order."""


@dataclass(frozen=True, slots=True)
class Band(Shown):
    """The filter that a width was measured through.

    Parameters
    ----------
    low_hz, high_hz : float or None
        Edges of the pass band; ``None`` where unknown or unlimited.
    phase : {"zero", "causal", "unknown"}
        Phase of the filter.
    order : int or None
        Its order; 0 means unfiltered, ``None`` unknown.

    Examples
    --------
    >>> str(Band(300.0, 3000.0, "causal", 2))
    '300 to 3000 Hz, causal phase, order 2'
    """

    low_hz: float | None
    high_hz: float | None
    phase: Phase = "unknown"
    order: int | None = None

    def __post_init__(self) -> None:
        edges = [edge for edge in (self.low_hz, self.high_hz) if edge is not None]
        if not all(edge >= 0 for edge in edges) or (len(edges) == 2 and not edges[0] < edges[1]):
            raise ParameterError(f"a band needs 0 <= low_hz < high_hz, got {self.low_hz} and {self.high_hz}")
        if self.phase not in _PHASES:
            raise ParameterError(f"phase of a band must be one of {', '.join(_PHASES)}, got {self.phase!r}")

    @classmethod
    def of(cls, filtered: Filtered | None) -> Band | None:
        """Band of a waveform, or of its mean; ``None`` where there is none, or where nothing is known of it."""
        if filtered is None or filtered.band_hz[0] is None:
            return None
        return cls(*filtered.band_hz, filtered.phase, filtered.order)

    def __str__(self) -> str:
        low, high = ("?" if edge is None else f"{edge:g}" for edge in (self.low_hz, self.high_hz))
        order = f", order {self.order}" if self.order else ""
        return f"{low} to {high} Hz, {self.phase} phase{order}"

    def same_as(self, other: Band) -> bool:
        """Whether two bands make the same width: edges and phase alike, and the order where both are known."""
        edges = zip((self.low_hz, self.high_hz), (other.low_hz, other.high_hz), strict=True)
        orders = self.order is None or other.order is None or self.order == other.order
        return self.phase == other.phase and orders and all(_same_edge(a, b) for a, b in edges)


def _same_edge(a: float | None, b: float | None) -> bool:
    """Whether two edges are one."""
    return a == b if a is None or b is None else math.isclose(a, b, rel_tol=_SAME, abs_tol=1e-6)


@dataclass(frozen=True, slots=True)
class WidthBand(Shown):
    """Through which filters the width limits of a preset hold.

    Parameters
    ----------
    max_high_pass_hz, min_low_pass_hz : float
        Any wide band will do: a high-pass at most this, of zero phase, and a low-pass at least that. NaN for a
        laboratory's own band.
    own : Band or None
        A laboratory's own band, and no other. ``None`` with `max_high_pass_hz` NaN: it is not known, and the widths
        are compared with others of which nothing is known either, on the word of who chose the preset.
    source : str
        Where this comes from.

    Raises
    ------
    ParameterError
        If both a highest high-pass and an own band are given.
    """

    max_high_pass_hz: float = math.nan
    min_low_pass_hz: float = math.nan
    own: Band | None = None
    source: str = ""

    def __post_init__(self) -> None:
        if self.is_wide and self.own is not None:
            raise ParameterError("widths hold in any wide band or in the laboratory's own, not both")
        if not math.isnan(self.max_high_pass_hz) and not self.max_high_pass_hz >= 0:
            raise ParameterError(f"max_high_pass_hz must not be negative, got {self.max_high_pass_hz}")

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> WidthBand:
        """Build from the table ``[band]`` of a preset's file."""
        if "max_high_pass_hz" in table:
            return cls(float(table["max_high_pass_hz"]), float(table["min_low_pass_hz"]), source=table["source"])
        own = {name: value for name, value in table.items() if name != "source"}
        return cls(
            own=Band(own.pop("low_hz"), own.pop("high_hz", None), **own) if own else None, source=table["source"]
        )

    @property
    def is_wide(self) -> bool:
        """Whether any wide band will do."""
        return not math.isnan(self.max_high_pass_hz)

    def why_not(self, band: Band | None) -> str:
        """Say why a width measured through a band cannot be judged; empty where it can.

        Examples
        --------
        >>> wide = WidthBand(100.0, 3000.0)
        >>> wide.why_not(Band(10.0, 8000.0, "zero")), wide.why_not(Band(300.0, 3000.0, "zero"))
        ('', 'a 300-Hz high-pass makes its own width: at most 100 Hz')
        """
        if self.is_wide:
            return self._why_not_wide(band)
        if self.own is None:
            return "" if band is None else f"measured through {band}, the limits through a band that is not known"
        if band is None:
            return f"the band of the waveform is unknown, the limits are for {self.own}"
        return "" if band.same_as(self.own) else f"measured through {band}, the limits are for {self.own}"

    def _why_not_wide(self, band: Band | None) -> str:
        """Say why a band is not a wide one."""
        if band is None or band.low_hz is None:
            return "the band of the waveform is unknown (state the amplifier's: --band-hz LO HI)"
        if band.low_hz > self.max_high_pass_hz:
            return f"a {band.low_hz:g}-Hz high-pass makes its own width: at most {self.max_high_pass_hz:g} Hz"
        if band.high_hz is not None and band.high_hz < self.min_low_pass_hz:
            return f"a {band.high_hz:g}-Hz low-pass makes its own width: at least {self.min_low_pass_hz:g} Hz"
        if band.phase != "zero" and band.low_hz > HARMLESS_HIGH_PASS_HZ:
            return f"a filter of {band.phase} phase makes its own width"
        return ""
