"""A person's decisions mean the same in SpikeInterface as in the log, both ways."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ephys.errors import CurationError, LeftOutWarning
from ephys.io import read_spikeinterface_curation, to_spikeinterface, write_spikeinterface_curation
from ephys.model import Epoch, Support, Unit
from ephys.sorting.curation import CurationLog, curate_units, operation_name
from ephys.sorting.curation.operations import SplitSpikes

pytest.importorskip("spikeinterface")

WHOLE = Epoch(0.0, 100.0)
HZ = 10_000.0
Trains = dict[str, list[float]]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """SpikeInterface's own deprecations are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", LeftOutWarning)
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        yield


def _units(count: int = 5) -> list[Unit]:
    return [
        Unit("12345"[i], np.arange(1, 20) * 1.0 + 0.1 * i, Support.of(WHOLE), np.linspace(20.0, 60.0, 19))
        for i in range(count)
    ]


def _log(units: list[Unit]) -> CurationLog:
    return CurationLog.begin("rat07", units, by="A. Name")


def _ours(units: list[Unit], log: CurationLog) -> Trains:
    return {unit.id: np.round(unit.times_s, 4).tolist() for unit in curate_units(units, log).units}


def _applied(units: list[Unit], file: Path) -> Any:
    """What SpikeInterface makes of a file, by its own hands."""
    from spikeinterface.curation import apply_curation, validate_curation_dict
    from spikeinterface.curation.curation_model import SequentialCuration

    content = json.loads(file.read_text())
    if "curation_steps" in content:
        return apply_curation(to_spikeinterface(units, sampling_hz=HZ), SequentialCuration(**content))
    validate_curation_dict(content)
    return apply_curation(to_spikeinterface(units, sampling_hz=HZ), content)


def _theirs(sorting: Any) -> Trains:
    return {str(name): np.round(sorting.get_unit_spike_train(name) / HZ, 4).tolist() for name in sorting.unit_ids}


def _written(tmp_path: Path, content: Any) -> Path:
    file = tmp_path / "theirs.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def _curation(**more: Any) -> dict[str, Any]:
    return {"format_version": "2", "unit_ids": ["1", "2", "3", "4", "5"], **more}


def test_decisions_on_different_units_are_one_curation_that_gives_the_same_units(tmp_path: Path) -> None:
    units = _units()
    log = _log(units).merge("1", "2", reason="one").split("3", at_uv=40.0, reason="two").delete("4", reason="mains")
    file = write_spikeinterface_curation(log, tmp_path / "c.json", units=units)
    assert set(json.loads(file.read_text())) >= {"unit_ids", "removed", "merges", "splits"}
    assert _theirs(_applied(units, file)) == _ours(units, log)
    back = read_spikeinterface_curation(file, _log(units), units=units, by="B. Other")
    assert _ours(units, back) == _ours(units, log)
    assert {entry.by for entry in back.entries} == {"B. Other"}


def test_decisions_on_what_others_made_are_steps_that_agree(tmp_path: Path) -> None:
    units = _units()
    log = _log(units).merge("1", "2", reason="one").split_spikes("1", [[1.0, 2.1]], reason="two")
    log = log.merge("1b", "3", reason="one", name="both").delete("1a", reason="mains")
    file = write_spikeinterface_curation(log, tmp_path / "c.json")
    assert len(json.loads(file.read_text())["curation_steps"]) == 3
    assert _theirs(_applied(units, file)) == _ours(units, log)
    assert _ours(units, read_spikeinterface_curation(file, _log(units), by="B. Other")) == _ours(units, log)


def test_labels_calls_and_exclusions_stand_on_the_units_in_the_end(tmp_path: Path) -> None:
    units = _units()
    log = _log(units).merge("1", "2", reason="one").relabel("1", "multi_unit", reason="two cells")
    log = log.override_call("3", "serotonergic", reason="slow").exclude_cell("3", reason="lost")
    log = log.delete("4", reason="no")
    log = log.split_spikes("5", [[1.4]], reason="two").relabel("5a", "single_unit", reason="clean")
    file = write_spikeinterface_curation(log, tmp_path / "c.json")
    sorting = _applied(units, file)
    said = {
        name: dict(zip(sorting.unit_ids, sorting.get_property(name), strict=True))
        for name in ("quality", "call_by_hand", "exclusion")
    }
    assert said["quality"] == {"3": "", "1": "MUA", "5a": "good", "5b": ""}
    assert (said["call_by_hand"]["3"], said["exclusion"]["3"]) == ("serotonergic", "excluded")
    back = read_spikeinterface_curation(file, _log(units), by="B. Other")
    made = {operation_name(entry.operation): entry.operation for entry in back.entries}
    assert {"override_call", "exclude_cell", "relabel"} <= set(made)
    assert {u.id: u.multi_unit for u in curate_units(units, back).units} == {
        "1": True, "3": False, "5a": False, "5b": False,
    }  # fmt: skip


