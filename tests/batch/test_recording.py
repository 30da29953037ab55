"""What a record says that an animal was given."""

import math
from pathlib import Path

import numpy as np
import pytest

import ephys
from ephys.batch.jobs import SessionJob
from ephys.batch.recording import record_of
from ephys.model import Administration, CohortCell, DoseProtocol, Epoch, Session, Subject, Support, Unit
from ephys.sorting import CurationLog

CELL = CohortCell("r1", "control", "1", (Path("s1.nwb"),))
JOB = SessionJob("s1", "s1", CELL.files, math.nan, math.nan, None, None, ephys.Settings(), (CELL,))


@pytest.mark.parametrize("from_s", [None, 200.0])
def test_a_mark_that_a_person_took_out_is_no_drug_that_the_animal_had(from_s: float | None) -> None:
    support = Support.of(Epoch(0.0, 600.0))
    given = tuple(
        Administration(drug, start_s, dose=20.0, dose_unit="ug/kg", route="i.v.", role="agonist")
        for drug, start_s in (("lesopitron", 100.0), ("ipsapirone", 400.0), ("ipsapirone", 500.0))
    )
    unit = Unit.from_times(np.arange(0.5, 600.0), support=support)
    whole = Session("s1", DoseProtocol(given, support), subject=Subject(animal="r1"), units=(unit,))
    part = whole if from_s is None else ephys.crop_session(whole, start_s=from_s)
    log = CurationLog("s1", by="A. Name").delete_dose("ipsapirone", 400.0, reason="key pressed by mistake")
    analysis = ephys.analyse_session(part, curation=log)
    record = record_of(JOB, "key", whole, analysis, sources=(), sorted_anew=False)
    assert [(one.drug, one.start_s) for one in record.systemic] == [("lesopitron", 100.0), ("ipsapirone", 500.0)]


def test_a_supplement_before_the_part_is_near_its_baseline_all_the_same() -> None:
    support = Support.of(Epoch(0.0, 600.0))
    supplement = Administration("urethane", 170.0, route="i.p.", role="anaesthetic")
    unit = Unit.from_times(np.arange(0.5, 600.0), support=support)
    whole = Session("s1", DoseProtocol((supplement,), support), subject=Subject(animal="r1"), units=(unit,))
    analysis = ephys.analyse_session(ephys.crop_session(whole, start_s=200.0))
    record = record_of(JOB, "key", whole, analysis, sources=(), sorted_anew=False)
    assert record.cells[0].facts[0].supplement_gap_s == 30.0
