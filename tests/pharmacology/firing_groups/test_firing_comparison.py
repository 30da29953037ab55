"""How cells of groups fire: what is compared, what is left out, and that both are said."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ephys.errors import ParameterError, TableError
from ephys.pharmacology import compare_firing, fit_nested_means

Row = dict[str, Any]


def animals_of(*groups: str, n: int = 4, cells: int = 3, seed: int = 0) -> list[Row]:
    """Cells of animals of groups, all alike but for chance."""
    rng = np.random.default_rng(seed)
    return [
        {
            "animal": f"{group}{animal}", "group": group, "unit": str(cell), "track": str(cell % 2),
            "baseline_rate_hz": float(rng.lognormal(0.2, 0.3)), "cv_collapsed": float(rng.lognormal(-1.2, 0.2)),
            "total_ms": float(rng.normal(2.4, 0.2)), "band": "1 to 8000 Hz",
        }
        for group in groups for animal in range(n) for cell in range(cells)
    ]  # fmt: skip


def bursting(rows: list[Row]) -> list[Row]:
    """The same, with one cell of every second animal that bursts."""
    return [
        row | {"burst_share": 0.02 * (row["unit"] == "0" and int(row["animal"][-1]) % 2), "baseline_spikes": 200}
        for row in rows
    ]


def changed(rows: list[Row], place: int, **values: Any) -> list[Row]:
    """The same with one row changed."""
    return [row | values if number == place else row for number, row in enumerate(rows)]


def test_the_rate_is_the_ratio_of_geometric_means() -> None:
    rows = animals_of("control", "treated")
    measure = compare_firing(rows)["rate"]
    logs = fit_nested_means(
        [math.log(row["baseline_rate_hz"]) for row in rows],
        animal=[row["animal"] for row in rows], group=[row["group"] for row in rows],
    )  # fmt: skip
    assert measure.groups[0].value == pytest.approx(math.exp(logs.groups[0].value))
    assert measure.differences[0].value == pytest.approx(math.exp(logs.differences[0].value))
    assert measure.differences[0].high == pytest.approx(math.exp(logs.differences[0].high))
    assert (measure.n_animals, measure.n_cells, measure.differences[0].df) == (8, 24, 6)


def test_another_unit_of_the_rate_changes_no_ratio() -> None:
    rows = animals_of("control", "treated")
    per_minute = [row | {"baseline_rate_hz": 60 * row["baseline_rate_hz"]} for row in rows]
    first, second = (compare_firing(table)["rate"].differences[0] for table in (rows, per_minute))
    assert (second.value, second.low, second.p) == pytest.approx((first.value, first.low, first.p))


def test_welchs_test_on_animal_means_stands_beside_the_common_variance() -> None:
    """With 4 against 10 animals that scatter differently, one variance for both groups finds too much."""
    rng = np.random.default_rng(5)
    rows = [
        {"animal": f"{group}{animal}", "group": group, "unit": str(cell), "baseline_rate_hz": float(np.exp(mean))}
        for group, n, sd in (("control", 10, 0.2), ("treated", 4, 0.6)) for animal in range(n)
        for mean in [rng.normal(0.2, sd)] for cell in range(2)
    ]  # fmt: skip
    found = compare_firing(rows)
    measure = found["rate"]
    logs = [
        [math.log(row["baseline_rate_hz"]) for row in rows[::2] if row["group"] == group]
        for group in ("treated", "control")
    ]
    known = stats.ttest_ind(*logs, equal_var=False)
    (welch,) = measure.welch
    assert (welch.p, welch.df) == pytest.approx((known.pvalue, known.df))
    ends = known.confidence_interval(0.95)
    assert (welch.low, welch.high) == pytest.approx((math.exp(ends.low), math.exp(ends.high)))
    assert welch.high / welch.low > measure.differences[0].high / measure.differences[0].low
    assert "one variance for all groups" in measure.method
    assert (
        f"Welch's test on animal means, each group with its own variance: treated / control ratio {welch.value:.3g}"
        in str(found)
    )
    row = found.as_rows()[1]
    assert (row["welch_difference"], row["welch_p"], row["welch_df"]) == (welch.value, welch.p, welch.df)


def test_welchs_test_takes_out_no_block_and_is_not_given_beside_one() -> None:
    rows = [row | {"sex": "f" if int(row["animal"][-1]) % 2 else "m"} for row in animals_of("control", "treated")]
    found = compare_firing(rows, block="sex")
    assert found["cv"].welch == ()
    assert "Welch" not in str(found)
    assert len(compare_firing(rows)["cv"].welch) == len(compare_firing(rows)["width"].welch) == 1


def test_a_group_without_a_value_is_named_in_every_measure() -> None:
    rows = bursting(animals_of("control", "treated"))
    excluded = [row | {"group": "sham", "animal": "s" + row["animal"], "excluded": "lost"} for row in rows[:6]]
    tracks = tracks_of(rows, {row["animal"]: [2, 1] for row in rows})
    empty = [{"animal": f"e{n}", "group": "lesioned", "track": "1", "cells": 0} for n in range(3)]
    found = compare_firing([*rows, *excluded], tracks=[*tracks, *empty])
    for measure in found:
        if measure.name != "cells_per_track":
            assert {f"no cell of {group} has a value" for group in ("sham", "lesioned")} <= set(measure.notes)
    alone = compare_firing([*rows, *({**row, "track": ""} for row in excluded)], tracks=tracks)
    assert "no track of sham" in alone["cells_per_track"].notes


def test_a_group_of_empty_tracks_alone_is_a_group() -> None:
    rows = animals_of("treated", "sham")
    tracks = tracks_of(rows, {row["animal"]: [2, 1] for row in rows})
    empty = [{"animal": f"e{n}", "group": "control", "track": str(k), "cells": 0} for n in range(3) for k in range(2)]
    found = compare_firing(rows, tracks=[*tracks, *empty], reference="control")
    control = found["cells_per_track"].groups[0]
    assert (control.group, control.value, control.n_cells) == ("control", 0.0, 6)
    assert "rate: no cell of the reference, control, has a value" in found.not_compared
    with pytest.raises(ParameterError, match="reference 'none' is no group; the groups are treated, sham, control"):
        compare_firing(rows, tracks=[*tracks, *empty], reference="none")


@pytest.mark.parametrize("why", [{"excluded": "lost"}, {"multi_unit": True}])
def test_a_track_whose_only_cell_was_left_out_is_not_empty(why: Row) -> None:
    rows = changed(animals_of("control", "treated"), 1, **why)  # the only cell of track 1 of control0
    listed = [
        {"animal": row["animal"], "group": row["group"], "track": row["track"]} for row in rows if row["unit"] != "2"
    ]
    for tracks in (listed, listed[:1]):  # the track is listed, or known from its cell alone
        notes = compare_firing(rows, tracks=tracks)["cells_per_track"].notes
        assert "0 of 16 tracks are empty" in notes
        assert any("1 track only with cells that the other measures leave out" in note for note in notes)
        assert any("1 of them counted as active by these cells" in note for note in notes)
    stated = [row | {"cells": 0 if place == 1 else ""} for place, row in enumerate(listed)]
    notes = compare_firing(rows, tracks=stated)["cells_per_track"].notes
    assert "1 of 16 tracks are empty" in notes
    assert any("0 of them counted as active" in note for note in notes)


def test_a_track_that_a_spreadsheet_calls_1_0_is_track_1() -> None:
    rows = animals_of("control", "treated")
    tracks = [row | {"track": f"{row['track']}.0"} for row in tracks_of(rows, {row["animal"]: [2, 1] for row in rows})]
    found = compare_firing(rows, tracks=tracks)["cells_per_track"]
    assert found.n_cells == 16
    assert not any("known from their cells alone" in note for note in found.notes)
    with pytest.raises(TableError, match="track '1' of animal 'control0' occurs twice"):
        compare_firing(rows, tracks=[*tracks, tracks[1] | {"track": "1"}])


def test_a_cell_twice_in_the_table_is_refused_with_both_rows() -> None:
    rows = [row | {"session": f"{row['animal']} a"} for row in animals_of("control", "treated")]
    with pytest.raises(TableError, match="rows 3 and 25 are both unit 2 of animal control0, session control0 a"):
        compare_firing([*rows, rows[2]])
    with pytest.raises(TableError, match="rows 3 and 25 are both unit 2 of animal control0, track 0"):
        compare_firing([{k: v for k, v in row.items() if k != "session"} for row in [*rows, rows[2]]])
    again = rows[2] | {"session": "control0 b"}
    assert compare_firing([*rows, again])["rate"].n_cells == 25
    unnamed = [row | {"unit": ""} for row in rows]
    assert compare_firing(unnamed)["rate"].n_cells == 24


def test_silent_cells_are_named_and_counted_never_dropped_in_silence() -> None:
    rows = changed(animals_of("control", "treated"), 14, baseline_rate_hz=0.0)
    found = compare_firing(rows)
    assert found["rate"].n_cells == 23
    assert "1 cell silent on the baseline, whose rate has no logarithm (treated: treated0 2)" in found["rate"].left_out
    assert "the rate is that of cells that fire" in found["rate"].notes
    assert found["cv"].n_cells == 24  # the other measures ask for their own columns


def test_too_few_intervals_leave_a_cell_out_of_the_cv_alone() -> None:
    found = compare_firing(changed(animals_of("control", "treated"), 0, cv_collapsed=math.nan))
    assert found["cv"].n_cells == 23
    assert found["cv"].left_out == ("1 cell without cv_collapsed (too few intervals, say) (control 1)",)
    assert found["rate"].n_cells == 24


@pytest.mark.parametrize(
    ("column", "measure"), [("cv_collapsed", "cv"), ("total_ms", "width"), ("baseline_rate_hz", "rate")]
)
def test_a_column_that_is_there_and_empty_is_not_said_to_be_missing(column: str, measure: str) -> None:
    found = compare_firing([row | {column: None} for row in animals_of("control", "treated")])
    with pytest.raises(ParameterError, match=f"{measure}: nothing in (a|the) column '{column}'"):
        found[measure]


def test_widths_of_two_bands_are_not_compared() -> None:
    rows = changed(animals_of("control", "treated"), 3, band="300 to 3000 Hz")
    found = compare_firing(rows)
    with pytest.raises(ParameterError, match=r"1 to 8000 Hz \(23 cells\), 300 to 3000 Hz \(1 cell\); a filter makes"):
        found["width"]
    assert "Not compared: width" in str(found)


def test_widths_of_a_band_that_is_not_stated_are_not_compared_with_others() -> None:
    found = compare_firing(changed(animals_of("control", "treated"), 3, band=""))
    assert [reason for reason in found.not_compared if "not stated (1 cell)" in reason]


def test_bands_as_a_block_are_compared_within() -> None:
    rows = [
        row | {"band": "wide", "total_ms": row["total_ms"]}
        if int(row["animal"][-1]) % 2
        else row | {"band": "narrow", "total_ms": row["total_ms"] + 3.0}
        for row in animals_of("control", "treated")
    ]
    width = compare_firing(rows, block="band")["width"]
    assert abs(width.differences[0].value) < 0.3
    assert width.differences[0].df == 5


def test_the_width_can_be_named() -> None:
    rows = [row | {"peak_to_trough_ms": 1.0 + 0.01 * k} for k, row in enumerate(animals_of("control", "treated"))]
    assert "(peak to trough, ms)" in compare_firing(rows, width="peak_to_trough_ms")["width"].label


def test_bursting_cells_are_those_above_a_share_that_is_told() -> None:
    rows = [row | {"baseline_spikes": None} for row in bursting(animals_of("control", "treated"))]
    found = compare_firing(rows)["bursting_cells"]
    assert found.groups[0].value == pytest.approx(2 / 12, abs=0.01)  # one cell of every second animal
    assert "more than 0 %" in found.label
    none = compare_firing(rows, bursting_above=0.1)["bursting_cells"]
    assert [group.value for group in none.groups] == [0.0, 0.0]
    assert "more than 10 %" in none.label


def test_a_cell_without_spikes_is_not_known_to_burst_or_not() -> None:
    rows = bursting(animals_of("control", "treated"))
    found = compare_firing(changed(rows, 2, baseline_rate_hz=0.0, burst_share=math.nan, baseline_spikes=0))
    assert found["bursting_cells"].n_cells == found["spikes_in_bursts"].n_cells == 23
    assert found["bursting_cells"].left_out == ("1 cell of which it is not known (no spikes, say) (control 1)",)


def test_a_table_may_call_cells_bursting_itself() -> None:
    rows = [row | {"bursting": "yes" if k % 3 == 0 else "no"} for k, row in enumerate(animals_of("a", "b"))]
    assert compare_firing(rows)["bursting_cells"].groups[1].value == pytest.approx(1 / 3, abs=1e-3)
    with pytest.raises(TableError, match="column 'bursting' must be true or false, got 'perhaps'"):
        compare_firing(changed(rows, 1, bursting="perhaps"))


def test_one_cell_of_many_spikes_is_no_many_cells() -> None:
    """Spikes of a cell go together: ten times as many spikes tell hardly more of the share in bursts."""
    rng = np.random.default_rng(1)
    rows = bursting(animals_of("control", "treated"))
    few = [row | {"burst_share": round(float(rng.beta(0.5, 4.0)), 2), "bursting": "no"} for row in rows]
    many = [row | {"baseline_spikes": 2000} for row in few]
    first, second = (compare_firing(table)["spikes_in_bursts"].differences[0] for table in (few, many))
    assert math.log(second.high / second.low) > 0.8 * math.log(first.high / first.low)


def tracks_of(rows: list[Row], cells: dict[str, list[int]]) -> list[Row]:
    """Tracks of animals, so many cells each."""
    group_of = {row["animal"]: row["group"] for row in rows}
    return [
        {"animal": animal, "group": group_of[animal], "track": str(number), "cells": count}
        for animal, counts in cells.items()
        for number, count in enumerate(counts)
    ]


def test_empty_tracks_count() -> None:
    rows = animals_of("control", "treated")
    animals = list(dict.fromkeys(row["animal"] for row in rows))
    full = tracks_of(rows, {animal: [2, 1] for animal in animals})
    with_empty = tracks_of(rows, {animal: [2, 1, 0] if animal.startswith("t") else [2, 1] for animal in animals})
    without, counted = (compare_firing(rows, tracks=tracks)["cells_per_track"] for tracks in (full, with_empty))
    assert without.groups[1].value == pytest.approx(1.5, rel=1e-3)
    assert counted.groups[1].value == pytest.approx(1.0, rel=1e-3)
    assert (counted.counted, counted.groups[1].n_cells) == ("tracks", 12)
    assert "4 of 20 tracks are empty" in counted.notes


def test_tracks_are_counted_from_the_cells_and_the_empty_ones_added() -> None:
    rows = animals_of("control", "treated")  # tracks 0 and 1 with two cells and one
    empty = [{"animal": "treated0", "group": "treated", "track": "9", "cells": 0}]
    found = compare_firing(rows, tracks=empty)["cells_per_track"]
    assert found.n_cells == 17
    assert "16 tracks are known from their cells alone" in found.notes
    listed = [{name: value for name, value in row.items() if name != "cells"} for row in empty]
    assert compare_firing(rows, tracks=listed)["cells_per_track"].groups == found.groups


def test_tracks_are_never_guessed() -> None:
    rows = animals_of("control", "treated")
    assert any("cells_per_track: empty tracks are in no table" in why for why in compare_firing(rows).not_compared)
    twice = tracks_of(rows, {"control0": [2, 1]}) * 2
    with pytest.raises(TableError, match="row 3: track '0' of animal 'control0' occurs twice"):
        compare_firing(rows, tracks=twice)
    with pytest.raises(TableError, match="has the number 1, but 2 rows of the table of cells name it"):
        compare_firing(rows, tracks=tracks_of(rows, {"control0": [1]}))
    other = [{"animal": "control0", "group": "treated", "track": "7", "cells": 1}]
    with pytest.raises(TableError, match="'control0' is in 'treated' by its tracks, and in 'control' by its cells"):
        compare_firing(rows, tracks=other)


def test_a_track_has_the_block_of_its_animal() -> None:
    rows = [row | {"sex": "f" if int(row["animal"][-1]) % 2 else "m"} for row in animals_of("control", "treated")]
    tracks = tracks_of(rows, {animal: [2, 1, 0] for animal in dict.fromkeys(row["animal"] for row in rows)})
    assert compare_firing(rows, tracks=tracks, block="sex")["cells_per_track"].differences[0].df == 5
    stranger = [*tracks, {"animal": "new", "group": "treated", "track": "0", "cells": 0}]
    with pytest.raises(TableError, match="'sex' is told by no cell"):
        compare_firing(rows, tracks=stranger, block="sex")


def test_several_groups_are_held_against_the_reference_and_adjusted() -> None:
    found = compare_firing(animals_of("low", "saline", "high"), reference="saline")
    apart = found["rate"].differences
    assert [(d.group, d.reference) for d in apart] == [("low", "saline"), ("high", "saline")]
    assert min(d.p_holm for d in apart) == pytest.approx(min(1.0, 2 * min(d.p for d in apart)))
    assert "Holm" in str(found)


def test_anaesthetics_are_not_mixed_unless_they_are_a_block() -> None:
    rows = [
        row | {"anaesthetic": "urethane" if int(row["animal"][-1]) % 2 else "chloral hydrate"}
        for row in animals_of("control", "treated")
    ]
    with pytest.raises(ParameterError, match="'anaesthetic' mixes"):
        compare_firing(rows)
    found = compare_firing(rows, block="anaesthetic")
    assert found["rate"].differences[0].df == 5
    assert "anaesthetic taken out" in str(found)


def test_what_a_person_excluded_is_left_out_and_counted() -> None:
    rows = changed(animals_of("control", "treated"), 2, excluded="lost")
    found = compare_firing(changed(rows, 5, multi_unit=True))
    assert found["rate"].n_cells == 22
    assert found.left_out == ("1 cell excluded by hand (control 1)", "1 cell of a multi-unit (control 1)")


@pytest.mark.parametrize("words", [(False, True), ("False", "TRUE"), ("no", "yes"), (0, 1)])
def test_a_column_that_says_not_excluded_excludes_nobody(words: tuple[object, object]) -> None:
    rows = [row | {"excluded": words[0]} for row in animals_of("control", "treated")]
    assert compare_firing(rows).left_out == ()
    found = compare_firing(changed(rows, 2, excluded=words[1]))
    assert found.left_out == ("1 cell excluded by hand (control 1)",)
    assert found["rate"].n_cells == len(rows) - 1


def test_cells_of_several_calls_are_spoken_of() -> None:
    found = compare_firing(changed(animals_of("control", "treated"), 2, final_label="not serotonergic"))
    assert "cells of several calls are compared as one: none (23 cells), not serotonergic (1 cell)" in found.notes[0]


def test_a_table_without_a_measure_says_which_column_is_missing() -> None:
    rows = [{name: row[name] for name in ("animal", "group", "baseline_rate_hz")} for row in animals_of("a", "b")]
    found = compare_firing(rows)
    assert [measure.name for measure in found] == ["rate"]
    assert len(found.not_compared) == 5
    assert "no column 'cv_collapsed'; a CV of all intervals is another measure" in str(found)


def test_a_row_per_measure_and_group_comes_out() -> None:
    rows = pd.DataFrame(compare_firing(animals_of("a", "b", "c")).as_rows())
    assert list(rows.groupby("measure", sort=False).size()) == [3] * 3
    assert rows[rows.group == "a"].difference.isna().all()
    assert rows[rows.group != "a"].difference.notna().all()


def test_the_reference_must_be_a_group() -> None:
    with pytest.raises(ParameterError, match="reference 'sham' is no group; the groups are a, b"):
        compare_firing(animals_of("a", "b"), reference="sham")


@pytest.mark.real_data
def test_cells_of_real_mice_go_together_and_mice_are_fewer_than_cells(shared_data: Path) -> None:
    """Dorsal raphe of ten anaesthetised mice before citalopram or saline: no drug yet, so no effect of it."""
    table = pd.read_csv(shared_data / "drn_osullivan" / "drn-interactions" / "burst_features.csv")
    table = table[table.group_name.isin(["acute_cit", "acute_sal"])]
    cells = table.rename(
        columns={
            "session_name": "animal", "group_name": "group", "mean_firing_rate": "baseline_rate_hz",
            "is_burster": "bursting", "neuron_id": "unit",
        }
    )  # fmt: skip
    found = compare_firing(cells, reference="acute_sal")
    rate, bursting = found["rate"], found["bursting_cells"]
    assert [(group.n_animals, group.n_cells) for group in rate.groups] == [(4, 128), (6, 148)]
    assert rate.differences[0].df == 8
    assert rate.differences[0].low < 1 < rate.differences[0].high
    assert bursting.differences[0].low < 1 < bursting.differences[0].high
    logs = np.log(cells.baseline_rate_hz)
    by_cells = stats.ttest_ind(logs[cells.group == "acute_cit"], logs[cells.group == "acute_sal"])
    as_if = by_cells.confidence_interval()
    assert math.log(rate.differences[0].high / rate.differences[0].low) > as_if.high - as_if.low
    assert rate.sd_cell > rate.sd_animal


@pytest.mark.real_data
def test_two_real_mice_give_a_rate_and_no_p_value(shared_data: Path) -> None:
    table = pd.read_csv(shared_data / "drn_osullivan" / "drn-interactions" / "burst_features.csv")
    cells = table[table.group_name.isin(["sham", "shock"])].rename(
        columns={"session_name": "animal", "group_name": "group", "mean_firing_rate": "rate_hz"}
    )
    rate = compare_firing(cells, reference="sham")["rate"]
    assert [group.n_animals for group in rate.groups] == [4, 2]
    assert rate.differences[0].value > 0
    assert math.isnan(rate.differences[0].p)
    assert "2 animals, at least 3 are needed" in str(rate)


def test_a_share_in_percent_is_refused_with_its_row() -> None:
    rows = [{"animal": f"r{n}", "group": "ab"[n % 2], "baseline_rate_hz": 1.0, "burst_share": 0.1} for n in range(6)]
    rows[3]["burst_share"] = 7.7
    with pytest.raises(TableError, match=r"data row 4: column 'burst_share' must be a share, 0 to 1, got 7.7; percent"):
        compare_firing(rows, reference="a")


def test_inhibition_names_no_group_that_has_cells_and_stands_beside_two_stages() -> None:
    cells = [{"animal": f"{group}{n}", "group": group, "baseline_rate_hz": 1.0 + n} for group in "ab" for n in range(4)]
    given = [
        {"animal": f"{group}{n}", "unit": "1", "group": group, "count": 10 + 3 * n, "exposure_s": 60.0,
         "baseline_count": 100, "baseline_s": 60.0} for group in "ab" for n in range(4)
    ]  # fmt: skip
    found = compare_firing(cells, responses=given, reference="a")["inhibition"]
    assert not any("has a value" in note for note in found.notes)
    assert [one.group for one in found.welch] == ["b"]
