"""From fitted cells to an apparent pA2: the same as typing their ID50s, with bounds, brackets and what was left out."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.model import Administration, DoseProtocol, Epoch, Subject, Support, Unit
from ephys.pharmacology import (
    DoseResponseFit,
    Pretreatment,
    apparent_pa2,
    apparent_pa2_of_fits,
    dose_response,
    fit_dose_response,
)

INF = math.inf
GIVEN: dict[str, Any] = {"antagonist": 100.0, "antagonist_unit": "nmol/kg"}


@pytest.fixture(scope="module")
def fit() -> DoseResponseFit:
    """A cell that four doses of 25 to 200 µg/kg inhibit."""
    support = Support.of(Epoch(0.0, 600.0))
    given = tuple(
        Administration("ipsapirone", 200.0 + 100.0 * k, dose=dose, dose_unit="ug/kg", route="i.v.", form="base")
        for k, dose in enumerate((25.0, 25.0, 50.0, 100.0))
    )
    rates = ((0.0, 200, 2.0), (200.0, 100, 1.7), (300.0, 100, 1.3), (400.0, 100, 0.7), (500.0, 100, 0.2))
    times = np.concatenate([start + (np.arange(round(s * hz)) + 0.5) / hz for start, s, hz in rates])
    unit = Unit.from_times(times, support=support)
    return fit_dose_response(dose_response(unit, DoseProtocol(given, support), subject=Subject(animal="r1")))


def of(fit: DoseResponseFit, animal: str, id50: float = math.nan, **changed: Any) -> DoseResponseFit:
    """The same fit as another animal's, with another ID50 or status."""
    response = replace(fit.response, subject=Subject(animal=animal), **changed.pop("response", {}))
    return replace(fit, response=response, id50=id50, **changed)


def test_fits_give_what_their_numbers_give(fit: DoseResponseFit) -> None:
    without, after = (50.0, 60.0, 40.0), (500.0, 480.0, 520.0)
    found = apparent_pa2_of_fits(
        [of(fit, name, value) for name, value in zip("abc", without, strict=True)],
        [of(fit, name, value) for name, value in zip("abc", after, strict=True)],
        **GIVEN,
    )
    typed = apparent_pa2(
        [*without, *after], [0.0] * 3 + [100.0] * 3, animal=[*"abc"] * 2, id50_unit="ug/kg", antagonist_unit="nmol/kg"
    )
    assert found.rows == typed.rows
    assert (found.pa2, found.paired, found.id50_unit) == (typed.pa2, True, "ug/kg")


def test_a_weight_is_moles_of_the_antagonist_and_not_of_the_agonist(fit: DoseResponseFit) -> None:
    cells = [[of(fit, name, value) for name, value in zip("abc", some, strict=True)]
             for some in ((50.0, 60.0, 40.0), (500.0, 480.0, 520.0))]  # fmt: skip
    found = apparent_pa2_of_fits(*cells, antagonist=0.1, antagonist_unit="mg/kg", compound="way-100635", form="base")
    # WAY-100635, C25H34N4O2: 422.57 g/mol
    assert found.dose_mol_kg == pytest.approx(1e-4 / 422.57, rel=1e-4)
    assert "way-100635" in found.dose_text


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"status": "above_top_dose", "id50_low": 150.0, "id50_high": INF}, "> 200"),
        ({"status": "plateau", "id50_low": 150.0, "id50_high": INF}, "> 200"),
        ({"status": "no_effect", "id50_low": 500.0, "id50_high": INF}, "> 200"),
        ({"status": "no_effect", "id50_low": 120.0, "id50_high": INF}, "> 120"),
        ({"status": "below_lowest_dose", "id50_low": 0.0, "id50_high": 40.0}, "< 25"),
        ({"status": "all_or_none", "id50_low": 50.0, "id50_high": 100.0}, "50 to 100"),
    ],
)
def test_bounds_stay_bounds_and_a_bracket_a_bracket(fit: DoseResponseFit, changed: Any, told: str) -> None:
    after = [of(fit, "a", 150.0), of(fit, "b", 140.0), of(fit, "c", **changed)]
    found = apparent_pa2_of_fits([of(fit, name, 20.0 + k) for k, name in enumerate("abc")], after, **GIVEN)
    assert found.rows[2][3] == told
    assert not math.isnan(found.ratio.estimate)
    flat = changed["status"] in ("plateau", "no_effect")
    assert any("no parallel shift" in note for note in found.notes) == flat


