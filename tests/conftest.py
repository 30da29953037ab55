"""Real recordings are not shipped: tests that need them find them, or skip and are counted."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

SHARED_DATA = "EPHYS_TEST_DATA"
SHARED = "EPHYS_TEST_SHARED"


def _shared_data() -> Path | None:
    """Folder of the real recordings: named by the environment, else beside the checkout."""
    root = Path(__file__).resolve().parent.parent
    candidates = [
        os.environ.get(SHARED_DATA),
        os.environ.get(SHARED) and Path(os.environ[SHARED]) / "data",
        root.parent / "shared" / "data",
    ]
    for candidate in candidates:
        if candidate and (Path(candidate) / "MANIFEST.md").is_file():
            return Path(candidate)
    return None


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real recordings; skips where it is absent."""
    folder = _shared_data()
    if folder is None:
        pytest.skip(f"no real recordings here: set {SHARED_DATA} to their folder")
    return folder


@pytest.fixture(scope="session")
def sample_data() -> Path:
    """Folder of the sample data that the project ships."""
    return Path(__file__).resolve().parent.parent / "sample_data"


_SUMMARY = pytest.StashKey[str]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Count the tests on real recordings, and why some did not run."""
    reports = [r for kind in ("passed", "failed", "skipped", "error") for r in terminalreporter.stats.get(kind, [])]
    real = [r for r in reports if "real_data" in getattr(r, "keywords", {})]
    ran = sum(r.when == "call" and not r.skipped for r in real)
    skipped = [r for r in real if r.skipped]
    reasons = sorted({str(r.longrepr[2]).removeprefix("Skipped: ") for r in skipped if isinstance(r.longrepr, tuple)})
    why = f" ({'; '.join(reasons)})" if reasons else ""
    config.stash[_SUMMARY] = f"real-data tests: {ran} run, {len(skipped)} skipped{why}"


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Say it on the very last line."""
    if _SUMMARY in config.stash:
        sys.stdout.write(config.stash[_SUMMARY] + "\n")
