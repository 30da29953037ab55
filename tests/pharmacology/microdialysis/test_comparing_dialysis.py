"""Courses of groups: against brute force, scipy, statsmodels, and a sample whose truth is known."""

from __future__ import annotations

import math
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from ephys.errors import ParameterError
from ephys.io import read_fractions
from ephys.pharmacology import DialysisCourse, DialysisSettings, compare_dialysis, measure_dialysis
from ephys.pharmacology.microdialysis.max_t import max_t
from ephys.pharmacology.microdialysis.mixed_model import fit_dialysis_mixed
from tests.pharmacology.microdialysis.made_courses import dialysis

FloatArray = NDArray[np.float64]
RANDOM = np.random.default_rng


def course(animal: str, group: str, *after: float | str, **given: object) -> DialysisCourse:
    """A course with these values after a steady baseline of 2."""
    return measure_dialysis(dialysis([2.0, 2.1, 1.9, *after], animal=animal, group=group, **given))


def courses(n: int = 4, *, groups: tuple[str, ...] = ("vehicle", "drug"), seed: int = 0) -> list[DialysisCourse]:
    """Groups of animals; the further down, the lower."""
    random = RANDOM(seed)
    return [
        course(f"{group}{k}", group, *(2.0 - 0.5 * place + 0.1 * random.standard_normal(3)).tolist())
        for place, group in enumerate(groups)
        for k in range(n)
    ]


@pytest.fixture(scope="module")
def sample(request: pytest.FixtureRequest) -> list[DialysisCourse]:
    """Courses of the sample table."""
    folder: Path = request.getfixturevalue("sample_data")
    return [measure_dialysis(one) for one in read_fractions(folder / "protocols" / "microdialysis.csv")]


def test_the_sample_gives_back_what_is_true_in_it(sample: list[DialysisCourse]) -> None:
    found = compare_dialysis(sample, reference="vehicle", level=0.99)
    assert all(one.delay_min == 4.0 for one in sample)
    truth = dict(zip((1, 2, 3, 4), (50, 40, 60, 90), strict=True))
    for one in found.groups:
        if one.part == "after":
            assert one.low < (100 if one.group == "vehicle" else truth[one.number]) < one.high
    assert found.areas is not None
    (area,) = found.areas.differences
    assert area.low < -3200 < area.high
    assert found["test drug"].p == pytest.approx(2 / 924)
    assert found["test drug"].least_p == pytest.approx(2 / 924)
    assert found["test drug"].is_exact


def brute_force(values: FloatArray, n_treated: int) -> tuple[float, FloatArray]:
    """Max-T over every choice of animals, with scipy's Welch test."""

    def t_of(rows: tuple[int, ...]) -> FloatArray:
        chosen = np.isin(np.arange(len(values)), rows)
        with np.errstate(invalid="ignore"):
            found = stats.ttest_ind(values[chosen], values[~chosen], equal_var=False, nan_policy="omit")
        return np.abs(np.asarray(found.statistic, dtype=np.float64))

    seen = t_of(tuple(range(len(values) - n_treated, len(values))))
    largest = np.array([t_of(rows).max() for rows in combinations(range(len(values)), n_treated)])
    adjusted = np.array([(largest >= t - 1e-9).mean() for t in seen])
    return float(adjusted.min()), adjusted


@pytest.mark.parametrize("lost", [False, True])
def test_max_t_is_that_of_all_arrangements_by_brute_force(lost: bool) -> None:
    values = RANDOM(3).standard_normal((9, 3)) + np.array([0.0, 0.8, 1.6]) * (np.arange(9) > 4)[:, None]
    if lost:
        values[2, 1] = math.nan
    found = max_t(values, np.arange(9) > 4, most=1000, random=RANDOM(0))
    p, adjusted = brute_force(values, 4)
    assert found.n == 126
    assert found.p == pytest.approx(p)
    np.testing.assert_allclose(found.adjusted, adjusted)


def test_without_an_effect_a_fraction_is_called_different_as_often_as_the_level_says() -> None:
    """Neighbouring fractions correlate; 400 runs of 4 + 4 animals and 6 fractions."""
    random, called = RANDOM(7), 0
    for _ in range(400):
        values = np.cumsum(random.standard_normal((8, 6)), axis=1)
        called += max_t(values, np.arange(8) > 3, most=100, random=random).p < 0.05
    assert called / 400 < 0.05 + 2.5 * math.sqrt(0.05 * 0.95 / 400)


