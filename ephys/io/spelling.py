"""One name, one spelling: tables in which a slip of the finger would make another animal, group or compound."""

from __future__ import annotations

from collections.abc import Sequence

from ephys.io.cohort_reading.alike import plain_name
from ephys.io.schema import Row


def check_spelling(rows: Sequence[Row], *columns: str) -> None:
    """Refuse names of a column that differ by case, blanks, signs or leading zeros alone.

    ``r1`` and ``R1`` would count as two animals, ``vehicle`` and ``Vehicle`` as two groups.

    Parameters
    ----------
    rows : sequence of Row
    *columns : str
        Whose names are compared, each column by itself.

    Raises
    ------
    TableError
        At the first cell that spells a name of an earlier row otherwise.

    Examples
    --------
    >>> from pathlib import Path
    >>> check_spelling([Row(Path("a.csv"), n, {"animal": name}) for n, name in ((2, "r1"), (3, "r2"))], "animal")
    """
    for column in columns:
        first: dict[str, Row] = {}
        for row in rows:
            if not row[column]:
                continue
            seen = first.setdefault(plain_name(row[column]), row)
            if seen[column] != row[column]:
                raise row.error(
                    column, f"did you mean {seen[column]!r}, as in row {seen.number}? One {column} has one spelling: "
                    "case, blanks, signs and leading zeros make no other",
                )  # fmt: skip
