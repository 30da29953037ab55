"""To neo and back."""

import neo
import numpy as np
import pytest
import quantities as pq
from elephant.statistics import mean_firing_rate

from ephys.errors import ParameterError
from ephys.io import from_neo, to_neo
from ephys.io.units import dose_of, dose_quantity, nA, nM, nmol, ug
from ephys.model import Administration, DoseProtocol, Epoch, Event, Monitor, Recording, Session, Support, Unit

WHOLE = Support.of(Epoch(220.0, 260.0, "recorded"), Epoch(300.0, 400.0, "recorded"))


def _unit() -> Unit:
    return Unit("a", np.array([221.0, 222.5, 350.0]), WHOLE, np.array([80.0, 82.0, np.nan]), multi_unit=True)


def test_elephant_takes_a_unit_as_it_is() -> None:
    rate = mean_firing_rate(to_neo(_unit()), t_start=220 * pq.s, t_stop=260 * pq.s)
    assert float(rate.rescale(pq.Hz)) == pytest.approx(2 / 40)


def test_a_unit_comes_back_with_its_support_and_amplitudes() -> None:
    back = from_neo(to_neo(_unit()))
    assert isinstance(back, Unit)
    assert back.support == WHOLE
    assert back.multi_unit
    np.testing.assert_array_equal(back.times_s, _unit().times_s)
    np.testing.assert_array_equal(back.amplitudes_uv, _unit().amplitudes_uv)


def test_a_session_comes_back_with_drugs_marks_and_voltage() -> None:
    recording = Recording.from_array(np.arange(1000.0), sampling_hz=20000.0, start_s=5.0)
    support = recording.support
    given = (
        Administration("ipsapirone", 5.01, dose=20.0, dose_unit="ug/kg", route="i.v."),
        Administration("5-ht", 5.02, 5.03, dose=50.0, dose_unit="nA", role="challenge"),
    )
    session = Session(
        "rat07",
        DoseProtocol(given, support),
        recording,
        (Unit("1", np.array([5.001]), support),),
        (Event(5.01, "ipsa", channel="TextMark"),),
        (Monitor("flow", np.arange(5.0), 100.0, 5.0, "L/s"),),
    )
    back = from_neo(to_neo(session))
    assert isinstance(back, Session)
    assert back.recording is not None
    np.testing.assert_allclose(back.recording.read(0, 1000), recording.read(0, 1000))
    fields = [(a.drug, a.start_s, a.dose, a.dose_unit, a.route, a.role) for a in back.protocol.administrations]
    assert fields == [(a.drug, a.start_s, a.dose, a.dose_unit, a.route, a.role) for a in given]
    assert back.protocol.administrations[0].stop_s is None
    assert back.protocol.administrations[1].stop_s == pytest.approx(5.03)
    assert (back.events[0].text, back.monitors[0].unit) == ("ipsa", "L/s")


def test_what_is_no_session_is_refused() -> None:
    current = neo.AnalogSignal([1.0, 2.0], units=pq.pA, sampling_rate=1 * pq.kHz)
    with pytest.raises(ParameterError, match="a recording is a voltage"):
        from_neo(current)
    with pytest.raises(ParameterError, match="got ndarray"):
        from_neo(np.zeros(3))


@pytest.mark.parametrize(
    ("quantity", "dose"),
    [
        (0.02 * pq.mg / pq.kg, (20.0, "ug/kg")),
        (31.25 * ug / pq.kg, (31.25, "ug/kg")),
        (2 * nmol / pq.kg, (2.0, "nmol/kg")),
        (300 * nM, (300.0, "nM")),
        (50 * nA, (50.0, "nA")),
    ],
)
def test_doses_are_quantities_at_the_edge(quantity: pq.Quantity, dose: tuple[float, str]) -> None:
    assert dose_of(quantity) == dose
    assert dose_of(dose_quantity(*dose)) == dose


def test_a_dose_of_no_kind_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"a dose must be one of ug/kg.*got 3.0 s"):
        dose_of(3.0 * pq.s)
