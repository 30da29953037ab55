"""Slices with and without an antagonist in the bath, from spikes to pA2; true: KB 2 nM, EC50 10 nM."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.model import Administration, DoseProtocol, Epoch, Subject, Unit
from ephys.pharmacology import DoseResponse, ReadoutSettings, dose_response, fit_schild, fit_schild_of_responses

KB_NM, EC50_NM = 2.0, 10.0
STEPS_NM = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
Cell = Callable[..., DoseResponse]


@pytest.fixture(scope="module")
def cell() -> Cell:
    """Make a slice's cell: 600 s, the antagonist from 300 s, concentrations of 200 s each; the bath's delay is 20 s."""

    def made(animal: str, antagonist_nm: float = 0.0, *, seed: int = 0, **way: Any) -> DoseResponse:
        rng = np.random.default_rng(seed)
        starts = [600.0 + 200.0 * step for step in range(len(STEPS_NM))]
        ec50 = EC50_NM * (1.0 + antagonist_nm / KB_NM) * np.exp(rng.normal(0.0, 0.15))
        rates = [3.0, *(3.0 / (1.0 + nm / ec50) for nm in STEPS_NM)]
        edges = [0.0, *(start_s + 20.0 for start_s in starts), 1840.0]
        parts = []
        for start_s, stop_s, hz in zip(edges[:-1], edges[1:], rates, strict=True):
            times_s = start_s + np.cumsum(rng.gamma(9.0, 1.0 / (9.0 * hz), size=int(2 * hz * (stop_s - start_s)) + 50))
            parts.append(times_s[times_s < stop_s])
        given = [
            Administration("5-ct", at, at + 200.0, dose=nm, dose_unit="nM", route="bath")
            for at, nm in zip(starts, STEPS_NM, strict=True)
        ]
        if antagonist_nm:
            stated = {"stop_s": 1840.0, "dose": antagonist_nm, "dose_unit": "nM", "route": "bath"} | way
            given.append(Administration("way-100635", 300.0, role="antagonist", **stated))
        unit = Unit.from_times(np.concatenate(parts), support=Epoch(0.0, 1840.0))
        return dose_response(
            unit, DoseProtocol(tuple(given), unit.support), subject=Subject(animal=animal),
            settings=ReadoutSettings(bath_delay_s=20.0), beside=False,
        )  # fmt: skip

    return made


def study_of(cell: Cell, seed: int) -> list[DoseResponse]:
    """Four rats without, four at 6 nM and four at 20 nM."""
    given_nm = np.repeat([0.0, 6.0, 20.0], 4).tolist()
    return [cell(f"r{number}", nm, seed=1000 * seed + number) for number, nm in enumerate(given_nm)]


@pytest.fixture(scope="module")
def study(cell: Cell) -> list[DoseResponse]:
    return study_of(cell, 1)


def test_the_true_affinity_is_found_from_the_spikes(cell: Cell) -> None:
    """Measured in 20 studies: 18 intervals hold it, and the mean is 8.68."""
    answers = [fit_schild_of_responses(study_of(cell, seed), base=100.0, plateau=0.0).answer for seed in range(6)]
    true = -np.log10(KB_NM * 1e-9)
    assert sum(one.low <= true <= one.high for one in answers) >= 5
    assert np.mean([one.estimate for one in answers]) == pytest.approx(true, abs=0.06)


def test_it_is_what_typed_numbers_give(study: list[DoseResponse]) -> None:
    found = fit_schild_of_responses(study, base=100.0, plateau=0.0)
    assert [one.antagonist for one in found.ratios] == [0.0, 6.0, 20.0]
    assert [one.n_animals for one in found.ratios] == [4, 4, 4]
    windows = [(window, one) for one in study for window in one.doses]
    typed = fit_schild(
        [window.dose for window, _ in windows], [window.percent for window, _ in windows],
        [one.pretreatment.given[0].dose if one.pretreatment else 0.0 for _, one in windows],
        antagonist_unit="nM", dose_unit="nM", animal=[one.subject.animal for _, one in windows], base=100.0,
        plateau=0.0,
    )  # fmt: skip
    assert found.answer == typed.answer


def test_a_cell_that_cannot_be_read_is_named(study: list[DoseResponse]) -> None:
    found = fit_schild_of_responses([*study, replace(study[0], baseline=None, subject=Subject(animal="r99"))])
    assert "r99, unit 1: no baseline: nothing was recorded before the first administration" in found.notes


@pytest.mark.parametrize(
    ("way", "told"),
    [
        ({"stop_s": 600.0}, "r99, unit 1: .*switched off when the agonist came: it was not in the bath with every"),
        ({"stop_s": 900.0}, "switched off during the agonist"),
        ({"stop_s": 450.0}, "washed out of the bath"),
        ({"dose_unit": "ug/kg", "route": "i.v.", "stop_s": None}, "no one concentration in the bath"),
    ],
)
def test_an_antagonist_that_was_not_there_throughout_is_no_shift(
    study: list[DoseResponse], cell: Cell, way: Any, told: str
) -> None:
    with pytest.raises(ParameterError, match=told):
        fit_schild_of_responses([*study, cell("r99", 6.0, **way)])


def test_what_makes_no_shift_is_refused(study: list[DoseResponse]) -> None:
    with pytest.raises(ParameterError, match="there is no response"):
        fit_schild_of_responses([])
    with pytest.raises(ParameterError, match="must be DoseResponse, got int; of numbers use fit_schild"):
        fit_schild_of_responses([1])  # type: ignore[list-item]
    with pytest.raises(ParameterError, match="unit 1 has no animal"):
        fit_schild_of_responses([replace(study[0], subject=Subject())])
    with pytest.raises(ParameterError, match="have one drug, got '5-ct' and 'buspirone'"):
        fit_schild_of_responses([*study, replace(study[0], drug="buspirone")])
    before = study[-1].pretreatment
    assert before is not None
    other = replace(before, given=(replace(before.given[0], drug="nad-299"),))
    with pytest.raises(
        ParameterError, match=r"one antagonist, got way-100635 \(r10, unit 1\) and nad-299 \(r11, unit 1\)"
    ):
        fit_schild_of_responses([*study[:-1], replace(study[-1], pretreatment=other)])
    with pytest.raises(ParameterError, match="a shift needs a curve without antagonist"):
        fit_schild_of_responses(study[4:])
