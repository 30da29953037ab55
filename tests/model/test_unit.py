import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.model import Epoch, Support, Unit, Waveform

WHOLE = Epoch(0.0, 10.0)


@pytest.mark.parametrize(
    ("times", "message"),
    [([2.0, 1.0], "in order"), ([1.0, np.nan], "finite"), ([1.0, 12.0], "outside its support"), ([[1.0]], "one-dim")],
)
def test_impossible_spike_times_name_the_unit(times: list[float], message: str) -> None:
    with pytest.raises(ParameterError, match=f"unit 7.*{message}"):
        Unit.from_times(times, support=WHOLE, id="7")


def test_a_unit_cannot_be_changed() -> None:
    unit = Unit.from_times([1.0, 2.0], support=WHOLE)
    with pytest.raises(ValueError, match="read-only"):
        unit.times_s[0] = 5.0


def test_a_silent_unit_is_a_unit() -> None:
    assert Unit.from_times([], support=WHOLE).n_spikes == 0


def test_whether_it_is_multi_unit_is_a_plain_truth_value_that_json_takes() -> None:
    assert Unit("1", np.array([1.0]), Support.of(Epoch(0.0, 2.0)), multi_unit=np.bool_(True)).multi_unit is True


def test_unknown_amplitudes_are_nan_not_zero() -> None:
    assert np.isnan(Unit.from_times([1.0], support=WHOLE).amplitudes_uv).all()


def test_amplitudes_must_match_the_spikes() -> None:
    with pytest.raises(ParameterError, match="1 amplitudes for 2 spikes"):
        Unit("1", np.array([1.0, 2.0]), Support.of(WHOLE), amplitudes_uv=np.array([50.0]))


def test_snippets_know_their_spike() -> None:
    with pytest.raises(ParameterError, match="3 snippets for 2 spike numbers"):
        Waveform(np.zeros((3, 10, 1), dtype=np.float32), np.array([0, 1]), 20000.0, 0.002)
