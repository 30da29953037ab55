from dataclasses import replace

import pytest

from ephys.errors import CurationError
from ephys.model import Administration, DoseProtocol, Epoch, Support
from ephys.sorting.curation import CurationLog, curate_protocol


def given(start_s: float, dose: float = 25.0, **fields: object) -> Administration:
    return Administration("ipsapirone", start_s, dose=dose, dose_unit="ug/kg", **fields)  # type: ignore[arg-type]


PROTOCOL = DoseProtocol(
    (
        Administration("saline", 200.0, role="vehicle"),
        given(300.0),
        given(400.0, source="table"),
        given(500.0),
        Administration("urethane", 600.0, role="anaesthetic"),
    ),
    Support.of(Epoch(0.0, 700.0)),
)
LOG = CurationLog("rat07", by="A. Name")


def test_a_moved_dose_keeps_its_first_time_in_its_source() -> None:
    moved = curate_protocol(PROTOCOL, LOG.move_dose("ipsapirone", 400.0, 412.0, reason="key pressed early"))
    assert [a.start_s for a in moved.administrations] == [200.0, 300.0, 412.0, 500.0, 600.0]
    assert moved.administrations[2].source.startswith("table; moved from 400 s (A. Name, ")
    assert PROTOCOL.administrations[2].start_s == 400.0


def test_an_infusion_moves_with_its_end() -> None:
    protocol = DoseProtocol((given(300.0, stop_s=330.0),), PROTOCOL.recorded)
    moved = curate_protocol(protocol, LOG.move_dose("ipsapirone", 300.0, 310.0, reason="late"))
    assert (moved.administrations[0].start_s, moved.administrations[0].stop_s) == (310.0, 340.0)


def test_a_mark_is_named_by_its_first_time_however_often_it_moves() -> None:
    log = LOG.move_dose("ipsapirone", 400.0, 412.0, reason="early").move_dose("ipsapirone", 400.0, 405.0, reason="no")
    log = log.draw_window("Ipsapirone", 400.0, 440.0, 480.0, reason="artefact before")
    curated = curate_protocol(PROTOCOL, log)
    assert curated.administrations[2].start_s == 405.0
    assert curated.drawn_windows == ((2, Epoch(440.0, 480.0, "ipsapirone")),)


def test_windows_and_exclusions_stay_with_their_dose_when_marks_before_them_go() -> None:
    log = LOG.draw_window("ipsapirone", 500.0, 560.0, 600.0, reason="x").exclude_dose(
        "ipsapirone", 400.0, reason="pipette"
    )
    curated = curate_protocol(PROTOCOL, log.delete_dose("saline", 200.0, reason="not given"))
    assert [a.start_s for a in curated.administrations] == [300.0, 400.0, 500.0, 600.0]
    assert curated.drawn_windows == ((2, Epoch(560.0, 600.0, "ipsapirone")),)
    ((number, why),) = curated.excluded
    assert number == 1
    assert why.startswith("pipette (A. Name, ")


def test_a_corrected_dose_counts_in_the_totals() -> None:
    curated = curate_protocol(PROTOCOL, LOG.edit_dose("ipsapirone", 300.0, 50.0, "ug/kg", reason="label"))
    assert [step.cumulative for step in curated.doses("ipsapirone")] == [50.0, 75.0, 100.0]
    assert curated.administrations[1].derivation == "typed; corrected from 25 ug/kg"
    assert "corrected from 25 ug/kg (A. Name, " in curated.administrations[1].source


def test_a_dose_is_corrected_in_the_unit_that_was_typed() -> None:
    """0.075 on the syringe's label is mg/kg, and not a thousandth of that."""
    protocol = DoseProtocol((given(300.0, 50.0, amount=0.05, unit="mg/kg"),), PROTOCOL.recorded)
    (mark,) = curate_protocol(protocol, LOG.edit_dose("ipsapirone", 300.0, 0.075, "mg/kg", reason="x")).administrations
    assert (mark.dose, mark.dose_unit, mark.amount, mark.unit) == (pytest.approx(75.0), "ug/kg", 0.075, "mg/kg")
    (mark,) = curate_protocol(protocol, LOG.edit_dose("ipsapirone", 300.0, 75.0, "ug/kg", reason="x")).administrations
    assert (mark.dose, mark.amount, mark.unit) == (75.0, 75.0, "ug/kg")


