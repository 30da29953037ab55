"""What every command does round its work: one clear line for an error, and a place to write."""

from __future__ import annotations

import functools
import os
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

import ephys
from ephys.cli.terminal import hanging, tell
from ephys.errors import CohortError, EphysError, ParameterError

FAILED = 1
"""Exit code where nothing could be done, or where a check says no. Of wrong usage it is 2."""

PARTLY = 3
"""Exit code where some sessions failed, and the rest are written."""

INTERRUPTED = 130


def fails_in_one_line(command: Callable[..., None]) -> Callable[..., None]:
    """Turn an error into one clear line and a non-zero exit code; `--verbose` shows where it came from."""

    @functools.wraps(command)
    def run(*args: Any, **options: Any) -> None:
        try:
            command(*args, **options)
        except BrokenPipeError:
            raise  # whoever read has seen enough
        except (EphysError, OSError) as error:
            if options.get("verbose"):
                traceback.print_exc()
            tell(f"error: {_told(error)}")
            raise typer.Exit(FAILED) from error
        except KeyboardInterrupt:
            tell("interrupted; what was not finished was not written")
            raise typer.Exit(INTERRUPTED) from None

    return run


def _told(error: Exception) -> str:
    """One line; of everything that is wrong with a cohort's tables, one for each fault."""
    if isinstance(error, CohortError):
        return "\n".join(hanging(line) for line in str(error).splitlines())
    return " ".join(str(error).split())


def chosen_settings(
    file: Path | None, override: list[str] | None, options: Mapping[str, Mapping[str, Any]]
) -> ephys.Settings:
    """Settings from the file, then the options (by step; ``None`` means not given), then `--set`."""
    chosen = ephys.read_settings(file) if file else ephys.Settings()
    chosen = chosen.updated(
        {step: {name: value for name, value in given.items() if value is not None} for step, given in options.items()}
    )
    for text in override or ():
        name, equals, value = text.partition("=")
        if not equals:
            raise ParameterError(f"--set takes step.name=value, got {text!r}")
        chosen = chosen.override(name.strip(), value.strip())
    return chosen


def check_writable(folder: Path) -> None:
    """Raise before the work begins if its results could not be written."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not (there.is_dir() and os.access(there, os.W_OK)):
        raise ParameterError(
            f"cannot write into {folder}: {there} is not a folder that may be written to; choose --out"
        )


@contextmanager
def told_as_notes(category: type[Warning]) -> Iterator[None]:
    """Print warnings of a kind, one line each; others stay warnings."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", category)
        yield
    for warning in said:
        if issubclass(warning.category, category):
            tell(f"note: {warning.message}")
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