def test_drawn_arrangements_come_to_the_exact_p_and_one_seed_gives_one_answer() -> None:
    values = RANDOM(2).standard_normal((10, 4)) + 0.9 * (np.arange(10) > 4)[:, None]
    exact = max_t(values, np.arange(10) > 4, most=252, random=RANDOM(0))
    drawn = [max_t(values, np.arange(10) > 4, most=250, random=RANDOM(5)).p for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert drawn[0] == pytest.approx(exact.p, abs=0.08)


def long_rows(values: FloatArray, group: list[str]) -> tuple[FloatArray, FloatArray, list[int]]:
    """Values, cell-mean design and animals as another program takes them."""
    rows, places = np.nonzero(np.isfinite(values))
    names = list(dict.fromkeys(group))
    design = np.zeros((len(rows), len(names) * values.shape[1]))
    for line, (row, place) in enumerate(zip(rows, places, strict=True)):
        design[line, names.index(group[row]) * values.shape[1] + place] = 1.0
    return values[rows, places], design, rows.tolist()


@pytest.mark.parametrize("lost", [False, True])
def test_the_mixed_model_is_statsmodels(lost: bool) -> None:
    from statsmodels.regression.mixed_linear_model import MixedLM

    random = RANDOM(4)
    values = 90 + 12 * random.standard_normal((11, 1)) + 6 * random.standard_normal((11, 4))
    group = ["vehicle"] * 6 + ["drug"] * 5
    values[6:] -= np.array([30.0, 40.0, 20.0, 5.0])
    if lost:
        values[1, 2] = values[8, 0] = math.nan
    found = fit_dialysis_mixed(
        values, animal=[f"r{n}" for n in range(11)], group=group, reference="vehicle", level=0.95
    )
    assert found is not None
    y, design, animals = long_rows(values, group)
    other = MixedLM(y, design, groups=animals).fit(reml=True)
    assert found.sd_animal == pytest.approx(math.sqrt(float(np.asarray(other.cov_re)[0, 0])), rel=1e-3)
    assert found.sd_fraction == pytest.approx(math.sqrt(other.scale), rel=1e-3)
    contrast = np.array([-0.25] * 4 + [0.25] * 4)
    difference = found.differences[0]
    assert difference.value == pytest.approx(contrast @ other.fe_params, rel=1e-4)
    covariance = np.asarray(other.cov_params())[:8, :8]
    assert difference.se == pytest.approx(math.sqrt(contrast @ covariance @ contrast), rel=1e-3)
    assert difference.df == 9
    parallel = np.zeros((3, 8))
    for row, place in enumerate((1, 2, 3)):
        parallel[row, [place, 0, 4 + place, 4]] = 1.0, -1.0, -1.0, 1.0
    wald = other.f_test(np.hstack([parallel, np.zeros((3, len(other.params) - 8))]))
    assert found.f == pytest.approx(float(np.squeeze(wald.fvalue)), rel=2e-3)
    assert found.p == pytest.approx(stats.f.sf(found.f, 1, 9))


def test_of_complete_courses_the_interaction_is_the_split_plot_analysis_of_variance() -> None:
    """F = mean square of group x fraction over that of fractions within animals, by hand; the level is a t-test."""
    random = RANDOM(9)
    values = 100 + 15 * random.standard_normal((8, 1)) + 5 * random.standard_normal((8, 3))
    values[4:] -= np.array([10.0, 20.0, 0.0])
    found = fit_dialysis_mixed(values, animal=list("abcdefgh"), group=["x"] * 4 + ["y"] * 4, reference="x", level=0.95)
    assert found is not None
    own = [part - part.mean(axis=1, keepdims=True) for part in (values[:4], values[4:])]
    error = sum(float(((part - part.mean(axis=0)) ** 2).sum()) for part in own) / 12
    apart = own[1].mean(axis=0) - own[0].mean(axis=0)
    assert found.f == pytest.approx(float((apart**2).sum()) * 2 / 2 / error, rel=1e-6)
    t = stats.ttest_ind(values[4:].mean(axis=1), values[:4].mean(axis=1))
    assert found.differences[0].p == pytest.approx(t.pvalue, rel=1e-6)


def test_areas_are_compared_by_welchs_test() -> None:
    own = courses(5)
    found = compare_dialysis(own)
    areas = [[one.area for one in own if one.group == name] for name in ("drug", "vehicle")]
    other = stats.ttest_ind(*areas, equal_var=False)
    assert found.areas is not None
    assert found.areas.differences[0].p == pytest.approx(other.pvalue)
    assert (found.areas.differences[0].low, found.areas.differences[0].high) == pytest.approx(
        tuple(other.confidence_interval())
    )


def test_under_three_animals_there_is_no_p_value() -> None:
    found = compare_dialysis(courses(2))
    pair = found["drug"]
    assert math.isnan(pair.p)
    assert all(math.isnan(one.p) and math.isnan(one.low) for one in pair.fractions)
    assert found.areas is not None
    assert math.isnan(found.areas.differences[0].p)
    assert found.mixed is not None
    assert math.isnan(found.mixed.p)
    assert math.isnan(found.mixed.differences[0].p)
    assert "2 animals, at least 3 are needed" in found.notes[0]
    assert "no p-value" in str(found)


def test_three_animals_a_group_are_told_what_they_cannot_show() -> None:
    found = compare_dialysis(courses(3))
    assert found["drug"].p == pytest.approx(0.1)
    assert any("smallest p-value" in note and "drug 0.1" in note for note in found.notes)


def test_several_groups_are_adjusted_and_held_against_the_control() -> None:
    found = compare_dialysis(courses(4, groups=("low", "vehicle", "high")), reference="vehicle")
    assert found.group_names == ("vehicle", "low", "high")
    assert [pair.p_holm for pair in found.pairs] == pytest.approx([2 * pair.p for pair in found.pairs])
    assert "Holm" in found.methods


def test_an_unstable_baseline_is_left_out_and_named_unless_asked_for() -> None:
    odd = measure_dialysis(dialysis([1.0, 2.0, 1.0, 1.0, 1.0, 1.0], animal="odd"))
    found = compare_dialysis([*courses(3), odd])
    assert "odd" not in [one.animal for one in found.courses]
    assert found.left_out[0].startswith("animal odd (drug), baseline not stable: CV 43 %")
    assert "1 animal without a stable baseline left out." in found.methods
    assert "Animals compared: vehicle 3, drug 3." in found.methods, "the one left out is not among them"
    assert found.methods.count("fractions of 20 min") == 1
    kept = compare_dialysis([*courses(3), odd], keep_unstable=True)
    assert "odd" in [one.animal for one in kept.courses]
    assert any("kept because asked for: odd" in note for note in kept.notes)


def test_values_below_the_detection_limit_are_reckoned_both_ways() -> None:
    own = [
        *(course(f"v{n}", "vehicle", 1.9 + 0.05 * n, 2.0, 2.0) for n in range(4)),
        *(course(f"d{n}", "drug", "<1.9" if n < 2 else 2.0, 2.0, 2.0) for n in range(4)),
    ]
    found = compare_dialysis(own)
    assert not math.isnan(found["drug"].p_if_zero)
    assert found["drug"].p_if_zero != found["drug"].p
    assert any("below the detection limit stand at it" in note and "with 0 in" in note for note in found.notes)
    assert math.isnan(compare_dialysis(courses())["drug"].p_if_zero)
    assert compare_dialysis(courses()).if_zero is None


def test_areas_nadirs_and_mixed_model_are_those_of_the_limit_and_of_0_put_in_by_hand() -> None:
    def study(below: float | str) -> list[DialysisCourse]:
        return [
            *(course(f"v{n}", "vehicle", 1.9 + 0.05 * n, 2.0 - 0.02 * n, 2.0) for n in range(4)),
            *(course(f"d{n}", "drug", below if n < 2 else 0.9, 0.8 + 0.1 * n, 1.5) for n in range(4)),
        ]

    found, limit, zero = (compare_dialysis(study(below)) for below in ("<0.5", 0.5, 0.0))
    assert found.if_zero is not None
    assert (found.areas, found.nadirs, found.mixed) == (limit.areas, limit.nadirs, limit.mixed)
    assert found.if_zero == zero.means
    drug, vehicle = ([one.area_if_zero for one in found.courses if one.group == g] for g in ("drug", "vehicle"))
    assert found.if_zero.areas is not None
    assert found.if_zero.areas.differences[0].p == pytest.approx(stats.ttest_ind(drug, vehicle, equal_var=False).pvalue)
    assert found.rows[1][2:4] == ("≤ -2850", "≤ 35"), "the most that the means can be, without an interval"
    least = next(one for one in found.groups if one.n_below)
    assert (least.n_below, math.isnan(least.low)) == (2, True)
    assert math.isnan(found["drug"].fractions[0].low)
    line = next(line for line in str(found).splitlines() if line.startswith("With 0 for what is below"))
    assert "area drug - vehicle" in line
    assert "reckoned again with 0" in found.methods
    assert "what is below the detection limit taken at it." in str(found).splitlines()[0]
    assert "mixed model: drug - vehicle" in line
    assert [row[0] for row in found.rows[2:]] == [f"{g} (0 for what is below the limit)" for g in ("vehicle", "drug")]
    row = next(row for row in found.as_rows() if row["group"] == "drug" and row["number"] == 1)
    assert (row["n_below"], row["area_if_zero_difference_p"]) == (2, found.if_zero.areas.differences[0].p)
    assert row["course_p_if_zero"] == found["drug"].p_if_zero


def test_a_rise_of_any_size_is_told_in_numbers() -> None:
    up = [course(f"{g}{n}", g, *(x * (1 + 0.05 * n) for _ in range(3))) for g, x in (("v", 2.0), ("d", 12.0))
          for n in range(4)]  # fmt: skip
    found = compare_dialysis(up)
    assert found.areas is not None
    assert f"area d - v {found.areas.differences[0].value:.0f} (95 % CI" in str(found)
    assert found.areas.differences[0].value > 30_000
    assert not any("over 10000" in cell for row in found.rows for cell in row)
    assert "over 10000" not in f"{found}{found.courses[-1]}"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"analyte": "5-HIAA"}, "different analytes: 5-HT, 5-HIAA"),
        ({"unit": "pg/µl"}, "different units: nM, pg/µl"),
        ({"flow_ul_min": 1.0}, r"different flows \(µl/min\): 2.0, 1.0"),
        ({"drug_min": 71.0}, r"11.0 min apart"),
    ],
)
def test_what_does_not_belong_together_is_refused(given: dict[str, object], message: str) -> None:
    values = (1.0, 1.0, 1.0, 1.0) if "drug_min" in given else (1.0, 1.0, 1.0)
    with pytest.raises(ParameterError, match=message):
        compare_dialysis([*courses(), course("odd", "drug", *values, **given)])


