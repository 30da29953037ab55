from datetime import UTC, datetime

import numpy as np
import pytest

from ephys.errors import CurationError, ParameterError
from ephys.model import Epoch, Unit
from ephys.sorting.curation import CurationLog, Entry
from ephys.sorting.curation.operations import Delete, Merge, OverrideCall, Relabel, Restrict, Split, SplitSpikes, Undo

WHOLE = Epoch(0.0, 100.0)


def log(*names: str) -> CurationLog:
    units = [Unit.from_times([10.0 + i], support=WHOLE, id=name) for i, name in enumerate(names)]
    return CurationLog.begin("rat07", units, by="A. Name")


def test_a_correction_makes_a_new_log_and_leaves_the_old_one() -> None:
    before = log("1", "2")
    after = before.delete("2", reason="mains")
    assert before.unit_names == ("1", "2")
    assert after.unit_names == ("1",)


def test_an_undo_is_an_entry_and_can_itself_be_undone() -> None:
    merged = log("1", "2").merge("1", "2", reason="one bursting cell")
    undone = merged.undo(1, reason="two refractory periods")
    again = undone.undo(2, reason="one cell after all")
    assert (merged.unit_names, undone.unit_names, again.unit_names) == (("1",), ("1", "2"), ("1",))
    assert [entry.reason for entry in again.entries] == [
        "one bursting cell",
        "two refractory periods",
        "one cell after all",
    ]


def test_an_entry_on_which_another_rests_cannot_be_undone_first() -> None:
    split = log("3").split("3", at_s=50.0, reason="another cell").relabel("3b", "multi_unit", reason="two sizes")
    with pytest.raises(CurationError, match=r"entry 2 \(relabel\) needs unit '3b'; there are 3"):
        split.undo(1, reason="no")
    assert split.undo(2, reason="no").undo(1, reason="no").unit_names == ("3",)


def test_an_entry_cannot_come_to_mean_another_unit_of_the_same_name() -> None:
    """A merge keeps its first unit's name: once undone, that name is the part, not the whole."""
    merged = log("1", "2", "3").merge("1", "2", reason="burst")
    for later in (
        merged.exclude_cell("1", reason="histology"),
        merged.relabel("1", "multi_unit", reason="two sizes"),
        merged.merge("1", "3", reason="burst"),
    ):
        with pytest.raises(CurationError, match=r"entry 3 \(undo\): entry 2 .* undo entry 2 first"):
            later.undo(1, reason="no")
        assert later.undo(2, reason="no").undo(1, reason="no").unit_names == ("1", "2", "3")


def test_a_merge_cannot_be_brought_back_under_what_was_said_of_its_parts() -> None:
    parts = (
        log("1", "2", "3").merge("1", "2", reason="burst").undo(1, reason="no").relabel("1", "multi_unit", reason="x")
    )
    with pytest.raises(CurationError, match=r"entry 4 \(undo\): entry 3 \(relabel\)"):
        parts.undo(2, reason="burst after all")


def test_what_is_undone_cannot_be_undone_again() -> None:
    undone = log("1").delete("1", reason="mains").undo(1, reason="no")
    with pytest.raises(CurationError, match="takes back entry 1, which is undone already"):
        undone.undo(1, reason="no")
    again = undone.undo(2, reason="yes").undo(1, reason="no")
    assert again.unit_names == ("1",)


def test_an_undone_correction_under_another_leaves_that_one_standing() -> None:
    corrected = log("1", "2").relabel("1", "multi_unit", reason="x").restrict("1", 5.0, 50.0, reason="y")
    assert [entry.number for entry in corrected.undo(1, reason="no").active] == [2]


def test_what_was_said_of_a_part_is_not_lost_in_a_merge_or_split() -> None:
    called = log("1", "2").override_call("1", "serotonergic", reason="antidromic")
    excluded = log("1", "2").exclude_cell("2", reason="histology")
    for said in (called, excluded):
        with pytest.raises(CurationError, match=r"entry 2 \(merge\): entry 1 .* undo entry 1 first"):
            said.merge("1", "2", reason="one cell")
        assert said.undo(1, reason="no").merge("1", "2", reason="one cell").unit_names == ("1",)
    with pytest.raises(CurationError, match="undo entry 1 first"):
        called.split("1", at_s=50.0, reason="two cells")
    assert excluded.split("2", at_s=50.0, reason="two cells").unit_names == ("1", "2a", "2b")
    assert called.delete("1", reason="mains").unit_names == ("2",)


