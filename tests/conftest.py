"""Real recordings and reference answers are not shipped: tests that need them find them, or skip and are counted."""

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
def shared_reference() -> Path:
    """Folder of the answers that other programs computed; skips where it is absent."""
    root = Path(__file__).resolve().parent.parent
    candidates = [Path(os.environ[SHARED]) if SHARED in os.environ else None, root.parent / "shared"]
    for candidate in candidates:
        if candidate and (candidate / "reference" / "README.md").is_file():
            return candidate / "reference"
    pytest.skip(f"no reference answers here: set {SHARED} to the folder that holds them")


@pytest.fixture(scope="session")
def sample_data() -> Path:
    """Folder of the sample data that the project ships."""
    return Path(__file__).resolve().parent.parent / "sample_data"


_SUMMARY = pytest.StashKey[str]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Count the tests on what is not shipped, and why some did not run."""
    reports = [r for kind in ("passed", "failed", "skipped", "error") for r in terminalreporter.stats.get(kind, [])]
    config.stash[_SUMMARY] = "\n".join(
        _counted(name, [r for r in reports if marker in getattr(r, "keywords", {})])
        for marker, name in (("reference", "reference tests"), ("real_data", "real-data tests"))
    )


def _counted(name: str, reports: list[pytest.TestReport]) -> str:
    """How many of some tests ran, and why the others did not."""
    ran = sum(r.when == "call" and not r.skipped for r in reports)
    skipped = [r for r in reports if r.skipped]
    reasons = sorted({str(r.longrepr[2]).removeprefix("Skipped: ") for r in skipped if isinstance(r.longrepr, tuple)})
    why = f" ({'; '.join(reasons)})" if reasons else ""
    return f"{name}: {ran} run, {len(skipped)} skipped{why}"


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Say it on the very last line."""
    if _SUMMARY in config.stash:
        sys.stdout.write(config.stash[_SUMMARY] + "\n")
