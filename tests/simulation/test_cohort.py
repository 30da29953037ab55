"""A cohort has the animals, groups and fates that an analysis must cope with."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.simulation import CellTruth, CohortSettings, SimulatedSession, simulate_cohort


@cache
def cohort() -> list[SimulatedSession]:
    return simulate_cohort(0)


def rows() -> list[CellTruth]:
    return [row for simulated in cohort() for row in simulated.truth]


def test_at_least_five_animals_in_each_group_of_each_drug_give_at_least_24_cells() -> None:
    arms: dict[tuple[str, str], set[str]] = {}
    for simulated in cohort():
        subject = simulated.session.subject
        arms.setdefault((simulated.truth[0].drug, subject.group), set()).add(subject.animal)
    assert set(arms) == {(d, g) for d in ("ipsapirone", "lesopitron") for g in ("control", "chronic")}
    assert all(len(animals) >= 5 for animals in arms.values())
    assert len(rows()) >= 24


def test_every_fate_and_type_of_cell_occurs() -> None:
    assert {row.fate for row in rows()} == {"held", "lost", "undetermined", "unstable"}
    assert {row.cell_type for row in rows()} == {"serotonergic", "fast", "slow_irregular"}


def test_some_cells_are_held_at_once_and_some_come_after_the_drug() -> None:
    assert sum(len(simulated.session.units) == 2 for simulated in cohort()) >= 2
    later = [simulated.session for simulated in cohort() if simulated.session.order == "2"]
    assert later
    for session in later:
        (earlier,) = [
            s.session
            for s in cohort()
            if s.session.subject.animal == session.subject.animal and s.session.id != session.id
        ]
        assert earlier.started_at is not None
        assert session.started_at is not None
        assert earlier.started_at < session.started_at


def test_an_undetermined_cell_is_silent_to_the_end_and_was_not_given_the_antagonist() -> None:
    for simulated in cohort():
        for unit, row in zip(simulated.session.units, simulated.truth, strict=True):
            if row.fate == "undetermined":
                assert unit.times_s[-1] < simulated.session.support.stop_s - 120.0
                assert all(given.role != "antagonist" for given in simulated.session.protocol.administrations)


def test_the_true_id50s_lie_within_the_doses_given_in_the_median() -> None:
    for simulated in cohort():
        doses = [step.cumulative for step in simulated.session.protocol.doses(simulated.truth[0].drug)]
        assert doses[0] < simulated.truth[0].id50 < 1.5 * doses[-1]


def test_chronic_treatment_shifts_the_id50_threefold_and_both_drugs_are_given_the_same_one() -> None:
    many = simulate_cohort(1, settings=CohortSettings(animals_per_arm=30))
    logs: dict[tuple[str, str], list[float]] = {}
    for simulated in many:
        row = simulated.truth[0]
        if row.fate != "undetermined":
            logs.setdefault((row.drug, simulated.session.subject.group), []).append(np.log(row.id50))
    mean = {arm: np.mean(values) for arm, values in logs.items()}
    for drug in ("ipsapirone", "lesopitron"):
        assert mean[drug, "chronic"] - mean[drug, "control"] == pytest.approx(np.log(3.0), abs=0.25)
        assert mean[drug, "control"] == pytest.approx(np.log(80.0), abs=0.2)


def test_one_seed_gives_one_cohort() -> None:
    for first, second in zip(cohort(), simulate_cohort(0), strict=True):
        assert [row.id50 for row in first.truth] == pytest.approx([row.id50 for row in second.truth], nan_ok=True)
        for one, other in zip(first.session.units, second.session.units, strict=True):
            np.testing.assert_array_equal(one.times_s, other.times_s)
    assert simulate_cohort(1)[0].truth[0].id50 != cohort()[0].truth[0].id50


def test_a_cohort_of_no_animals_is_refused() -> None:
    with pytest.raises(ParameterError, match="animals_per_arm"):
        CohortSettings(animals_per_arm=0)
