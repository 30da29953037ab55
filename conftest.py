"""What holds for tests and for the examples of docstrings alike."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _no_figure_outlives_its_test() -> Iterator[None]:
    """Close what was drawn, if anything was: figures that nobody closes are kept until there is no memory left."""
    yield
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close("all")