def test_a_bracket_lies_in_its_ratio_and_in_the_likelihood(fit: DoseResponseFit) -> None:
    """A bracket that is narrow enough is the number in it."""
    without = [of(fit, name, 20.0 + k) for k, name in enumerate("abc")]
    first = [of(fit, "a", 150.0), of(fit, "b", 140.0)]
    ends = {"status": "all_or_none", "id50_low": 99.9, "id50_high": 100.1}
    bracket = apparent_pa2_of_fits(without, [*first, of(fit, "c", **ends)], **GIVEN)
    number = apparent_pa2_of_fits(without, [*first, of(fit, "c", 100.0)], **GIVEN)
    assert bracket.ratio.estimate == pytest.approx(number.ratio.estimate, rel=1e-3)
    assert bracket.ratio.low == pytest.approx(number.ratio.low, rel=1e-2)


def test_a_cell_that_was_not_fitted_is_left_out_and_named(fit: DoseResponseFit) -> None:
    without = [of(fit, name, 20.0 + k) for k, name in enumerate("abc")]
    after = [of(fit, "a", 150.0), of(fit, "b", 140.0), of(fit, "c", 180.0)]
    found = apparent_pa2_of_fits([*without, of(fit, "d", status="not_fitted", reason="two doses")], after, **GIVEN)
    assert found.left_out == ("d, unit 1, without antagonist: not fitted (two doses)",)
    assert found.n_animals == 3


def test_cells_that_were_lost_or_may_have_been_are_noted(fit: DoseResponseFit) -> None:
    without = [of(fit, name, 20.0 + k, fate="held") for k, name in enumerate("abc")]
    after = [of(fit, "a", 150.0, fate="lost"), of(fit, "b", 140.0, fate="undetermined"), of(fit, "c", 180.0)]
    notes = " ".join(apparent_pa2_of_fits(without, after, **GIVEN).notes)
    assert "1 cell with antagonist may have been lost" in notes
    assert "1 cell with antagonist lost, and fitted up to the loss" in notes


@pytest.mark.parametrize(
    ("response", "told"),
    [
        ({"drug": "lesopitron"}, "one drug, got 'ipsapirone' and 'lesopitron'"),
        ({"dose_unit": "nmol/kg"}, "one dose unit"),
        ({"route": "s.c."}, "one route"),
        ({"form": "hydrochloride"}, "one form"),
        ({"dose_unit": "nM"}, "fit_schild"),
    ],
)
def test_fits_of_different_kinds_make_no_ratio(fit: DoseResponseFit, response: Any, told: str) -> None:
    with pytest.raises(ParameterError, match=told):
        apparent_pa2_of_fits([of(fit, "a", 20.0)], [of(fit, "b", 150.0, response=response)], **GIVEN)


def test_what_tells_no_ratio_is_refused(fit: DoseResponseFit) -> None:
    one = [of(fit, "a", 20.0)]
    with pytest.raises(ParameterError, match="has no animal"):
        apparent_pa2_of_fits(one, [of(fit, "", 150.0)], **GIVEN)
    with pytest.raises(ParameterError, match="no fitted cell with antagonist"):
        apparent_pa2_of_fits(one, [], **GIVEN)
    with pytest.raises(ParameterError, match="no fitted cell with antagonist"):
        apparent_pa2_of_fits(one, [of(fit, "b", status="not_fitted")], **GIVEN)
    with pytest.raises(ParameterError, match="use apparent_pa2"):
        apparent_pa2_of_fits(one, [150.0], **GIVEN)  # type: ignore[list-item]
    with pytest.raises(ParameterError, match="above 0"):
        apparent_pa2_of_fits(one, one, antagonist=0.0, antagonist_unit="nmol/kg")


@pytest.fixture(scope="module")
def treated(fit: DoseResponseFit) -> DoseResponseFit:
    """The same cell after 0.1 mg/kg of WAY-100635."""
    return of(fit, "r9", 500.0, response={"pretreatment": Pretreatment((WAY,), None)})


WAY = Administration("way-100635", 100.0, dose=100.0, dose_unit="ug/kg", route="i.v.", form="base", role="antagonist")


