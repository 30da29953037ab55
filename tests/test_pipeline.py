import math
from dataclasses import replace

import numpy as np
import pytest

from ephys.analysis import SessionAnalysis
from ephys.errors import ParameterError
from ephys.model import Administration, DoseProtocol, Epoch, Event, Session, Subject, Support, Unit
from ephys.pipeline import analyse_session, choose_preset
from ephys.settings import Settings
from ephys.simulation import simulate_session

WHOLE = Epoch(0.0, 600.0)


def session(*administrations: Administration, **fields: object) -> Session:
    protocol = DoseProtocol(administrations, Support.of(WHOLE))
    unit = Unit.from_times(np.arange(0.4, 600.0, 0.8), support=WHOLE)
    return Session("s", protocol, **{"units": (unit,), **fields})  # type: ignore[arg-type]


def test_a_session_without_a_baseline_says_so_and_calls_nothing() -> None:
    analysis = analyse_session(session(Administration("drug added", 0.0, role="other")))
    assert any("no baseline" in note for note in analysis.notes)
    (cell,) = analysis.cells
    assert cell.call == "not judged"
    assert not cell.fits


def test_a_session_without_doses_is_classified_and_not_fitted() -> None:
    (cell,) = analyse_session(session()).cells
    assert cell.classification is not None
    assert not cell.fits


def test_a_multi_unit_gets_no_id50() -> None:
    given = Administration("ipsapirone", 300.0, dose=50.0, dose_unit="ug/kg")
    plain = session(given)
    several = replace(plain, units=(replace(plain.units[0], multi_unit=True),))
    (cell,) = analyse_session(several).cells
    assert not cell.fits
    assert any("multi-unit" in flag for flag in cell.flags)


def test_neither_voltage_nor_units_is_an_error() -> None:
    with pytest.raises(ParameterError, match=r"neither voltage nor units; .*--wire CHANNEL") as silent:
        analyse_session(session(units=()))
    assert "event channel" not in str(silent.value)
    marked = replace(session(units=()), events=(Event(10.0, channel="Stim"),))
    with pytest.raises(ParameterError, match=r"--wire CHANNEL.*event channel.*--spikes CHANNEL"):
        analyse_session(marked)


def test_a_drug_that_was_not_given_is_an_error() -> None:
    with pytest.raises(ParameterError, match="lesopitron"):
        analyse_session(session(), Settings().override("analysis.drug", "lesopitron"))


@pytest.mark.parametrize(
    ("species", "preparation", "preset"),
    [
        ("Rattus norvegicus", "in vivo", "rat_in_vivo"),
        ("", "", "rat_in_vivo"),
        ("Mus musculus", "in vivo", "mouse_in_vivo"),
        ("rat", "slice", "rat_slice"),
    ],
)
def test_the_limits_follow_the_preparation(species: str, preparation: str, preset: str) -> None:
    assert choose_preset(session(subject=Subject(species=species, preparation=preparation))) == preset


@pytest.fixture(scope="module")
def whole() -> SessionAnalysis:
    """A simulated session of units, as it comes."""
    return analyse_session(simulate_session(3, with_voltage=False).session)


def test_the_spikes_after_the_first_dose_change_no_call(whole: SessionAnalysis) -> None:
    """Choosing cells by their inhibition would make the inhibition circular."""
    simulated = whole.session
    assert simulated.protocol.baseline is not None
    stop_s = simulated.protocol.baseline.stop_s
    silenced = tuple(_keep(unit, unit.times_s < stop_s) for unit in simulated.units)
    after = analyse_session(replace(simulated, units=silenced))
    calls = [[c.classification.as_dict()["criteria"] for c in a.cells if c.classification] for a in (whole, after)]
    assert calls[0] == calls[1]


def _keep(unit: Unit, kept: np.ndarray) -> Unit:
    assert unit.waveform is not None
    old = np.flatnonzero(kept)
    still = np.isin(unit.waveform.spike_index, old)
    waveform = replace(
        unit.waveform,
        snippets_uv=unit.waveform.snippets_uv[still],
        spike_index=np.searchsorted(old, unit.waveform.spike_index[still]),
    )
    return replace(unit, times_s=unit.times_s[kept], amplitudes_uv=unit.amplitudes_uv[kept], waveform=waveform)


def test_two_analyses_of_one_session_are_the_same() -> None:
    simulated = simulate_session(5, with_voltage=False).session
    first, second = (analyse_session(simulated) for _ in range(2))
    assert first.summary == second.summary
    ids = [[f.id50 for c in a.cells for f in c.fits if not math.isnan(f.id50)] for a in (first, second)]
    assert ids[0] == ids[1]


def test_the_share_of_spikes_above_threshold_is_known_in_every_window_with_spikes(whole: SessionAnalysis) -> None:
    """A fall in amplitude counterfeits inhibition, so that the count of each window is read against it."""
    held = next(cell for cell in whole.cells if cell.unit.id == "held")
    lost = next(cell for cell in whole.cells if cell.unit.id == "lost")
    assert all(w.completeness > 0.95 for w in held.responses[0].windows if w.count >= 20)
    falling = [w.completeness for w in lost.responses[0].windows if w.count >= 20]
    assert min(falling) < 0.9 < max(falling)
