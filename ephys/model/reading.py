"""What the user says of a file; it wins over what the file says."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.model.subject import Subject

_OF_ONE_SESSION = ("weight_g", "subject", "stocks", "dose_kind", "clock_offset_s", "stop_s")
VOLTAGE_UNITS = ("V", "mV", "uV", "nV")


@dataclass(frozen=True, slots=True)
class ReadingSettings(Shown):
    """How a file is read. What is left out is as the file has it.

    Parameters
    ----------
    wire : tuple of str
        Name, or number as `session_info` lists it, of the channel that is the unit's wire; several are the wires of
        one electrode (a tetrode, say), sampled together.
    group : str
        Electrode group whose channels are the wires, in files that know groups.
    monitors : tuple of str
        Channels, by name or number, that are slow signals (EEG, respiration) whatever their name and rate.
    spikes : str
        Event channel that is a spike train.
    gain_uv : float
        Microvolts at the electrode per stored number, of wire and WaveMarks; 0: as the file has it.
    unit : {"", "V", "mV", "uV", "nV"}
        Unit of the wire's values, where the file has none or a wrong one.
    band_hz : tuple of float
        Low and high edge of the amplifier's band, NaN for one that is not known; empty: as the file has it.
    clock_offset_s : float
        Added to the times of marks and doses, so that they lie on the clock of signals and spikes.
    sampling_hz : float
        Samples per second, of spike times without a unit (1000: milliseconds) and of raw voltage; 0: the file's.
    stop_s : float
        When the recording ended, where the file holds spikes alone and does not say so; 0: with the last of them.
    legend : tuple of str
        What a key stands for: ``"i=ipsapirone 12.5 ug/kg iv"``.
    stocks : tuple of str
        What a volume was drawn from: ``"ipsapirone=50 ug/ml"``.
    weight_g : float
        The animal's weight; 0: as the file has it.
    dose_kind : {"", "increment", "cumulative"}
        What a dose is that does not say so itself: what was added, or the total so far. Never guessed.
    subject : tuple of str
        What is known of the animal: ``"species=Rattus norvegicus"``, by the names of `Subject`.

    Raises
    ------
    ParameterError
        For a gain, rate or weight that is negative or not finite, an unknown unit, a band without 0 <= low < high, a
        key or a stock without its "=", one that is there twice, another dose kind, what no animal has.
    """

    wire: tuple[str, ...] = ()
    group: str = ""
    monitors: tuple[str, ...] = ()
    spikes: str = ""
    gain_uv: float = 0.0
    unit: str = ""
    band_hz: tuple[float, ...] = ()
    clock_offset_s: float = 0.0
    sampling_hz: float = 0.0
    legend: tuple[str, ...] = ()
    stocks: tuple[str, ...] = ()
    weight_g: float = 0.0
    dose_kind: str = ""
    subject: tuple[str, ...] = ()
    stop_s: float = 0.0

    def __post_init__(self) -> None:
        for name in ("wire", "monitors"):  # settings files hold numbers of channels as numbers
            object.__setattr__(self, name, tuple(str(channel).strip() for channel in getattr(self, name)))
        object.__setattr__(self, "band_hz", tuple(float(edge) for edge in self.band_hz))
        if not (self.gain_uv >= 0 and math.isfinite(self.gain_uv)):
            raise ParameterError(f"reading.gain_uv must be positive (0: the file's own), got {self.gain_uv}")
        if self.unit not in ("", *VOLTAGE_UNITS):
            raise ParameterError(f"reading.unit must be one of {', '.join(VOLTAGE_UNITS)}, got {self.unit!r}")
        if self.band_hz and not _is_band(self.band_hz):
            raise ParameterError(f"the amplifier's band needs 0 <= low < high in Hz, got {list(self.band_hz)}")
        if not math.isfinite(self.clock_offset_s):
            raise ParameterError(f"reading.clock_offset_s must be finite, got {self.clock_offset_s}")
        if not (self.stop_s >= 0 and math.isfinite(self.stop_s)):
            raise ParameterError(f"reading.stop_s must be positive (0: the file's own end), got {self.stop_s}")
        if not (self.sampling_hz >= 0 and math.isfinite(self.sampling_hz)):
            raise ParameterError(f"reading.sampling_hz must be positive (0: the file's own), got {self.sampling_hz}")
        for name, example in (("legend", "i=ipsapirone 12.5 ug/kg iv"), ("stocks", "ipsapirone=50 ug/ml")):
            entries = tuple(str(entry) for entry in getattr(self, name))
            object.__setattr__(self, name, entries)
            _check_entries(name, entries, example)
        object.__setattr__(self, "subject", tuple(str(entry) for entry in self.subject))
        Subject().described(self.subject)
        if not (self.weight_g >= 0 and math.isfinite(self.weight_g)):
            raise ParameterError(f"reading.weight_g must be positive (0: the file's own), got {self.weight_g}")
        if self.dose_kind not in ("", "increment", "cumulative"):
            raise ParameterError(f"reading.dose_kind must be increment or cumulative, got {self.dose_kind!r}")

    @property
    def of_one_session(self) -> tuple[str, ...]:
        """What was said that holds for one animal or session, and not for a rig: its names."""
        default = ReadingSettings()
        return tuple(name for name in _OF_ONE_SESSION if getattr(self, name) != getattr(default, name))

    @property
    def band(self) -> tuple[float | None, float | None]:
        """The amplifier's band as a recording holds it; ``None`` where it is not known."""
        low, high = (None if math.isnan(edge) else edge for edge in self.band_hz or (math.nan, math.nan))
        return (low, high)


def _is_band(edges: tuple[float, ...]) -> bool:
    """Whether these are two edges in order, as far as they are known."""
    return len(edges) == 2 and not edges[0] < 0 and not edges[0] >= edges[1]


def _check_entries(name: str, entries: tuple[str, ...], example: str) -> None:
    """Raise unless each is a word, "=" and what it stands for, each word once."""
    words = []
    for entry in entries:
        word, equals, meaning = entry.partition("=")
        if not (word.strip() and equals and meaning.strip()):
            raise ParameterError(f"reading.{name} takes entries like {example!r}, got {entry!r}")
        words.append(word.strip())
    twice = sorted({word for word in words if words.count(word) > 1})
    if twice:
        raise ParameterError(f"reading.{name} has {', '.join(map(repr, twice))} twice; keep one")
