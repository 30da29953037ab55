"""Groups by ratios within electrodes: pipettes that eject unlike amounts, and nA that are compared with no other's."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from ephys.errors import ParameterError
from ephys.model import Administration, DoseProtocol, Epoch, Subject, Unit
from ephys.pharmacology import (
    EjectionComparison,
    Ejections,
    IontophoresisSettings,
    compare_drugs,
    compare_ejections,
    compare_groups,
    compare_inhibition,
    desensitised_share,
    dose_response,
    fit_dose_response,
    fit_population,
    fit_pseudoreplicated,
    measure_ejections,
    percent_by_dose,
)
from ephys.simulation import ejection_rate, renewal_train

STARTS_S = {"5-ht": (100.0, 500.0), "ipsapirone": (300.0, 700.0), "saline": (900.0,)}
GIVEN = tuple(
    Administration(
        drug, at, at + 50.0, dose=10.0, dose_unit="nA", barrel=drug, role="vehicle" if drug == "saline" else "agonist"
    )
    for drug, starts in STARTS_S.items() for at in starts
)  # fmt: skip


def cell(
    animal: str, group: str, silent_s: dict[str, float], *, seed: int | None = None, electrode: str = "1", id: str = "1"
) -> Ejections:
    """A cell of 2 Hz that each drug silences for so long from the start of the ejection; even, or of a CV of 0.4."""
    grid_s = np.arange(0.0, 1100.0, 0.05)
    rate_hz = np.full(grid_s.size, 2.0)
    for drug, starts in STARTS_S.items():
        for at in starts:
            rate_hz[(grid_s >= at) & (grid_s < at + silent_s.get(drug, 0.0))] = 0.0
    times_s = renewal_train(grid_s, rate_hz, cv=1e-3 if seed is None else 0.4, seed=seed or 0)
    unit = Unit.from_times(times_s, support=Epoch(0.0, 1100.0), id=id)
    subject = Subject(animal=animal, group=group)
    return measure_ejections(unit, DoseProtocol(GIVEN, unit.support), subject=subject, electrode=electrode)


@cache
def drawn(fold: float, seed: int, *, animals: int = 5) -> list[Ejections]:
    """Two groups. Every electrode ejects 0.7 to 1.4 of what is usual, of both drugs; treated answers a fold less."""
    random, found = np.random.default_rng(seed), []
    for group, less in (("control", 1.0), ("treated", fold)):
        for animal in range(animals):
            own = random.normal(0.0, 0.1)
            for electrode in range(2):
                gain = math.exp(random.uniform(math.log(0.7), math.log(1.4)))
                between = math.exp(own + random.normal(0.0, 0.08))
                silent_s = {"5-ht": 60.0 * gain, "ipsapirone": 50.0 * gain * less * between}
                place = 1 + len(found) + 1000 * seed
                found.append(cell(f"{group} {animal}", group, silent_s, seed=place, electrode=str(electrode)))
    return found


def test_the_ratio_does_not_see_how_much_a_pipette_ejects() -> None:
    gains = {"r1": 0.6, "r2": 1.0, "r3": 1.6}
    compared = compare_ejections(
        [cell(r, "", {"5-ht": 60.0 * k, "ipsapirone": 30.0 * k}) for r, k in gains.items()],
        drug="ipsapirone", against="5-ht",
    )  # fmt: skip
    assert [one.ratio for one in compared.electrodes] == pytest.approx([0.5] * 3, rel=0.06)
    (group,) = compared.groups
    assert (group.group, group.n_animals, group.n_cells) == ("all", 3, 3)
    assert group.value == pytest.approx(0.5, rel=0.05)


@pytest.mark.slow
def test_a_known_shift_between_groups_is_found_and_n_is_animals() -> None:
    held = []
    for seed in range(3):
        compared = compare_ejections(drawn(0.6, seed), drug="ipsapirone", against="5-ht", reference="control")
        (shift,) = compared.differences
        held.append(shift.low <= 0.6 <= shift.high)
        assert shift.high < 1.0
        assert (compared.groups[0].n_animals, compared.groups[0].n_cells, shift.df) == (5, 10, 8)
    assert sum(held) >= 2


def test_the_fit_is_that_of_a_mixed_model_of_statsmodels() -> None:
    compared = compare_ejections(drawn(0.6, 1), drug="ipsapirone", against="5-ht", reference="control")
    rows = compared.as_rows()
    table = pd.DataFrame(rows).assign(percent=lambda of: 100.0 * of.ln_ratio)
    other = smf.mixedlm("percent ~ group", table, groups=table["animal"]).fit(reml=True)
    # Known errors are small beside the scatter of electrodes: the estimates agree, if not to the last figure.
    assert math.log(compared.differences[0].value) == pytest.approx(other.params["group[T.treated]"] / 100.0, abs=0.02)


def test_cells_of_an_electrode_are_one_value_of_it() -> None:
    twice = [
        cell("r1", "", {"5-ht": 60.0, "ipsapirone": seconds}, electrode="a", id=name)
        for name, seconds in (("1", 30.0), ("2", 60.0))
    ]
    others = [cell(animal, "", {"5-ht": 60.0, "ipsapirone": 40.0}) for animal in ("r2", "r3")]
    compared = compare_ejections([*twice, *others], drug="ipsapirone", against="5-ht")
    first = compared.electrodes[0]
    assert first.units == ("1", "2")
    assert first.ratio == pytest.approx(math.sqrt(0.5), rel=0.06), "geometric mean of 1/2 and 1"
    assert len(compared.electrodes) == 3


def test_a_drug_that_suppressed_nothing_is_left_out_aloud() -> None:
    cells = [cell(f"r{n}", "", {"5-ht": 60.0, "ipsapirone": 30.0}) for n in range(3)]
    silent = cell("r9", "", {"5-ht": 0.0, "ipsapirone": 30.0}, seed=1)
    nearly = cell("r8", "", {"5-ht": 0.0, "ipsapirone": 30.0}, seed=8)
    compared = compare_ejections([*cells, silent, nearly], drug="ipsapirone", against="5-ht")
    assert [one.doubtful for one in compared.electrodes] == [False, False, False, True]
    assert "not told from 0" in compared.notes[1]
    assert "unit 1 of animal r9 (1): 5-ht suppressed no spikes" in compared.left_out[0]
    assert "biased towards an effect" in compared.notes[0]
    with pytest.raises(ParameterError, match="no electrode has a ratio of ipsapirone to 5-ht; unit 1 of animal r9"):
        compare_ejections([silent], drug="ipsapirone", against="5-ht")


def test_other_measures_and_the_control_current() -> None:
    cells = [cell(f"r{n}", "", {"5-ht": 60.0, "ipsapirone": 30.0, "saline": 10.0}) for n in range(3)]
    fixed = compare_ejections(cells, drug="ipsapirone", against="5-ht", measure="fixed_per_na")
    assert fixed.groups[0].value == pytest.approx(0.5, rel=0.05)
    controlled = compare_ejections(cells, drug="5-ht")
    assert controlled.groups[0].value == pytest.approx(6.0, rel=0.2)
    assert "control current" in controlled.title
    with pytest.raises(ParameterError, match="measure must be"):
        compare_ejections(cells, drug="5-ht", measure="percent")  # type: ignore[arg-type]


def test_animals_and_groups_must_be_known() -> None:
    nobody = cell("", "", {"5-ht": 60.0, "ipsapirone": 30.0})
    with pytest.raises(ParameterError, match="do not know their animal: n is animals"):
        compare_ejections([nobody], drug="ipsapirone", against="5-ht")
    mixed = [cell("r1", "control", {"5-ht": 60.0}), cell("r2", "", {"5-ht": 60.0})]
    with pytest.raises(ParameterError, match="do not know their group"):
        compare_ejections(mixed, drug="ipsapirone", against="5-ht")


def test_one_result_makes_a_page_a_cell_and_a_table() -> None:
    compared: EjectionComparison = compare_ejections(drawn(0.6, 0), drug="ipsapirone", against="5-ht")
    assert [len(row) for row in compared.rows] == [len(compared.columns)] * 2
    assert compared.rows[0][-2:] == ("reference", "")
    assert len(compared.as_rows()) == 20
    assert not any("not told from 0" in note for note in compared.notes)
    assert "were not compared" in compared.methods
    assert "8 degrees of freedom" in compared.methods
    assert str(compared).startswith(compared.title)
    assert "treated" in compared._repr_html_()


# --- nA are compared with no other electrode's -----------------------------------------------------------------------


def series(animal: str, group: str) -> tuple[dict[str, object], ...]:
    """A curve in nA, as a table."""
    counts = {0.0: 120, 5.0: 90, 10.0: 60, 20.0: 20}
    return tuple(
        {
            "animal": animal, "unit": "1", "group": group, "drug": "5-ht", "dose": na, "dose_unit": "nA", "count": n,
            "exposure_s": 60.0,
        }
        for na, n in counts.items()
    )  # fmt: skip


ROWS = [row for group in ("control", "treated") for n in range(3) for row in series(f"{group}{n}", group)]


@pytest.mark.parametrize(
    "refused",
    [
        lambda: fit_population(ROWS),
        lambda: compare_groups(ROWS, reference="control"),
        lambda: compare_drugs(ROWS, reference="5-ht"),
        lambda: compare_inhibition(ROWS, dose=10.0, reference="control"),
        lambda: percent_by_dose(ROWS),
        lambda: desensitised_share(ROWS, control="control", treated="treated"),
        lambda: fit_pseudoreplicated(ROWS),
    ],
    ids=["population", "groups", "drugs", "inhibition", "percent", "share", "pseudoreplicated"],
)
def test_nothing_pools_or_compares_currents_of_several_electrodes(refused: object) -> None:
    with pytest.raises(ParameterError, match=r"nA of two electrodes cannot be compared.*compare_ejections"):
        refused()  # type: ignore[operator]


def test_responses_in_na_are_refused_too_and_their_curve_says_whose_it_is() -> None:
    given = tuple(
        Administration("5-ht", 200.0 + 100.0 * n, 300.0 + 100.0 * n, dose=na, dose_unit="nA", route="iontophoresis")
        for n, na in enumerate((5.0, 10.0, 20.0, 40.0))
    )
    pieces = [np.arange(0.0, 200.0, 0.5)]
    pieces += [np.arange(one.start_s, one.end_s, 0.5 * (1.0 + one.dose / 10.0)) for one in given]
    unit = Unit.from_times(np.concatenate(pieces), support=Epoch(0.0, 600.0))
    response = dose_response(unit, DoseProtocol(given, unit.support), subject=Subject(animal="r1", group="control"))
    assert "unit 1: I50, this electrode: " in str(fit_dose_response(response))
    with pytest.raises(ParameterError, match="compare_ejections"):
        fit_population([response])


# --- what would mislead ----------------------------------------------------------------------------------------------


def test_a_cell_given_twice_or_cells_measured_in_unlike_ways_are_refused() -> None:
    cells = [cell(f"r{n}", "control", {"5-ht": 60.0, "ipsapirone": 55.0 + n}) for n in range(3)]
    with pytest.raises(ParameterError, match=r"unit 1 of animal r2 .* is there twice"):
        compare_ejections([*cells, cells[-1]], drug="ipsapirone", against="5-ht")
    other = replace(cells[0], settings=IontophoresisSettings(control="subtracted"))
    with pytest.raises(ParameterError, match="measured with 2 settings"):
        compare_ejections([other, *cells[1:]], drug="ipsapirone", against="5-ht")


@pytest.mark.parametrize("measure", ["suppressed_per_na", "fixed_per_na"])
def test_a_control_is_taken_off_both_windows_and_methods_say_so(measure: str) -> None:
    silent_s = {"5-ht": 60.0, "ipsapirone": 50.0, "saline": 20.0}
    shown = [cell(f"r{n}", "control", silent_s) for n in range(2)]
    net = [replace(one, settings=IontophoresisSettings(control="subtracted")) for one in shown]
    plain, less = (compare_ejections(some, drug="ipsapirone", against="5-ht", measure=measure) for some in (shown, net))
    # Each second of silence is 2 spikes: 50 to 60, and (50 - 20) to (60 - 20) without what the current did.
    assert plain.groups[0].value == pytest.approx(50.0 / 60.0, rel=0.03)
    assert less.groups[0].value == pytest.approx(30.0 / 40.0, rel=0.03)
    assert "taken off" in less.methods
    assert "taken off" not in plain.methods


def test_truncated_windows_and_unlike_ejections_are_noted() -> None:
    # The cell is not back before the next ejection; the second ipsapirone came after another drug.
    way = Administration("way-100635", 600.0, dose=10.0, dose_unit="ug/kg", role="antagonist")
    found = []
    for animal in range(2):
        times_s = np.concatenate([np.arange(0.25, 110.0, 0.5), np.arange(160.0 + animal, 310.0, 0.8)])
        times_s = np.concatenate([times_s, np.arange(350.0, 510.0, 0.5), np.arange(560.0, 1100.0, 0.5)])
        unit = Unit.from_times(times_s, support=Epoch(0.0, 1100.0))
        protocol = DoseProtocol((*GIVEN, way), unit.support)
        found.append(measure_ejections(unit, protocol, subject=Subject(animal=f"r{animal}"), electrode="1"))
    notes = compare_ejections(found, drug="ipsapirone", against="5-ht").notes
    assert any("2 electrodes with windows that ended before the cell recovered" in note for note in notes)
    assert any("some of them after another drug" in note for note in notes)


def with_currents(animal: str, group: str, lesopitron_na: float, *, seed: int) -> Ejections:
    """A cell of one sensitivity in all groups: half its rate is gone at 100 nC of either drug."""
    given = tuple(
        Administration(drug, at, at + 50.0, dose=na, dose_unit="nA")
        for drug, at, na in (("5-ht", 100.0, 15.0), ("lesopitron", 400.0, lesopitron_na))
    )
    grid_s = np.arange(0.0, 800.0, 0.05)
    rate_hz = ejection_rate(grid_s, given, rate_hz=2.0, charge50_nc={"5-ht": 100.0, "lesopitron": 100.0})
    unit = Unit.from_times(renewal_train(grid_s, rate_hz, cv=0.3, seed=seed), support=Epoch(0.0, 800.0))
    subject = Subject(animal=animal, group=group)
    return measure_ejections(unit, DoseProtocol(given, unit.support), subject=subject, electrode="1")


def test_a_difference_that_unequal_currents_make_is_said_to_be_none_of_sensitivity() -> None:
    # Truth: simulated cells of one charge to half depression; lesopitron at 15 nA in controls, at 60 nA in treated.
    unlike = [
        with_currents(f"{group} {n}", group, na, seed=10 * n + int(na))
        for group, na in (("control", 15.0), ("chronic", 60.0)) for n in range(4)
    ]  # fmt: skip
    compared = compare_ejections(unlike, drug="lesopitron", against="5-ht", reference="control")
    assert compared.differences[0].high < 0.8, "spikes per nA differ, though the sensitivity is the same"
    assert [one.current_ratio for one in compared.electrodes] == [1.0] * 4 + [4.0] * 4
    first = compared.notes[0]
    assert first.startswith(
        "currents differ between electrodes (lesopitron 15 nA in control, 60 nA in chronic; 5-ht 15"
    )
    assert "no comparison of sensitivity; charge50_nc, or equal currents, is" in first
    assert f"Note: {first}." in str(compared).splitlines()
    charge = compare_ejections(unlike, drug="lesopitron", against="5-ht", reference="control", measure="charge50_nc")
    assert charge.differences[0].low < 1.0 < charge.differences[0].high
    assert not any("currents differ" in note for note in charge.notes)


@pytest.mark.parametrize(("na", "noted"), [(18.0, False), (20.0, True)])
def test_currents_are_alike_up_to_a_factor_of_1_25(na: float, noted: bool) -> None:
    cells = [with_currents(f"r{n}", "", current, seed=n) for n, current in enumerate((15.0, na))]
    for measure in ("suppressed_per_na", "fixed_per_na"):
        notes = compare_ejections(cells, drug="lesopitron", against="5-ht", measure=measure).notes
        assert any("lesopitron 15 to 20 nA; 5-ht 15 nA" in note for note in notes) == noted


def test_a_group_that_dropped_out_is_named_and_the_text_has_every_note() -> None:
    kept = [cell(f"c{n}", "control", {"5-ht": 60.0, "ipsapirone": 30.0}) for n in range(2)]
    gone = [cell(f"t{n}", "treated", {"5-ht": 0.0, "ipsapirone": 30.0}, seed=1) for n in range(3)]
    compared = compare_ejections([*kept, *gone], drug="ipsapirone", against="5-ht")
    assert compared.dropped == (("treated", 3),)
    lines = str(compared).splitlines()
    assert "Note: group treated dropped out altogether: none of its 3 cells has a ratio." in lines
    assert lines[1:] == [f"Note: {note}." for note in compared.notes]
    assert compare_ejections(kept, drug="ipsapirone", against="5-ht").dropped == ()


def test_drugs_are_found_however_they_are_typed_and_an_unknown_one_lists_those_ejected() -> None:
    cells = [cell(f"r{n}", "", {"5-ht": 60.0, "ipsapirone": 30.0}) for n in range(2)]
    typed = compare_ejections(cells, drug=" Ipsapirone ", against="5-HT")
    assert (typed.drug, typed.against) == ("ipsapirone", "5-ht")
    assert typed.electrodes == compare_ejections(cells, drug="ipsapirone", against="5-ht").electrodes
    for names in ({"drug": "lesopitron"}, {"drug": "5-ht", "against": "lesopitron"}):
        with pytest.raises(ParameterError, match="'lesopitron' was not ejected; 5-ht, ipsapirone"):
            compare_ejections(cells, **names)
    unit = Unit.from_times(np.arange(0.25, 1100.0, 0.5), support=Epoch(0.0, 1100.0))
    found = measure_ejections(unit, DoseProtocol(GIVEN, unit.support), drug="5-HT ")
    assert (found.drug, found.drugs, len(found.ejections)) == ("5-ht", ("5-ht",), 3)
