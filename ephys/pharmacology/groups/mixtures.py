"""What must not be mixed in one comparison: cells of two species, anaesthetics or routes are two experiments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ephys.errors import ParameterError
from ephys.pharmacology.groups.animal_tables import require_columns, text_column

NOT_STATED = "not stated"
"""What stands for an empty cell."""


def refuse_mixtures(
    rows: Sequence[Mapping[str, Any]], columns: Iterable[str], block: str | Sequence[str] | None = ()
) -> None:
    """Check that rows that are compared are alike in what changes a cell's answer.

    Parameters
    ----------
    rows : sequence of mappings
        With the column ``animal``.
    columns : iterable of str
        That must hold one value each, whatever its case; columns that the table has not are passed over, and so are
        empty ones. An empty cell beside a stated one is a value of its own: nobody knows that it is the same.
    block : str or sequence of str, optional
        Columns that are a block of the comparison, and may hold several.

    Raises
    ------
    ParameterError
        With the column, its values, and how many animals have each.
    TableError
        If there are no rows, or a block is no column.

    Examples
    --------
    >>> rows = [{"animal": "r1", "anaesthetic": "urethane"}, {"animal": "r2", "anaesthetic": "chloral hydrate"}]
    >>> refuse_mixtures(rows, ["species", "anaesthetic"], block="anaesthetic")
    >>> refuse_mixtures(rows, ["anaesthetic"])
    Traceback (most recent call last):
    ephys.errors.ParameterError: column 'anaesthetic' mixes urethane (1 animal) and chloral hydrate (1 animal): these
    are not compared as one; choose the rows of one, or name the column as block
    """
    blocks = block_columns(block)
    require_columns(rows, ["animal", *blocks])
    animals = text_column(rows, "animal")
    for column in columns:
        if column in blocks or column not in rows[0]:
            continue
        of_value = _animals_by_value(animals, text_column(rows, column, required=False))
        if len(of_value) > 1:
            raise ParameterError(
                f"column {column!r} mixes {told_apart(of_value)}: these are not compared as one; "
                f"{_what_to_do(of_value)}"
            )


def block_columns(block: str | Sequence[str] | None) -> tuple[str, ...]:
    """Names of the columns that are blocks.

    >>> block_columns("sex"), block_columns(None)
    (('sex',), ())
    """
    if block is None:
        return ()
    return (block,) if isinstance(block, str) else tuple(block)


def told_apart(counts: Mapping[str, set[str]], noun: str = "animal") -> str:
    """Values with how many animals (or cells) have each.

    >>> told_apart({"rat": {"r1", "r2"}, "mouse": {"m1"}})
    'rat (2 animals) and mouse (1 animal)'
    """
    told = [f"{value} ({len(names)} {noun}{'s' * (len(names) != 1)})" for value, names in counts.items()]
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"


def _animals_by_value(animals: Sequence[str], values: Sequence[str]) -> dict[str, set[str]]:
    """Animals that have each value, under its first spelling; what is empty last."""
    spelling: dict[str, str] = {}
    found: dict[str, set[str]] = {}
    for animal, value in sorted(zip(animals, values, strict=True), key=lambda pair: not pair[1]):
        found.setdefault(spelling.setdefault(value.casefold(), value) or NOT_STATED, set()).add(animal)
    return found


def _what_to_do(values: Mapping[str, set[str]]) -> str:
    """How the mixture can be settled."""
    if NOT_STATED in values:
        return "what is not stated may be the other: fill it in, or leave these rows out"
    return "choose the rows of one, or name the column as block"
