"""Rows of a comparison of firing: cells, or tracks, that know their animal, group and block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ephys.errors import TableError
from ephys.pharmacology.groups.animal_tables import FloatArray, number_column, require_columns, text_column
from ephys.pharmacology.groups.mixtures import block_columns

BoolArray = NDArray[np.bool_]

UNIT = ("unit", "cell", "unit_id")
"""Columns that a cell may be named by, the best first."""
YES, NO = ("true", "yes", "1"), ("false", "no", "0", "")
"""Words of a column of yes and no, whatever their case; an empty cell is no."""


@dataclass(frozen=True, slots=True)
class FiringRows:
    """Rows that are compared.

    Parameters
    ----------
    rows : tuple of mappings
        As they came.
    names : tuple of str
        Animal and cell (or track) of each, for people.
    animals, groups : tuple of str
        Of each row.
    blocks : tuple of str or None
        Of each row, where there are any.
    """

    rows: tuple[Mapping[str, Any], ...]
    names: tuple[str, ...]
    animals: tuple[str, ...]
    groups: tuple[str, ...]
    blocks: tuple[str, ...] | None

    @classmethod
    def of(
        cls, rows: Sequence[Mapping[str, Any]], block: str | Sequence[str] | None, name: Sequence[str]
    ) -> FiringRows:
        """Check who the rows are.

        Parameters
        ----------
        rows : sequence of mappings
            With ``animal`` and ``group``.
        block : str or sequence of str or None
            Columns that differ between rows and are taken out; several are taken together.
        name : sequence of str
            Columns that a row may be named by, the best first.

        Raises
        ------
        TableError
            If a column is missing or a cell of it empty.
        """
        columns = block_columns(block)
        require_columns(rows, ["animal", "group", *columns])
        animals = text_column(rows, "animal")
        blocks = [text_column(rows, column) for column in columns]
        column = next((column for column in name if column in rows[0]), None)
        own = text_column(rows, column, required=False) if column else [""] * len(rows)
        return cls(
            rows=tuple(rows),
            names=tuple(
                f"{animal} {given}" if given else f"{animal} row {place}"
                for place, (animal, given) in enumerate(zip(animals, own, strict=True), start=1)
            ),
            animals=tuple(animals),
            groups=tuple(text_column(rows, "group")),
            blocks=tuple(" / ".join(values) for values in zip(*blocks, strict=True)) if blocks else None,
        )

    def __len__(self) -> int:
        return len(self.rows)

    def refuse_repeats(self) -> None:
        """Check that no cell is there twice: by its animal, session (else track) and unit, where the table has them.

        Raises
        ------
        TableError
            With both rows.
        """
        name, place = self.first_of(*UNIT), self.first_of("session", "track")
        if name is None:
            return
        places = self.texts(place) if place else [""] * len(self)
        seen: dict[tuple[str, str, str], int] = {}
        for row, (animal, of, unit) in enumerate(zip(self.animals, places, self.texts(name), strict=True), start=1):
            first = seen.setdefault((animal, of, unit), row)
            if unit and first != row:
                where = f", {place} {of}" if of else ""
                raise TableError(
                    f"data rows {first} and {row} are both {name} {unit} of animal {animal}{where}: a cell counts "
                    "once. Take one out, or tell them apart by a column 'session'"
                )

    def choose(self, wanted: BoolArray) -> FiringRows:
        """Some of the rows."""
        return FiringRows(
            *(
                None if part is None else tuple(value for value, take in zip(part, wanted, strict=True) if take)
                for part in (self.rows, self.names, self.animals, self.groups, self.blocks)
            )  # type: ignore[arg-type]  # rows come first
        )

    def first_of(self, *columns: str) -> str | None:
        """First of some columns that the table has with anything in it; ``None`` if it has none."""
        return next((column for column in columns if any(self.texts(column))), None)

    def texts(self, column: str) -> list[str]:
        """Column of words, empty where nothing stands."""
        return text_column(self.rows, column, required=False)

    def numbers(self, column: str, **limits: float) -> FloatArray:
        """Column of numbers, NaN where nothing stands."""
        return number_column(self.rows, column, required=False, **limits)

    def shares(self, column: str) -> FloatArray:
        """Column of shares, NaN where nothing stands.

        Raises
        ------
        TableError
            If one is not 0 to 1.
        """
        found = self.numbers(column, least=0.0)
        beyond = np.flatnonzero(found > 1.0)
        if beyond.size:
            raise TableError(
                f"data row {beyond[0] + 1}: column {column!r} must be a share, 0 to 1, got {found[beyond[0]]:g}; "
                f"percent are divided by 100"
            )
        return found

    def truths(self, column: str) -> BoolArray:
        """Column of yes and no; empty is no.

        Raises
        ------
        TableError
            If a cell is neither.
        """
        words = [word.casefold() for word in self.texts(column)]
        for name, word in zip(self.names, words, strict=True):
            if word not in YES + NO:
                raise TableError(f"{name}: column {column!r} must be true or false, got {word!r}")
        return np.array([word in YES for word in words], dtype=np.bool_)

    def counted(self, which: BoolArray) -> str:
        """How many of some rows are in each group: "control 2, treated 1"."""
        found = [group for group, take in zip(self.groups, which, strict=True) if take]
        return ", ".join(f"{group} {found.count(group)}" for group in dict.fromkeys(self.groups) if group in found)

    def named(self, which: BoolArray) -> str:
        """Names of some rows by group: "control: r1 3, r1 4; treated: r7 1"."""
        by_group: dict[str, list[str]] = {}
        for group, name, take in zip(self.groups, self.names, which, strict=True):
            if take:
                by_group.setdefault(group, []).append(name)
        return "; ".join(f"{group}: {', '.join(names)}" for group, names in by_group.items())
