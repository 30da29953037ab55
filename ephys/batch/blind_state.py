"""Whether results are blind, under which key, and when they were unblinded: ``blinding.json`` beside them."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from ephys.batch.blinding import Blinding
from ephys.batch.store import FOLDER
from ephys.errors import FileFormatError, ParameterError
from ephys.io.atomic import write_text

STATE = "blinding.json"
_WRITTEN = ("provenance.json", "cohort.sqlite", FOLDER)
"""What results have, blind or not."""


@dataclass(frozen=True)
class Unblinding:
    """How names came back.

    Parameters
    ----------
    at : str
        When, with the zone.
    person : str
        Who asked for it.
    lock : str
        SHA-256 of ``lock.json`` at that time; empty where there was no lock.
    secret : str
        Of the key: what was sealed can be checked.
    names : mapping of str to str
        True name of each code.
    """

    at: str
    person: str
    lock: str
    secret: str
    names: dict[str, str]

    @classmethod
    def by(cls, person: str, blinding: Blinding, *, at: str, lock: str) -> Unblinding:
        """Unblinding with a key."""
        cells = {code: name.rsplit("\t", 1)[-1] for code, name in blinding.names().items()}
        return cls(at, person, lock, blinding.secret, cells)

    def __str__(self) -> str:
        """When, by whom, and on which lock."""
        return f"unblinded by {self.person} at {self.at}, {'on a lock' if self.lock else 'without a lock'}"


@dataclass(frozen=True)
class BlindState:
    """What a folder of results says of its blinding.

    Parameters
    ----------
    key : str
        Of which key the codes are.
    unblinding : Unblinding or None
        ``None``: the results are blind.
    """

    key: str
    unblinding: Unblinding | None = None


def read_state(results: str | os.PathLike[str]) -> BlindState | None:
    """Return what results say of their blinding; ``None`` where they never were blind.

    Raises
    ------
    FileFormatError
        If the file is damaged.
    """
    path = Path(results) / STATE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        done = found["unblinding"]
        return BlindState(found["key"], Unblinding(**done) if done else None)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise FileFormatError(f"{path}: says nothing of a blinding, or is damaged: {error}") from error


def write_state(results: str | os.PathLike[str], state: BlindState) -> Path:
    """Write what results say of their blinding."""
    return write_text(Path(results) / STATE, json.dumps(asdict(state), indent=2, ensure_ascii=False) + "\n")


def check_may_be_blind(results: str | os.PathLike[str], key: str) -> None:
    """Raise before a blind run where names, or codes of another key, are in its folder already.

    Parameters
    ----------
    results : path
    key : str
        Of the run.

    Raises
    ------
    ParameterError
        Saying what is there.
    """
    folder, state = Path(results), read_state(results)
    if state is None:
        there = [name for name in _WRITTEN if (folder / name).exists()]
        if there:
            raise ParameterError(f"{folder}: holds results under true names ({there[0]}); write blind ones elsewhere")
    elif state.unblinding is not None:
        raise ParameterError(f"{folder}: {state.unblinding}; write blind results elsewhere")
    elif state.key != key:
        raise ParameterError(f"{folder}: is blind under the key {state.key}, and this is {key}: name its folder, --key")


def check_may_be_open(results: str | os.PathLike[str]) -> None:
    """Raise before a run that would write true names into results that are blind.

    Raises
    ------
    ParameterError
        Saying what to do.
    """
    state = read_state(results)
    if state is not None and state.unblinding is None:
        raise ParameterError(f"{results}: these results are blind: add --blind, or ephys unblind them first")
