"""The acquisition band is what the header's own bytes say, where the user does not say otherwise."""

from __future__ import annotations

import gc
import re
import struct
import warnings
from pathlib import Path

import numpy as np
import pytest

from ephys.io import read_session, session_info
from ephys.io.header_bands import neuralynx_passed
from ephys.model import Session

NOT_STATED = "the amplifier's band is not stated"


def _shape_bands(session: Session) -> set[tuple[tuple[float | None, float | None], str]]:
    shapes = [unit.waveform for unit in session.units if unit.waveform is not None]
    return {(shape.band_hz, shape.phase) for shape in shapes}


def _neuralynx_says(path: Path, word: str) -> str:
    found = re.search(rb"-" + word.encode() + rb"\s+(\S+)", path.read_bytes()[:16384])
    assert found
    return found[1].decode()


@pytest.mark.real_data
def test_spikes_of_a_tetrode_came_through_the_filter_that_its_header_states(shared_data: Path) -> None:
    """64 and 32 taps of linear phase are late by 31.5 and 15.5 samples of 32 kHz, and the header says so."""
    path = shared_data / "neuralynx" / "TT3_1m.ntt"
    low, high = (float(_neuralynx_says(path, f"Dsp{end}CutFrequency")) for end in ("Low", "High"))
    assert (low, high) == (600.0, 9000.0)
    delay_us = float(_neuralynx_says(path, r"DspFilterDelay_\S+"))
    taps = [float(_neuralynx_says(path, f"Dsp{end}CutNumTaps")) for end in ("Low", "High")]
    assert delay_us == pytest.approx(sum(n - 1 for n in taps) / 2 / 0.032, abs=1.0)
    session = read_session(path)
    assert _shape_bands(session) == {((low, high), "zero")}
    info = session_info(path)
    assert "band of the units' shapes: 600 to 9000 Hz, zero phase, as the file states it" in str(info)
    assert NOT_STATED not in str(info.doubts)


@pytest.mark.real_data
def test_a_neuralynx_channel_carries_its_band_as_a_wire(shared_data: Path) -> None:
    path = shared_data / "neuralynx" / "mne_LAHC1.ncs"
    recording = read_session(path, wire="LAHC1").recording
    assert recording is not None
    assert recording.band_hz == (0.1, 500.0)
    assert str(recording.band_hz[0]) == _neuralynx_says(path, "DspLowCutFrequency")


@pytest.mark.parametrize(
    ("lines", "band_hz", "phase"),
    [
        (
            ["-DSPLowCutFilterEnabled False", "-DspLowCutFrequency 600", "-DspLowCutFilterType FIR"],
            (None, None),
            "unknown",
        ),
        (
            ["-DSPLowCutFilterEnabled True", "-DspLowCutFrequency 0.1", "-DspLowCutFilterType DCO"],
            (0.1, None),
            "causal",
        ),
        (["-DSPHighCutFilterEnabled True", "-DspHighCutFrequency 9000"], (None, 9000.0), "unknown"),
        (["-AmpLowCut 300.000000", "-AmpHiCut 6000.000000"], (300.0, 6000.0), "causal"),
        (["-SamplingFrequency 32000"], (None, None), "unknown"),
    ],
)
def test_a_filter_that_was_off_has_no_band_and_one_that_runs_one_way_is_causal(
    lines: list[str], band_hz: tuple[float | None, float | None], phase: str
) -> None:
    header = "\r\n".join(["######## Neuralynx Data File Header", *lines, ""]).encode().ljust(16384, b"\0")
    through = neuralynx_passed(header)
    assert (through.band_hz, through.phase) == (band_hz, phase)


@pytest.mark.real_data
def test_blackrock_corners_are_in_millihertz_for_spikes_and_channels(shared_data: Path) -> None:
    """Of a row, the "high frequency" corner is the high-pass's: 250 to 7500 Hz for spikes, 0.3 to 250 Hz for LFP."""
    nev, ns2 = (shared_data / "blackrock" / f"ndi_testData.{end}" for end in ("nev", "ns2"))
    head = nev.read_bytes()
    electrode, high_pass, _, kind, low_pass = struct.unpack_from("<HIIHI", head, head.index(b"NEUEVFLT") + 8)
    assert (electrode, kind) == (1, 1)
    session = read_session(nev)
    assert _shape_bands(session) == {((high_pass / 1e3, low_pass / 1e3), "causal")} == {((250.0, 7500.0), "causal")}
    row = ns2.read_bytes()[314 : 314 + 66]  # the first channel's, after the basic header
    assert row[:2] == b"CC"
    high_pass, _, _, low_pass = struct.unpack_from("<IIHI", row, 46)
    recording = read_session(ns2, wire="lfp 1").recording
    assert recording is not None
    assert recording.band_hz == (high_pass / 1e3, low_pass / 1e3) == (0.3, 250.0)


@pytest.mark.real_data
def test_a_blackrock_file_of_the_older_version_states_no_band(shared_data: Path) -> None:
    recording = read_session(shared_data / "blackrock" / "ndr_example_2.ns2", wire="ainp9").recording
    assert recording is not None
    assert recording.band_hz == (None, None)


@pytest.mark.real_data
def test_the_low_edge_of_an_intan_chip_is_the_higher_of_its_two_high_passes(shared_data: Path) -> None:
    """After the magic number: version (2 x int16), rate (float32), DSP on (int16), then the edges (float32)."""
    path = shared_data / "intan" / "sampledata.rhd"
    on, dsp, low, high = struct.unpack_from("<hfff", path.read_bytes(), 12)
    assert on == 1
    assert dsp > low
    recording = read_session(path).recording
    assert recording is not None
    np.testing.assert_allclose(recording.band_hz, [dsp, high], rtol=1e-6)  # type: ignore[arg-type]
    info = session_info(path)
    assert "band: 0.777219 to 7603.77 Hz, as the file states it" in str(info)
    assert NOT_STATED not in str(info.doubts)


@pytest.mark.real_data
def test_an_auxiliary_input_does_not_pass_through_the_amplifier(shared_data: Path) -> None:
    path = shared_data / "intan" / "sampledata.rhd"
    auxiliary = next(c for c in session_info(path).channels if "AUX" in c.name)
    recording = read_session(path, wire=auxiliary.name).recording
    assert recording is not None
    assert recording.band_hz == (None, None)


@pytest.mark.real_data
@pytest.mark.parametrize("file", ["neuralynx/TT3_1m.ntt", "blackrock/ndi_testData.nev", "intan/sampledata.rhd"])
def test_what_the_user_says_of_the_band_wins_over_the_header(shared_data: Path, file: str) -> None:
    session = read_session(shared_data / file, band_hz=(1.0, 5000.0))
    if session.recording is not None:
        assert session.recording.band_hz == (1.0, 5000.0)
    assert _shape_bands(session) <= {((1.0, 5000.0), "causal")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # neo's Blackrock reader leaves its files open
        shown = str(session_info(shared_data / file, band_hz=(1.0, 5000.0)))
        gc.collect()
    assert "1 to 5000 Hz" in shown
    assert "as you said" in shown
    assert "as the file states it" not in shown
