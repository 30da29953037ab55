"""Learned classifiers and clusters of cells as JSON: nothing in such a file is run when it is read."""

from __future__ import annotations

import os
from pathlib import Path

from ephys.classification import CellClusters, LearnedClassifier
from ephys.io.records import read_record, write_record

CLASSIFIER_VERSION = 1
"""Of the layout of a classifier's file; another is refused."""

CLUSTERS_VERSION = 1
"""Of the layout of a file of clusters; another is refused."""


def write_classifier(classifier: LearnedClassifier, path: str | os.PathLike[str]) -> Path:
    """Write a learned classifier as JSON: its coefficients, ranges, cross-validation and provenance.

    Parameters
    ----------
    classifier : LearnedClassifier
        What to write.
    path : path
        Where to; the file appears whole or not at all.

    Returns
    -------
    Path
        `path`. One classifier gives one file, and answers to the last bit as before when it has been read again.

    Examples
    --------
    >>> import tempfile
    >>> from ephys.classification import LearnedSettings, train_classifier
    >>> cells = [
    ...     {"animal": i % 5, "label": label, "rate_hz": rate * 1.3 ** (i % 3), "cv": cv * 1.2 ** (i % 4)}
    ...     for i in range(15)
    ...     for label, rate, cv in (("serotonergic", 1.5, 0.3), ("not_serotonergic", 8.0, 0.8))
    ... ]
    >>> classifier = train_classifier(cells, features=("rate_hz", "cv"), settings=LearnedSettings(penalties=(1.0,)))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = read_classifier(write_classifier(classifier, Path(folder) / "ours.json"))
    >>> cell = {"rate_hz": 1.7, "cv": 0.33}
    >>> again.judge(cell) == classifier.judge(cell), again.judge(cell).label
    (True, 'serotonergic')
    """
    return write_record(classifier, path, kind="ephys_classifier", version=CLASSIFIER_VERSION)


def read_classifier(path: str | os.PathLike[str]) -> LearnedClassifier:
    """Read a learned classifier.

    Parameters
    ----------
    path : path
        As `write_classifier` wrote it.

    Returns
    -------
    LearnedClassifier

    Raises
    ------
    FileFormatError
        If the file is missing, no JSON, of another version, or a key is missing, unknown, of the wrong type or length,
        or not finite; names file and key.
    """
    return read_record(LearnedClassifier, path, kind="ephys_classifier", version=CLASSIFIER_VERSION)


def write_cell_clusters(clusters: CellClusters, path: str | os.PathLike[str]) -> Path:
    """Write clusters of cells as JSON, to be applied to other cells as they are.

    Parameters
    ----------
    clusters : CellClusters
        What to write.
    path : path
        Where to; the file appears whole or not at all.

    Returns
    -------
    Path
        `path`.

    Examples
    --------
    >>> import tempfile
    >>> from ephys.classification import cluster_cells
    >>> cells = [{"rate_hz": 1.1**i, "cv": 0.3 + 0.1 * (i % 3)} for i in range(20)]
    >>> clusters = cluster_cells(cells, features=("rate_hz", "cv"), max_groups=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     read_cell_clusters(write_cell_clusters(clusters, Path(folder) / "groups.json")).groups == clusters.groups
    True
    """
    return write_record(clusters, path, kind="ephys_cell_clusters", version=CLUSTERS_VERSION)


def read_cell_clusters(path: str | os.PathLike[str]) -> CellClusters:
    """Read clusters of cells.

    Parameters
    ----------
    path : path
        As `write_cell_clusters` wrote them.

    Returns
    -------
    CellClusters

    Raises
    ------
    FileFormatError
        If the file is missing, no JSON, of another version, or a key is missing, unknown, of the wrong type or length,
        or not finite; names file and key.
    """
    return read_record(CellClusters, path, kind="ephys_cell_clusters", version=CLUSTERS_VERSION)
