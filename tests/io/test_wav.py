"""WAV files give the numbers that were stored, whatever their width, and say what is missing."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from ephys.errors import FileFormatError
from ephys.io import read_session, session_info

TRUTH = np.random.default_rng(1).integers(-100, 100, (3000, 2))


def _chunk(name: bytes, body: bytes, order: str = "<") -> bytes:
    return name + struct.pack(f"{order}I", len(body)) + body + b"\x00" * (len(body) % 2)


def _wav(
    path: Path,
    data: bytes,
    *,
    kind: int = 1,
    channels: int = 2,
    width: int = 2,
    order: str = "<",
    extensible: bool = False,
    more: bytes = b"",
) -> Path:
    """Write a WAV by hand: scipy writes neither 24 bits nor markers."""
    frame = channels * width
    head = struct.pack(
        f"{order}HHIIHH", 0xFFFE if extensible else kind, channels, 20000, 20000 * frame, frame, width * 8
    )
    if extensible:
        head += (
            struct.pack(f"{order}HHIH", 22, width * 8, 3, kind)
            + b"\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"
        )
    body = (
        b"WAVE"
        + _chunk(b"fmt ", head, order)
        + _chunk(b"LIST", b"INFOIART", order)
        + more
        + _chunk(b"data", data, order)
    )
    path.write_bytes((b"RIFX" if order == ">" else b"RIFF") + struct.pack(f"{order}I", len(body)) + body)
    return path


def _voltage(path: Path, wire: int = 2) -> np.ndarray:
    recording = read_session(path, wire=wire).recording
    assert recording is not None
    return recording.read(0, recording.n_samples)[:, 0]


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "float32", "float64"])
def test_what_scipy_writes_is_read_as_scipy_reads_it(tmp_path: Path, dtype: str) -> None:
    wavfile.write(tmp_path / "a.wav", 20000, (TRUTH + (128 if dtype == "uint8" else 0)).astype(dtype))
    _, stored = wavfile.read(tmp_path / "a.wav")
    np.testing.assert_array_equal(_voltage(tmp_path / "a.wav"), stored[:, 1] - (128.0 if dtype == "uint8" else 0.0))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("extensible", [True, False])
def test_24_bits_keep_their_sign(tmp_path: Path, order: str, extensible: bool) -> None:
    truth = TRUTH * 80_000
    three = b"".join(int(v).to_bytes(3, "little" if order == "<" else "big", signed=True) for v in truth.ravel())
    path = _wav(tmp_path / "a.wav", three, width=3, order=order, extensible=extensible)
    np.testing.assert_array_equal(_voltage(path), truth[:, 1])


def test_rf64_gives_its_length_in_a_chunk_of_its_own(tmp_path: Path) -> None:
    data = TRUTH.astype("<i2").tobytes()
    sizes = _chunk(b"ds64", struct.pack("<QQQI", 0, len(data), len(TRUTH), 0))
    path = _wav(tmp_path / "a.wav", data, more=sizes)
    raw = path.read_bytes().replace(b"RIFF", b"RF64", 1)
    at = raw.index(b"data") + 4
    path.write_bytes(raw[:at] + b"\xff\xff\xff\xff" + raw[at + 4 :] + b"trailing")
    np.testing.assert_array_equal(_voltage(path), TRUTH[:, 1])
    assert not any("bytes" in doubt for doubt in read_session(path).doubts)


def test_markers_become_marks_with_their_labels(tmp_path: Path) -> None:
    cue = struct.pack("<I", 2) + b"".join(
        struct.pack("<II4sIII", number, 0, b"data", 0, 0, sample) for number, sample in ((1, 2000), (2, 500))
    )
    labels = (
        b"adtl"
        + _chunk(b"labl", struct.pack("<I", 1) + b"ipsapirone 20\x00")
        + _chunk(b"labl", struct.pack("<I", 2) + b"saline\x00")
    )
    path = _wav(tmp_path / "a.wav", TRUTH.astype("<i2").tobytes(), more=_chunk(b"cue ", cue) + _chunk(b"LIST", labels))
    assert [(e.time_s, e.text) for e in read_session(path).events] == [(0.025, "saline"), (0.1, "ipsapirone 20")]


def test_a_wav_has_no_unit_and_says_so(tmp_path: Path) -> None:
    path = _wav(tmp_path / "a.wav", TRUTH.astype("<i2").tobytes())
    assert any("no unit" in doubt for doubt in read_session(path).doubts)
    assert session_info(path, gain_uv=0.1).format == "WAV"
    assert not any("no unit" in doubt for doubt in read_session(path, gain_uv=0.1).doubts)


def test_a_cut_wav_is_refused_or_says_how_much_is_missing(tmp_path: Path) -> None:
    whole = _wav(tmp_path / "a.wav", TRUTH.astype("<i2").tobytes()).read_bytes()
    for tenth in range(1, 10):
        (tmp_path / "a.wav").write_bytes(whole[: len(whole) * tenth // 10])
        doubts = read_session(tmp_path / "a.wav").doubts
        assert any("is cut short" in doubt and "of 12000 bytes" in doubt for doubt in doubts)
    for size in range(1, 64, 3):
        (tmp_path / "a.wav").write_bytes(whole[:size])
        with pytest.raises(FileFormatError, match=r"a\.wav"):
            read_session(tmp_path / "a.wav")


def test_a_recording_that_was_never_finished_is_read_to_its_end(tmp_path: Path) -> None:
    path = _wav(tmp_path / "a.wav", TRUTH.astype("<i2").tobytes())
    raw = path.read_bytes()
    at = raw.index(b"data") + 4
    for size in (b"\x00\x00\x00\x00", b"\xff\xff\xff\xff"):
        path.write_bytes(raw[:at] + size + raw[at + 4 :])
        np.testing.assert_array_equal(_voltage(path), TRUTH[:, 1])
        assert any("never finished" in doubt for doubt in read_session(path).doubts)


@pytest.mark.parametrize("change", [{"kind": 85}, {"channels": 0}, {"width": 5}, {"kind": 3, "width": 2}])
def test_an_encoding_that_cannot_be_read_is_named(tmp_path: Path, change: dict[str, int]) -> None:
    path = _wav(tmp_path / "a.wav", bytes(3000), **change)  # type: ignore[arg-type]
    with pytest.raises(FileFormatError, match=r"a\.wav: .*cannot be read; save it as uncompressed"):
        read_session(path)


def test_a_zeroed_header_and_a_wrong_magic_are_refused(tmp_path: Path) -> None:
    whole = _wav(tmp_path / "a.wav", TRUTH.astype("<i2").tobytes()).read_bytes()
    for head in (bytes(64), b"RIFF" + whole[4:8] + b"AVI ", b"RIFF" + whole[4:12] + bytes(52)):
        (tmp_path / "a.wav").write_bytes(head + whole[len(head) :])
        with pytest.raises(FileFormatError, match=r"a\.wav"):
            read_session(tmp_path / "a.wav")


@pytest.mark.real_data
@pytest.mark.parametrize(("sweep", "row"), [(1, 4), (2, 5), (3, 3)])
def test_the_experts_spikes_lie_on_the_starlings_voltage(shared_data: Path, sweep: int, row: int) -> None:
    folder = shared_data / "groundtruth" / "starling"
    recording = read_session(folder / f"st11_1_2_A8_{sweep}.wav").recording
    assert recording is not None
    assert (recording.sampling_hz, recording.duration_s) == (20000.0, 13.28)
    lines = (folder / "spikes_st11_1_2_1_A8.txt").read_text().splitlines()
    times = np.array(lines[row - 1].split(), dtype=float) / 1e3 + 2.0
    trace = recording.read(0, recording.n_samples)[:, 0]
    noise = np.median(np.abs(trace)) / 0.6745
    samples = np.rint(times * 20000).astype(int)
    heights = [np.abs(trace[max(0, s - 20) : s + 21]).max() for s in samples]
    assert np.median(heights) > 4 * noise
