"""Labels of clusters, as Phy, its user and Kilosort keep them beside the spikes."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from ephys.errors import FileFormatError

_LABELS = (("cluster_group", "group"), ("cluster_info", "group"), ("cluster_KSLabel", "KSLabel"))
"""Files and columns of labels: a person's, then a person's in Phy's table, then Kilosort's."""

_BY_KILOSORT = "KSLabel"


def cluster_labels(folder: Path) -> tuple[dict[int, str], set[int]]:
    """Label of each cluster, in lower case, and the clusters whose label is Kilosort's alone."""
    labels: dict[int, str] = {}
    by_kilosort: set[int] = set()
    for stem, column in _LABELS:
        for file in (folder / f"{stem}.tsv", folder / f"{stem}.csv"):
            if file.is_file():
                new = {c: label for c, label in cluster_table(file, column).items() if c not in labels}
                by_kilosort |= set(new) if column == _BY_KILOSORT else set()
                labels |= new
    return labels, by_kilosort


def cluster_table(file: Path, column: str) -> dict[int, str]:
    """Return one column of a table of clusters, in lower case; what is empty or unsorted is no label.

    Raises
    ------
    FileFormatError
        If it cannot be read as one.
    """
    try:
        rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines(), delimiter="\t"))
    except OSError as error:
        raise FileFormatError(f"{file}: cannot be opened: {error.strerror or error}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise FileFormatError(f"{file}: damaged, or no table: {error}") from error
    header = rows[0] if rows else []
    key = next((name for name in ("cluster_id", "id") if name in header), "")
    if not rows or (key and column not in header and file.stem == "cluster_info"):
        return {}
    if not key or column not in header:
        raise FileFormatError(f"{file}: must have the columns cluster_id and {column}, got {', '.join(header)}")
    found: dict[int, str] = {}
    for number, row in enumerate(rows[1:], start=2):
        cells: Mapping[str, str] = dict(zip(header, row, strict=False))
        if not cells:
            continue
        try:
            cluster = int(cells[key])
        except ValueError:
            raise FileFormatError(f"{file}, row {number}: {key} must be a whole number, got {cells[key]!r}") from None
        label = cells.get(column, "").strip().lower()
        if label not in ("", "unsorted", "none", "nan"):
            found[cluster] = label
    return found