def test_what_has_no_word_there_is_said(tmp_path: Path) -> None:
    units = _units()
    log = _log(units).restrict("1", 0.0, 10.0, reason="lost").split("2", at_s=9.0, reason="moved")
    log = log.move_dose("ipsapirone", 270.0, 274.0, reason="early").split_spikes(
        "3", [[1.2]], names=("3", "new"), reason="two"
    )
    with pytest.warns(LeftOutWarning) as caught:
        file = write_spikeinterface_curation(log, tmp_path / "c.json")
    (said,) = [str(each.message) for each in caught if each.category is LeftOutWarning]
    for text in ("entry 1 (restrict)", "keeps its spikes outside", "entry 2 (split)", "unknown", "entry 3 (move_dose)"):
        assert text in said
    assert "a unit called '3', which is '3 (2)' there" in said
    theirs = _theirs(_applied(units, file))
    ours = _ours(units, log.undo(1, reason="as there"))
    assert {("3" if name == "3 (2)" else name): times for name, times in theirs.items()} == ours


def test_an_amplitude_is_not_remembered_and_the_units_are_asked_for(tmp_path: Path) -> None:
    log = _log(_units()).split("3", at_uv=40.0, reason="two")
    with pytest.raises(CurationError, match=r"entry 1 \(split\): parted by amplitude.*give units"):
        write_spikeinterface_curation(log, tmp_path / "c.json")
    with pytest.raises(CurationError, match="does not remember its units"):
        write_spikeinterface_curation(CurationLog(by="A").delete("3", reason="no"), tmp_path / "c.json")
    assert not list(tmp_path.iterdir())


def test_a_curation_of_their_gui_is_read_with_numbers_for_names(tmp_path: Path) -> None:
    units = _units()
    content = {
        "supported_versions": ["1", "2"],
        "format_version": "2",
        "unit_ids": [1, 2, 3, 4, 5],
        "label_definitions": {
            "quality": {"name": "quality", "label_options": ["good", "noise", "MUA"], "exclusive": True}
        },
        "manual_labels": [
            {"unit_id": 3, "labels": {"quality": ["noise"]}},
            {"unit_id": 4, "labels": {"quality": ["MUA"]}},
            {"unit_id": 1, "labels": {"quality": [""]}},
        ],
        "removed": [],
        "merges": [{"unit_ids": [2, 1], "new_unit_id": None}],
        "splits": [{"unit_id": 5, "mode": "indices", "indices": [[0, 2]], "labels": None, "new_unit_ids": None}],
    }
    log = read_spikeinterface_curation(_written(tmp_path, content), _log(units), units=units, by="A. Name")
    made = {unit.id: unit for unit in curate_units(units, log).units}
    assert {name: unit.n_spikes for name, unit in made.items()} == {"1": 38, "4": 19, "5a": 2, "5b": 17}
    assert made["4"].multi_unit
    np.testing.assert_allclose(made["5a"].times_s, [1.4, 3.4])


def test_steps_of_their_gui_are_read_as_a_list_too(tmp_path: Path) -> None:
    units = _units(3)
    first = {"format_version": "2", "unit_ids": [1, 2, 3], "merges": [{"unit_ids": [1, 2], "new_unit_id": 4}]}
    labels = [0] * 18 + [1]
    second = {"format_version": "2", "unit_ids": [3, 4], "splits": [{"unit_id": 3, "mode": "labels", "labels": labels}]}
    file = _written(tmp_path, [first, second])
    log = read_spikeinterface_curation(file, _log(units), by="A. Name")
    assert {unit.id: unit.n_spikes for unit in curate_units(units, log).units} == {"4": 38, "3a": 18, "3b": 1}
    assert log.entries[-1].reason == "curated in SpikeInterface"
    assert isinstance(log.entries[-1].operation, SplitSpikes)
    assert log.entries[-1].operation.how == "SpikeInterface"


def test_the_first_formats_are_read(tmp_path: Path) -> None:
    units = _units()
    one = {"format_version": "1", "unit_ids": list("12345"), "merge_unit_groups": [["1", "2"]], "removed_units": ["3"]}
    log = read_spikeinterface_curation(_written(tmp_path, one), _log(units), by="A. Name")
    assert log.unit_names == ("1", "4", "5")
    none = {"labelsByUnit": {"1": ["mua"], "4": ["noise"]}, "mergeGroups": [["2", "3"]]}
    none["mergeGroups"] = [[2, 3]]
    log = read_spikeinterface_curation(_written(tmp_path, none), _log(units), by="A. Name")
    assert log.unit_names == ("1", "2", "5")


