"""The notebook on neighbouring protocols gives back what is true in the sample tables, as their scripts state it."""

from __future__ import annotations

import json
import math
import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

import ephys

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "notebooks" / "06_neighbouring_protocols.ipynb"

ASKED = """
import json
import math

def ends(found, low="low", high="high"):
    return [getattr(found, low), getattr(found, high)]

print(json.dumps({
    "verdicts": [returned.verdict, reversals.cells[0].verdict],
    "return_s": ends(reversals.cells[0].decisive.back, "low_s", "high_s"),
    "faster_than": reversals.cells[0].decisive.comparison.n_animals,
    "pkb": [schild.name, *ends(schild.pkb)],
    "pa2": [pa2.pa2.estimate, math.log(pa2.ratio.estimate), pa2.rows[2][-1]],
    "reserve": [[*ends(way.ka), *ends(way.shares[0].q)] for way in (reserve.operational, reserve.furchgott)],
    "tau": ends(reserve.operational.tau),
    "ejections": [[one.drug, one.t50.status, *ends(one.charge50_nc)] for one in ejections.ejections],
    "ic50_nm": ends(slice_fit, "id50_low", "id50_high"),
    "ki_nm": ends(binding.means[0], "low_nm", "high_nm"),
    "ki_bounds": binding.means[1].bounds,
    "affinities": [one.measure for one in affinities.affinities],
    "area": ends(dialysis.areas.differences[0]),
    "medians_s": {one.group: ends(one, "median_low_s", "median_high_s") for one in latencies.groups},
    "files": files,
}))
"""
"""What the notebook's own kernel is asked once it has run: numbers, and not the text that shows them."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def told() -> SimpleNamespace:
    """Run the notebook in a kernel of its own, as a reader does, and ask for its values."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(ASKED))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    *shown, asked = (cell for cell in notebook.cells if cell.cell_type == "code")
    return SimpleNamespace(**json.loads(asked.outputs[-1].text), shown=shown)


def truth(name: str) -> dict[str, Any]:
    """Constants of the script that writes a table."""
    return runpy.run_path(str(ROOT / "sample_data" / "protocols" / f"make_{name}.py"))


def test_every_protocol_has_its_figure_and_nothing_is_warned_of(told: SimpleNamespace) -> None:
    outputs = [output for cell in told.shown for output in cell.outputs]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 10
    assert not [output for output in outputs if output.get("name") == "stderr"]


def test_a_return_is_a_reversal_only_beside_recoveries(told: SimpleNamespace) -> None:
    """The simulated agonist wears off from the antagonist on; 80 % of baseline is where a quarter of ID50^hill acts."""
    assert told.verdicts == ["returned; spontaneous recovery not excluded", "reversed"]
    cell = ephys.simulation.CellSpec(name="1", id50=30.0)
    back_s = cell.kinetics.reversal_s * math.log(100.0 / (cell.id50 * 0.25 ** (1.0 / cell.hill)))
    low_s, high_s = told.return_s
    assert low_s < back_s < high_s
    assert told.faster_than == truth("recoveries")["CELLS"]["control"]


def test_the_antagonists_shift_is_the_true_one(told: SimpleNamespace) -> None:
    name, low, high = told.pkb
    assert name == "pKB"
    assert low < 9.0 - math.log10(truth("schild")["KB_NM"]) < high
    pa2, ln_ratio, bounded = told.pa2
    assert pa2 == pytest.approx(-math.log10(200e-9 / (math.exp(ln_ratio) - 1.0)))
    assert bounded.startswith("> ")


def test_the_reserve_is_the_true_one_by_both_methods(told: SimpleNamespace) -> None:
    true = truth("receptor_reserve")
    for ka_low, ka_high, q_low, q_high in told.reserve:
        assert ka_low < true["KA"] < ka_high
        assert q_low < true["Q"] < q_high
    low, high = told.tau
    assert low < true["TAU"] < high


def test_ejections_halve_the_rate_at_the_true_charge_and_saline_does_not(told: SimpleNamespace) -> None:
    true = truth("iontophoresis")
    assert [drug for drug, *_ in told.ejections] == [drug for drug, *_ in true["EJECTED"]]
    for drug, status, low, high in told.ejections:
        if drug in true["CHARGE50_NC"]:
            assert low < true["CHARGE50_NC"][drug] < high
        else:
            assert status == "not_reached"


def test_the_slice_and_the_tubes_give_their_constants(told: SimpleNamespace) -> None:
    low, high = told.ic50_nm
    assert low < truth("slice")["CELL"].id50 < high
    low, high = told.ki_nm
    assert low < truth("binding")["KI_NM"]["compound A"] < high
    assert told.ki_bounds == ["e1 > 2000 nM"]
    assert told.affinities == ["Ki", "IC50"]


def test_dialysate_and_latencies_give_what_is_true_of_their_groups(told: SimpleNamespace) -> None:
    low, high = told.area
    assert low < sum(percent - 100 for percent in truth("microdialysis")["TRUE_PERCENT"]["test drug"]) * 20 < high
    medians = {group: math.log(2) * mean_s for group, mean_s in truth("latencies")["MEANS_S"].items()}
    assert all(told.medians_s[group][0] < medians[group] < told.medians_s[group][1] for group in ("control", "longer"))


def test_the_page_has_a_table_of_each_kind_and_where_it_came_from(told: SimpleNamespace) -> None:
    kinds = {
        "affinity_table", "apparent_pa2", "binding_fit", "binding_summary", "dialysis_comparison", "ejections",
        "latency_comparison", "receptor_reserve", "reversals", "schild_fit", "superfusion",
    }  # fmt: skip
    assert {Path(name).stem for name in told.files if name.endswith(".csv")} == kinds
    assert {"report.html", "methods.txt", "provenance.json"} < set(told.files)