def test_unequal_windows_other_settings_one_group_and_an_animal_twice_are_refused() -> None:
    with pytest.raises(ParameterError, match="cover 40 min in animal short and 60 min"):
        compare_dialysis([*courses(), course("short", "drug", 1.0, 1.0)])
    other = measure_dialysis(dialysis([2.0] * 6, animal="o"), settings=DialysisSettings(window_min=40.0))
    with pytest.raises(ParameterError, match="different settings"):
        compare_dialysis([*courses(), other])
    with pytest.raises(ParameterError, match="two groups are needed, got drug"):
        compare_dialysis([one for one in courses() if one.group == "drug"])
    with pytest.raises(ParameterError, match="animal drug0 has 5-HT twice"):
        compare_dialysis([*courses(), courses()[4]])
    with pytest.raises(ParameterError, match="there is no course"):
        compare_dialysis([])


def test_a_lost_fraction_leaves_its_animal_out_of_that_fraction_alone() -> None:
    own = [*courses(), course("gap", "drug", 1.0, math.nan, 1.5)]
    found = compare_dialysis(own)
    assert [one.n_animals for one in found.groups if one.group == "drug" and one.part == "after"] == [5, 4, 5]
    assert found.areas is not None
    assert found.areas.groups[1].n_animals == 4
    assert any("no area, a fraction was not measured: gap" in note for note in found.notes)


