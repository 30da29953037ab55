"""Small cohorts whose cells have dose-responses, and reports of them, made in a moment."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

from ephys.analysis import CellRecord, CohortAnalysis, DrugAnswer, FoundCell, GroupAnswers, Selection, SessionRecord
from ephys.analysis.cohort import SessionFailure
from ephys.model import Administration, Cohort, CohortAnimal, CohortCell, DoseProtocol, Epoch, Subject, Unit
from ephys.pharmacology import (
    DoseResponse,
    Exclusions,
    ExclusionSettings,
    PopulationFit,
    SeriesFacts,
    apply_exclusions,
    compare_firing,
    compare_groups,
    dose_response,
    fit_population,
)
from ephys.settings import Settings

mpl.use("Agg")

DOSES_S = {200.0: 25.0, 320.0: 75.0, 440.0: 300.0}
"""Cumulative dose from each moment on."""
STOP_S = 680.0


@dataclass(frozen=True)
class Spec:
    """A cell that is made.

    Parameters
    ----------
    animal, group : str
    id50 : float
        Under each of its drugs.
    name : str
    drugs : tuple of str
    facts : dict
        What exclusions ask of it, where it is not an ordinary cell.
    flags : str
    """

    animal: str
    group: str
    id50: float = 75.0
    name: str = "c1"
    drugs: tuple[str, ...] = ("ipsapirone",)
    facts: dict[str, Any] = field(default_factory=dict)
    flags: str = ""


def _response(spec: Spec, drug: str) -> DoseResponse:
    """A regular cell that the drug slows, and that comes back after the antagonist."""
    given = [
        Administration(drug, start_s, dose=added, dose_unit="ug/kg", route="i.v.", role="agonist")
        for start_s, added in zip(DOSES_S, (25.0, 50.0, 225.0), strict=True)
    ]
    given.append(Administration("way-100635", 560.0, dose=0.1, dose_unit="mg/kg", role="antagonist"))
    starts = (0.0, *DOSES_S, 560.0)
    rates = [2.0, *(2.0 / (1.0 + (dose / spec.id50) ** 2) for dose in DOSES_S.values()), 2.0]
    times = [
        np.arange(start + 0.25 / rate, stop, 1.0 / rate)
        for start, stop, rate in zip(starts, (*starts[1:], STOP_S), rates, strict=True)
    ]
    unit = Unit.from_times(np.concatenate(times), support=Epoch(0.0, STOP_S), id=spec.name)
    protocol = DoseProtocol(tuple(given), unit.support)
    return dose_response(unit, protocol, drug=drug, subject=Subject(animal=spec.animal, group=spec.group))


def _fit_row(id50: float, drug: str) -> dict[str, Any]:
    """What a fit would tell, in part: it takes longer than a test should."""
    within = id50 < max(DOSES_S.values())
    return {
        "drug": drug, "dose_unit": "ug/kg", "route": "i.v.", "status": "interpolated" if within else "above_top_dose",
        "id50": id50 if within else math.nan, "id50_low": 0.8 * id50 if within else 290.0,
        "id50_high": 1.2 * id50 if within else math.nan, "level": 0.95, "flags": "", "warnings": "",
        "emax_percent": 100.0, "emax_source": "assumed", "fate": "held", "drift_percent_per_min": math.nan,
        "id50_text": f"{id50:g} ({0.8 * id50:g} to {1.2 * id50:g}) µg/kg" if within else "> 300 µg/kg",
    }  # fmt: skip


def _found(spec: Spec, row: int) -> FoundCell:
    """The cell with its session, as a cohort keeps it."""
    responses = tuple(_response(spec, drug) for drug in spec.drugs)
    told = {"label": "serotonergic", "stability": "stable", "fate": "held", "n_doses": 3, **spec.facts}
    session = f"{spec.animal}_{spec.name}"
    facts = tuple(
        SeriesFacts(session, spec.animal, spec.group, spec.name, spec.name, drug, **told)
        for drug in spec.drugs or ("",)
    )
    fit_rows = tuple(_fit_row(spec.id50, drug) for drug in spec.drugs)
    response_rows = tuple(
        {"drug": drug, "role": "agonist", "cumulative_dose": dose} for drug in spec.drugs for dose in DOSES_S.values()
    )
    unit_row = {
        "baseline_rate_hz": 2.0 - row / 100.0, "baseline_spikes": 400, "cv_collapsed": 0.3 + row / 100.0,
        "burst_share": 0.0, "total_ms": 2.4, "band": "100 to 6000 Hz", "species": "rat", "multi_unit": False,
        "preparation": "", "anaesthetic": "", "excluded": "", "final_label": told["label"], "call": told["label"],
        "flags": spec.flags, "origin": "wavemark", "n_spikes": 900, "label": told["label"], "call_by_hand": "",
        "curation": "", "preset": "rat_in_vivo", "basis": "full",
    }  # fmt: skip
    record = CellRecord(spec.name, unit_row, response_rows, fit_rows, responses, facts)
    own = SessionRecord("key", session, (), (record,), False, {}, None, 0.0, STOP_S, (), ())
    planned = CohortCell(spec.animal, spec.group, spec.name, (Path(f"{session}.smr"),), session, row=row)
    return FoundCell(planned, spec.name, own, record, facts)


def _drug_answer(drug: str, cells: Sequence[FoundCell], selection: Selection, exclusions: Exclusions) -> DrugAnswer:
    """What the cells that count say of one drug."""
    counting = [
        response
        for cell in cells
        for response, facts in cell.series
        if response.drug == drug and exclusions.analysed(facts)
    ]
    groups = list(dict.fromkeys(response.subject.group for response in counting))
    if not groups:
        return DrugAnswer(drug, selection, None, not_told=("ID50: no cell counts",))
    if min(Counter(response.subject.group for response in counting).values()) < 2:
        return DrugAnswer(drug, selection, None, not_told=("ID50: one animal tells no scatter",))
    if len(groups) == 1:
        return DrugAnswer(drug, selection, fit_population(counting))
    found = compare_groups(counting, reference=groups[0], permutations=10)
    return DrugAnswer(drug, selection, found)


def _answers(cells: Sequence[FoundCell], selection: Selection, exclusions: Exclusions) -> GroupAnswers:
    """What the groups say."""
    drugs = tuple(dict.fromkeys(response.drug for cell in cells for response in cell.record.responses))
    firing = [  # rate and CV are quick
        {name: cell.record.unit_row[name] for name in ("baseline_rate_hz", "cv_collapsed", "multi_unit")}
        | {"animal": cell.planned.animal, "group": cell.planned.group, "unit": cell.name}
        for cell in cells
        if exclusions.analysed(cell.facts[0], "cell")
    ]
    return GroupAnswers(
        selection,
        cells[0].planned.group,
        tuple(_drug_answer(drug, cells, selection, exclusions) for drug in drugs),
        None,
        compare_firing(firing, reference=cells[0].planned.group) if len(firing) > 2 else None,
        () if len(firing) > 2 else ("firing: too few cells",),
    )


def make_cohort(
    *specs: Spec, failed: Sequence[CohortCell] = (), notes: tuple[str, ...] = (), answered: bool = True
) -> CohortAnalysis:
    """A cohort of some cells, and of some that failed; it is asked with exclusions only."""
    cells = tuple(_found(spec, row) for row, spec in enumerate(specs, start=2))
    facts = [one for cell in cells for one in cell.facts]
    none = Exclusions((), ExclusionSettings(), (), (), (), ())
    exclusions = apply_exclusions(facts) if facts else none
    planned = (*(cell.planned for cell in cells), *failed)
    group_of = {cell.animal: cell.group for cell in planned}
    return CohortAnalysis(
        Cohort(planned, tuple(CohortAnimal(Subject(name, group=group)) for name, group in group_of.items())),
        Settings(),
        tuple(cell.session for cell in cells),
        cells,
        exclusions,
        (_answers(cells, "with exclusions", exclusions),) if cells and answered else (),
        tuple(SessionFailure(cell.session, (cell,), "session", "the file is cut short at 12 s") for cell in failed),
        notes,
    )


PROVENANCE: dict[str, Any] = {
    "ephys": "0.1.0",
    "cohort": [{"path": "cohort.csv", "sha256": "ab" * 32}],
    "sessions": [{"session": "r1_c1", "files": [{"path": "r1_c1.smr", "sha256": "cd" * 32}]}],
    "tables": {"units": "ef" * 32},
}


@pytest.fixture(scope="module", autouse=True)
def _one_model_only() -> Iterator[None]:
    """Models that stand beside the answers take longer than all else, and say nothing here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PopulationFit, "_apart", {})
        yield


@pytest.fixture(scope="module")
def provenance() -> dict[str, Any]:
    """Where it comes from, as a cohort says it."""
    return PROVENANCE


@pytest.fixture(scope="module")
def two_groups() -> CohortAnalysis:
    """Two groups of two animals under one drug; a fifth cell is unstable, a sixth failed."""
    lost = CohortCell("t3", "chronic", "c1", (Path("late & lost.smr"),), "t3_c1", row=9)
    return make_cohort(
        Spec("r1", "control", 50.0), Spec("r2", "control", 90.0, flags="drifts; one window flagged"),
        Spec("t1", "chronic", 150.0), Spec("t2", "chronic", 5000.0),
        Spec("r3", "control", facts={"stability": "unstable"}),
        failed=(lost,), notes=("units of no row: 3",),
    )  # fmt: skip


Make = Callable[..., CohortAnalysis]


@pytest.fixture(scope="module")
def make() -> Make:
    """Make a cohort."""
    return make_cohort


@pytest.fixture(scope="module")
def spec() -> Callable[..., Spec]:
    """Say what a cell is like."""
    return Spec