def test_numbers_of_numpy_and_units_typed_as_numbers_are_taken() -> None:
    entry = log("1", "2").restrict(1, np.int64(0), np.float32(50.0), reason="lost").entries[0]  # type: ignore[arg-type]
    assert entry.operation == Restrict("1", 0.0, 50.0)
    assert all(type(value) is float for value in (entry.operation.start_s, entry.operation.stop_s))
    assert log("1", "2").merge(1, 2, reason="burst").unit_names == ("1",)  # type: ignore[arg-type]
    assert log("1").delete("1", reason="x").undo(np.int64(1), reason="y").unit_names == ("1",)


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x.move_dose("ipsapirone", "270", 274.0, reason="early"),
        lambda x: x.edit_dose("ipsapirone", 270.0, "31.25", "ug/kg", reason="label"),
        lambda x: x.undo("1", reason="no"),
        lambda x: x.merge(["1", "2"], reason="burst"),
        lambda x: x.delete("1", reason=None),
        lambda x: x.draw_baseline(0.0, True, reason="calm"),
    ],
)
def test_what_is_of_no_kind_is_refused_in_words(change) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises((CurationError, ParameterError), match=r"must be|are texts"):
        change(log("1", "2"))


def test_two_units_of_one_name_are_refused() -> None:
    with pytest.raises(CurationError, match="two units of one name: 1"):
        log("1", "1")


def test_a_merged_unit_stands_where_its_first_part_stood() -> None:
    assert log("1", "2", "3", "4").merge("2", "4", reason="burst").unit_names == ("1", "2", "3")
    assert log("1", "2", "3").merge("3", "1", reason="burst", name="cell A").unit_names == ("2", "cell A")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: x.delete("9", reason="mains"), r"entry 1 \(delete\) needs unit '9'; there are 1, 2, 3"),
        (lambda x: x.merge("1", "2", reason="burst", name="3"), "makes a unit '3', and there is one already"),
        (lambda x: x.delete("1", reason=" "), "no reason given"),
        (lambda x: x.signed("").delete("1", reason="mains"), "nobody signed it"),
        (lambda x: x.undo(1, reason="no"), "takes back entry 1, which is not before it"),
        (lambda x: x.add(Delete("1"), reason="mains", at=datetime(2026, 3, 1)), "no time zone"),
        (lambda x: x.split("1", reason="two cells"), "say at_s or at_uv"),
        (lambda x: x.split("1", at_s=1.0, at_uv=80.0, reason="two cells"), "say at_s or at_uv"),
    ],
)
def test_what_cannot_be_recorded_is_refused_at_once(change, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CurationError, match=message):
        change(log("1", "2", "3"))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Merge(("2",)), "two or more different units, got 2"),
        (lambda: Merge(("2", "2")), "two or more different units"),
        (lambda: Split("2", "shape", 1.0), "time or amplitude, got 'shape'"),  # type: ignore[arg-type]
        (lambda: Split("2", "time", float("nan")), "must be a number, got nan"),
        (lambda: Relabel("2", "good"), "single_unit or multi_unit, got 'good'"),  # type: ignore[arg-type]
        (lambda: OverrideCall("2", "5-HT"), "got '5-HT'"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_done_is_refused(make, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ParameterError, match=message):
        make()


def test_entries_are_numbered_in_order() -> None:
    entry = Entry(2, Delete("1"), "A. Name", datetime(2026, 3, 1, tzinfo=UTC), "mains")
    with pytest.raises(CurationError, match="entry 1 of the curation log has the number 2"):
        CurationLog("rat07", (), (entry,))


def test_undo_and_redo_without_a_number_are_of_the_last() -> None:
    log = CurationLog(by="A. Name").delete("1", reason="mains").delete("2", reason="mains")
    undone = log.undo(reason="x").undo(reason="y")
    assert [entry.operation for entry in undone.entries[2:]] == [Undo(2), Undo(1)]
    assert undone.active == ()
    once = undone.redo(reason="z")
    assert [entry.number for entry in once.active] == [1]
    assert [entry.number for entry in once.redo(reason="z").active] == [1, 2]
    with pytest.raises(CurationError, match="nothing to undo"):
        undone.undo(reason="x")
    with pytest.raises(CurationError, match="nothing to redo"):
        log.redo(reason="x")


@pytest.mark.parametrize(
    ("parts", "names", "message"),
    [
        ([], (), "1 to 25 further parts"),
        ([[]], (), "1 to 25 further parts"),
        ([[1.0], [1.00001]], (), "a spike stands in two parts"),
        ([[1.0]], ("a", "a"), "2 parts need as many different names"),
        (["1.0"], (), "must be lists of spike times"),
    ],
)
def test_parts_that_are_none_are_refused_at_once(parts, names: tuple[str, ...], message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ParameterError, match=message):
        SplitSpikes("1", parts, names)
