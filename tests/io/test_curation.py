import dataclasses
import json
import tempfile
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ephys.errors import CurationError
from ephys.io import read_curation, write_curation
from ephys.io.curation import curation_facts, curation_text
from ephys.model import Epoch, Unit
from ephys.sorting.curation import OPERATIONS, CurationLog
from ephys.sorting.curation.operations import Merge, SplitSpikes

WHOLE = Epoch(0.0, 4000.0)
AT = "2026-03-01T14:30:00+01:00"


def log() -> CurationLog:
    """Every operation once."""
    times = np.cumsum(np.random.default_rng(0).gamma(4.0, 0.25, 3000))
    units = [Unit.from_times(times[i::9], support=WHOLE, id=str(i)) for i in range(9)]
    return (
        CurationLog.begin("rat07", units, by="Ana Núñez")
        .merge("1", "2", reason="one bursting cell", name="cell A")
        .split("3", at_s=812.5, reason="another cell")
        .split("4", at_uv=80.25, reason="two sizes")
        .delete("5", reason="mains")
        .split_spikes("0", [times[9:900:9], times[900:1200:9]], reason="three shapes", how="3 clusters of shape")
        .relabel("6", "multi_unit", reason="two sizes")
        .restrict("7", 10.0, 900.0, reason="lost")
        .override_call("8", "serotonergic", reason="antidromic")
        .exclude_cell("8", reason="histology: outside the nucleus")
        .move_dose("ipsapirone", 300.0, 310.0, reason="key pressed early")
        .edit_dose("ipsapirone", 300.0, 12.5, "ug/kg", reason="label")
        .delete_dose("saline", 200.0, reason="not given")
        .exclude_dose("ipsapirone", 400.0, reason="pipette moved")
        .draw_baseline(20.0, 170.0, reason="µ-artefact before")
        .draw_window("ipsapirone", 500.0, 530.0, 560.0, reason="artefact after")
        .undo(4, reason="a cell after all")
    )


def test_every_operation_comes_back_from_its_file(tmp_path: Path) -> None:
    before = log()
    after = read_curation(write_curation(before, tmp_path / "curation.json"))
    assert {type(entry.operation) for entry in before.entries} == set(OPERATIONS.values())
    assert [(e.operation, e.by, e.reason) for e in after.entries] == [
        (e.operation, e.by, e.reason) for e in before.entries
    ]
    assert curation_text(after) == curation_text(before)
    for one, other in zip(before.units, after.units, strict=True):
        np.testing.assert_allclose(one.times_s, other.times_s, atol=1e-9)


def test_no_field_of_an_operation_takes_the_place_of_a_signature() -> None:
    fields = {field.name for operation in OPERATIONS.values() for field in dataclasses.fields(operation)}
    assert not fields & {"number", "operation", "by", "at", "reason"}


def test_the_file_can_be_read_by_a_person(tmp_path: Path) -> None:
    content = json.loads(write_curation(log(), tmp_path / "c.json").read_text(encoding="utf-8"))
    first = content["entries"][0]
    assert list(first) == ["number", "operation", "by", "at", "reason", "units", "name"]
    assert (first["operation"], first["by"], first["units"]) == ("merge", "Ana Núñez", ["1", "2"])
    assert content["units"][0]["n_spikes"] == 334


def test_spike_times_take_little_room(tmp_path: Path) -> None:
    units = log().units
    spikes = sum(len(unit.times_s) for unit in units)
    assert write_curation(CurationLog("rat07", units), tmp_path / "c.json").stat().st_size < 4.5 * spikes


def test_a_log_written_by_hand_needs_no_units_and_no_numbers(tmp_path: Path) -> None:
    entry = {"operation": "merge", "units": [2, 5], "by": "A. Name", "at": AT, "reason": "burst"}
    path = tmp_path / "hand.json"
    path.write_text(json.dumps({"ephys_curation": 1, "entries": [entry]}), encoding="utf-8-sig")
    (read,) = read_curation(path).entries
    assert read.operation == Merge(("2", "5"))
    assert read.at == datetime(2026, 3, 1, 14, 30, tzinfo=timezone(timedelta(hours=1)))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # of the machine, not of the log
@given(at=st.datetimes(timezones=st.just(UTC)), reason=st.text(min_size=1).filter(str.strip))
def test_whatever_is_typed_comes_back(at: datetime, reason: str) -> None:
    before = CurationLog(by="A").add(Merge(("1", "2")), reason=reason, at=at)
    with tempfile.TemporaryDirectory() as folder:
        (entry,) = read_curation(write_curation(before, Path(folder) / "c.json")).entries
    assert entry.reason == reason
    assert entry.at == at.replace(microsecond=0)


def test_a_log_is_written_in_the_first_version_that_can_say_it() -> None:
    plain = CurationLog(by="A").delete("1", reason="mains")
    assert json.loads(curation_text(plain))["ephys_curation"] == 1
    parted = plain.split_spikes("2", [[1.0]], reason="two cells")
    assert json.loads(curation_text(parted))["ephys_curation"] == 2


def test_spikes_parted_by_hand_may_be_typed_as_times(tmp_path: Path) -> None:
    entry = {"operation": "split_spikes", "unit": "2", "parts": [[3.5, 1]], "by": "A", "at": AT, "reason": "two cells"}
    path = tmp_path / "hand.json"
    path.write_text(json.dumps({"ephys_curation": 2, "entries": [entry]}), encoding="utf-8")
    (read,) = read_curation(path).entries
    assert read.operation == SplitSpikes("2", ((1.0, 3.5),))
    path.write_text(json.dumps({"ephys_curation": 2, "entries": [entry | {"parts": [{"times": "%"}]}]}))
    with pytest.raises(CurationError, match="entry 1, part 2, is damaged"):
        read_curation(path)


