"""Results in a folder: what a pharmacologist opens in a spreadsheet."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ephys.analysis import SessionAnalysis
from ephys.errors import ParameterError, SettingsError
from ephys.io import (
    collect_provenance,
    fits_table,
    read_settings,
    responses_table,
    units_table,
    write_results,
    write_settings,
)
from ephys.io.atomic import atomic_path
from ephys.io.cohort_files.typed import typed_table
from ephys.io.firing import FIRING_COLUMNS
from ephys.model import Administration, DoseProtocol, Epoch, Session, Source, Subject, Support, Unit
from ephys.pharmacology import compare_firing
from ephys.pipeline import analyse_session
from ephys.settings import Settings
from ephys.simulation import CellSpec, simulate_session

NOW = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def analysis() -> SessionAnalysis:
    """One regular cell that each dose inhibits further, and one that nothing inhibits."""
    whole = Support.of(Epoch(0.0, 700.0, "recorded"))
    given = tuple(
        Administration("ipsapirone", 300.0 + 100 * i, dose=d, dose_unit="ug/kg", route="i.v.", form="base")
        for i, d in enumerate([25.0, 25.0, 50.0])
    )
    rates = [1.5, 1.0, 0.6, 0.0]
    bounds = [(0.0, 300.0), (300.0, 400.0), (400.0, 500.0), (500.0, 600.0)]
    inhibited = np.concatenate([np.arange(a + 0.1, b, 1 / r) for (a, b), r in zip(bounds, rates, strict=True) if r])
    units = (
        Unit.from_times(inhibited, support=whole, id="held"),
        Unit.from_times(np.arange(0.1, 700.0, 0.11), support=whole, id="fast"),
    )
    session = Session(
        "rat07", DoseProtocol(given, whole), units=units, track="2",
        subject=Subject("r7", species="Rattus norvegicus", group="control"),
        sources=(Source("rat07.nwb", "ab" * 32),),
    )  # fmt: skip
    return analyse_session(session)


def test_every_column_has_the_type_that_the_data_dictionary_of_a_cohort_says(analysis: SessionAnalysis) -> None:
    units = units_table(analysis)
    tables = {
        "units": units.drop(columns=list(FIRING_COLUMNS)),
        "firing": units[list(FIRING_COLUMNS)],
        "responses": responses_table(analysis),
        "fits": fits_table(analysis),
    }
    for name, table in tables.items():
        typed = typed_table(name, table)
        assert typed.notna().to_numpy().sum() >= table.notna().to_numpy().sum() > 0
        numbers = typed.select_dtypes("number").astype("float64")
        pd.testing.assert_frame_equal(numbers, table[numbers.columns].astype("float64"), check_exact=True)


def test_the_folder_holds_every_table_once_written(analysis: SessionAnalysis, tmp_path: Path) -> None:
    provenance = collect_provenance(analysis, command="ephys analyse rat07.nwb", now=NOW)
    folder = write_results(analysis, tmp_path / "out" / "rat07", provenance=provenance)
    assert sorted(path.name for path in folder.iterdir()) == [
        "criteria.csv",
        "curation.json",
        "fits.csv",
        "provenance.json",
        "responses.csv",
        "settings.toml",
        "units.csv",
    ]
    for name, rows in (("units", 2), ("criteria", 10), ("responses", 8), ("fits", 2)):
        table = pd.read_csv(folder / f"{name}.csv")
        assert list(table.columns[:3]) == ["session", "animal", "group"]
        assert len(table) == rows


def test_a_silent_window_is_0_percent_and_not_missing(analysis: SessionAnalysis, tmp_path: Path) -> None:
    write_results(analysis, tmp_path, provenance={})
    table = pd.read_csv(tmp_path / "responses.csv")
    silent = table[(table.unit == "held") & (table.cumulative_dose == 100.0)].iloc[0]
    assert (silent["count"], silent["percent"]) == (0, 0.0)
    assert silent["percent_high"] > 0


def test_an_id50_travels_with_drug_route_form_and_readout(analysis: SessionAnalysis, tmp_path: Path) -> None:
    write_results(analysis, tmp_path, provenance={})
    fit = pd.read_csv(tmp_path / "fits.csv").set_index("unit").loc["held"]
    assert (fit.drug, fit.route, fit.form, fit.dose_unit) == ("ipsapirone", "i.v.", "base", "ug/kg")
    assert fit.id50_low < fit.id50 < fit.id50_high
    assert "before_next" in fit.readout


def test_provenance_names_versions_seed_and_checksums(analysis: SessionAnalysis, tmp_path: Path) -> None:
    write_results(analysis, tmp_path, provenance=collect_provenance(analysis, command="ephys", now=NOW))
    known = json.loads((tmp_path / "provenance.json").read_text(encoding="utf-8"))
    assert known["seed"] == 0
    assert known["inputs"] == [{"path": "rat07.nwb", "sha256": "ab" * 32}]
    assert known["created_at"] == "2024-05-06T07:08:09+00:00"
    assert {"ephys", "python", "platform", "packages", "settings"} <= set(known)


def test_settings_survive_a_file(tmp_path: Path) -> None:
    changed = Settings().override("readout.length_s", "45").override("fit.emax_percent", "80")
    assert read_settings(write_settings(changed, tmp_path / "settings.toml")) == changed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[readout]\nlenght_s = 30\n", r"settings\.toml: .*did you mean 'length_s'"),
        ("[readout\n", r"settings\.toml: not readable as TOML"),
        ("[fit]\nlevel = 'high'\n", r"settings\.toml: fit\.level takes a value like 0\.95, got 'high'"),
    ],
)
def test_a_settings_file_that_cannot_be_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "settings.toml").write_text(text)
    with pytest.raises(SettingsError, match=message):
        read_settings(tmp_path / "settings.toml")


def test_a_missing_settings_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such settings file"):
        read_settings(tmp_path / "settings.toml")


def test_a_killed_writer_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    final = tmp_path / "fits.csv"
    final.write_text("old")

    def interrupted() -> None:
        with atomic_path(final) as temporary:
            temporary.write_text("half of the ne")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert final.read_text() == "old"
    assert list(tmp_path.iterdir()) == [final]


def test_cells_of_two_species_are_not_compared_from_their_tables(analysis: SessionAnalysis) -> None:
    own = units_table(analysis)
    assert set(own["species"]) == {"Rattus norvegicus"}
    assert set(own["track"]) == {"2"}
    other = own.assign(animal="m1", group="treated", species="Mus musculus", session="m1")
    with pytest.raises(ParameterError, match=r"column 'species' mixes Rattus norvegicus \(1 animal\) and Mus musculus"):
        compare_firing(pd.concat([own, other]), reference="control")


def test_what_was_measured_is_in_the_table(analysis: SessionAnalysis) -> None:
    table = units_table(analysis).set_index("unit")
    for cell in analysis.cells:
        assert cell.classification is not None
        values = {criterion.name: criterion.value for criterion in cell.classification.criteria}
        assert table.loc[cell.unit.id, "cv_collapsed"] == values["regularity"]
        assert table.loc[cell.unit.id, "baseline_rate_hz"] == pytest.approx(values["rate"])
    assert fits_table(analysis)["stability"].isin(["stable", "unstable", "not_judged"]).all()


def test_every_width_stands_in_the_table_with_its_interval_and_band() -> None:
    simulated = simulate_session(1, cells=(CellSpec(name="held"),), with_voltage=False)
    analysed = analyse_session(simulated.session)
    row = units_table(analysed).iloc[0]
    call = analysed.cells[0].classification
    assert call is not None
    shape = call.features.shape
    assert shape is not None
    for name in ("total", "peak_to_trough", "half_width", "first_phase"):
        width = shape.estimate(f"{name}_ms")
        assert (row[f"{name}_ms"], row[f"{name}_low_ms"], row[f"{name}_high_ms"]) == (
            width.value,
            width.low,
            width.high,
        )
        assert row[f"{name}_low_ms"] < row[f"{name}_ms"] < row[f"{name}_high_ms"]
    assert (row["asymmetry"], row["n_phases"], row["polarity"], row["band"]) == (1.0, 2, "positive", shape.band_text)


def test_a_unit_without_snippets_has_no_width(analysis: SessionAnalysis) -> None:
    table = units_table(analysis)
    assert table[["total_ms", "half_width_low_ms", "asymmetry", "n_phases", "polarity", "band"]].isna().all(axis=None)
