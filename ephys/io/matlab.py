"""MATLAB files of version 5 to 7.3: what Spike2 exports, what wave_clus reads and writes, spike times by unit."""

from __future__ import annotations

from pathlib import Path

from ephys.io.contents import Contents
from ephys.io.foreign import foreign, with_remarks
from ephys.io.matlab_spikes import matlab_spike_contents
from ephys.io.matlab_values import matlab_values
from ephys.io.spike2_mat import is_spike2_export, spike2_export_contents
from ephys.io.wave_clus import (
    is_wave_clus_detection,
    is_wave_clus_result,
    is_wave_clus_voltage,
    wave_clus_detection,
    wave_clus_result,
    wave_clus_voltage,
)
from ephys.model import ReadingSettings


def matlab_contents(path: Path, reading: ReadingSettings) -> Contents:
    """Read a MATLAB file by what its variables are.

    Raises
    ------
    FileFormatError
        If the file is damaged, or its variables are not clearly a recording or spike times: with what it holds.
    """
    with foreign(path, "MATLAB") as said:
        values = matlab_values(path)
        if is_wave_clus_voltage(values):
            contents = wave_clus_voltage(path, values, reading)
        elif is_wave_clus_result(values):
            contents = wave_clus_result(path, values, reading)
        elif is_wave_clus_detection(values):
            contents = wave_clus_detection(path, values, reading)
        elif is_spike2_export(values):
            contents = spike2_export_contents(path, values, reading)
        else:
            contents = matlab_spike_contents(path, values, reading)
    return with_remarks(contents, said)
