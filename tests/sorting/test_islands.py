"""Islands are long enough for all that matching may do in them."""

from __future__ import annotations

import pytest

from ephys.sorting.islands import Reach
from ephys.sorting.overlaps import OverlapSettings
from ephys.sorting.waveforms import Window

FS = 25000.0
SHORT, LONG = Window.of_ms((-0.8, 1.6), FS), Window.of_ms((-2.0, 4.0), FS)


@pytest.mark.parametrize("rounds", [1, 3])
def test_reach_has_room_for_a_pair_every_round_and_a_faint_spike(rounds: int) -> None:
    reach = Reach.of_matching(SHORT, LONG, rounds=rounds, dead_samples=38)
    beside = OverlapSettings().reach_ms * 1e-3 * FS
    for kept, template, window in ((reach.before, LONG.pre, SHORT.pre), (reach.after, LONG.post, SHORT.post)):
        # Where the faint spike's template ends: the pair's, then each round's, and then its own.
        end_of_last = beside + template + rounds * template + template
        assert kept >= end_of_last + window + 38
        assert kept <= end_of_last + window + 38 + template
