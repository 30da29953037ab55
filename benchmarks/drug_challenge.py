"""Citalopram or saline, then WAY-100635, on counts per minute of typed units: percent of baseline, drug against saline.

``python drug_challenge.py FOLDER [UNITS.csv]`` with the folder of ``chal_binned.parquet`` and ``way_binned.parquet``
prints tables; a row per unit goes into the file that is named.

Stated before looking: the baseline is all ten minutes before the injection; the response is minutes 5 to 15 after it,
so that the injection itself and the onset are left out and both windows are ten minutes. A bin is named by its start:
the last one before the injection is -60. Sessions are the level: units of one session share the animal, the injection
and the hour. How far rates wander between windows is told by the saline sessions' own baselines, first against second
half; the package's convention stands beside.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import optimize

from ephys.pharmacology import InhibitionComparison, compare_inhibition, welch_animal_means
from ephys.pharmacology.counts.variance import log_normaliser, log_quasi_likelihood

BIN_S = 60
BASELINE_S, RESPONSE_S = (-600, 0), (300, 900)
TYPES = ("SR", "SIR", "FF")
NEAR_SILENT = 20
SECTIONS = {"chal_binned": "citalopram or saline", "way_binned": "WAY-100635 after citalopram or saline"}


def read_units(folder: Path, name: str) -> pd.DataFrame:
    """A row per unit: session, drug, type, and spikes in the windows."""
    bins = pd.read_parquet(folder / f"{name}.parquet")
    assert not bins.duplicated(["neuron_id", "bin"]).any()
    units = bins.groupby("neuron_id").agg(
        session=("session_name", "first"), type=("neuron_type", "first"), given=("group_name", "first")
    )
    windows = {"baseline_count": BASELINE_S, "first": (-600, -300), "second": (-300, 0), "count": RESPONSE_S}
    for column, (start_s, stop_s) in windows.items():
        inside = bins[(bins["bin"] >= start_s) & (bins["bin"] < stop_s)]
        units[column] = inside.groupby("neuron_id")["counts"].sum().reindex(units.index).to_numpy()
    units["group"] = np.where(units["given"].str.contains("cit"), "citalopram", "saline")
    units["exposure_s"], units["baseline_s"] = float(np.diff(RESPONSE_S)[0]), float(np.diff(BASELINE_S)[0])
    intervals = pd.read_csv(folder / "spiketrain_stats_segments.csv").set_index("neuron_id")["cv_isi"]
    units["fano"] = intervals.reindex(units.index) ** 2
    return units.reset_index()


def wander(units: pd.DataFrame) -> float:
    """Relative SD of rates between the halves of a baseline, at the maximum of the counts' own likelihood."""
    known = units[units["baseline_count"] > 0]
    count = known[["first", "second"]].to_numpy(float)
    mean = count.mean(axis=1, keepdims=True)
    steady = known["fano"].fillna(1.0).clip(lower=0.05).to_numpy()[:, np.newaxis]

    def height(ln_tau: float) -> float:
        # One degree of freedom of two windows goes into the mean: each pair counts for half.
        tau = float(np.exp(ln_tau))
        found = log_quasi_likelihood(count, mean, steady, tau) + log_normaliser(count, steady, tau)
        # what the best rate takes away: its own information
        variance = mean * (steady + tau**2 * mean)
        return float(-found.sum() + 0.5 * np.log(2.0 * mean**2 / variance).sum())

    return float(np.exp(optimize.minimize_scalar(height, bounds=(-6.0, 1.0), method="bounded").x))


def compared(units: pd.DataFrame, dispersion: float, *, cells: bool = False) -> InhibitionComparison:
    """Drug against saline, by session or by cell."""
    animal = units["session"] + (":" + units["neuron_id"].astype(str) if cells else "")
    columns = ["group", "count", "exposure_s", "baseline_count", "baseline_s", "fano"]
    table = units[columns].assign(animal=animal, unit=units["neuron_id"].astype(str))
    return compare_inhibition(table, reference="saline", dispersion=dispersion)


def told(found: InhibitionComparison) -> str:
    """Percent of baseline of both groups, and their ratio."""
    left = ", ".join(
        f"{g.group} {100 * g.ratio:.0f} % ({100 * g.ratio_low:.0f} to {100 * g.ratio_high:.0f}; "
        f"{g.n_animals}/{g.n_cells}, {g.n_silent} silent)"
        for g in found.groups
    )
    apart = found.differences[0]
    return (
        f"{left}; ratio {apart.value:.2f} ({apart.low:.2f} to {apart.high:.2f}), F(1, {apart.df}), P = {apart.p:.2g}; "
        f"SD of ln ratio {found.sd_animal:.2f} between, {found.sd_cell:.2f} within"
    )


