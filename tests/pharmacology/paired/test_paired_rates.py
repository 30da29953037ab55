"""Cells before a drug, under it and after its antagonist: which windows count, and who ends where."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.model import Administration, DoseProtocol, Epoch, Fate, Subject, Support, Unit
from ephys.pharmacology import DoseResponse, dose_response, paired_rates

SUPPORT = Support.of(Epoch(0.0, 600.0))
DOSES = tuple(
    Administration("ipsapirone", start_s, dose=50.0, dose_unit="ug/kg", route="i.v.", form="base")
    for start_s in (200.0, 300.0)
)
WAY = Administration("way-100635", 400.0, dose=0.1, dose_unit="mg/kg", role="antagonist")
BOTH = (*DOSES, WAY)


def response(
    rates_hz: tuple[float, ...],
    *,
    animal: str = "r1",
    given: tuple[Administration, ...] = BOTH,
    fate: Fate | None = None,
    group: str = "",
) -> DoseResponse:
    """A cell of even rates: 200 s of baseline, then 100 s each."""
    starts = (0.0, 200.0, 300.0, 400.0, 500.0)
    lengths = (200, 100, 100, 100, 100)
    trains = [
        start + (np.arange(round(length * hz)) + 0.5) / hz
        for start, length, hz in zip(starts, lengths, rates_hz, strict=False) if hz
    ]  # fmt: skip
    unit = Unit.from_times(np.concatenate(trains), support=SUPPORT)
    subject = Subject(animal=animal, group=group)
    return dose_response(unit, DoseProtocol(given, SUPPORT), subject=subject, fate=fate, beside=False)


def test_the_last_dose_and_the_antagonist_are_read_and_silence_is_0() -> None:
    found = paired_rates([response((2.0, 1.0, 0.0, 1.5, 1.5))])
    (cell,) = found.cells
    assert [rate.state for rate in cell.rates] == ["baseline", "agonist", "antagonist"]
    assert [rate.rate_hz for rate in cell.rates] == pytest.approx([2.0, 0.0, 1.5])
    assert [rate.percent for rate in cell.rates] == pytest.approx([100.0, 0.0, 75.0])
    assert [rate.dose for rate in cell.rates] == [0.0, 100.0, 100.0]
    assert [rate.silent for rate in cell.rates] == [False, True, False]
    assert cell.rates[1].low_hz == 0.0
    assert cell.rates[1].high_hz == pytest.approx(3.689 / 60.0, rel=1e-3), "Garwood's bound of no spike in 60 s"
    assert found.dose_text == "100 µg/kg i.v."


def test_values_are_those_of_the_windows() -> None:
    one = response((2.0, 1.0, 0.4, 1.5, 1.5))
    rate = paired_rates([one]).cells[0].at("agonist")
    window = one.doses[-1]
    assert rate is not None
    assert (rate.count, rate.exposure_s, rate.rate_hz) == (window.count, window.exposure_s, window.rate_hz)
    assert (rate.percent, rate.percent_low, rate.percent_high) == (
        window.percent, window.percent_low, window.percent_high,
    )  # fmt: skip


def test_the_deepest_dose_is_not_the_last_and_says_that_it_was_chosen() -> None:
    one = response((2.0, 0.1, 1.0, 1.5, 1.5))
    deepest = paired_rates([one], which="deepest")
    rate = deepest.cells[0].at("agonist")
    assert rate is not None
    assert rate.dose == 50.0
    assert "chosen after seeing them" in str(deepest)
    assert "chosen" not in str(paired_rates([one]))


def test_a_cell_without_the_antagonist_ends_at_the_agonist_and_is_counted() -> None:
    found = paired_rates([
        response((2.0, 1.0, 0.5, 2.0, 2.0)), response((2.0, 1.0, 0.5, 0.0, 0.0), animal="r2", given=DOSES),
        response((1.0, 1.0, 0.5, 1.0, 1.0), given=DOSES),
    ])  # fmt: skip
    assert found.n_cells == {"baseline": 3, "agonist": 3, "antagonist": 1}
    assert found.n_animals == {"baseline": 2, "agonist": 2, "antagonist": 1}
    assert found.cells[1].at("antagonist") is None
    assert [(mean.state, mean.n_cells) for mean in found.animal_means("r1")] == [
        ("baseline", 2), ("agonist", 2), ("antagonist", 1),
    ]  # fmt: skip
    assert found.animal_means("r1")[0].rate_hz == pytest.approx(1.5)
    assert len(found.as_rows()) == 7


def test_without_any_antagonist_there_are_two_states() -> None:
    found = paired_rates([response((2.0, 1.0, 0.5, 0.5, 0.5), given=DOSES)])
    assert found.states == ("baseline", "agonist")
    assert found.antagonist == ""


def test_an_antagonist_given_before_the_agonist_is_no_reversal() -> None:
    early = replace(WAY, start_s=100.0)
    late = Administration("ipsapirone", 500.0, dose=50.0, dose_unit="ug/kg", route="i.v.", form="base")
    one = response((2.0, 1.0, 0.5, 2.0, 2.0))
    pretreated = paired_rates([response((2.0, 1.0, 0.5, 0.5, 0.5), given=(early, *DOSES))])
    assert pretreated.states == ("baseline", "agonist")
    assert pretreated.notes == ("1 cell given an antagonist before the drug: the baseline is the rate after it",)
    again = paired_rates([response((2.0, 1.0, 0.5, 1.9, 0.3), given=(*BOTH, late))])
    assert [rate.rate_hz for rate in again.cells[0].rates] == pytest.approx(
        [rate.rate_hz for rate in paired_rates([one]).cells[0].rates], abs=0.11
    ), "a dose after the antagonist is not the last dose"


def test_a_lost_cell_is_read_up_to_its_loss_and_an_undetermined_one_is_marked() -> None:
    lost = paired_rates([response((2.0, 1.0, 0.0, 0.0, 0.0), fate=Fate("lost", 310.0, "ran down", 310.0))])
    rate = lost.cells[0].at("agonist")
    assert rate is not None
    assert (rate.dose, lost.n_cells.get("antagonist", 0)) == (50.0, 0), "silence after a loss is no inhibition"
    unsure = paired_rates([response((2.0, 1.0, 0.0, 0.0, 0.0), fate=Fate("undetermined", 299.0, "silent to the end"))])
    assert [one.proven for one in unsure.cells[0].rates] == [True, False, False]


def test_what_is_left_out_is_named_and_nothing_is_an_error() -> None:
    silent = response((0.0, 1.0, 1.0, 1.0, 1.0), animal="r2")
    found = paired_rates([response((2.0, 1.0, 0.5, 2.0, 2.0)), silent])
    assert found.left_out == ("unit 1 of animal r2: silent baseline, no percent",)
    with pytest.raises(ParameterError, match="no cell can be paired; unit 1 of animal r2"):
        paired_rates([silent])


def test_several_drugs_units_or_antagonists_must_be_chosen() -> None:
    one = response((2.0, 1.0, 0.5, 2.0, 2.0), group="control")
    other = replace(one, drug="lesopitron", subject=Subject(animal="r2", group="treated"))
    with pytest.raises(ParameterError, match="drug 'ipsapirone', 'lesopitron': say which"):
        paired_rates([one, other])
    assert paired_rates([one, other], drug="lesopitron").animals == ("r2",)
    with pytest.raises(ParameterError, match="dose unit 'ug/kg', 'nM'"):
        paired_rates([one, replace(other, drug="ipsapirone", dose_unit="nM")])
    with pytest.raises(ParameterError, match="antagonist 'way-100635', got 'spiperone'"):
        paired_rates([one], antagonist="spiperone")
    with pytest.raises(ParameterError, match="does not know its animal"):
        paired_rates([replace(one, subject=Subject())])
    with pytest.raises(ParameterError, match="which must be last or deepest"):
        paired_rates([one], which="first")  # type: ignore[arg-type]
    assert paired_rates([one, replace(other, drug="ipsapirone")]).notes == ("groups together: control, treated",)


def test_a_notebook_shows_animals_first_and_a_cell_that_went_no_further_with_a_dash() -> None:
    found = paired_rates([response((2.0, 1.0, 0.0, 1.5, 1.5)), response((1.0, 0.5, 0.5, 0.5, 0.5), given=DOSES)])
    told = found._repr_html_()
    assert told.index("means of animals") < told.index("cells: 2")
    assert "1.5 [1 of 2 cells]" in told
    assert "ipsapirone 100 µg/kg i.v. (Hz)" in told
    assert "<td>–</td>" in told
