"""A cohort's numbers for GraphPad Prism: what a laboratory would have typed into it, by cell and by animal."""

from __future__ import annotations

import os
from pathlib import Path

import ephys
from ephys.errors import ParameterError
from ephys.io.atomic import atomic_path
from ephys.io.cohort_files.dictionary import TableSet
from ephys.io.cohort_files.prism_tables import prism_sheets
from ephys.io.cohort_files.prism_xml import prism_document
from ephys.io.cohort_files.typed import typed_table

_TAKEN = ("animals", "responses", "fits", "firing")
_NOTES = (
    "n is animals, not cells: compare groups in the tables 'animals'. The replicates of the tables 'cells' are cells; "
    "taken for animals, they make every p-value far too small.",
    "Cells are those that are analysed (column analysed of fits.csv and firing.csv): with exclusions.",
    "The value of an animal is the mean of its cells; of ID50s, the mean of their logarithms to base 10.",
    "An empty cell: not measured. A row of a column table is one cell, or one animal; rows do not pair across columns.",
)


def write_prism(tables: TableSet, path: str | os.PathLike[str], *, project: str = "") -> Path:
    """Write a cohort's numbers as a file for GraphPad Prism (``.pzfx``, Prism 5 and later).

    For each drug, with its route and form: dose-response tables (XY, percent of baseline at each cumulative dose; the
    replicates are the cells of a group, and in a second table its animals), and column tables of log10 ID50 by group,
    per cell and per animal. Then column tables of rate, CV and burst share on the baseline, per animal. An ID50 that is
    a bound only has no place in a column table; the info sheet counts them. The same tables give the same bytes.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Tables of a cohort by name: ``responses``, ``fits`` and ``firing`` are taken, and from ``animals`` the order of
        the groups.
    path : path
        Where to; the file appears whole or not at all.
    project : str
        Name of the study, for the info sheet.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    ParameterError
        If no cell is analysed, a table is larger than Prism takes, or a text holds a letter that XML cannot.
    """
    sheets, notes = prism_sheets({name: typed_table(name, tables[name]) for name in _TAKEN if name in tables})
    if not sheets:
        raise ParameterError(f"{path}: no cell is analysed, so there is nothing for Prism; exclusions.csv says why")
    constants = {
        "Project": project,
        "Selection": "with exclusions",
        "Unit of replication": "animal",
        "Program": "ephys",
        "Version": ephys.__version__,
    }
    with atomic_path(path) as temporary:
        temporary.write_bytes(prism_document(sheets, constants=constants, notes=[*_NOTES, *notes]))
    return Path(path)