def test_later_totals_stand_where_totals_were_typed() -> None:
    totals = (given(t, d, dose_kind="cumulative") for t, d in ((300.0, 25.0), (400.0, 50.0), (500.0, 100.0)))
    curated = curate_protocol(
        DoseProtocol(tuple(totals), PROTOCOL.recorded), LOG.delete_dose("ipsapirone", 400.0, reason="key slipped")
    )
    assert [step.cumulative for step in curated.doses("ipsapirone")] == [25.0, 100.0]


def test_an_undone_correction_of_a_mark_leaves_the_record_as_it_was() -> None:
    log = LOG.move_dose("ipsapirone", 400.0, 412.0, reason="x").delete_dose("saline", 200.0, reason="y")
    assert [a.start_s for a in curate_protocol(PROTOCOL, log.undo(2, reason="no")).administrations][:3] == [
        200,
        300,
        412,
    ]
    assert [a.start_s for a in curate_protocol(PROTOCOL, log.undo(1, reason="no")).administrations][:2] == [300, 400]
    assert curate_protocol(PROTOCOL, log.undo(1, reason="no").undo(2, reason="no")) == PROTOCOL


def test_what_the_record_had_chosen_stays_with_its_dose() -> None:
    own = replace(PROTOCOL, drawn_windows=((2, Epoch(440.0, 480.0)),), excluded=((3, "artefact"),))
    curated = curate_protocol(
        own, LOG.move_dose("saline", 200.0, 210.0, reason="x").delete_dose("saline", 200.0, reason="y")
    )
    assert curated.drawn_windows == ((1, Epoch(440.0, 480.0)),)
    assert curated.excluded == ((2, "artefact"),)


def test_a_mark_moved_past_another_takes_its_window_along() -> None:
    log = LOG.draw_window("ipsapirone", 300.0, 560.0, 590.0, reason="x").move_dose(
        "ipsapirone", 300.0, 550.0, reason="y"
    )
    curated = curate_protocol(PROTOCOL, log)
    assert [a.start_s for a in curated.administrations] == [200.0, 400.0, 500.0, 550.0, 600.0]
    assert curated.drawn_windows[0][0] == 3


def test_a_mark_is_found_by_the_time_that_is_printed() -> None:
    protocol = DoseProtocol((given(12345.67),), Support.of(Epoch(0.0, 13000.0)))
    with pytest.raises(CurationError, match=r"did you mean ipsapirone at 12345\.67 s"):
        curate_protocol(protocol, LOG.move_dose("ipsapirone", 12345.7, 12350.0, reason="x"))
    moved = curate_protocol(protocol, LOG.move_dose(" Ipsapirone", 12345.67, 12350.0, reason="x"))
    assert moved.administrations[0].start_s == 12350.0


def test_the_nearest_of_two_marks_is_meant() -> None:
    protocol = DoseProtocol((given(300.0), given(300.008)), PROTOCOL.recorded)
    curated = curate_protocol(protocol, LOG.delete_dose("ipsapirone", 300.008, reason="twice"))
    assert [a.start_s for a in curated.administrations] == [300.0]


def test_a_dose_is_corrected_twice_in_the_unit_that_was_typed() -> None:
    protocol = DoseProtocol((given(300.0, 50.0, amount=0.05, unit="mg/kg"),), PROTOCOL.recorded)
    log = LOG.edit_dose("ipsapirone", 300.0, 75.0, "ug/kg", reason="x")
    (mark,) = curate_protocol(protocol, log.edit_dose("ipsapirone", 300.0, 0.1, "mg/kg", reason="y")).administrations
    assert (mark.dose, mark.amount, mark.unit) == (pytest.approx(100.0), 0.1, "mg/kg")


