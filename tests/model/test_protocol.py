import pytest

from ephys.errors import ParameterError
from ephys.model import Administration, DoseProtocol, Epoch, Support

RECORDED = Support.of(Epoch(0.0, 1000.0))


def given(start_s: float, dose: float, **fields: object) -> Administration:
    return Administration("ipsapirone", start_s, dose=dose, **{"dose_unit": "ug/kg", **fields})  # type: ignore[arg-type]


def test_increments_and_totals_make_the_same_series() -> None:
    increments = DoseProtocol((given(300, 25), given(400, 25), given(500, 50)), RECORDED)
    totals = DoseProtocol(
        tuple(given(t, d, dose_kind="cumulative") for t, d in [(300, 25), (400, 50), (500, 100)]), RECORDED
    )
    assert [d.cumulative for d in increments.doses("ipsapirone")] == [25.0, 50.0, 100.0]
    assert [(d.increment, d.cumulative) for d in totals.doses("ipsapirone")] == [
        (25.0, 25.0),
        (25.0, 50.0),
        (50.0, 100.0),
    ]


def test_a_falling_total_is_asked_about() -> None:
    with pytest.raises(ParameterError, match=r"falls from 50 to 25.*increments"):
        DoseProtocol((given(300, 50, dose_kind="cumulative"), given(400, 25, dose_kind="cumulative")), RECORDED)


def test_kinds_of_unit_are_not_mixed() -> None:
    with pytest.raises(ParameterError, match="mixed units"):
        DoseProtocol((given(300, 50), given(400, 25, dose_unit="nmol/kg")), RECORDED)


def test_an_agonist_without_a_dose_is_asked_about() -> None:
    with pytest.raises(ParameterError, match="no dose"):
        DoseProtocol((Administration("ipsapirone", 300.0),), RECORDED)


def test_the_baseline_ends_at_the_first_drug_and_passes_over_anaesthetic() -> None:
    supplement = Administration("urethane", 100.0, role="anaesthetic")
    vehicle = Administration("saline", 280.0, role="vehicle")
    assert DoseProtocol((supplement, vehicle, given(400, 25)), RECORDED).baseline == Epoch(100.0, 280.0, "baseline")


def test_a_short_stretch_before_the_drug_is_taken_whole() -> None:
    assert DoseProtocol((given(70, 25),), RECORDED).baseline == Epoch(0.0, 70.0, "baseline")


def test_a_drug_at_the_start_leaves_no_baseline() -> None:
    assert DoseProtocol((given(0, 25),), RECORDED).baseline is None


def test_without_any_drug_the_whole_session_is_baseline() -> None:
    assert DoseProtocol((), RECORDED).baseline == Epoch(0.0, 1000.0, "baseline")


def test_a_drawn_baseline_leaves_the_default_beside_it() -> None:
    drawn = Epoch(10.0, 60.0, "drawn")
    protocol = DoseProtocol((given(300, 25),), RECORDED, drawn_baseline=drawn)
    assert protocol.baseline == drawn
    assert protocol.default_baseline == Epoch(120.0, 300.0, "baseline")


def test_a_negative_dose_is_refused() -> None:
    with pytest.raises(ParameterError, match="cannot be negative"):
        given(300, -5)


def test_forms_are_not_mixed() -> None:
    with pytest.raises(ParameterError, match="mixed forms, base at 300 s and hydrochloride at 400 s"):
        DoseProtocol((given(300, 25, form="base"), given(400, 25, form="hydrochloride")), RECORDED)


def test_two_doses_at_one_time_or_of_nothing_are_refused() -> None:
    with pytest.raises(ParameterError, match="two doses at 300 s"):
        DoseProtocol((given(300, 25), given(300, 50)), RECORDED)
    with pytest.raises(ParameterError, match="dose of 0"):
        DoseProtocol((given(300, 0),), RECORDED)


def test_concentrations_do_not_add_up() -> None:
    bath = DoseProtocol((given(300, 40, dose_unit="nM"), given(400, 20, dose_unit="nM")), RECORDED)
    assert [d.cumulative for d in bath.doses("ipsapirone")] == [40.0, 20.0]


def test_a_retaining_current_keeps_its_sign_on_another_clock_and_is_a_number() -> None:
    held = Administration("5-ht", 100.0, 150.0, dose=10.0, dose_unit="nA", retention_na=-8.0)
    assert held.later(50.0).retention_na == -8.0
    assert Administration("5-ht", 1.0, retention_na=float("nan")) == Administration("5-ht", 1.0), (
        "not stated is not stated"
    )
    with pytest.raises(ParameterError, match="retention_na must be a number of nA"):
        Administration("5-ht", 1.0, retention_na=float("inf"))


def test_a_pretreatment_comes_before_every_agonist() -> None:
    def way(start_s: float) -> Administration:
        return Administration("way-100635", start_s, dose=10.0, dose_unit="ug/kg", role="antagonist")

    first, early, late = Administration("ipsapirone", 300.0, dose=25.0, dose_unit="ug/kg"), way(200.0), way(400.0)
    recorded = Support.of(Epoch(0.0, 600.0))
    assert DoseProtocol((late, first, early), recorded).pretreatments == (early,)
    assert DoseProtocol((late, first, early), recorded).first_agonist_s == 300.0
    assert DoseProtocol((first, way(300.0)), recorded).pretreatments == ()
    assert DoseProtocol((early,), recorded).pretreatments == ()
