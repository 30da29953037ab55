"""A recording as SpikeInterface reads it: in stretches, lazily, in microvolts. Imported only where it is asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from probeinterface import Probe
from spikeinterface.core import BaseRecording, BaseRecordingSegment

from ephys.model import Recording
from ephys.model.recording import Run
from ephys.sorting.filters import FloatTraces, design_filter, filter_zero_phase, settling_samples

CONTACTS_UM = 20.0
"""Distance between the contacts of the probe that is made up: nothing is known of the true one (convention)."""


class VoltageRecording(BaseRecording):  # type: ignore[misc]  # SpikeInterface has no types
    """Voltage that is read, and filtered, as it is asked for; a segment for each unbroken stretch.

    Parameters
    ----------
    recording : Recording
        Voltage.
    band_hz : tuple of (float or None, float or None), optional
        Pass band of a zero-phase filter; by default none.
    order : int, optional
        Of that filter.

    Examples
    --------
    >>> wire = Recording.from_array(np.arange(40_000.0), sampling_hz=20_000.0, start_s=5.0)
    >>> lazy = VoltageRecording(wire)
    >>> lazy.get_start_time(), lazy.get_traces(start_frame=2, end_frame=4)[:, 0]
    (5.0, array([2., 3.], dtype=float32))
    """

    def __init__(
        self,
        recording: Recording,
        *,
        band_hz: tuple[float | None, float | None] = (None, None),
        order: int = 2,
    ) -> None:
        super().__init__(recording.sampling_hz, list(recording.channel_names), np.dtype(np.float32))
        sections = design_filter(band_hz, sampling_hz=recording.sampling_hz, order=order)
        for run in recording.runs:
            self.add_recording_segment(_Stretch(recording, run, sections))
        self.name = recording.name
        self.annotate(is_filtered=sections is not None)
        self.set_property("gain_to_uV", np.ones(recording.n_channels))
        self.set_property("offset_to_uV", np.zeros(recording.n_channels))
        self.set_probe(_probe(recording))
        # The voltage may lie in a file of any format, or in memory: another process cannot find it again.
        self._serializability.update(json=False, pickle=False)


class _Stretch(BaseRecordingSegment):  # type: ignore[misc]  # SpikeInterface has no types
    """One unbroken stretch."""

    def __init__(self, recording: Recording, run: Run, sections: NDArray[np.float64] | None) -> None:
        super().__init__(sampling_frequency=recording.sampling_hz, t_start=run.start_s)
        self._recording, self._run, self._sections = recording, run, sections
        self._margin = 0 if sections is None else settling_samples(sections)

    def get_num_samples(self) -> int:
        """Samples of the stretch."""
        return self._run.n_samples

    def get_traces(
        self, start_frame: int | None = None, end_frame: int | None = None, channel_indices: Any = None
    ) -> FloatTraces:
        """Voltage of some samples, counted from the start of the stretch; no filter reaches beyond the stretch."""
        samples = self._run.n_samples
        start = 0 if start_frame is None else max(0, int(start_frame))
        stop = samples if end_frame is None else min(samples, int(end_frame))
        first, last = max(0, start - self._margin), min(samples, stop + self._margin)
        at = self._run.first_sample
        traces = filter_zero_phase(self._recording.read(at + first, at + last), self._sections)
        part: FloatTraces = traces[start - first : stop - first]
        return part if channel_indices is None else part[:, channel_indices]


def _probe(recording: Recording) -> Probe:
    """Made-up probe: the contacts in a row, for what will not work without one."""
    probe = Probe(ndim=2, si_units="um", name="no true places")
    places = np.column_stack([np.zeros(recording.n_channels), CONTACTS_UM * np.arange(recording.n_channels)])
    probe.set_contacts(places, shapes="circle", shape_params={"radius": 5.0})
    probe.set_device_channel_indices(np.arange(recording.n_channels))
    return probe
