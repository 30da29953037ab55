"""What is decided in Phy and in SpikeInterface comes and goes through ``ephys curate`` alone."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import ephys
from ephys.cli import app
from ephys.model import Epoch, Recording, Session, Support, Unit

pytest.importorskip("spikeinterface")

HZ, LENGTH_S = 10_000.0, 30.0
Run = tuple[int, str, str]


def run(*arguments: object) -> Run:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """SpikeInterface's own deprecations are not ours; the page is another test's."""
    monkeypatch.setattr(ephys.Curation, "write_page", lambda _, path, command: Path(path).write_text(command))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        warnings.filterwarnings("ignore", category=ResourceWarning)
        yield


def _units(count: int) -> tuple[Unit, ...]:
    rng = np.random.default_rng(7)
    whole = Support.of(Epoch(0.0, LENGTH_S))
    frames = [np.unique(rng.integers(200, round(HZ * LENGTH_S) - 200, 90 + 30 * place)) for place in range(count)]
    return tuple(Unit(str(place + 1), own / HZ, whole, origin="wavemark") for place, own in enumerate(frames))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three units that the file has of its own, on one wire."""
    units = _units(3)
    voltage = np.random.default_rng(1).normal(0.0, 10.0, round(HZ * LENGTH_S))
    for unit, size_uv in zip(units, (150.0, 90.0, 60.0), strict=True):
        for frame in np.round(unit.times_s * HZ).astype(int):
            voltage[frame - 10 : frame + 10] -= size_uv * np.hanning(20)
    wire = Recording.from_array(voltage, sampling_hz=HZ)
    session = Session("rat07", ephys.DoseProtocol((), wire.support), recording=wire, units=units)
    return ephys.write_nwb(session, tmp_path_factory.mktemp("file") / "rat07.nwb")


def _save(folder: Path, moves: dict[int, Sequence[tuple[slice, int]]], groups: dict[int, str]) -> None:
    """Save as Phy does: clusters that were made have new numbers; only clusters that are there have a label."""
    before, clusters = (np.load(folder / f"spike_{name}.npy").astype(np.int32) for name in ("templates", "clusters"))
    for cluster, parts in moves.items():
        own = np.flatnonzero(before == cluster)
        for part, number in parts:
            clusters[own[part]] = number
    np.save(folder / "spike_clusters.npy", clusters)
    rows = "".join(f"{cluster}\t{group}\n" for cluster, group in groups.items())
    (folder / "cluster_group.tsv").write_text("cluster_id\tgroup\n" + rows)


def _operations(log: Path) -> list[tuple[str, str, str]]:
    entries = json.loads(log.read_text(encoding="utf-8"))["entries"]
    return [(e["operation"], e["by"], e["reason"]) for e in entries]


def test_a_trip_to_phy_and_back_gives_the_units_as_edited(file: Path, tmp_path: Path) -> None:
    out, folder, log = tmp_path / "r", tmp_path / "rat07_phy", tmp_path / "r" / "curation.json"
    code, said, err = run("curate", file, "-o", out, "--by", "A. N", "--relabel", "2=multi_unit", "--to-phy", folder)
    assert code == 0, err
    assert f"Phy: {folder}" in said
    assert not (folder / "cluster_id50.tsv").exists(), "corrections are not chosen by the ID50"
    assert (folder / "cluster_group.tsv").read_text() == "cluster_id\tgroup\n0\tgood\n1\tmua\n2\tgood\n"
    parts = [(slice(0, 40), 4), (slice(40, 60), 5), (slice(60, None), 6)]
    _save(
        folder, {0: [(slice(None), 3)], 1: [(slice(None), 3)], 2: parts}, {3: "good", 4: "mua", 5: "noise", 6: "good"}
    )
    code, said, err = run("curate", file, "-o", out, "--by", "B. N", "--from-phy", folder, "--note", "seen")
    assert code == 0, err
    assert {(by, why.split(";")[0]) for _, by, why in _operations(log)[1:]} == {("B. N", "seen")}
    assert said.count("done: entry") == len(_operations(log)) - 1
    code, _, err = run("analyse", file, "--curation", log, "-o", tmp_path / "a")
    assert code == 0, err
    one, two, three = (unit.times_s for unit in _units(3))
    rows = [row.split(",") for row in (tmp_path / "a" / "units.csv").read_text(encoding="utf-8").splitlines()]
    unit, multi, count = (rows[0].index(name) for name in ("unit", "multi_unit", "n_spikes"))
    made = {row[unit]: (row[multi], int(row[count])) for row in rows[1:]}
    assert made == {
        "1": ("False", one.size + two.size), "3a": ("True", 40), "3c": ("False", three.size - 60),
    }  # fmt: skip
    log_again = ephys.read_curation(tmp_path / "a" / "curation.json")
    curated = {u.id: u.times_s for u in ephys.curate_units(_units(3), log_again).units}
    np.testing.assert_allclose(curated["1"], np.sort([*one, *two]), atol=1e-4)
    np.testing.assert_allclose(curated["3c"], three[60:], atol=1e-4)


