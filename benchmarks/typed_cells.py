"""The engines on cells that somebody else typed: what each calls, beside the bare rule, by session.

The types were made from rate and CV2 and not from histology: this is agreement, never sensitivity.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from ephys.classification import Classification, ClassificationSettings, classify_features, fit_preset
from ephys.io import write_preset

LABELS = ("serotonergic", "uncertain", "not_serotonergic")
TYPES = ("SR", "SIR", "FF")
RESAMPLES = 4000

Judge = Callable[[dict[str, float], str], Classification]


def read_cells(folder: Path) -> pd.DataFrame:
    """Rate, CV and widths of single units with their author's type, and the session of each."""
    table = pd.read_csv(folder / "single_unit_dataset_tidied.csv")
    cells = table.merge(pd.read_csv(folder / "neuron_types_single_unit.csv"), on="id")
    names = {
        "firing_rate": "rate_hz",
        "cv-isi": "cv",
        "to_baseline": "total_ms",
        "to_troff": "peak_to_trough_ms",
        "experiment": "session",
        "neuron_type": "type",
    }
    return cells.rename(columns=names)[["session", "type", "rate_hz", "cv", "total_ms", "peak_to_trough_ms"]]


def bare_rule(row: pd.Series) -> str:
    """The classical rule alone: 0.1 to 3.5 Hz, and a CV under 0.5."""
    return "serotonergic" if 0.1 <= row.rate_hz <= 3.5 and row.cv < 0.5 else "not_serotonergic"


def features_of(row: pd.Series) -> dict[str, float]:
    """Features of one cell; a width that was not measured is left out."""
    return row[["rate_hz", "cv", "total_ms", "peak_to_trough_ms"]].dropna().to_dict()


def labels_by_halves(cells: pd.DataFrame, seed: int, settings: ClassificationSettings) -> pd.Series:
    """Judge each half of the sessions with limits of the width fitted to the slow regular cells of the other half."""
    sessions = np.random.default_rng(seed).permutation(cells["session"].unique())
    half = set(sessions[: len(sessions) // 2])
    first = cells["session"].isin(half)
    labels = pd.Series(index=cells.index, dtype=object)
    with tempfile.TemporaryDirectory() as folder:
        for train in (first, ~first):
            vouched = cells[train & (cells["type"] == "SR")]
            path = Path(folder) / "rig.toml"
            write_preset(fit_preset(vouched, "rig", base="mouse_in_vivo"), path)
            for index, row in cells[~train].iterrows():
                labels[index] = classify_features(features_of(row), preset=str(path), settings=settings).label
    return labels


def confusion(cells: pd.DataFrame, labels: pd.Series) -> pd.DataFrame:
    """Cells by type and label."""
    table = pd.crosstab(cells["type"], labels)
    return table.reindex(index=TYPES, columns=LABELS, fill_value=0)


def shares(cells: pd.DataFrame, labels: pd.Series) -> str:
    """Share of each type called serotonergic, with intervals from a bootstrap over sessions."""
    called = (labels == "serotonergic").to_numpy()
    random = np.random.default_rng(0)
    groups = [np.flatnonzero(cells["session"].to_numpy() == session) for session in cells["session"].unique()]
    kinds = cells["type"].to_numpy()
    texts = []
    for kind in TYPES:
        drawn = []
        for _ in range(RESAMPLES):
            rows = np.concatenate([groups[i] for i in random.integers(0, len(groups), len(groups))])
            rows = rows[kinds[rows] == kind]
            drawn.append(called[rows].mean() if rows.size else np.nan)
        low, high = np.nanquantile(drawn, [0.025, 0.975])
        if not called[kinds == kind].any():  # a bootstrap of nothing knows no more: exact, with sessions for trials
            high = 1 - 0.025 ** (1 / cells.loc[kinds == kind, "session"].nunique())
        texts.append(f"{kind} {100 * called[kinds == kind].mean():.0f} % ({100 * low:.0f} to {100 * high:.0f})")
    return ", ".join(texts)


def main(folder: Path) -> None:
    """Print a confusion table per engine."""
    cells = read_cells(folder)
    print(f"{len(cells)} cells of {cells['session'].nunique()} sessions\n")
    results = {"bare rule": cells.apply(bare_rule, axis=1)}
    for engine in ("rule", "evidence"):
        settings = ClassificationSettings(engine=engine)
        judged = [
            classify_features(features_of(row), preset="mouse_in_vivo", settings=settings)
            for _, row in cells.iterrows()
        ]
        results[f"{engine}, width not judged"] = pd.Series([call.label for call in judged], index=cells.index)
        if engine == "rule":
            for name in ("rate", "regularity", "rhythm", "width", "soft refractory"):
                verdicts = pd.Series(
                    [next(c.verdict for c in call.criteria if c.name == name) for call in judged], index=cells.index
                )
                print(pd.crosstab(cells["type"], verdicts, colnames=[name]).reindex(index=TYPES), "\n")
        results[f"{engine}, width by a preset of the other half"] = labels_by_halves(cells, 0, settings)
    for name, labels in results.items():
        print(f"{name}\n{confusion(cells, labels)}\n  called: {shares(cells, labels)}\n")
    halves = [
        confusion(cells, labels_by_halves(cells, seed, ClassificationSettings()))["serotonergic"] for seed in range(20)
    ]
    print("rule, 20 ways to halve the sessions: called (mean)", pd.concat(halves, axis=1).mean(axis=1).to_dict())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
