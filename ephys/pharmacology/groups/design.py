"""Who belongs where: values in cells, cells in animals, animals in groups; checked once, for every comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

LEAST_ANIMALS = 3
"""Animals that a group needs for an interval and a p-value (convention): two tell next to nothing of their scatter."""


@dataclass(frozen=True, slots=True)
class GroupDesign:
    """Rows of a comparison, by number.

    Parameters
    ----------
    groups : tuple of str
        The reference first, the others as they first occur.
    animals : tuple of str
        As they first occur.
    group_of, animal_of : (n_rows,) array of int
        Of each row.
    matrix : (n_rows, n_columns) array
        A column per group, then the blocks but one, coded to sum to 0: a group's coefficient is its mean over the
        blocks, each counted once.
    df : int
        Animals less the columns that are the same for all rows of an animal: what is left to tell how animals scatter.
    """

    groups: tuple[str, ...]
    animals: tuple[str, ...]
    group_of: IntArray
    animal_of: IntArray
    matrix: FloatArray
    df: int

    @property
    def rows_in(self) -> tuple[int, ...]:
        """Rows in each group."""
        return tuple(int(n) for n in np.bincount(self.group_of, minlength=len(self.groups)))

    @property
    def animals_in(self) -> tuple[int, ...]:
        """Animals in each group."""
        return tuple(len(np.unique(self.animal_of[self.group_of == number])) for number in range(len(self.groups)))

    @property
    def one_row_each(self) -> bool:
        """Whether no animal has two rows: how animals scatter and how cells do cannot be told apart."""
        return len(self.animals) == len(self.animal_of)

    def enough(self, *numbers: int) -> bool:
        """Whether these groups have the animals that an interval needs, and something is left to judge scatter by."""
        return self.df >= 1 and all(self.animals_in[number] >= LEAST_ANIMALS for number in numbers)

    @property
    def notes(self) -> tuple[str, ...]:
        """Groups of too few animals."""
        return tuple(
            f"no interval and no p-value with {group}: {n} animal{'s' * (n != 1)}, at least {LEAST_ANIMALS} are needed"
            for group, n in zip(self.groups, self.animals_in, strict=True)
            if n < LEAST_ANIMALS
        )


def group_design(
    n_rows: int,
    *,
    animal: Sequence[object],
    group: Sequence[object],
    block: Sequence[object] | None = None,
    reference: str | None = None,
) -> GroupDesign:
    """Number the groups and animals of rows.

    Parameters
    ----------
    n_rows : int
        Values that are compared.
    animal, group, block : sequence
        A name per row. Blocks are what else differs between rows; their effect is taken out.
    reference : str, optional
        Group that the others are held against; else the first.

    Raises
    ------
    ParameterError
        If names and rows are not equally many, an animal is in two groups, the reference is no group, or blocks and
        groups cannot be told apart.

    Examples
    --------
    >>> design = group_design(4, animal=["r1", "r1", "r2", "r3"], group=["a", "a", "b", "b"], reference="b")
    >>> design.groups, design.animals_in, design.df
    (('b', 'a'), (2, 1), 1)
    """
    animals, groups = _names("animal", animal, n_rows), _names("group", group, n_rows)
    _one_group_each(animals, groups)
    order = _reference_first(groups, reference)
    group_of = np.array([order.index(name) for name in groups], dtype=np.intp)
    listed = list(dict.fromkeys(animals))
    place = {name: number for number, name in enumerate(listed)}
    animal_of = np.array([place[name] for name in animals], dtype=np.intp)
    matrix = np.eye(len(order))[group_of]
    if block is not None:
        matrix = np.hstack([matrix, _block_columns(_names("block", block, n_rows))])
        _told_apart(matrix)
    return GroupDesign(tuple(order), tuple(listed), group_of, animal_of, matrix, _df(matrix, animal_of))


def _names(what: str, names: Sequence[object], n_rows: int) -> list[str]:
    """Names as text, one per row."""
    if len(names) != n_rows:
        raise ParameterError(f"{what} must have a name for each of the {n_rows} values, got {len(names)}")
    if n_rows == 0:
        raise ParameterError("there are no values to compare")
    return [str(name) for name in names]


def _one_group_each(animals: Sequence[str], groups: Sequence[str]) -> None:
    """Check that no animal is in two groups."""
    group_of = dict(zip(animals, groups, strict=True))
    for row, (animal, group) in enumerate(zip(animals, groups, strict=True), start=1):
        if group_of[animal] != group:
            raise ParameterError(
                f"row {row}: animal {animal!r} is in the groups {group!r} and {group_of[animal]!r}; the groups are "
                "compared between animals. Give every animal a name of its own, and one group"
            )


def _reference_first(groups: Sequence[str], reference: str | None) -> list[str]:
    """Groups in order."""
    found = list(dict.fromkeys(groups))
    if reference is None:
        return found
    if reference not in found:
        raise ParameterError(f"reference {reference!r} is no group; the groups are {', '.join(found)}")
    return [reference, *(name for name in found if name != reference)]


def _block_columns(blocks: Sequence[str]) -> FloatArray:
    """Columns of the blocks but one, coded to sum to 0."""
    found = list(dict.fromkeys(blocks))
    coded = np.vstack([np.eye(len(found) - 1), -np.ones(len(found) - 1)])
    return np.asarray(coded[[found.index(name) for name in blocks]])


def _told_apart(matrix: FloatArray) -> None:
    """Check that some groups meet in some blocks."""
    if np.linalg.matrix_rank(matrix) < matrix.shape[1]:
        raise ParameterError(
            "blocks and groups cannot be told apart: no block holds animals of groups that would have to be compared. "
            "Compare the groups within one block"
        )


def _df(matrix: FloatArray, animal_of: IntArray) -> int:
    """Animals less the columns that are the same for all rows of an animal."""
    n = np.bincount(animal_of)
    means = np.stack([np.bincount(animal_of, weights=column) / n for column in matrix.T], axis=1)
    between = np.isclose(matrix, means[animal_of]).all(axis=0)
    return len(n) - int(between.sum())
