"""Every preset is whole, cites its numbers, and widens outwards; a laboratory's own compares like with like."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ephys.classification import Band, Limits, WidthBand, classify_features, fit_preset, load_preset, preset_names
from ephys.errors import ParameterError
from ephys.io import fit_preset_from_file, write_preset


@pytest.mark.parametrize("name", preset_names())
def test_every_limit_of_a_shipped_preset_says_where_it_comes_from(name: str) -> None:
    preset = load_preset(name)
    limits = (
        preset.rate,
        preset.regularity,
        preset.total_width,
        preset.peak_to_trough,
        preset.soft_refractory,
        preset.rhythm,
    )
    assert all(limit is not None and limit.source for limit in limits)
    assert preset.band.is_wide
    assert preset.band.source
    assert preset.rate.low < 1.7 < preset.rate.high


def test_every_preparation_has_its_preset() -> None:
    assert set(preset_names()) == {
        "awake", "mouse_in_vivo", "mouse_slice", "mouse_slice_phenylephrine", "rat_in_vivo",
        "rat_in_vivo_chloral_hydrate", "rat_in_vivo_urethane", "rat_slice", "rat_slice_phenylephrine",
    }  # fmt: skip


def test_what_a_preset_does_not_say_is_as_in_the_one_it_extends() -> None:
    rat, mouse = load_preset("rat_in_vivo"), load_preset("mouse_in_vivo")
    assert (rat.rate.high, mouse.rate.high) == (3.5, 5.0)
    assert mouse.regularity == rat.regularity
    assert load_preset("rat_in_vivo_urethane").rate == rat.rate
    assert load_preset("rat_slice").evidence == ""


@pytest.mark.parametrize(
    ("value", "verdict"), [(0.3, "pass"), (3.5, "pass"), (3.6, "borderline"), (0.2, "borderline"), (5.1, "fail")]
)
def test_both_ends_of_a_range_belong_to_it(value: float, verdict: str) -> None:
    assert load_preset("rat_in_vivo").rate.judge(value) == verdict


def test_a_misspelt_preset_is_named_with_a_suggestion() -> None:
    with pytest.raises(ParameterError, match="did you mean 'rat_in_vivo'"):
        load_preset("rat_in_vitro")


def test_limits_that_narrow_outwards_are_refused() -> None:
    with pytest.raises(ParameterError, match="widen outwards"):
        Limits(low=1.0, borderline_low=2.0)


def _cells(n: int = 24, **columns: object) -> pd.DataFrame:
    widths = np.exp(np.random.default_rng(3).normal(np.log(1.2), 0.15, n))
    return pd.DataFrame({"peak_to_trough_ms": widths, **columns})


NARROW = {"band_low_hz": 300.0, "band_high_hz": 3000.0, "band_phase": "causal", "band_order": 2}


def test_limits_of_ones_own_rig_leave_out_a_twentieth_of_such_cells() -> None:
    random = np.random.default_rng(0)
    passed, refused = [], []
    for _ in range(300):
        widths = np.exp(random.normal(np.log(1.2), 0.15, 21))
        tables = fit_preset(pd.DataFrame({"total_ms": widths[:-1]}), "rig")
        passed.append(widths[-1] >= tables["total_width"]["low"])
        refused.append(widths[-1] < tables["total_width"]["borderline_low"])
    assert np.mean(passed) == pytest.approx(0.95, abs=0.035)
    assert np.mean(refused) < 0.03


def test_a_width_is_compared_with_a_preset_of_the_same_band_and_with_no_other(tmp_path: Path) -> None:
    path = str(tmp_path / "rig.toml")
    preset = write_preset(fit_preset(_cells(**NARROW), "rig", base="rat_in_vivo_urethane"), path)
    assert preset.band.own == Band(300.0, 3000.0, "causal", 2)
    narrow = {"rate_hz": 1.2, "cv_collapsed": 0.3, "peak_to_trough_ms": 0.4}
    own = classify_features(narrow, preset=path, band_hz=(300.0, 3000.0), phase="causal", order=2)
    assert (own.label, own.basis, own.preset) == ("not_serotonergic", "full", "rig")
    wide = narrow | {"peak_to_trough_ms": 1.2}
    assert classify_features(wide, preset=path, band_hz=(300.0, 3000.0), phase="causal", order=2).basis == "full"
    for band, phase in (((500.0, 3000.0), "causal"), ((300.0, 3000.0), "zero"), (None, "zero")):
        other = classify_features(narrow, preset=path, band_hz=band, phase=phase)  # type: ignore[arg-type]
        assert (other.label, other.basis) == ("serotonergic", "rate_and_regularity")
    shipped = classify_features(narrow, band_hz=(300.0, 3000.0), phase="causal", order=2)
    assert shipped.basis == "rate_and_regularity"
    assert own.evidence is not None
    assert not own.evidence.uses_width  # the published width is of another band


@pytest.mark.parametrize(
    ("band_hz", "why"),
    [
        ((0.0, 300.0), "a 300-Hz low-pass makes its own width"),
        ((100.0, 101.0), "a 101-Hz low-pass"),
        ((300.0, 8000.0), "a 300-Hz high-pass"),
        ((100.0, 3000.0), ""),
        ((0.0, None), ""),
    ],
)
def test_a_wide_band_is_wide_on_both_sides(band_hz: tuple[float, float | None], why: str) -> None:
    assert load_preset("rat_in_vivo").band.why_not(Band(*band_hz, "zero")).startswith(why)
    narrow = {"rate_hz": 1.2, "cv_collapsed": 0.3, "total_ms": 2.2}
    assert classify_features(narrow, band_hz=band_hz).basis == ("rate_and_regularity" if why else "full")


def test_widths_of_an_unknown_band_are_compared_only_with_limits_of_an_unknown_band() -> None:
    unknown = WidthBand(source="on the user's word")
    assert unknown.why_not(None) == ""
    assert "not known" in unknown.why_not(Band(10.0, 8000.0, "zero"))
    assert "unknown" in WidthBand(100.0, 3000.0).why_not(None)


def test_a_width_that_was_not_fitted_is_not_judged(tmp_path: Path) -> None:
    path = str(tmp_path / "rig.toml")
    preset = write_preset(fit_preset(_cells(total_ms=[2.0] * 5 + [np.nan] * 19), "rig"), path)
    assert preset.total_width is None
    call = classify_features({"rate_hz": 1.2, "cv_collapsed": 0.3, "total_ms": 0.2}, preset=path)
    assert call.basis == "rate_and_regularity"


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (_cells(19), "20 cells or more with a width, got 19 with peak_to_trough_ms"),
        (pd.DataFrame({"width": [1.0] * 30}), "no column total_ms or peak_to_trough_ms"),
        (
            _cells().assign(peak_to_trough_ms=lambda t: t.peak_to_trough_ms.where(t.index != 3, -1.0)),
            "row 4: peak_to_trough_ms must be a width in ms",
        ),
        (_cells().assign(peak_to_trough_ms=lambda t: 1000 * t.peak_to_trough_ms), "row 1: .* 0.05 to 20, got"),
        (_cells(**NARROW | {"band_low_hz": [300.0] * 23 + [500.0]}), "row 24: measured through band_low_hz 500"),
        (_cells(**NARROW | {"band_phase": "Zero"}), "phase of a band must be one of"),
        (_cells(label=["serotonergic"] * 23 + ["not_serotonergic"]), "row 24: label is not_serotonergic"),
        (_cells(band="300 to 3000 Hz"), "the band is needed in columns band_low_hz"),
        (_cells().astype(str).replace("1", "one", regex=True), "must hold numbers"),
    ],
)
def test_cells_from_which_no_preset_can_be_fitted_are_refused_by_row(cells: pd.DataFrame, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        fit_preset(cells, "rig")


def test_a_preset_file_names_the_table_that_it_was_fitted_to(tmp_path: Path) -> None:
    _cells().to_csv(tmp_path / "cells.csv", index=False)
    preset, path = fit_preset_from_file("rig", tmp_path / "cells.csv", out=tmp_path / "rig.toml")
    assert preset == load_preset(str(path))
    assert preset.peak_to_trough is not None
    assert "24 cells vouched for (rig, cells.csv, SHA-256" in preset.peak_to_trough.source
    with pytest.raises(ParameterError, match=r"missing\.csv"):
        fit_preset_from_file("rig", tmp_path / "missing.csv")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = 'x'", "lacks 'rhythm'"),
        ("title = 'x'\nextends = 'nothing'", "no preset named 'nothing'"),
        ("title = 'x'\nextends = 'rat_in_vivo'\nrates = 3", "no entry 'rates'"),
        ("title = 'x'\nextends = 'rat_in_vivo'\n[rate]\nlow = 'a'", "is not a preset"),
        ("title = ", "is not a preset"),
    ],
)
def test_a_file_that_is_no_preset_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "rig.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ParameterError, match=message) as refused:
        load_preset(str(path))
    assert "rig.toml" in str(refused.value)
    with pytest.raises(ParameterError, match="cannot read the preset"):
        load_preset(str(tmp_path / "absent.toml"))
