"""A wire with no cell on it gives no serotonergic unit; a cell beside breathing stays one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import ephys
from ephys.io.results import UNIT_COLUMNS, units_table
from ephys.model import Epoch, Session, Support, Unit
from ephys.report.page import render_report
from ephys.settings import Settings
from ephys.simulation import (
    CellSpec,
    Disturbances,
    DoseSchedule,
    Hum,
    InjectionArtefact,
    Pops,
    Rhythm,
    SimulatedSession,
    simulate_session,
)

SHORT = DoseSchedule(cumulative_ug_kg=(40.0, 160.0), interval_s=40.0, recovery_s=10.0)


def artefact_only(seed: int, *rhythms: Rhythm) -> SimulatedSession:
    disturbances = Disturbances(rhythms=rhythms, pops=Pops(), injection=InjectionArtefact(), hum=Hum(amplitude_uv=20.0))
    return simulate_session(seed, cells=[], schedule=SHORT, disturbances=disturbances)


@pytest.fixture(scope="module")
def breathing() -> Session:
    """A session of nothing but breathing, irregular enough to pass for a cell."""
    return artefact_only(0, Rhythm(pulse_uv=120.0, pulse_ms=0.35, cycle_cv=0.12, slow_uv=40.0)).session


@pytest.fixture(scope="module")
def analysis(breathing: Session) -> ephys.SessionAnalysis:
    """The same from its voltage, as it comes."""
    return ephys.analyse_session(breathing)


def sorted_units(analysis: ephys.SessionAnalysis) -> list[Unit]:
    """The units of an analysis, so that its voltage need not be sorted again."""
    return [cell.unit for cell in analysis.cells]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pulse_ms", "cycle_cv", "monitored"),
    [
        (0.35, 0.03, False),
        (0.35, 0.12, True),
        (0.6, 0.03, True),
        (0.6, 0.12, False),
        (3.0, 0.03, False),
        (3.0, 0.12, True),
    ],
)
def test_a_session_of_artefacts_has_no_serotonergic_unit(pulse_ms: float, cycle_cv: float, monitored: bool) -> None:
    # With a monitor, the wire itself need not show the rhythm.
    rhythm = Rhythm(
        pulse_uv=120.0,
        pulse_ms=pulse_ms,
        cycle_cv=cycle_cv,
        slow_uv=0.0 if monitored else 40.0,
        monitored=monitored,
    )
    analysis = ephys.analyse_session(artefact_only(int(monitored), rhythm).session)
    assert not [cell.unit.id for cell in analysis.cells if cell.final_label == "serotonergic"]


@pytest.mark.slow
def test_neither_has_one_of_heartbeat_whose_beats_are_half_seen() -> None:
    beat = Rhythm(name="heartbeat", frequency_hz=6.0, pulse_uv=55.0, cycle_cv=0.08, slow_uv=30.0)
    breath = Rhythm(pulse_uv=200.0, cycle_cv=0.12, slow_uv=30.0)
    for rhythms in ((beat,), (breath, beat)):
        analysis = ephys.analyse_session(artefact_only(3, *rhythms).session)
        assert not [cell.unit.id for cell in analysis.cells if cell.final_label == "serotonergic"]


def breath(analysis: ephys.SessionAnalysis) -> ephys.CellAnalysis:
    """The unit that holds the breaths."""
    return max((cell for cell in analysis.cells if not cell.unit.multi_unit), key=lambda cell: cell.unit.n_spikes)


def test_breathing_is_marked_as_such_in_calls_flags_tables_and_report(analysis: ephys.SessionAnalysis) -> None:
    cell = breath(analysis)
    assert cell.call == "uncertain"
    assert cell.classification is not None
    (reason,) = cell.classification.reasons
    assert reason.startswith("rhythm artefact? locked to respiration: vector strength 0.9")
    assert reason in cell.flags
    table = units_table(analysis).set_index("unit")
    assert list(table.reset_index()[["session", "unit"]]) == ["session", "unit"]
    row = table.loc[cell.unit.id]
    assert row["rhythm_verdict"] == "borderline"
    assert row["rhythm_artefact"].startswith("locked to respiration")
    assert row["respiration_low"] > 0.9
    assert row["respiration_hz"] == pytest.approx(1.4, abs=0.1)
    assert row["respiration_source"] == "the wire"
    assert len(row["respiration_missed"].split()) == 8
    assert reason in render_report(analysis, provenance={})


def test_the_user_has_the_last_word(breathing: Session, analysis: ephys.SessionAnalysis) -> None:
    cell = breath(analysis)
    log = analysis.curation.signed("A. Name").override_call(cell.unit.id, "serotonergic", reason="a cell, seen alone")
    again = ephys.analyse_session(breathing, curation=log, found=sorted_units(analysis))
    (called,) = (one for one in again.cells if one.unit.id == cell.unit.id)
    assert called.final_label == "serotonergic"
    assert called.call == "serotonergic (by hand; rule: uncertain)"


def test_the_limit_can_be_set(breathing: Session, analysis: ephys.SessionAnalysis) -> None:
    lenient = Settings().override("rhythms.locked_strength", "0.999")
    again = ephys.analyse_session(breathing, lenient, found=sorted_units(analysis))
    calls = {cell.call for cell in again.cells}
    assert "serotonergic" in calls


@pytest.mark.parametrize("seed", range(4))
def test_cells_keep_their_call_beside_breathing(seed: int) -> None:
    """Their firing is the same in both sessions: breathing only moves the electrode."""
    cells = [
        CellSpec(name="a", rate_hz=1.4, cv=0.15, doublet_share=0.0, amplitude_uv=150.0),
        CellSpec(name="b", rate_hz=1.8, cv=0.3, amplitude_uv=90.0, width=1.3),
    ]
    rhythm = Rhythm(movement=0.15, slow_uv=40.0, cycle_cv=0.05 + 0.02 * seed, monitored=seed % 2 == 1)
    disturbances = Disturbances(rhythms=(rhythm,))
    voltage, units, alone = (
        simulate_session(seed, cells=cells, schedule=SHORT, with_voltage=with_voltage, disturbances=beside)
        for with_voltage, beside in ((True, disturbances), (False, disturbances), (False, None))
    )
    beside = ephys.analyse_session(replace(voltage.session, units=units.session.units))
    quiet = ephys.analyse_session(alone.session)
    assert [cell.call for cell in beside.cells] == [cell.call for cell in quiet.cells] == ["serotonergic"] * 2
    for cell in beside.cells:
        assert cell.rhythms is not None
        assert not cell.rhythms.artefact
        assert any("amplitude swings by" in flag for flag in cell.flags)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_a_regular_cell_sorted_from_a_wire_that_breathes_or_does_not_is_serotonergic(seed: int) -> None:
    cells = [CellSpec(name="a", rate_hz=1.4, cv=0.15, doublet_share=0.0, amplitude_uv=150.0)]
    for rhythms in ((), (Rhythm(movement=0.15, slow_uv=40.0, cycle_cv=0.12),)):
        simulated = simulate_session(
            seed, cells=cells, schedule=SHORT, disturbances=Disturbances(rhythms=rhythms, hum=Hum(amplitude_uv=20.0))
        )
        analysis = ephys.analyse_session(simulated.session)
        (called,) = (cell for cell in analysis.cells if cell.final_label == "serotonergic")
        assert simulated.truth[0].true_unit.n_spikes == pytest.approx(called.unit.n_spikes, rel=0.02)


def test_without_voltage_and_monitors_the_rhythms_are_not_judged_and_the_table_says_so() -> None:
    whole = Epoch(0.0, 300.0)
    times_s = np.cumsum(np.random.default_rng(0).gamma(11.0, 0.8 / 11.0, 350))
    unit = Unit.from_times(times_s[times_s < 300.0], support=whole)
    analysis = ephys.analyse_session(Session("s", ephys.DoseProtocol((), Support.of(whole)), units=(unit,)))
    row = units_table(analysis).iloc[0]
    assert row["rhythm_not_judged"] == "no monitor shows a rhythm, and no voltage"
    assert row["rhythm_artefact"] == ""
    assert row["respiration_strength"] != row["respiration_strength"]
    assert tuple(units_table(analysis).columns) == UNIT_COLUMNS
    assert "not judged: no monitor shows a rhythm" in render_report(analysis, provenance={})
