"""Files for readers that go by names: links under the names that they insist on."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def opened_as(names: Mapping[Path, str], opened: Callable[[Path], Any]) -> Any:
    """Open files under other names.

    Parameters
    ----------
    names : mapping of Path to str
        What each file is to be called.
    opened : callable
        Given the folder of links, returns the reader; the links stay as long as it does.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "rat07.old"
    ...     _ = file.write_text("a recording")
    ...     with opened_as({file: "rat07.rhd"}, lambda links: (links / "rat07.rhd").open()) as reader:
    ...         reader.read()
    'a recording'
    """
    folder = Path(tempfile.mkdtemp(prefix="ephys-"))
    try:
        for file, name in names.items():
            (folder / name).symlink_to(file.resolve())
        reader = opened(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    weakref.finalize(reader, shutil.rmtree, folder, ignore_errors=True)
    return reader