def welch(units: pd.DataFrame) -> str:
    """Means of sessions, then Welch's test, which lets drug and saline scatter apart; silence as half a spike."""
    known = units[units["baseline_count"] > 0]
    logs = np.log(known["count"].clip(lower=0.5) / known["baseline_count"])
    found = welch_animal_means(
        logs.to_numpy(), animal=known["session"].tolist(), group=known["group"].tolist(), reference="saline"
    ).differences[0]
    low, middle, high = np.exp([found.low, found.value, found.high])
    return f"ratio {middle:.2f} ({low:.2f} to {high:.2f}), df {found.df:.1f}, P = {found.p:.2g}"


def session_line(units: pd.DataFrame) -> str:
    """Percent of baseline of each session: geometric mean over its units, silence as half a spike."""
    known = units[units["baseline_count"] > 0]
    logs = np.log(known["count"].clip(lower=0.5) / known["baseline_count"])
    means = 100.0 * np.exp(logs.groupby([known["group"], known["session"]]).mean())
    sizes = known.groupby(["group", "session"]).size()
    return "; ".join(
        f"{group} " + ", ".join(f"{name} {value:.0f} ({sizes[group, name]})" for name, value in means[group].items())
        for group in ("saline", "citalopram")
    )


def cell_lines(found: InhibitionComparison) -> list[str]:
    """How many units fell, rose, or neither can be said of; and their percents."""
    rows = pd.DataFrame(found.cell_percents)
    lines = []
    for group, own in rows.groupby("group"):
        middle = own["percent"].quantile([0.25, 0.5, 0.75]).round().astype(int).tolist()
        fell, rose = int((own["high"] < 100).sum()), int((own["low"] > 100).sum())
        faint = own[own["baseline_count"] < NEAR_SILENT]
        wide = "; ".join(f"{c.baseline_count:g} to {c.count_:g}: {c.percent:.0f} % ({c.low:.0f} to {c.high:.0f})"
                         for c in faint.rename(columns={"count": "count_"}).itertuples())  # fmt: skip
        lines.append(
            f"    {group}: units' percent of baseline, quartiles {middle}; below 100 % {fell}, above {rose}, neither "
            f"{len(own) - fell - rose} of {len(own)}; under {NEAR_SILENT} spikes at baseline {len(faint)}"
            + (f" [{wide}]" if wide else "")
        )
    return lines


def minutes(folder: Path, name: str) -> str:
    """Bins of each block, and whether those at the ends hold whole minutes."""
    bins = pd.read_parquet(folder / f"{name}.parquet")
    blocks = bins.groupby("block")["bin"].agg(["min", "max", "nunique"])
    total = bins.groupby("bin")["counts"].sum()
    ends = ", ".join(f"{b}: {total[b]}" for b in (-600, -540, -480, -120, -60, 0, 60, 1020, 1080))
    return f"{blocks.to_string()}\nspikes of all units in bins {ends}"


def main(folder: Path, path: Path | None) -> None:
    """Print a section per file."""
    rows = []
    for name, what in SECTIONS.items():
        units = read_units(folder, name)
        print(f"== {name}: {what}\n{minutes(folder, name)}")
        print(units.groupby(["group", "given"])["session"].agg(["nunique", "count"]).to_string())
        saline = wander(units[units["group"] == "saline"])
        print(f"rates wander between halves of a saline session's baseline by {100 * saline:.0f} %")
        for kind in (*TYPES, "all"):
            own = units if kind == "all" else units[units["type"] == kind]
            found = compared(own, saline)
            rows += [row | {"section": name, "type": kind} for row in found.cell_percents if kind != "all"]
            print(f"  {kind}: {told(found)}", *cell_lines(found), sep="\n")
            print(f"    convention of 10 %: {told(compared(own, 0.1))}")
            print(f"    Welch on means of sessions: {welch(own)}")
            print(f"    sessions, % (units): {session_line(own)}")
            print(f"    cells as the unit (for contrast): {told(compared(own, saline, cells=True))}")
            for reason in found.left_out:
                print(f"    left out: {reason}")
            for note in found.notes:
                print(f"    note: {note}")
        print()
    if path is not None:
        pd.DataFrame(rows).to_csv(path, index=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
