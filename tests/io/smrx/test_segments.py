"""Where a file is cut into segments: each channel is unbroken within one, and each mark is in one."""

from __future__ import annotations

import numpy as np
import pytest

from ephys.io.smrx.segments import Stream, bounds_of, cuts_of, mark_edges, sections_of


def _stream(divide: int, *runs: tuple[int, int]) -> Stream:
    starts, lengths = np.array(runs, np.int64).reshape(-1, 2).T
    return Stream((), divide, starts, lengths)


def test_channels_that_pause_together_some_ticks_apart_share_a_segment() -> None:
    streams = [_stream(40, (tick, 100), (9000 + tick, 100), (30000 + tick, 7)) for tick in (0, 3, 39)]
    cuts = cuts_of(streams)
    assert cuts.tolist() == [9000, 30000]
    assert [sections_of(stream, cuts).size.tolist() for stream in streams] == [[100, 100, 7]] * 3


def test_a_pause_of_less_than_a_sample_on_all_channels_is_one_cut() -> None:
    streams = [_stream(40, (tick, 100), (4001 + tick, 100)) for tick in (0, 20)]
    assert cuts_of(streams).tolist() == [4001]


def test_a_channel_that_goes_on_is_cut_where_another_pauses_and_loses_no_sample() -> None:
    sweeps, steady = _stream(10, (95, 20), (1005, 20), (2005, 20)), _stream(100, (0, 30))
    cuts = cuts_of([sweeps, steady])
    sections = sections_of(steady, cuts)
    assert cuts.tolist() == [1005, 2005]
    assert sections.size.tolist() == [11, 10, 9]
    assert sections.start.tolist() == [0, 1100, 2100]
    assert sections.stop.tolist() == [1100, 2100, 3000]


def test_a_channel_that_stops_just_before_another_goes_on_shares_its_cut() -> None:
    streams = [_stream(1, (0, 1000), (1500, 9)), _stream(50, (0, 10), (1000, 20))]
    cuts = cuts_of(streams)
    assert cuts.tolist() == [1000]
    assert [sections_of(stream, cuts).size.tolist() for stream in streams] == [[1000, 9], [10, 20]]


def test_segments_do_not_overlap_though_the_last_sample_of_a_slow_channel_goes_on() -> None:
    streams = [_stream(10, (0, 20), (1005, 20)), _stream(100, (0, 30))]
    cuts = cuts_of(streams)
    start, stop = bounds_of(cuts, [sections_of(stream, cuts) for stream in streams], [])
    assert (start.tolist(), stop.tolist()) == ([0, 1005], [1005, 3000])


def test_a_channel_that_is_silent_in_a_segment_has_no_sample_there() -> None:
    sweeps, late = _stream(10, (0, 5), (1000, 5), (2000, 5)), _stream(10, (1000, 8))
    assert sections_of(late, cuts_of([sweeps, late])).size.tolist() == [0, 8, 0]
    assert sections_of(_stream(10), cuts_of([sweeps])).size.tolist() == [0, 0, 0]


@pytest.mark.parametrize("seed", range(20))
def test_however_channels_pause_each_is_unbroken_within_a_segment(seed: int) -> None:
    rng = np.random.default_rng(seed)
    streams = []
    for divide in rng.integers(1, 60, 4):
        lengths, pauses = rng.integers(1, 50, 12), rng.integers(1, 3000, 12)
        starts = np.cumsum(lengths * divide + pauses) - lengths * divide
        streams.append(Stream((), int(divide), starts, lengths))
    cuts = cuts_of(streams)
    edges = [-np.inf, *cuts, np.inf]
    for stream in streams:
        ticks = np.concatenate(
            [s + np.arange(n) * stream.divide for s, n in zip(stream.start, stream.length, strict=True)]
        )
        sections = sections_of(stream, cuts)
        for i, size in enumerate(sections.size):
            own = ticks[(ticks >= edges[i]) & (ticks < edges[i + 1])]
            assert size == len(own)
            assert np.all(np.diff(own) == stream.divide)
            if size:
                assert (sections.start[i], sections.stop[i]) == (own[0], own[-1] + stream.divide)


def test_every_mark_is_in_one_segment_wherever_it_lies() -> None:
    """One before all samples, in a run, in the pause, on the cut itself, and after all samples."""
    stream = _stream(10, (100, 20), (1000, 20))
    cuts, marks = cuts_of([stream]), np.array([7, 150, 900, 999, 1000, 5000])
    edges = mark_edges(marks, cuts)
    start, stop = bounds_of(cuts, [sections_of(stream, cuts)], [(marks, edges)])
    assert (start.tolist(), stop.tolist(), edges.tolist()) == ([7, 1000], [1000, 5001], [0, 4, 6])


def test_a_file_without_samples_is_one_segment_from_tick_0() -> None:
    cuts, marks = cuts_of([]), np.array([30, 70])
    assert [b.tolist() for b in bounds_of(cuts, [], [(marks, mark_edges(marks, cuts))])] == [[0], [71]]
    assert [b.tolist() for b in bounds_of(cuts, [], [])] == [[0], [1]]
