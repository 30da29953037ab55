"""What a record says that an animal was given."""

import numpy as np
import pytest

import ephys
from ephys.batch.recording import _systemic
from ephys.model import Administration, DoseProtocol, Epoch, Session, Subject, Support, Unit
from ephys.sorting import CurationLog


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
    assert [(one.drug, one.start_s) for one in _systemic(whole, analysis)] == [
        ("lesopitron", 100.0),
        ("ipsapirone", 500.0),
    ]