def test_labels_that_have_no_word_here_are_told_or_stand_in_a_reason(tmp_path: Path) -> None:
    definitions = {
        "quality": {"label_options": ["good", "MUA"], "exclusive": True},
        "putative": {"label_options": ["pyramidal", "basket"], "exclusive": False},
    }
    labels = [
        {"unit_id": "1", "labels": {"quality": ["good"], "putative": ["pyramidal"]}},
        {"unit_id": "2", "labels": {"putative": ["basket", "pyramidal"]}},
        {"unit_id": "3", "labels": {"quality": ["MUA"]}},
    ]
    content = _curation(
        label_definitions=definitions, manual_labels=labels, merges=[{"unit_ids": ["3", "4"], "new_unit_id": "3"}]
    )
    with pytest.warns(LeftOutWarning, match="unit 2 putative basket and pyramidal") as caught:
        log = read_spikeinterface_curation(_written(tmp_path, content), _log(_units()), by="A. Name")
    assert any("have no one quality label (3 MUA, 4 nothing)" in str(each.message) for each in caught)
    assert [e.reason for e in log.entries] == [
        "curated in SpikeInterface", "curated in SpikeInterface; labelled putative pyramidal there",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"format_version": "2", "unit_ids": ["1", "9"]}, r"of the units 1, 9, and there are 1, 2, 3, 4, 5"),
        ({"format_version": "2", "unit_ids": ["1", 1]}, "units of the same name"),
        ({"format_version": "3", "unit_ids": ["1"]}, "does not accept it"),
        ({"ephys_curation": 1, "entries": []}, "read_curation reads"),
        (["nothing of the kind"], "does not accept it"),
        ([], "does not accept it"),
        (_curation(removed=["1"], merges=[{"unit_ids": ["1", "2"]}]), "merged and deleted"),
        (_curation(splits=[{"unit_id": "1", "indices": [[0, 19]]}]), "spike 19 is named, and the unit has 19"),
        (_curation(splits=[{"unit_id": "1", "indices": [[0, -1]]}]), "spike -1 is named"),
        (_curation(splits=[{"unit_id": "1", "indices": [[0], []]}]), "part 2 has no spikes"),
        (_curation(splits=[{"unit_id": "1", "indices": [list(range(19))]}]), "nothing to split"),
        (_curation(splits=[{"unit_id": "1", "mode": "labels", "labels": [0, 1]}]), "2 labels, and the unit has 19"),
        (
            _curation(splits=[{"unit_id": "1", "indices": [[0], list(range(1, 19))], "new_unit_ids": ["a", "b", "c"]}]),
            "2 parts and 3 names",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(tmp_path: Path, content: Any, said: str) -> None:
    with pytest.raises(CurationError, match=said):
        read_spikeinterface_curation(_written(tmp_path, content), _log(_units()), by="A. Name")


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CurationError, match="no such curation"):
        read_spikeinterface_curation(tmp_path / "c.json", _log(_units()), by="A. Name")
    (tmp_path / "c.json").write_bytes(b"\xff\xfe{")
    with pytest.raises(CurationError, match="not readable as JSON"):
        read_spikeinterface_curation(tmp_path / "c.json", _log(_units()), by="A. Name")


def test_a_curation_from_before_the_logs_corrections_says_so(tmp_path: Path) -> None:
    log = _log(_units()).merge("1", "2", reason="one")
    with pytest.raises(CurationError, match="give the log without them"):
        read_spikeinterface_curation(_written(tmp_path, _curation(removed=["3"])), log, by="A. Name")


@st.composite
def _decided(draw: st.DrawFn) -> tuple[list[Unit], CurationLog]:
    """Small trains, and what somebody did with them in some order."""
    counts = draw(st.lists(st.integers(1, 8), min_size=2, max_size=5))
    ticks = draw(st.permutations(range(sum(counts))))
    starts = np.cumsum([0, *counts])
    units = [
        Unit.from_times(np.sort(ticks[a:b]) * 0.01, support=WHOLE, id=str(i + 1))
        for i, (a, b) in enumerate(pairwise(starts))
    ]
    log = _log(units)
    for number in range(draw(st.integers(0, 6))):
        there = list(curate_units(units, log).units)
        if not there:
            break
        unit = draw(st.sampled_from(there))
        kind = draw(st.sampled_from(["merge", "split", "delete"]))
        if kind == "merge" and len(there) > 1:
            other = draw(st.sampled_from([each for each in there if each is not unit]))
            log = log.merge(unit.id, other.id, reason="one", name=draw(st.sampled_from(["", f"m{number}"])))
        elif kind == "split" and unit.n_spikes > 1:
            part = draw(st.lists(st.sampled_from(unit.times_s[1:].tolist()), min_size=1, unique=True))
            log = log.split_spikes(unit.id, [part], names=(f"p{number}", f"q{number}"), reason="two")
        elif kind == "delete":
            log = log.delete(unit.id, reason="none")
    return units, log


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(_decided())
def test_any_decisions_mean_the_same_there_and_back(tmp_path: Path, decided: tuple[list[Unit], CurationLog]) -> None:
    units, log = decided
    file = write_spikeinterface_curation(log, tmp_path / "c.json")
    ours = _ours(units, log)
    assert _theirs(_applied(units, file)) == ours
    back = read_spikeinterface_curation(file, _log(units), by="B. Other")
    assert _ours(units, back) == ours
    again = write_spikeinterface_curation(back, tmp_path / "again.json")
    assert _theirs(_applied(units, again)) == ours
