"""Which tables of a cohort Prism gets: dose-responses, ID50s and how the cells fire, by cell and by animal."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence

import pandas as pd

from ephys.io.cohort_files.dictionary import TableSet
from ephys.io.cohort_files.prism_xml import PrismColumn, PrismTable
from ephys.jupyter import potency_words

_WHOSE = ["session", "animal", "group", "cell", "unit"]
_SERIES = ["drug", "dose_unit", "route", "form"]
"""What doses must share to stand in one table."""
_FIRING = {
    "baseline_rate_hz": "baseline rate (Hz)",
    "cv_collapsed": "CV of the intervals, each burst as one event",
    "burst_share": "share of spikes in bursts",
}


def prism_sheets(tables: TableSet) -> tuple[list[PrismTable], list[str]]:
    """Tables for Prism, and what to note of them.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        With the types of the data dictionary. What is missing of ``fits`` with ``responses`` and of ``firing`` is
        passed over.

    Returns
    -------
    sheets : list of PrismTable
        None of them empty.
    notes : list of str
        Of each drug and group, how many ID50s are bounds.
    """
    groups = _groups(tables)
    sheets: list[PrismTable] = []
    notes: list[str] = []
    for name, unit, fits, points in _by_series(tables):
        animals = _animal_means(points, ["dose"])
        words = potency_words(unit)
        curve = f"percent of baseline by {words.total} ({unit})"
        sheets.append(_curve(f"{name}, cells: {curve}", unit, points, groups))
        sheets.append(_curve(f"{name}, animals: {curve}", unit, animals, groups))
        found = fits.assign(value=fits["id50"].map(math.log10)).dropna(subset="value")
        sheets.append(_columns(f"{name}, cells: log10 {words.name} ({unit})", found, groups))
        sheets.append(_columns(f"{name}, animals: mean log10 {words.name} ({unit})", _animal_means(found, []), groups))
        notes += _bounds(name, fits, groups, words.name)
    for measure, title in _FIRING.items():
        if measure in tables.get("firing", ()):
            cells = _analysed(tables["firing"]).rename(columns={measure: "value"}).dropna(subset="value")
            sheets.append(_columns(f"Animals: {title}", _animal_means(cells, []), groups))
    return [sheet for sheet in sheets if sheet.columns], notes


def _groups(tables: TableSet) -> list[str]:
    """Groups in the order of the animals."""
    names = [name for table in ("animals", "fits", "firing") if table in tables for name in tables[table]["group"]]
    return list(dict.fromkeys(names))


def _by_series(tables: TableSet) -> Iterator[tuple[str, str, pd.DataFrame, pd.DataFrame]]:
    """Each drug as it was given: its name, unit of dose, fits and points of the curves."""
    if not {"fits", "responses"} <= set(tables):
        return
    fits = _analysed(tables["fits"])
    windows = tables["responses"]
    windows = windows[(windows["role"] == "agonist") & windows["used"].eq(True)]
    points = windows.merge(fits[[*_WHOSE, *_SERIES]], on=[*_WHOSE, *_SERIES])
    points = points.assign(label=_label(points)).rename(columns={"cumulative_dose": "dose", "percent": "value"})
    for series, own in fits.groupby(_SERIES, sort=False):
        drug, unit, route, form = map(str, series)
        same = (points[_SERIES] == list(series)).all(axis=1)
        yield " ".join(filter(None, (drug, route, form))), unit, own, points[same]


def _analysed(cells: pd.DataFrame) -> pd.DataFrame:
    """Rows of the cells that are analysed, each with a label."""
    kept = cells[cells["analysed"].eq(True)]
    return kept.assign(label=_label(kept))


def _label(cells: pd.DataFrame) -> pd.Series[str]:
    """Animal and cell."""
    return cells["animal"] + " " + cells["cell"]


def _animal_means(cells: pd.DataFrame, beside: Sequence[str]) -> pd.DataFrame:
    """Mean value of each animal's cells, at each of what stands beside."""
    keys = ["group", "animal", *beside]
    rows = [
        dict(zip(keys, key, strict=True)) | {"value": statistics.fmean(own["value"])}
        for key, own in cells.dropna(subset="value").groupby(keys, sort=False)
    ]
    means = pd.DataFrame(rows, columns=[*keys, "value"])
    return means.assign(label=means["animal"])


def _curve(title: str, unit: str, points: pd.DataFrame, groups: Sequence[str]) -> PrismTable:
    """XY table; a dose that a cell was seen at twice has two rows."""
    points = points.assign(turn=points.groupby(["group", "label", "dose"]).cumcount())
    rows = sorted(set(zip(points["dose"], points["turn"], strict=True)))
    columns = []
    for group, own in _each_group(points, groups):
        seen = {
            label: dict(zip(zip(one["dose"], one["turn"], strict=True), one["value"], strict=True))
            for label, one in own.groupby("label", sort=False)
        }
        columns.append(PrismColumn(group, {str(k): [v.get(row, math.nan) for row in rows] for k, v in seen.items()}))
    doses = [float(dose) for dose, _ in rows]
    total = potency_words(unit).total
    x = PrismColumn(f"{total[0].upper()}{total[1:]} ({unit})", {"": doses})
    return PrismTable(title, tuple(columns), tuple(f"{dose:g} {unit}" for dose in doses), x)


def _columns(title: str, values: pd.DataFrame, groups: Sequence[str]) -> PrismTable:
    """Column table: a row per cell or animal, its value in the column of its group."""
    columns: list[PrismColumn] = []
    labels: list[str] = []
    for group, own in _each_group(values, groups):
        before, after = len(labels), len(values) - len(labels) - len(own)
        column = [math.nan] * before + own["value"].tolist() + [math.nan] * after
        columns.append(PrismColumn(group, {"": column}))
        labels += own["label"].tolist()
    return PrismTable(title, tuple(columns), tuple(labels))


def _each_group(rows: pd.DataFrame, groups: Sequence[str]) -> Iterator[tuple[str, pd.DataFrame]]:
    """Rows of each group that has any."""
    for group in groups:
        own = rows[rows["group"] == group]
        if len(own):
            yield group, own


def _bounds(name: str, fits: pd.DataFrame, groups: Sequence[str], potency: str) -> list[str]:
    """How many ID50s of each group have no value, which a column table cannot show."""
    return [
        f"{name}, {group}: {own['id50'].notna().sum()} of {len(own)} cells have a value of the {potency}; the others "
        "have a "
        "bound, a bracket or none (id50_text of fits.csv) and are in no column table: a mean without them is biased."
        for group, own in _each_group(fits, groups)
        if own["id50"].isna().any()
    ]
