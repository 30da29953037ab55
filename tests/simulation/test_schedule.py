"""The plan of a session is the field's: baseline, vehicle, doubling doses, antagonist, recovery."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ephys.errors import ParameterError
from ephys.simulation import DoseSchedule


def test_each_injection_adds_what_doubles_the_total() -> None:
    steps = DoseSchedule().protocol().doses("ipsapirone")
    assert [step.increment for step in steps] == [15.625, 15.625, 31.25, 62.5, 125.0, 250.0]
    assert [after.cumulative / before.cumulative for before, after in pairwise(steps)] == [2.0] * 5
    assert steps[-1].cumulative == 500.0


def test_a_session_lasts_a_quarter_of_an_hour_and_begins_with_three_minutes_of_baseline() -> None:
    protocol = DoseSchedule().protocol()
    assert 14 * 60 <= protocol.recorded.duration_s <= 16 * 60
    assert protocol.baseline is not None
    assert (protocol.baseline.start_s, protocol.baseline.stop_s) == (0.0, 180.0)
    assert [given.role for given in protocol.administrations] == ["vehicle", *["agonist"] * 6, "antagonist"]


def test_every_dose_leaves_a_minute_to_read_after_its_first_half_minute() -> None:
    starts = [given.start_s for given in DoseSchedule().protocol().administrations]
    assert all(after - before >= 90.0 for before, after in pairwise(starts))


@pytest.mark.parametrize("doses", [(), (0.0, 10.0), (20.0, 10.0), (10.0, 10.0)])
def test_totals_that_do_not_rise_are_refused(doses: tuple[float, ...]) -> None:
    with pytest.raises(ParameterError, match="must rise from above 0"):
        DoseSchedule(cumulative_ug_kg=doses)