def after(treated: DoseResponseFit, animal: str, id50: float, *given: Administration) -> DoseResponseFit:
    """Another animal's, after what was given."""
    return of(treated, animal, id50, response={"pretreatment": Pretreatment(given, None)})


def test_an_antagonist_that_the_sessions_state_is_not_typed_again(
    fit: DoseResponseFit, treated: DoseResponseFit
) -> None:
    without = [of(fit, name, value) for name, value in zip("abc", (50.0, 60.0, 40.0), strict=True)]
    with_it = [after(treated, name, value, WAY) for name, value in zip("def", (500.0, 480.0, 520.0), strict=True)]
    found = apparent_pa2_of_fits(without, with_it)
    typed = apparent_pa2_of_fits(
        without, [of(fit, name, one.id50) for name, one in zip("def", with_it, strict=True)],
        antagonist=0.1, antagonist_unit="mg/kg", compound="way-100635", form="base",
    )  # fmt: skip
    assert (found.pa2, found.rows) == (typed.pa2, typed.rows)
    assert found.dose_text == "way-100635 (base) 100 µg/kg"


@pytest.mark.parametrize(
    ("without", "given", "options", "told"),
    [
        ((WAY,), [(WAY,), (WAY,)], {}, "unit 1, without antagonist: was given way-100635"),
        ((), [(WAY,), ()], {}, "r2, unit 1, with antagonist: none is stated before it, and way-100635"),
        (
            (),
            [(WAY,), (replace(WAY, dose=10.0),)],
            {},
            r"got way-100635 10 .*r2, unit 1. and way-100635 100 .*r1, unit 1",
        ),
        ((), [(WAY, WAY), (WAY, WAY)], {}, "is no one dose"),
        ((), [(replace(WAY, dose=math.nan),)] * 2, {}, "is no one dose"),
        ((), [(WAY,), (WAY,)], GIVEN, "the sessions state the antagonist: 100 ug/kg way-100635; leave out"),
        ((), [(), ()], {}, "no session states an antagonist before the agonist: give"),
        ((), [(replace(WAY, form=""),)] * 2, {}, "is a weight: name compound and form"),
        ((), [(replace(WAY, dose_unit="nM"),)] * 2, {}, "is no dose per kg"),
    ],
)
def test_what_the_sessions_state_must_be_one_dose_of_one_antagonist(
    fit: DoseResponseFit, treated: DoseResponseFit, without: Any, given: Any, options: Any, told: str
) -> None:
    bare = after(treated, "r0", 50.0, *without) if without else of(fit, "r0", 50.0)
    with_it = [
        after(treated, f"r{n}", 500.0, *some) if some else of(fit, f"r{n}", 500.0) for n, some in enumerate(given, 1)
    ]
    with pytest.raises(ParameterError, match=told):
        apparent_pa2_of_fits([bare], with_it, **options)


def test_a_form_that_no_session_states_may_be_told(fit: DoseResponseFit, treated: DoseResponseFit) -> None:
    salt = replace(WAY, form="")
    found = apparent_pa2_of_fits(
        [of(fit, "a", 50.0)], [after(treated, "b", 500.0, salt)], form="base", compound="way-100635"
    )
    assert found.dose_mol_kg == pytest.approx(1e-4 / 422.57, rel=1e-4)


def test_an_infusion_that_went_on_has_no_one_dose(fit: DoseResponseFit, treated: DoseResponseFit) -> None:
    infused = Pretreatment((replace(WAY, stop_s=900.0),), None, manner=("infused on into the doses",))
    cell = of(treated, "b", 500.0, response={"pretreatment": infused})
    with pytest.raises(ParameterError, match=r"b, unit 1: .*infused on into the doses: its dose was another at each"):
        apparent_pa2_of_fits([of(fit, "a", 50.0)], [cell])


def test_another_antagonist_than_the_sessions_state_is_refused(fit: DoseResponseFit, treated: DoseResponseFit) -> None:
    cells = [of(fit, "a", 50.0)], [after(treated, "b", 500.0, WAY)]
    with pytest.raises(ParameterError, match="the sessions state the antagonist way-100635, got ketanserin"):
        apparent_pa2_of_fits(*cells, compound="ketanserin", form="base")
    with pytest.raises(ParameterError, match="the sessions state the form base, got maleate"):
        apparent_pa2_of_fits(*cells, form="maleate")
