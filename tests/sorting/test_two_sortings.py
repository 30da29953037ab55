"""Two sortings side by side: who is whose partner, and in words what differs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ephys.model import Epoch, Support, Unit
from ephys.model.unit_parts import choose_spikes
from ephys.sorting import compare_sortings
from ephys.sorting.agreement import measure_lag

WHOLE = Support.of(Epoch(0.0, 600.0))


def _train(seed: int, rate_hz: float, name: str = "1") -> Unit:
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.gamma(4.0, 0.25 / rate_hz, round(2 * rate_hz * 600)))
    return Unit.from_times(times[times < 599.0] + 0.5, support=WHOLE, id=name)


SLOW, OTHER, FAST = _train(0, 1.5, "a"), _train(1, 2.0, "b"), _train(2, 12.0, "c")


def _moved(unit: Unit, by_s: float, name: str) -> Unit:
    return Unit.from_times(unit.times_s + by_s, support=WHOLE, id=name)


@pytest.mark.parametrize("lag_s", [-0.0018, -0.0009, 0.0, 0.0009, 0.0019])
def test_marks_beside_the_peak_agree_once_their_offset_is_out_and_it_is_said(lag_s: float) -> None:
    (match,) = compare_sortings([_moved(SLOW, -lag_s, "1")], [SLOW])
    assert match.accuracy == 1.0
    assert match.lag_s == pytest.approx(lag_s, abs=1e-6)
    said = [text for text in match.differs if text.startswith("marks")]
    assert said == (
        [f"marks {abs(lag_s) * 1e3:.2g} ms {'before' if lag_s > 0 else 'after'} the peak, taken out"] if lag_s else []
    )


def test_an_offset_beyond_the_limit_is_no_agreement() -> None:
    (match, alone) = compare_sortings([_moved(SLOW, -0.01, "1")], [SLOW])
    assert (match.found, match.hits, match.differs) == ("", 0, ("not found here",))
    assert alone.differs == ("not in the file",)


def test_trains_that_meet_by_chance_have_no_offset_and_are_no_partners() -> None:
    assert measure_lag(SLOW.times_s, FAST.times_s, tolerance_s=0.001, max_lag_s=0.002) == 0.0
    (match, *_) = compare_sortings([SLOW], [FAST])
    assert match.found == ""


def test_a_code_that_holds_two_cells_says_so() -> None:
    both = Unit.from_times(np.sort([*SLOW.times_s, *OTHER.times_s]), support=WHOLE, id="1")
    match, alone = compare_sortings([both], [SLOW, OTHER])
    assert match.found == "b"
    assert "holds 2 units of the sorting here: a, b" in match.differs
    assert (alone.found, alone.differs) == ("a", ("in the file it is part of 1 (100 % of its spikes)",))


def test_two_codes_that_are_one_cell_here_have_it_both_as_partner() -> None:
    odd = np.arange(SLOW.n_spikes) % 3 == 0
    codes = [choose_spikes(SLOW, odd, "1"), choose_spikes(SLOW, ~odd, "2")]
    one, two = compare_sortings(codes, [SLOW, FAST])[:2]
    assert (one.found, two.found) == ("a", "a")
    assert "with 2 it is one unit here, a" in one.differs
    assert "with 1 it is one unit here, a" in two.differs
    assert one.hits + two.hits == SLOW.n_spikes


def test_missed_second_spikes_of_doublets_are_called_so() -> None:
    seconds = SLOW.times_s[::4] + 0.006
    times = np.concatenate([SLOW.times_s, seconds])
    order = np.argsort(times)
    amplitudes = np.repeat([100.0, 70.0], [SLOW.n_spikes, len(seconds)])[order]
    ours = Unit("a", times[order], WHOLE, amplitudes_uv=amplitudes)
    (match,) = compare_sortings([replace(SLOW, id="1")], [ours])
    assert match.extra == len(seconds)
    many = f"{len(seconds)} of {len(seconds)}"
    assert (
        f"{many} spikes only here are second spikes of doublets, of 70 % of the first one's amplitude" in match.differs
    )
    (match,) = compare_sortings([replace(ours, id="1")], [SLOW])
    assert any("spikes only in the file are second spikes of doublets" in text for text in match.differs)


def test_spikes_missed_from_a_fast_train_are_no_doublets() -> None:
    busy = _train(3, 90.0)
    kept = np.random.default_rng(0).random(busy.n_spikes) < 0.1
    (match,) = compare_sortings([choose_spikes(busy, kept, "1")], [busy])
    assert not [text for text in match.differs if "doublets" in text]


def test_spikes_that_the_file_left_unsorted_are_told() -> None:
    gone = np.arange(SLOW.n_spikes) % 4 == 0
    unsorted = replace(choose_spikes(SLOW, gone, "0"), multi_unit=True)
    code = choose_spikes(SLOW, ~gone, "1")
    noise = np.sort([*unsorted.times_s, *OTHER.times_s])
    rest = replace(Unit.from_times(noise, support=WHOLE, id="0"), multi_unit=True)
    zero, match = compare_sortings([rest, code], [SLOW])
    assert match.found == "a"
    assert f"{gone.sum()} of {gone.sum()} spikes only here are 0 in the file, unsorted" in match.differs
    assert "not one cell: the file's unsorted spikes" in zero.differs


def test_spikes_outside_the_files_time_are_told() -> None:
    known = Support.of(Epoch(0.0, 300.0))
    early = SLOW.times_s < 300.0
    code = Unit.from_times(SLOW.times_s[early], support=known, id="1")
    (match,) = compare_sortings([code], [SLOW])
    many = int((~early).sum())
    assert f"{many} of {many} spikes only here lie where the other is not known" in match.differs


def test_nothing_against_nothing_is_nothing() -> None:
    assert compare_sortings([], []) == ()
    assert [m.found for m in compare_sortings([SLOW], [])] == [""]
    assert [m.reference for m in compare_sortings([], [SLOW])] == [""]
    silent = Unit.from_times([], support=WHOLE, id="s")
    assert compare_sortings([silent], [SLOW])[0].accuracy == 0.0
