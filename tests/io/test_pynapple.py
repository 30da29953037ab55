"""Units and windows given to pynapple: the same spikes, the same rates, and no silence that was not recorded."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest

from ephys.analysis import SessionAnalysis
from ephys.errors import ParameterError, SupportWarning
from ephys.io import to_pynapple, to_pynapple_epochs
from ephys.model import DoseProtocol, Epoch, Session, Support, Unit
from ephys.model.unit_parts import unit_within
from ephys.pipeline import analyse_session
from ephys.simulation import simulate_session

nap = pytest.importorskip("pynapple")

SESSION = simulate_session(1, with_voltage=False).session
WHOLE = Support.of(Epoch(0.0, 100.0))


@pytest.fixture(scope="module")
def analysis() -> SessionAnalysis:
    return analyse_session(SESSION)


def test_spike_times_go_there_and_back_to_the_last_bit() -> None:
    group = to_pynapple(SESSION)
    assert [group.get_info("unit")[key] for key in group] == [unit.id for unit in SESSION.units]
    for key, unit in zip(group, SESSION.units, strict=True):
        assert np.array_equal(group[key].t, unit.times_s)


def test_rates_and_counts_of_every_window_are_those_of_ephys(analysis: SessionAnalysis) -> None:
    group = to_pynapple(analysis)
    for key, cell in zip(group, analysis.cells, strict=True):
        assert cell.quality is not None
        baseline = group[key].restrict(to_pynapple_epochs(analysis.baseline))
        assert baseline.rate == pytest.approx(cell.quality.rate_hz, rel=1e-12)
        assert group.get_info("baseline_hz")[key] == cell.quality.rate_hz
        response = cell.responses[0]
        windows = to_pynapple_epochs(response)
        expected = (response.baseline, *response.windows)
        counted = [len(group[key].restrict(windows[i])) for i in range(len(windows))]
        assert counted == [window.count for window in expected]
        assert list(windows.get_info("dose")) == [window.dose for window in expected]
        assert list(windows.get_info("role")) == [window.role for window in expected]


def test_what_is_known_of_a_cell_goes_with_it(analysis: SessionAnalysis) -> None:
    cells = (replace(analysis.cells[0], excluded="not in the raphe (A. Name)"), *analysis.cells[1:])
    group = to_pynapple(replace(analysis, cells=cells))
    held = {name: group.get_info(name)[0] for name in group.metadata_columns}
    assert (held["unit"], held["kind"], held["origin"]) == ("held", "single", "simulated")
    assert held["call"] == "serotonergic"
    assert held["id50"] == cells[0].id50_text
    assert held["excluded"] == "not in the raphe (A. Name)"
    assert held["peak_to_noise"] == cells[0].quality.peak_to_noise  # type: ignore[union-attr]


def test_a_unit_is_not_silent_where_it_was_not_recorded() -> None:
    late = unit_within(SESSION.units[2], Epoch(100.0, 900.0))
    assert late is not None
    with pytest.warns(SupportWarning, match=r"left out of unit held 130\.0 s with \d+ spikes"):
        group = to_pynapple([SESSION.units[0], late])
    assert float(group.time_support.start[0]) == 100.0
    assert float(group.time_support.tot_length()) == pytest.approx(800.0)
    inside = Epoch(100.0, 900.0).mask(SESSION.units[0].times_s)
    assert np.array_equal(group[0].t, SESSION.units[0].times_s[inside])
    assert list(group.get_info("left_out_spikes")) == [int((~inside).sum()), 0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(to_pynapple([SESSION.units[0], late], within=Epoch(200.0, 300.0))) == 2


def test_units_without_a_common_time_are_no_group() -> None:
    early, late = (Unit.from_times([t], support=Epoch(t, t + 1.0), id=str(t)) for t in (1.0, 5.0))
    with pytest.raises(ParameterError, match="no time is common"):
        to_pynapple([early, late])
    with pytest.raises(ParameterError, match="no time is common"):
        to_pynapple([early], within=Epoch(8.0, 9.0))


def test_a_gap_stays_a_gap_and_adjacent_stretches_are_not_trimmed() -> None:
    support = Support.of(Epoch(0.0, 10.0), Epoch(10.0, 20.0), Epoch(30.0, 40.0))
    group = to_pynapple([Unit.from_times([9.9999999, 10.0, 35.0, 40.0], support=support)])
    assert group[1].t.tolist() == [9.9999999, 10.0, 35.0, 40.0]
    assert len(group.time_support) == 3
    assert float(group.time_support.tot_length()) == pytest.approx(30.0, abs=1e-9)


def test_a_spike_between_two_windows_is_counted_once() -> None:
    train = to_pynapple([Unit.from_times([5.0, 10.0, 15.0], support=WHOLE)])[1]
    windows = to_pynapple_epochs([Epoch(0.0, 10.0, "a"), Epoch(10.0, 15.0, "b")])
    assert [len(train.restrict(windows[i])) for i in range(2)] == [1, 1]


def test_windows_that_overlap_are_refused_and_not_joined() -> None:
    with pytest.raises(ParameterError, match="overlap"):
        to_pynapple_epochs([Epoch(0.0, 10.0, "a"), Epoch(9.0, 15.0, "b")])


def test_a_silent_unit_is_there_with_a_rate_of_zero() -> None:
    group = to_pynapple([Unit.from_times([], support=WHOLE), Unit.from_times([1.0], support=WHOLE, id="7")])
    assert list(group.index) == [1, 7]
    assert group.rates.tolist() == pytest.approx([0.0, 0.01])


def test_whole_numbers_are_keys_in_their_order_with_their_own_metadata() -> None:
    units = [Unit.from_times([float(n)], support=WHOLE, id=str(n)) for n in (10, 2)]
    group = to_pynapple(units)
    assert list(group.index) == [2, 10]
    assert group[10].t.tolist() == [10.0]
    assert group.get_info("unit")[10] == "10"


def test_no_units_and_twice_the_same_name_are_refused() -> None:
    with pytest.raises(ParameterError, match="no units"):
        to_pynapple(Session("s", DoseProtocol((), WHOLE)))
    one = Unit.from_times([1.0], support=WHOLE)
    with pytest.raises(ParameterError, match="several units are called 1"):
        to_pynapple([one, one])
