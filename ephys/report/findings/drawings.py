"""Figures of each kind of finding."""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch

from ephys.report.drawn import Drawing


@singledispatch
def drawings(finding: object) -> Iterator[Drawing]:  # noqa: ARG001 - what is registered below reads it
    """Draw a finding.

    Parameters
    ----------
    finding : Finding

    Yields
    ------
    Drawing
        None of a finding that is a table alone.
    """
    yield from ()
