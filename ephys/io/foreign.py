"""Calls into other people's readers: their errors in one line, their warnings kept as doubts."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ephys.errors import EphysError, FileFormatError
from ephys.io.contents import Contents

_OF_DEVELOPERS = (DeprecationWarning, PendingDeprecationWarning, FutureWarning, ResourceWarning)
_OF_NO_CONCERN = ("Ignoring the following cached namespace", "The 'manufacturer' field is deprecated")


@contextmanager
def foreign(path: Path, kind: str) -> Iterator[list[warnings.WarningMessage]]:
    """Turn whatever a reader raises on a damaged file into one line that names the file, and collect its warnings.

    A user who turns warnings into errors can so read the file; what was said can become a doubt of the session.

    Parameters
    ----------
    path : Path
        The file.
    kind : str
        What it was read as.

    Raises
    ------
    FileFormatError
        For every error that is not already one.
    """
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            yield said
    except FileFormatError:
        raise
    except EphysError as error:
        raise FileFormatError(f"{path}: {error}") from error
    except Exception as error:
        why = f"{type(error).__name__}: {_line(error)}"
        raise FileFormatError(f"{path}: damaged, cut short, or not a {kind} file; reading fails with {why}") from error


def with_remarks(contents: Contents, said: Sequence[warnings.WarningMessage]) -> Contents:
    """Add a reader's warnings to the doubts, each once; what concerns developers only is passed over."""
    heard = [w for w in said if not issubclass(w.category, _OF_DEVELOPERS)]
    lines = dict.fromkeys(_line(w.message) for w in heard)
    remarks = [f"the reader remarks: {line}" for line in lines if not line.startswith(_OF_NO_CONCERN)]
    session = contents.session
    return replace(contents, session=replace(session, doubts=(*session.doubts, *remarks)))


def _line(message: object) -> str:
    """First line of a message, short."""
    return (str(message).strip().splitlines() or [""])[0][:120]