def test_the_same_log_has_the_same_checksum() -> None:
    one = log()
    assert curation_facts(one) == curation_facts(one.signed("B. Name"))
    assert curation_facts(one)["entries"] == 16
    assert curation_facts(one)["active"] == 14
    assert curation_facts(one)["sha256"] != curation_facts(one.undo(1, reason="x"))["sha256"]


GOOD = {"operation": "delete", "unit": "5", "by": "A. Name", "at": AT, "reason": "mains"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "no curation log"),
        ({"entries": []}, "no curation log"),
        ({"ephys_curation": 3}, "version 3; this ephys reads 1 and 2; it was written by a later one"),
        ({"ephys_curation": 0, "entries": []}, "version 0; this ephys reads 1 and 2"),
        ({"ephys_curation": 1, "entires": []}, "nothing is named 'entires'; did you mean 'entries'"),
        ({"ephys_curation": 1}, "the log has no entries"),
        ({"ephys_curation": 1, "entries": {}}, "must be lists"),
        ({"ephys_curation": 1, "entries": ["merge 2 5"]}, "entry 1 is not an object"),
        ([GOOD | {"by": ""}], "entry 1 has no by"),
        ([GOOD, {"operation": "delete", "unit": "5"}], "entry 2 has no by, no at, no reason"),
        ([GOOD | {"operation": "delte"}], "no operation 'delte'; did you mean 'delete'"),
        ([GOOD | {"units": ["5"]}], r"entry 1 \(delete\): nothing is named 'units'; did you mean 'unit'"),
        ([{k: v for k, v in GOOD.items() if k != "unit"}], r"entry 1 \(delete\) has no unit"),
        ([GOOD | {"at": "yesterday"}], "like 2026-03-01T14:30:00.01:00, got .yesterday"),
        ([GOOD | {"at": "2026-03-01T14:30:00"}], "has no time zone"),
        ([GOOD | {"number": 3}], "entry 1 of the curation log has the number 3"),
        ([GOOD | {"unit": ["5"]}], "unit must be a text"),
        ([GOOD | {"unit": 5.0}], "unit must be a text, got 5.0"),
        ([GOOD | {"reason": {"why": "mains"}}], "reason must be a text"),
        ([GOOD | {"number": "1"}], "number must be a whole number, got '1'"),
        ([GOOD | {"number": True}], "number must be a whole number, got True"),
        ([GOOD | {"operation": ["delete"]}], "no operation"),
        ({"ephys_curation": True}, "version True"),
        ({"ephys_curation": 1, "entries": [], "session": 7.5}, "session must be a text"),
        ([GOOD | {"operation": "undo", "entry": 1.5} | {}], "nothing is named 'unit'"),
        (
            [{k: v for k, v in GOOD.items() if k != "unit"} | {"operation": "undo", "entry": "1"}],
            "must be a whole number",
        ),
        (
            [
                {k: v for k, v in GOOD.items() if k != "unit"}
                | {"operation": "draw_baseline", "start_s": "0", "stop_s": 9}
            ],
            "start_s must be a number, got '0'",
        ),
        (
            [
                {k: v for k, v in GOOD.items() if k != "unit"}
                | {"operation": "draw_baseline", "start_s": 9, "stop_s": 0}
            ],
            "start_s < stop_s",
        ),
        (
            {"ephys_curation": 1, "entries": [], "units": [{"id": "1", "times": "%%%"}]},
            "the record of unit 1 is damaged",
        ),
        ({"ephys_curation": 1, "entries": [], "units": [{"id": "1"}]}, "the record of unit 1 is damaged"),
    ],
)
def test_what_is_not_understood_is_named_with_its_file(content: Any, message: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    if isinstance(content, list) and content:
        content = {"ephys_curation": 1, "entries": content}
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(CurationError, match=f"(?s)bad.json: .*{message}"):
        read_curation(path)


def test_a_number_too_large_and_a_name_given_twice_are_errors(tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    entry = json.dumps({k: v for k, v in GOOD.items() if k != "unit"} | {"operation": "draw_baseline", "start_s": 0})
    path.write_text(f'{{"ephys_curation": 1, "entries": [{entry[:-1]}, "stop_s": {10**400}}}]}}', encoding="utf-8")
    with pytest.raises(CurationError, match=r"entry 1 \(draw_baseline\)"):
        read_curation(path)
    path.write_text('{"ephys_curation": 1, "entries": [], "entries": []}', encoding="utf-8")
    with pytest.raises(CurationError, match="the name 'entries' occurs twice"):
        read_curation(path)


def test_a_record_of_a_unit_with_another_count_is_damaged(tmp_path: Path) -> None:
    content = json.loads(curation_text(log()))
    content["units"][0]["n_spikes"] = 3
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(CurationError, match="unit 0 has 334 spike times for n_spikes 3"):
        read_curation(path)


@pytest.mark.parametrize(("name", "text"), [("none.json", None), ("text.json", "merge 2 5"), ("empty.json", "")])
def test_a_file_that_is_no_json_is_named(name: str, text: str | None, tmp_path: Path) -> None:
    path = tmp_path / name
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(CurationError, match=name):
        read_curation(path)


def test_a_log_typed_to_the_microsecond_is_the_same_once_it_is_written_again(tmp_path: Path) -> None:
    entry = {
        "operation": "delete",
        "unit": "4",
        "by": "A. Name",
        "at": "2026-03-01T14:30:00.123456+01:00",
        "reason": "x",
    }
    typed = tmp_path / "typed.json"
    typed.write_text(json.dumps({"ephys_curation": 1, "entries": [entry]}), encoding="utf-8")
    log = read_curation(typed)
    assert read_curation(write_curation(log, tmp_path / "again.json")).entries == log.entries
