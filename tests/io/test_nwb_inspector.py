"""What archives ask of an NWB file is in it; what nobody stated is asked for by name, and not invented."""

from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from nwbinspector import Importance, inspect_nwbfile
from pynwb import NWBHDF5IO

from ephys.errors import MetadataWarning
from ephys.io import read_nwb, read_session, write_nwb
from ephys.model import (
    Administration,
    ArraySource,
    DoseProtocol,
    Epoch,
    Event,
    Isolation,
    Monitor,
    Recording,
    Run,
    Session,
    Share,
    Subject,
    Support,
    Unit,
    Waveform,
)
from ephys.pipeline import analyse_session

FS = 20000.0
RAT = Subject("r7/a", "rat", sex="male", age="10 weeks", weight_g=310.0)


def _session(subject: Subject = RAT) -> Session:
    """Voltage in two runs, units of every kind, slow signals, marks out of order, doses."""
    rng = np.random.default_rng(0)
    source = ArraySource(rng.normal(0, 9, (8000, 2)).astype(np.int16), 0.25)
    runs = (Run(0, 5000, 220.0), Run(5000, 3000, 300.5))
    recording = Recording(source, FS, runs, ("tip", "reference"), (1.0, 9000.0), "wires")
    support, times = recording.support, np.sort(rng.uniform(220.0, 220.24, 40))
    waveform = Waveform(rng.normal(size=(30, 160, 2)), np.arange(30), FS, 0.002, (100.0, None), 2, "zero", "wide_band")
    apart = Isolation("silent", Share(0.01, 0.0, 0.02), Share(0.02, 0.0, 0.04))
    units = (
        Unit("1", times, support, rng.normal(90, 5, 40), 40.0, 8.0, waveform, "sort", isolation=apart),
        Unit("silent", np.empty(0), Support.of(Epoch(220.0, 221.0), Epoch(300.5, 301.0))),
        Unit("hash", times, support, multi_unit=True),
    )
    given = (
        Administration("saline", 220.5, dose=1.0, dose_unit="ml/kg", route="i.v.", role="vehicle"),
        Administration("ipsapirone", 221.0, dose=20.0, dose_unit="ug/kg"),
        Administration("ipsapirone", 300.6, 300.9, dose=20.0, dose_unit="ug/kg"),
    )
    slow = (Monitor("resp/flow", np.arange(50.0), 10.0, 220.0), Monitor("a:b", np.empty(0), 10.0))
    marks = (Event(221.0, "", "i", "Keyboard"), Event(220.5, "sal 1 ml/kg"))
    began = datetime(2024, 5, 6, 7, 8, tzinfo=UTC)
    return Session(
        "rat07/1", DoseProtocol(given, support), recording, units, marks, slow, subject, started_at=began
    )  # fmt: skip


def _violations(path: Path, *, schema: bool = True) -> list[str]:
    found = inspect_nwbfile(
        nwbfile_path=path, importance_threshold=Importance.BEST_PRACTICE_VIOLATION, skip_validate=not schema
    )
    return [f"{message.check_function_name}: {message.message}" for message in found]


@pytest.mark.parametrize(
    ("kind", "voltage"),
    [("whole", True), ("whole", False), ("times", True), ("voltage", True), ("mouse", True), ("silent", False)],
)
def test_the_inspector_finds_no_violation_given_a_whole_subject(tmp_path: Path, kind: str, voltage: bool) -> None:
    whole = _session()
    cases = {
        "whole": whole,
        "times": Session("t", whole.protocol, units=whole.units[2:], subject=RAT, started_at=whole.started_at),
        "voltage": replace(whole, units=(), monitors=(), events=(), protocol=DoseProtocol((), whole.support)),
        "mouse": replace(whole, subject=replace(RAT, species="mouse", weight_g=0.01)),
        "silent": replace(whole, units=whole.units[1:], recording=None),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error", MetadataWarning)
        path = write_nwb(cases[kind], tmp_path / "rat07.nwb", voltage=voltage)
    assert _violations(path) == []


def test_the_inspector_finds_no_violation_in_an_analysis(sample_data: Path, tmp_path: Path) -> None:
    doses = sample_data / "cohort_doses.csv"
    session = read_session(sample_data / "cohort" / "rat01_1.nwb", doses=doses)
    analysis = analyse_session(replace(session, subject=replace(session.subject, age="P70D")))
    assert _violations(write_nwb(analysis, tmp_path / "rat01_1.nwb")) == []


@pytest.mark.parametrize(
    ("field", "value", "said", "check"),
    [
        ("animal", "", "subject.animal is not stated", "check_subject_id_exists"),
        ("species", "", "subject.species is not stated", "check_subject_species_exists"),
        ("species", "hamster", "subject.species is 'hamster'", "check_subject_species_form"),
        ("sex", "", "subject.sex is not stated", "check_subject_sex"),
        ("age", "", "subject.age is not stated", "check_subject_age"),
        ("age", "adult", "subject.age is 'adult'", "check_subject_age"),
    ],
)
def test_a_missing_field_is_named_and_not_invented(
    tmp_path: Path, field: str, value: str, said: str, check: str
) -> None:
    session = _session(replace(RAT, **{field: value}))
    with pytest.warns(MetadataWarning) as heard:
        path = write_nwb(session, tmp_path / "rat07.nwb", voltage=False)
    (warning,) = heard
    assert str(warning.message).startswith(f"rat07.nwb: {said}: NWB wants ")
    assert Path(warning.filename).name == "test_nwb_inspector.py"
    assert [line.split(":")[0] for line in _violations(path, schema=False)] == [check]
    assert getattr(read_nwb(path).subject, field) == value


def test_without_a_date_or_an_animal_every_field_is_named(tmp_path: Path) -> None:
    session = replace(_session(Subject()), started_at=None)
    with pytest.warns(MetadataWarning) as heard:
        path = write_nwb(session, tmp_path / "rat07.nwb", voltage=False)
    fields = [str(warning.message).split(": ")[1].split(" is ")[0] for warning in heard]
    assert fields == ["subject.animal", "subject.species", "subject.sex", "subject.age", "started_at"]
    with NWBHDF5IO(str(path), "r") as io:
        assert io.read().subject is None
    assert read_nwb(path).subject == replace(Subject(), weight_g=read_nwb(path).subject.weight_g)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (RAT, ("r7_a", "Rattus norvegicus", "M", "P10W", "0.31 kg")),
        (Subject("m1", "Mouse", sex="f", age="8-10 wk", weight_g=22.5), ("m1", "Mus musculus", "F", "P8W/P10W",
                                                                         "0.0225 kg")),
        (Subject("x", "Rattus rattus", sex="U", age="P2M"), ("x", "Rattus rattus", "U", "P2M", None)),
    ],
)  # fmt: skip
def test_the_animal_is_written_in_the_words_of_archives_and_read_back_as_typed(
    tmp_path: Path, ours: Subject, theirs: tuple[str | None, ...]
) -> None:
    path = write_nwb(_session(ours), tmp_path / "s.nwb", voltage=False)
    with NWBHDF5IO(str(path), "r") as io:
        animal = io.read().subject
        assert (animal.subject_id, animal.species, animal.sex, animal.age, animal.weight) == theirs
    assert str(read_nwb(path).subject) == str(ours)
