"""Tables of competition binding: a row for each tube."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence

from ephys.errors import ParameterError, TableError
from ephys.io.schema import Row, plain_word, read_table
from ephys.io.spelling import check_spelling
from ephys.pharmacology.binding.experiment import BindingExperiment, BindingTube, Measured, TubeKind

_BOUND: Mapping[str, Measured] = {"bound_dpm": "dpm", "bound_cpm": "cpm", "percent_bound": "percent"}
_ADDED: Mapping[Measured, str] = {"dpm": "added_dpm", "cpm": "added_cpm"}
_WORDS = ("receptor", "radioligand", "species", "tissue")
_NUMBERS = ("radioligand_nm", "kd_nm", "kd_se_nm", "added_dpm", "added_cpm")

BINDING_COLUMNS = (
    "experiment", "compound", "kind", "concentration", "unit", "replicate", *_BOUND, *_WORDS, *_NUMBERS,
)  # fmt: skip
"""Columns that are read; docs/binding.md says what they mean."""

_MEANT = {
    "bound": "bound_dpm", "dpm": "bound_dpm", "cpm": "bound_cpm", "percent": "percent_bound", "kd": "kd_nm",
    "drug": "compound", "ligand": "radioligand", "ligand_nm": "radioligand_nm", "dose": "concentration",
    "concentration_nm": "concentration", "kd_se": "kd_se_nm", "target": "receptor",
}  # fmt: skip
_KINDS: Mapping[str, TubeKind] = {
    "total": "total", "nonspecific": "nonspecific", "non-specific": "nonspecific", "nsb": "nonspecific",
    "sample": "sample",
}  # fmt: skip
_NM = {"fM": 1e-6, "pM": 1e-3, "nM": 1.0, "uM": 1e3, "mM": 1e6, "M": 1e9}
_UNITS = {plain_word(unit): unit for unit in _NM}


def read_binding(path: str | os.PathLike[str]) -> tuple[BindingExperiment, ...]:
    r"""Read competition experiments, a row for each tube.

    Parameters
    ----------
    path : path
        CSV, TSV or Excel with the columns ``experiment``, ``compound``, ``kind`` (total, nonspecific or sample),
        ``concentration`` with its ``unit``, and one of ``bound_dpm``, ``bound_cpm`` and ``percent_bound``. Total and
        non-specific tubes without a compound belong to all compounds of their experiment. What holds for a whole
        experiment (``receptor``, ``radioligand``, ``radioligand_nm``, ``kd_nm``, ``kd_se_nm``, ``added_dpm`` or
        ``added_cpm``, ``species``, ``tissue``) may stand in one row alone, and must be the same wherever it stands.

    Returns
    -------
    tuple of BindingExperiment
        One for each experiment and compound, in order of appearance.

    Raises
    ------
    TableError
        If a column or a cell cannot be understood, a concentration, Kd or count cannot be, or an experiment lacks the
        tubes to subtract non-specific binding with. Nothing is repaired.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> text = "experiment,compound,kind,concentration,unit,bound_dpm,radioligand_nm,kd_nm\n" + "\n".join(
    ...     ["e1,,total,,,3010,1,2", "e1,,nonspecific,,,305", "e1,A,sample,10,nM,2310", "e1,A,sample,0.1,uM,920"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "binding.csv").write_text(text)
    ...     read_binding(Path(folder) / "binding.csv")
    (BindingExperiment('e1', 'A', 4 tubes, 2 concentrations 10 to 100 nM),)
    """
    rows = read_table(path, known=BINDING_COLUMNS, required=("experiment", "compound", "kind"), meant=_MEANT)
    if not rows:
        raise TableError(f"{path}: no row beneath the header")
    check_spelling(rows, "experiment", "compound", *_WORDS)
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if not row["experiment"]:
            raise row.error("experiment", "must name the experiment that the tube belongs to")
        groups.setdefault(row["experiment"], []).append(row)
    return tuple(one for name, own in groups.items() for one in _experiments(name, own))


def _experiments(name: str, rows: Sequence[Row]) -> list[BindingExperiment]:
    """Competition curves of one experiment, by compound."""
    measured = _measured(rows)
    tubes = [(row, _tube(row, measured)) for row in rows]
    compounds = list(dict.fromkeys(row["compound"] for row in rows if row["compound"]))
    if not compounds:
        raise rows[0].error("compound", f"experiment {name!r} names no compound")
    words = {column: _word(tubes, column) for column in _WORDS}
    stated = {column: _number(tubes, column) for column in _NUMBERS}
    added = _added(rows[0], measured, stated)
    found = []
    for compound in compounds:
        own = [(row, tube) for row, tube in tubes if row["compound"] in ("", compound)]
        _check_replicates(own)
        held = tuple(tube for _, tube in own)
        constants = (stated["radioligand_nm"], stated["kd_nm"], stated["kd_se_nm"], added)
        try:
            found.append(
                BindingExperiment(
                    name, compound, held, measured, words["receptor"], words["radioligand"], *constants,
                    words["species"], words["tissue"],
                )
            )  # fmt: skip
        except ParameterError as error:
            raise TableError(f"{own[0][0].table}: {error}") from error
    return found


def _added(row: Row, measured: Measured, stated: Mapping[str, float]) -> float:
    """Radioligand added to a tube, in the unit of what is bound; NaN where it is not stated."""
    own = _ADDED.get(measured, "")
    other = next((column for column in _ADDED.values() if column != own and not math.isnan(stated[column])), "")
    if other:
        raise row.error(other, f"what is bound is in {measured}, so what was added must be, too")
    return stated.get(own, math.nan)


def _measured(rows: Sequence[Row]) -> Measured:
    """Which of the columns holds what is bound, the same in all rows of an experiment."""
    first = ""
    for row in rows:
        filled = [column for column in _BOUND if row[column]]
        if len(filled) != 1:
            what = " and ".join(filled) or "none of them"
            raise row.error(filled[-1] if filled else "", f"must have one of {', '.join(_BOUND)}, has {what}")
        first = first or filled[0]
        if filled[0] != first:
            raise row.error(filled[0], f"an experiment has one unit, and this one began with {first}")
    return _BOUND[first]


def _tube(row: Row, measured: Measured) -> BindingTube:
    """One tube; what cannot be is told by its cell."""
    kind = _KINDS[row.choice_in("kind", {word: word for word in _KINDS}, "sample")]
    if not row["kind"]:
        raise row.error("kind", "must be total, nonspecific or sample")
    column = next(name for name, unit in _BOUND.items() if unit == measured)
    bound = row.number_in(column)
    if bound < 0 and measured != "percent":
        raise row.error(column, "counts must not be negative; give them before anything is subtracted")
    if kind == "sample" and not row["compound"]:
        raise row.error("compound", "a sample must name its compound")
    return BindingTube(kind, _concentration_nm(row, kind), bound, row["replicate"])


def _concentration_nm(row: Row, kind: TubeKind) -> float:
    """Concentration of the compound; none of a total tube, and of no matter in a non-specific one."""
    typed = row.number_in("concentration")
    if kind == "nonspecific":
        return math.nan
    if kind == "total":
        if not (math.isnan(typed) or typed == 0):
            raise row.error("concentration", "must be empty in a total tube, which holds no competitor")
        return 0.0
    if not typed > 0:
        raise row.error(
            "concentration", "must be positive in a sample; logarithms are not read, and no compound means total"
        )
    if not row["unit"]:
        raise row.error("unit", f"must be stated with a concentration: {', '.join(_NM)}")
    return typed * _NM[row.choice_in("unit", _UNITS, "")]


def _check_replicates(tubes: Sequence[tuple[Row, BindingTube]]) -> None:
    """Refuse a tube that is there twice under one replicate's name."""
    seen: dict[tuple[str, str, str], int] = {}
    for row, tube in tubes:
        key = (tube.kind, f"{tube.concentration_nm:g}", tube.replicate)
        if tube.replicate and key in seen:
            raise row.error("replicate", f"the same tube stands in row {seen[key]}, too")
        seen[key] = row.number


def _word(tubes: Sequence[tuple[Row, BindingTube]], column: str) -> str:
    """A word that holds for the whole experiment; empty where none is stated."""
    stated = [(row, row[column]) for row, _ in tubes if row[column]]
    for row, word in stated:
        if word != stated[0][1]:
            raise row.error(column, f"an experiment has one {column}, and row {stated[0][0].number} says otherwise")
    return stated[0][1] if stated else ""


def _number(tubes: Sequence[tuple[Row, BindingTube]], column: str) -> float:
    """A number that holds for the whole experiment; NaN where none is stated."""
    stated = [(row, row.number_in(column)) for row, _ in tubes if row[column]]
    for row, value in stated:
        if value <= 0:
            raise row.error(column, "must be positive; leave the cell empty where it is not known")
        if value != stated[0][1]:
            raise row.error(column, f"an experiment has one {column}, and row {stated[0][0].number} says otherwise")
    return stated[0][1] if stated else math.nan
