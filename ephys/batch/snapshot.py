"""What a lock holds still: curation, identity, exclusions and settings, as results have them, entry by entry."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from ephys.batch.blind_state import BlindState, Unblinding, read_state
from ephys.batch.coding import sealed, withheld
from ephys.batch.spellings import Name, substitution
from ephys.errors import ParameterError

What = Literal["label", "analysed", "exclusion", "curation", "setting"]
"""Kind of an entry."""

SECTIONS: dict[str, tuple[What, ...]] = {
    "curation": ("curation",),
    "identity": ("label",),
    "exclusions": ("exclusion", "analysed"),
    "settings": ("setting",),
}
"""What is signed together."""

ABSENT = "none"
"""Stands in a list of changes for what is not there."""


@dataclass(frozen=True)
class Entry:
    """One thing that a lock holds still.

    Parameters
    ----------
    what : str
        Its kind.
    of : tuple of str
        Session, cell, unit and drug, as far as it has them; of a setting, its name.
    rule : str
        Rule of an exclusion.
    value : str
        What it is.
    """

    what: What
    of: tuple[str, ...]
    rule: str
    value: str

    @property
    def key(self) -> tuple[str, ...]:
        """What makes it the same thing, whatever its value."""
        return (self.what, self.rule, *self.of)


def under_names(entries: Sequence[Entry], names: Mapping[str, str]) -> tuple[Entry, ...]:
    """Return entries of blind results under true names.

    Parameters
    ----------
    entries : sequence of Entry
    names : mapping of str to str
        True name of each code.
    """
    told = substitution(Name(code, name) for code, name in names.items())
    return tuple(
        one if one.what == "setting" else replace(one, of=tuple(told(each) for each in one.of)) for one in entries
    )


def read_snapshot(results: str | os.PathLike[str]) -> tuple[Entry, ...]:
    """Return what results have now; sealed as a lock has it where they were blind.

    Parameters
    ----------
    results : path
        Folder of a cohort's results.

    Raises
    ------
    ParameterError
        If it holds none that are whole.
    """
    folder, state = Path(results), read_state(results)
    try:
        provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
        units, exclusions = _rows(folder / "units.csv"), _rows(folder / "exclusions.csv")
        return (*_of_units(units), *_of_exclusions(exclusions), *_of_provenance(provenance, state))
    except (FileNotFoundError, KeyError, ValueError) as error:
        raise ParameterError(f"{folder}: holds no whole results of a cohort ({error}); run ephys batch first") from None


def _rows(path: Path) -> list[dict[str, str]]:
    """Rows of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _of_units(rows: Sequence[Mapping[str, str]]) -> Iterator[Entry]:
    """Label of each cell, and whether it is analysed."""
    for row in rows:
        of = (row["session"], row["cell"], row["unit"])
        yield Entry("label", of, "", row["final_label"])
        yield Entry("analysed", of, "", row["analysed"])


def _of_exclusions(rows: Sequence[Mapping[str, str]]) -> Iterator[Entry]:
    """Each rule that takes a series."""
    for row in rows:
        if row["applied"] == "yes":
            yield Entry("exclusion", (row["session"], row["cell"], row["unit"], row["drug"]), row["rule"], "left out")


def _of_provenance(provenance: Mapping[str, Any], state: BlindState | None) -> Iterator[Entry]:
    """Checksum of each curation log, and each setting."""
    done = state.unblinding if state else None
    for session, sha256 in provenance["curation"].items():
        yield Entry("curation", (session,), "", sealed(sha256, done.secret) if done else sha256)
    hidden = _withheld(provenance, done)
    for step, settings in provenance["settings"].items():
        for name, value in settings.items():
            full = f"{step}.{name}"
            yield Entry("setting", (full,), "", hidden.get(full) or json.dumps(value, ensure_ascii=False))


def _withheld(provenance: Mapping[str, Any], done: Unblinding | None) -> Mapping[str, str]:
    """Sealed settings: as blind results have them, or sealed now as they had them."""
    if done is not None:
        return withheld(provenance["settings"], done.secret)
    found: Mapping[str, str] = provenance.get("withheld", {})
    return found


def sections_of(entries: Sequence[Entry]) -> dict[str, str]:
    """SHA-256 of each of the things that are signed, by name."""
    return {name: _digest([one for one in entries if one.what in kinds]) for name, kinds in SECTIONS.items()}


def _digest(entries: Sequence[Entry]) -> str:
    """SHA-256 of entries, in whatever order they come."""
    listed = sorted([*one.key, one.value] for one in entries)
    return hashlib.sha256(json.dumps(listed, ensure_ascii=False).encode()).hexdigest()


def as_plain(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Entries as JSON has them."""
    return [{"what": one.what, "of": list(one.of), "rule": one.rule, "value": one.value} for one in entries]


def from_plain(values: Sequence[Mapping[str, Any]]) -> tuple[Entry, ...]:
    """Entries from JSON.

    Raises
    ------
    ValueError
        If there is one of an unknown kind.
    """
    for each in values:
        if each["what"] not in get_args(What):
            raise ValueError(f"a lock knows no {each['what']!r}")
    return tuple(Entry(each["what"], tuple(each["of"]), each["rule"], each["value"]) for each in values)


@dataclass(frozen=True)
class Change:
    """What is no longer as it was locked.

    Parameters
    ----------
    what : str
        Label, analysed, exclusion, curation or setting.
    of : str
        Of what: session, cell, unit, drug; or the setting; with the rule of an exclusion.
    before, after : str
    """

    what: What
    of: str
    before: str
    after: str

    def __str__(self) -> str:
        """As it is listed."""
        return f"{self.what} of {self.of}: {self.before} before, {self.after} now"


def changes_between(before: Sequence[Entry], after: Sequence[Entry]) -> tuple[Change, ...]:
    """Return what differs, in the order of what was there before, then what is new.

    Parameters
    ----------
    before, after : sequence of Entry
    """
    old, new = ({one.key: one for one in entries} for entries in (before, after))
    found = []
    for key in dict.fromkeys([*old, *new]):
        one = old.get(key) or new[key]
        values = [entries[key].value if key in entries else ABSENT for entries in (old, new)]
        if values[0] != values[1]:
            found.append(Change(one.what, ", ".join(filter(None, [*one.of, one.rule])), *map(_told, values)))
    return tuple(found)


def _told(value: str) -> str:
    """Value as it is listed: of a sealed one, its beginning."""
    is_sealed = len(value) == 64 and set(value) <= set("0123456789abcdef")
    return f"sha256 {value[:12]}" if is_sealed else value or ABSENT
