"""An antagonist before the agonist: where the baseline lies, whatever else was given, drawn or washed out."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ephys.model import Administration, DoseProtocol, Epoch, Fate, Unit
from ephys.pharmacology import (
    DoseResponse,
    ReadoutSettings,
    assess_reversal,
    dose_response,
    fit_dose_response,
)
from ephys.pharmacology.time_course import time_courses

WAY = Administration("way-100635", 300.0, dose=100.0, dose_unit="ug/kg", route="i.v.", form="base", role="antagonist")
Stepped = Callable[..., Unit]
Pretreated = Callable[[int], tuple[Unit, DoseProtocol]]


def dose(start_s: float, amount: float = 50.0, **fields: Any) -> Administration:
    return Administration("ipsapirone", start_s, dose=amount, dose_unit="ug/kg", route="i.v.", form="base", **fields)


def test_a_vehicle_before_the_antagonist_is_not_in_the_series_and_one_after_it_is(pretreated: Pretreated) -> None:
    unit, protocol = pretreated(2)
    saline = [Administration("saline", at, role="vehicle") for at in (180.0, 780.0)]
    found = dose_response(unit, DoseProtocol((*protocol.administrations, *saline), protocol.recorded))
    vehicles = [window for window in found.windows if window.role == "vehicle"]
    assert [(window.given_s, window.used) for window in vehicles] == [(180.0, False), (780.0, True)]
    assert vehicles[0].percent == pytest.approx(100.0, abs=25.0)
    assert vehicles[1].percent == pytest.approx(100.0, abs=25.0)
    assert found.baseline is not None
    assert (found.baseline.epoch.start_s, found.baseline.epoch.stop_s) == (600.0, 780.0)


def test_a_later_antagonist_still_ends_the_series(pretreated: Pretreated) -> None:
    unit, protocol = pretreated(3)
    again = Administration("way-100635", 1350.0, dose=100.0, dose_unit="ug/kg", role="antagonist")
    found = dose_response(unit, DoseProtocol((*protocol.administrations, again), protocol.recorded))
    used = {window.given_s: window.used for window in found.doses}
    assert [at for at, yes in used.items() if yes] == [900.0, 1020.0, 1140.0, 1260.0]
    assert "after the antagonist" in found.doses[-1].flags


def test_between_two_agonists_an_antagonist_is_no_pretreatment(pretreated: Pretreated) -> None:
    unit, _ = pretreated(4)
    given = (dose(200.0), WAY, Administration("lesopitron", 900.0, dose=50.0, dose_unit="ug/kg"))
    protocol = DoseProtocol(given, unit.support)
    second = dose_response(unit, protocol, drug="lesopitron")
    assert second.pretreatment is None
    assert [window.used for window in second.doses] == [False]


def test_the_baseline_after_it_is_as_long_as_there_is_time_and_an_infusion_ends_first(pretreated: Pretreated) -> None:
    unit, _ = pretreated(5)
    infused = Administration("way-100635", 300.0, 600.0, dose=100.0, dose_unit="ug/kg", role="antagonist")
    found = dose_response(unit, DoseProtocol((infused, dose(700.0)), unit.support))
    assert found.baseline is not None
    assert (found.baseline.epoch.start_s, found.baseline.epoch.stop_s) == (630.0, 700.0)
    later = dose_response(
        unit, DoseProtocol((infused, dose(700.0)), unit.support), settings=ReadoutSettings(delay_s=35.0)
    )
    assert later.baseline is not None
    assert later.baseline.epoch.start_s == 635.0


def test_a_baseline_drawn_before_it_is_the_untreated_one_and_another_is_not_taken(pretreated: Pretreated) -> None:
    unit, protocol = pretreated(6)
    before = DoseProtocol(protocol.administrations, protocol.recorded, drawn_baseline=Epoch(20.0, 250.0, "drawn"))
    found = dose_response(unit, before)
    assert found.pretreatment is not None
    assert found.pretreatment.untreated is not None
    assert found.pretreatment.untreated.epoch == before.drawn_baseline
    assert "chosen after seeing the data" in found.pretreatment.untreated.flags
    assert found.baseline is not None
    assert found.baseline.epoch.start_s == 720.0
    for drawn in (Epoch(250.0, 400.0, "drawn"), Epoch(500.0, 640.0, "drawn")):
        found = dose_response(unit, DoseProtocol(protocol.administrations, protocol.recorded, drawn_baseline=drawn))
        assert found.baseline is not None
        assert found.baseline.epoch.start_s == 720.0
        told = f"the drawn baseline, {drawn.start_s:g} to {drawn.stop_s:g} s, is not taken: it must end before"
        assert told in found.flags[0]


def test_without_time_after_it_there_is_no_percent_and_the_reason_names_it(pretreated: Pretreated) -> None:
    unit, _ = pretreated(7)
    protocol = DoseProtocol((WAY, dose(325.0), dose(445.0)), unit.support)
    found = dose_response(unit, protocol)
    assert found.baseline is None
    assert all(math.isnan(window.percent) for window in found.doses)
    fit = fit_dose_response(found)
    assert (fit.status, fit.reason) == (
        "not_fitted",
        "no baseline: 25 s between way-100635 and the first dose are too few: the first 30 s after it are not read "
        "(readout.delay_s)",
    )  # fmt: skip
    assert assess_reversal(unit, protocol).verdict == "nothing to reverse"


def test_in_a_bath_the_baseline_waits_for_the_antagonist_to_reach_the_cell(pretreated: Pretreated) -> None:
    unit, _ = pretreated(8)
    given = (
        Administration("way-100635", 300.0, 1600.0, dose=10.0, dose_unit="nM", route="bath", role="antagonist"),
        Administration("5-ct", 450.0, 600.0, dose=30.0, dose_unit="nM", route="bath"),
    )
    found = dose_response(unit, DoseProtocol(given, unit.support), settings=ReadoutSettings(bath_delay_s=60.0))
    assert found.baseline is not None
    assert (found.baseline.epoch.start_s, found.baseline.epoch.stop_s) == (390.0, 450.0)
    assert found.doses[0].used
    assert found.superfusion is not None


def test_an_infusion_that_goes_on_through_the_doses_acts_from_its_beginning(pretreated: Pretreated) -> None:
    unit, protocol = pretreated(10)
    going_on = replace(WAY, stop_s=1600.0)
    found = dose_response(unit, DoseProtocol((going_on, *protocol.administrations[1:]), protocol.recorded))
    assert found.baseline is not None
    assert found.baseline.epoch.start_s == 720.0
    assert all(window.used for window in found.doses)
    told = "after way-100635 100 µg/kg i.v. (base), infused on into the doses: read against the rate under it (180 s)"
    assert found.flags[0].startswith(told)
    assert found.flags[0].endswith("at the first dose 46.2 of 100 µg/kg had been infused")


def test_an_infusion_that_ends_just_before_the_doses_is_read_while_it_runs(pretreated: Pretreated) -> None:
    unit, protocol = pretreated(10)
    short = replace(WAY, stop_s=890.0)
    found = dose_response(unit, DoseProtocol((short, *protocol.administrations[1:]), protocol.recorded))
    assert all(window.used for window in found.doses)
    assert "the baseline is that of the infusion, which ended 10 s before the first dose" in found.flags[0]
    over = dose_response(
        unit, DoseProtocol((replace(WAY, stop_s=400.0), *protocol.administrations[1:]), protocol.recorded)
    )
    assert str(over.pretreatment) == "way-100635 100 µg/kg i.v. (base), infused"
    assert "that of the infusion" not in over.flags[0]


@pytest.mark.parametrize(
    ("flushed_s", "baseline"), [(320.0, (720.0, 900.0)), (380.0, (720.0, 900.0)), (395.0, (330.0, 395.0))]
)
def test_a_flush_too_soon_after_it_is_passed_over(
    flushed_s: float, baseline: tuple[float, float], pretreated: Pretreated
) -> None:
    unit, protocol = pretreated(11)
    flush = Administration("saline", flushed_s, role="vehicle")
    found = dose_response(unit, DoseProtocol((*protocol.administrations, flush), protocol.recorded))
    assert found.baseline is not None
    assert (found.baseline.epoch.start_s, found.baseline.epoch.stop_s) == baseline
    (vehicle,) = [window for window in found.windows if window.role == "vehicle"]
    assert vehicle.used == (baseline[1] == flushed_s), "no second is counted in the baseline and the vehicle"


def bath(
    stepped: Stepped, *administrations: Administration, segments: tuple[tuple[float, float, float], ...]
) -> DoseResponse:
    unit = stepped(*segments, seed=12)
    return dose_response(unit, DoseProtocol(administrations, unit.support), settings=ReadoutSettings(bath_delay_s=10.0))


@pytest.mark.parametrize("washed", [True, False])
def test_what_was_washed_out_of_the_bath_is_gone_before_the_baseline_begins(washed: bool, stepped: Stepped) -> None:
    way = Administration(
        "way-100635", 300.0, 800.0 if washed else 1300.0, dose=10.0, dose_unit="nM", route="bath", role="antagonist"
    )
    ct = Administration("5-ct", 900.0, 1100.0, dose=30.0, dose_unit="nM", route="bath")
    segments = ((0.0, 300.0, 1.5), (300.0, 800.0, 3.0), (800.0, 910.0, 1.5), (910.0, 1300.0, 0.75))
    found = bath(stepped, way, ct, segments=segments)
    assert found.baseline is not None
    assert found.baseline.epoch.start_s == (840.0 if washed else 720.0)
    how = "washed out of the bath: read against the rate after it" if washed else "in the bath throughout: read against"
    assert f"after way-100635 10 nM, {how}" in found.flags[0]
    if washed:
        assert found.doses[0].percent == pytest.approx(50.0, abs=8.0)


def test_in_a_bath_the_rate_before_each_concentration_holds_the_antagonist(stepped: Stepped) -> None:
    way = Administration("way-100635", 300.0, 1620.0, dose=10.0, dose_unit="nM", route="bath", role="antagonist")
    steps = [
        Administration("5-ct", at, at + 150.0, dose=nm, dose_unit="nM", route="bath")
        for at, nm in ((900.0, 10.0), (1140.0, 30.0), (1380.0, 100.0))
    ]
    unit = stepped((0.0, 300.0, 1.5), (300.0, 1620.0, 2.4), seed=13)
    found = dose_response(
        unit, DoseProtocol((way, *steps), unit.support), settings=ReadoutSettings(bath_reference="own")
    )
    assert [window.used for window in found.doses] == [True, True, True]
    assert [window.percent for window in found.doses] == pytest.approx([100.0] * 3, abs=15.0)


def test_with_the_first_dose_an_antagonist_is_neither_before_it_nor_after_it(pretreated: Pretreated) -> None:
    unit, protocol = pretreated(14)
    together = replace(WAY, start_s=900.0)
    found = dose_response(unit, DoseProtocol((together, *protocol.administrations[1:]), protocol.recorded))
    assert found.pretreatment is None
    assert not any(window.used for window in found.doses)
    assert "way-100635 given with the first dose: no dose is without it, and nothing is fitted" in found.flags
    assert fit_dose_response(found).reason == "every dose came with an antagonist, or after it"
    reversal = assess_reversal(unit, DoseProtocol((together, *protocol.administrations[1:]), protocol.recorded))
    assert reversal.own == ()
    assert "way-100635 at 900 s: given together with the first dose, not judged" in reversal.notes


def test_two_equal_doses_are_told_as_two(pretreated: Pretreated) -> None:
    unit, protocol = pretreated(15)
    twice = DoseProtocol((*protocol.administrations, replace(WAY, start_s=500.0)), protocol.recorded)
    assert str(dose_response(unit, twice).pretreatment) == "2 × way-100635 100 µg/kg i.v. (base)"


def test_what_else_was_given_before_is_named_and_nothing_is_called_alone(pretreated: Pretreated) -> None:
    unit, protocol = pretreated(16)
    nicotine = Administration("nicotine", 250.0, dose=50.0, dose_unit="ug/kg", role="challenge")
    ketanserin = Administration("ketanserin", 600.0, dose=1000.0, dose_unit="ug/kg", role="antagonist")
    mixed = DoseProtocol((*protocol.administrations, nicotine, ketanserin), protocol.recorded)
    found = dose_response(unit, mixed)
    assert found.pretreatment is not None
    assert "nicotine given in between: which of them moved the rate cannot be told" in found.pretreatment.flag
    first, second = assess_reversal(unit, mixed).own
    assert (first.how, second.how) == ("after nicotine", "after nicotine, way-100635")
    assert " alone" not in str(assess_reversal(unit, mixed))


def test_courses_up_to_it_keep_the_untreated_baseline_whatever_was_drawn(pretreated: Pretreated) -> None:
    unit, protocol = pretreated(1)
    drawn = DoseProtocol(protocol.administrations, protocol.recorded, drawn_baseline=Epoch(500.0, 680.0, "drawn"))
    first, *_ = time_courses(unit, drawn, drug="ipsapirone")
    assert first.plateau_percent == pytest.approx(160.0, abs=12.0)
    late = ReadoutSettings(delay_s=700.0)
    assert all(
        math.isnan(one.nadir_percent) for one in time_courses(unit, protocol, drug="ipsapirone", readout=late)[1:]
    )


@pytest.mark.real_data
def test_real_cells_to_which_nothing_was_given_show_no_effect_of_either(shared_data: Path) -> None:
    """Truth: noradrenergic cells, undrugged, with marks of drugs that were never given."""
    cells = json.loads((shared_data / "lc_juxtacellular" / "data_electrophysiology.json").read_text())
    statuses, own = [], []
    for train in (np.sort(np.array(times)) for times in cells["spikes"].values() if len(times) >= 150):
        times_s = (train - train[0]) / (train[-1] - train[0]) * 899.0 + 0.5
        unit = Unit.from_times(times_s, support=Epoch(0.0, 900.0))
        given = (replace(WAY, start_s=200.0), *(dose(450.0 + 90.0 * step, 50.0 * 2**step) for step in range(5)))
        protocol = DoseProtocol(given, unit.support)
        found = dose_response(unit, protocol, fate=Fate("held", 900.0, ""))
        statuses.append(fit_dose_response(found).status)
        own.append(assess_reversal(unit, protocol, response=found).own[0].of_baseline)
    assert len(statuses) == 30
    assert statuses.count("no_effect") >= 28
    assert sum(one.low <= 100.0 <= one.high for one in own) >= 27
