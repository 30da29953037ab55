"""What the command line says to somebody who corrects blind: nothing that names file, session, animal or drug."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from typer.core import TyperOption

from ephys.cli.terminal import tell

BLIND = "--blind"

_TELLS_NOTHING = (
    "by", "out", "seed", "jobs", "units", "engine", "gain_uv", "unit", "band_hz", "clock_offset_s", "sampling_hz",
    "stop_s", "joined_at_s",
)  # fmt: skip
"""Options whose values stay: numbers, choices of the program, and what whoever types chose."""


@contextmanager
def unseen(blind: bool) -> Iterator[None]:
    """Keep errors and warnings of what is read from one who is blind; that there are some, is told."""
    if not blind:
        yield
        return
    from ephys.report.blind_view import errors_hidden  # here: it brings in what draws

    with warnings.catch_warnings(record=True) as told, errors_hidden("recording, tables or log cannot be used"):
        yield
    if told:
        tell(f"note: {len(told)} warnings may name what is hidden, and are not shown")


def neutral_words(words: Sequence[str], parameters: Iterable[object]) -> list[str]:
    """Words of a command with neutral ones in place of file names and of what is said of file, animal and drugs.

    Parameters
    ----------
    words : sequence of str
        As typed.
    parameters : iterable
        Options and arguments of the command.
    """
    known = {flag: option for option in parameters if isinstance(option, TyperOption) for flag in option.opts}
    return list(_neutral(iter(words), known))


def _neutral(words: Iterator[str], known: dict[str, TyperOption]) -> Iterator[str]:
    """Words one after the other, each option with what follows it."""
    for word in words:
        flag, equals, value = word.partition("=")
        option = known.get(flag) or (known.get(word[:2]) if not word.startswith("--") else None)
        if option is None:
            yield "FILE"
        elif option.is_flag or option.count:
            yield word
        else:
            short = not equals and flag not in known  # -oRESULTS
            given = [value] if equals else [word[2:]] if short else [next(words, "") for _ in range(option.nargs)]
            yield word[:2] if short else flag
            yield from given if option.name in _TELLS_NOTHING else [_neutral_name(flag)]


def _neutral_name(flag: str) -> str:
    """What stands in place of a value.

    >>> _neutral_name("--doses")
    'DOSES'
    """
    return flag.lstrip("-").upper().replace("-", "_")