def test_the_table_has_what_was_compared(sample: list[DialysisCourse]) -> None:
    found = compare_dialysis(sample)
    assert [row[0] for row in found.rows] == ["vehicle", "test drug"]
    assert all(len(row) == len(found.columns) for row in found.rows)
    rows = found.as_rows()
    assert len(rows) == len(found.groups)
    assert rows[-1]["difference_value"] == pytest.approx(found["test drug"].fractions[-1].value)
    assert "Westfall & Young" in found.methods
    assert all(row.keys() == rows[0].keys() for row in rows), "the reference has the same columns, empty"
    assert rows[-1]["area_difference_low"] == pytest.approx(found.areas.differences[0].low if found.areas else 0.0)
    assert rows[-1]["mixed_difference_p"] == pytest.approx(found.mixed.differences[0].p if found.mixed else 0.0)
    assert (rows[-1]["level"], rows[-1]["notes"]) == (0.95, "; ".join(found.notes))


def test_nothing_is_told_of_groups_that_are_exactly_alike() -> None:
    found = compare_dialysis([measure_dialysis(dialysis([2.0] * 6, animal=f"{g}{n}", group=g)) for g in "vd"
                              for n in range(3)])  # fmt: skip
    assert found["d"].p == 1.0
    assert "mixed model: d - v 0, t(4), no p-value; group x fraction not tested" in str(found)
    assert "nan" not in str(found)
    assert any("no interval has a width" in note for note in found.courses[0].notes)