def test_a_folder_in_which_nothing_was_decided_is_no_correction(file: Path, tmp_path: Path) -> None:
    assert run("curate", file, "-o", tmp_path / "r", "--by", "A. N", "--to-phy", tmp_path / "phy")[0] == 0
    code, said, err = run("curate", file, "-o", tmp_path / "r", "--by", "A. N", "--from-phy", tmp_path / "phy")
    assert code == 0, err
    assert "done: nothing" in said
    assert _operations(tmp_path / "r" / "curation.json") == []


def test_what_another_program_decided_is_made_in_the_order_typed_or_not_at_all(file: Path, tmp_path: Path) -> None:
    out, folder = tmp_path / "r", tmp_path / "phy"
    command = ("curate", file, "-o", out, "--by", "A. N")
    assert run(*command, "--to-phy", folder)[0] == 0
    _save(folder, {0: [(slice(None), 3)], 1: [(slice(None), 3)]}, {3: "good", 2: "good"})
    code, _, err = run(*command, "--drop", "3", "--from-phy", folder)
    assert code == 1
    assert f"--from-phy: {folder}: written from the units" in err
    code, _, err = run(*command, "--from-phy", tmp_path / "none")
    assert code == 1
    assert "not a folder that ephys.write_phy wrote" in err
    (folder / "cluster_group.tsv").rename(folder / "kept")
    code, _, err = run(*command, "--from-phy", folder)
    assert code == 1
    assert "cluster_group.tsv: is missing" in err
    (folder / "kept").rename(folder / "cluster_group.tsv")
    assert _operations(out / "curation.json") == []
    assert run(*command, "--from-phy", folder, "--drop", "3")[0] == 0
    assert _operations(out / "curation.json") == [
        ("merge", "A. N", "curated in Phy"), ("delete", "A. N", "by eye, no reason typed"),
    ]  # fmt: skip


def test_a_trip_to_spikeinterface_and_back_gives_the_same_units(file: Path, tmp_path: Path) -> None:
    there, out = tmp_path / "si.json", tmp_path / "r"
    command = ("curate", file, "--by", "A. N", "-o")
    typed = ("--merge", "1,2", "--restrict", "3@0s:20s", "--note", "one cell")
    code, said, err = run(*command, out, *typed, "--to-spikeinterface", there)
    assert code == 0, err
    assert f"SpikeInterface: {there}" in said
    assert err.startswith(f"note: {there} does not say all")
    assert json.loads(there.read_text())["merges"] == [{"unit_ids": ["1", "2"], "new_unit_id": "1"}]
    code, said, err = run(*command, tmp_path / "other", "--from-spikeinterface", there)
    assert code == 0, err
    assert _operations(tmp_path / "other" / "curation.json") == [("merge", "A. N", "curated in SpikeInterface")]
    code, _, err = run(*command, tmp_path / "other", "--from-spikeinterface", tmp_path / "none.json")
    assert code == 1
    assert f"--from-spikeinterface: {tmp_path / 'none.json'}: no such curation" in err


@pytest.mark.parametrize("option", ["--to-phy", "--to-spikeinterface"])
def test_an_export_is_never_written_over(file: Path, tmp_path: Path, option: str) -> None:
    target = tmp_path / "there"
    target.write_text("decided")
    code, _, err = run("curate", file, "-o", tmp_path / "r", "--by", "A. N", "--drop", "1", option, target)
    assert code == 1
    assert f"{option} {target}: exists, and may hold decisions" in err
    assert f"({option.replace('to', 'from')})" in err
    assert target.read_text() == "decided"
    assert not (tmp_path / "r").exists()


def test_an_export_that_cannot_be_made_leaves_the_log_as_it_was(tmp_path: Path) -> None:
    times = tmp_path / "rat07.csv"
    times.write_text("time_s,unit\n" + "\n".join(f"{second}.5,1" for second in range(60)), encoding="utf-8")
    code, _, err = run("curate", times, "-o", tmp_path / "r", "--by", "A. N", "--relabel", "1=multi_unit",
                       "--to-phy", tmp_path / "phy")  # fmt: skip
    assert code == 1
    assert "Phy shows spikes on their voltage, and there is none" in err
    assert not (tmp_path / "phy").exists()
    assert not (tmp_path / "r" / "curation.json").exists()


def test_an_export_is_not_repeated_with_the_next_correction(file: Path, tmp_path: Path) -> None:
    assert run("curate", file, "-o", tmp_path / "r", "--to-spikeinterface", tmp_path / "si.json", "--seed", 1)[0] == 0
    page = (tmp_path / "r" / "curation.html").read_text()
    assert "--to-spikeinterface" not in page
    assert page.endswith("--seed 1")
