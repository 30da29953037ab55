"""Spike2's 64-bit files as the tests have them: written by the vendor's library, compressed, with the truth of each."""

from __future__ import annotations

import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

FILES = Path(__file__).resolve().parent / "files"

collect_ignore = ["lifelike.py", "made.py", "read_truth.py", "unclosed.py", "woven.py", "write_files.py"]
"""They need the vendor's library."""


@pytest.fixture(scope="session")
def smrx(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a .smrx file by its name, unpacked once; none may change it."""
    folder = tmp_path_factory.mktemp("smrx")

    def unpacked(name: str) -> Path:
        path = folder / f"{name}.smrx"
        if not path.exists():
            path.write_bytes(lzma.decompress((FILES / f"{name}.smrx.xz").read_bytes()))
        return path

    return unpacked