def test_an_anaesthetic_may_lie_in_a_window_and_the_files_own_windows_are_left_alone() -> None:
    own = replace(PROTOCOL, drawn_windows=((1, Epoch(230.0, 310.0)),))
    log = LOG.draw_window("ipsapirone", 500.0, 580.0, 640.0, reason="x")
    assert len(curate_protocol(own, log).drawn_windows) == 2


def test_an_infusion_that_outlasts_the_recording_can_be_moved() -> None:
    protocol = DoseProtocol((given(300.0, stop_s=900.0),), PROTOCOL.recorded)
    moved = curate_protocol(protocol, LOG.move_dose("ipsapirone", 300.0, 310.0, reason="late"))
    assert moved.administrations[0].stop_s == 910.0


def test_an_excluded_dose_still_counts_in_the_totals() -> None:
    curated = curate_protocol(PROTOCOL, LOG.exclude_dose("ipsapirone", 400.0, reason="pipette moved"))
    assert [step.cumulative for step in curated.doses("ipsapirone")] == [25.0, 50.0, 75.0]


def test_what_was_planned_can_always_be_had_back() -> None:
    log = LOG.draw_baseline(20.0, 120.0, reason="calm").exclude_dose("ipsapirone", 400.0, reason="pipette moved")
    curated = curate_protocol(PROTOCOL, log)
    assert curated.baseline == Epoch(20.0, 120.0, "baseline")
    assert curated.chosen
    assert curated.as_planned == PROTOCOL
    assert not PROTOCOL.chosen


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda x: x.move_dose("ipsapirone", 310.0, 320.0, reason="x"),
            "did you mean ipsapirone at 300 s",
        ),
        (lambda x: x.move_dose("lesopitron", 300.0, 320.0, reason="x"), "ipsapirone at 300 s, ipsapirone at 400 s"),
        (lambda x: x.move_dose("ipsapirone", 300.0, 900.0, reason="x"), "not within the recording, 0 to 700 s"),
        (lambda x: x.draw_baseline(-20.0, 100.0, reason="x"), r"entry 1 \(draw_baseline\): -20 to 100 s is not within"),
        (lambda x: x.move_dose("ipsapirone", 300.0, 400.0, reason="x"), "as curated cannot be: .*two doses at 400 s"),
        (lambda x: x.draw_baseline(200.0, 310.0, reason="x"), "must end before the first drug, ipsapirone at 300 s"),
        (lambda x: x.draw_window("ipsapirone", 300.0, 340.0, 480.0, reason="x"), "what was given next, 300 to 400 s"),
        (lambda x: x.draw_window("ipsapirone", 400.0, 560.0, 600.0, reason="x"), "what was given next, 400 to 500 s"),
        (lambda x: x.draw_window("ipsapirone", 400.0, 390.0, 450.0, reason="x"), "between its injection"),
        (
            lambda x: x.draw_window("urethane", 600.0, 610.0, 650.0, reason="x"),
            "urethane at 600 s is anaesthetic: no window",
        ),
        (lambda x: x.exclude_dose("urethane", 600.0, reason="x"), "is anaesthetic: no exclusion of it is used"),
        (lambda x: x.edit_dose("saline", 200.0, 2.0, "ml/kg", reason="x"), "saline at 200 s has no dose to correct"),
        (lambda x: x.edit_dose("ipsapirone", 300.0, 50.0, "", reason="x"), "in ug/kg; state it so, got ''"),
        (lambda x: x.edit_dose("ipsapirone", 300.0, 0.05, "mg/kg", reason="x"), "in ug/kg; state it so, got 'mg/kg'"),
        (
            lambda x: x.delete_dose("saline", 200.0, reason="x").move_dose("saline", 200.0, 210.0, reason="y"),
            r"entry 2 \(move_dose\): no saline at 200 s",
        ),
    ],
)
def test_what_cannot_be_is_refused(change, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CurationError, match=message):
        curate_protocol(PROTOCOL, change(LOG))
