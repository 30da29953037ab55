"""What is kept of the voltage lies round its crossings, at the right place, and each crossing is its own chunk's."""

from __future__ import annotations

import numpy as np
import pytest

from ephys.model import Recording
from ephys.sorting.detection import DetectionSettings
from ephys.sorting.faint import MatchedFilters
from ephys.sorting.filters import FilteredChunk
from ephys.sorting.islands import Islands, KeptIslands, Reach, cut_islands, find_islands
from ephys.sorting.overlaps import OverlapSettings
from ephys.sorting.waveforms import Window

FS, NOISE_UV = 20000.0, np.array([10.0])
REACH = Reach(before=50, after=80)


def chunk(*peaks: tuple[int, float], read_start: int = 10_000) -> FilteredChunk:
    """Chunk of samples 11 000 to 14 000, 1000 more of margin on either side; a peak is one sample."""
    traces = np.zeros((5000, 1), dtype=np.float32)
    for sample, size_uv in peaks:
        traces[sample - read_start, 0] = size_uv
    return FilteredChunk(read_start + 1000, read_start + 4000, read_start, traces)


def cut(one: FilteredChunk, filters: MatchedFilters | None = None) -> Islands:
    return cut_islands(one, NOISE_UV, sampling_hz=FS, reach=REACH, detection=DetectionSettings(), filters=filters)


def test_an_island_reaches_from_before_its_crossing_to_behind_it() -> None:
    islands = cut(chunk((12_000, 60.0), (12_050, -55.0), (13_000, 39.9)))
    assert islands.stretches.starts.tolist() == [11_950]
    assert islands.stretches.stops.tolist() == [12_131]
    assert islands.traces_uv[:, 0].nonzero()[0].tolist() == [50, 100]
    assert (islands.start, islands.stop) == (11_000, 14_000)


@pytest.mark.parametrize(
    ("sample", "own"), [(10_500, False), (10_999, False), (11_000, True), (13_999, True), (14_000, False)]
)
def test_a_crossing_in_a_margin_is_its_neighbours(sample: int, own: bool) -> None:
    islands = cut(chunk((sample, 60.0)))
    assert islands.numbers(islands.crossings).tolist() == [sample] * own
    assert len(islands.traces_uv) == REACH.before + REACH.after + 1  # yet it is there to be seen


def test_rows_know_which_samples_they_are() -> None:
    islands = cut(chunk((11_500, 60.0), (12_500, -90.0), (13_500, 70.0), (14_500, 80.0)))
    assert islands.numbers(islands.crossings).tolist() == [11_500, 12_500, 13_500]
    assert islands.traces_uv[islands.crossings, 0].tolist() == [60.0, -90.0, 70.0]


def test_what_stands_out_in_a_matched_filter_has_an_island_but_is_no_crossing() -> None:
    filters = MatchedFilters(np.full((1, 1, 1), 0.1, dtype=np.float32), np.array([3.0]), Window(0, 1), 5)
    islands = cut(chunk((12_000, 35.0), (13_000, 60.0)), filters)
    assert islands.stretches.starts.tolist() == [11_950, 12_950]
    assert islands.numbers(islands.crossings).tolist() == [13_000]
    assert cut(chunk((12_000, 35.0), (13_000, 60.0))).stretches.starts.tolist() == [12_950]


def kept(*chunks: FilteredChunk) -> KeptIslands:
    """The second chunk is made anew whenever it is used."""
    islands = [cut(one) for one in chunks]
    counts = np.array([len(one.crossings) for one in islands])
    return KeptIslands([islands[0], *(lambda one=one: one for one in islands[1:])], counts, 1)


def test_snippets_are_those_of_the_crossings_asked_for() -> None:
    first = chunk((11_500, 60.0), (12_500, 70.0))
    empty = chunk(read_start=20_000)
    last = chunk((31_700, -80.0), (32_700, 90.0), (33_700, 100.0), read_start=30_000)
    islands = kept(first, empty, last)
    assert len(islands) == 5
    window = Window(10, 20)
    for numbers in ([0, 1, 2, 3, 4], [1, 4], [3], [0, 2], []):
        snippets = islands.snippets(np.array(numbers, dtype=np.int64), window)
        assert snippets.shape == (len(numbers), 30, 1)
        expected = np.array([60.0, 70.0, -80.0, 90.0, 100.0])[numbers]
        np.testing.assert_allclose(snippets[:, 10, 0], expected, rtol=1e-4)
    inner = islands.snippets(np.array([4]), window, slice(8, 12))
    np.testing.assert_allclose(inner[0, :, 0], [0.0, 0.0, 100.0, 0.0], atol=0.01)


def test_chunks_are_worked_on_in_order_of_time() -> None:
    islands = kept(chunk((11_500, 60.0)), chunk((31_700, 80.0), read_start=30_000))
    assert islands.process(lambda one: one.start) == [11_000, 31_000]


@pytest.mark.parametrize("kept_bytes", [0, 10**9])
def test_every_crossing_of_a_recording_is_found_once_whatever_is_kept(kept_bytes: int) -> None:
    rng = np.random.default_rng(0)
    wire = rng.normal(0.0, 1.0, round(130 * FS)).astype(np.float32)
    peaks = np.array([900, round(60 * FS) - 1, round(60 * FS) + 400, round(120 * FS), len(wire) - 900])
    for peak in peaks:
        wire[peak - 8 : peak + 9] += 300.0 * np.hanning(17)
    islands = find_islands(
        Recording.from_array(wire, sampling_hz=FS),
        NOISE_UV,
        band_hz=(150.0, 6000.0),
        order=2,
        reach=REACH,
        detection=DetectionSettings(),
        kept_bytes=kept_bytes,
    )
    found = np.concatenate(islands.process(lambda one: one.numbers(one.crossings)))
    np.testing.assert_allclose(found, peaks, atol=1)
    assert [isinstance(one, Islands) for one in islands.chunks] == [kept_bytes > 0] * 3
    assert np.abs(islands.snippets(np.arange(5), Window(5, 5))[:, 5, 0]).min() > 150.0


PAIR_HZ = 25000.0
SHORT, LONG = Window.of_ms((-0.8, 1.6), PAIR_HZ), Window.of_ms((-2.0, 4.0), PAIR_HZ)


@pytest.mark.parametrize("rounds", [1, 3])
def test_reach_has_room_for_a_pair_every_round_and_a_faint_spike(rounds: int) -> None:
    reach = Reach.of_matching(SHORT, LONG, rounds=rounds, dead_samples=38)
    beside = OverlapSettings().reach_ms * 1e-3 * PAIR_HZ
    for kept, template, window in ((reach.before, LONG.pre, SHORT.pre), (reach.after, LONG.post, SHORT.post)):
        # Where the faint spike's template ends: the pair's, then each round's, and then its own.
        end_of_last = beside + template + rounds * template + template
        assert kept >= end_of_last + window + 38
        assert kept <= end_of_last + window + 38 + template
