"""The methods of an analysis as text, and as a file beside its tables."""

from __future__ import annotations

import os
from pathlib import Path

from ephys.analysis import CohortAnalysis, SessionAnalysis
from ephys.errors import ParameterError
from ephys.io.atomic import write_text
from ephys.report.methods.cohort import cohort_methods
from ephys.report.methods.session import session_methods
from ephys.report.methods.text import MethodsText

METHODS = "methods.txt"
"""File of the methods, beside an analysis's tables."""


def methods_text(analysis: SessionAnalysis | CohortAnalysis) -> MethodsText:
    """Write the methods of an analysis, as a paper prints them.

    Every sentence is of something that was done, and every number is that of the settings or the result. What a Methods
    section needs and the record does not hold stands in square brackets, and in `MethodsText.gaps`.

    Parameters
    ----------
    analysis : SessionAnalysis or CohortAnalysis
        As `analyse_session` or `analyse_cohort` gives it.

    Returns
    -------
    MethodsText
        ``str()`` of it is what is pasted.

    Raises
    ------
    ParameterError
        If it is neither.

    Examples
    --------
    >>> from ephys.model import DoseProtocol, Epoch, Session, Support, Unit
    >>> from ephys.pipeline import analyse_session
    >>> whole = Epoch(0.0, 100.0)
    >>> unit = Unit.from_times([0.5 + i for i in range(99)], support=whole)
    >>> analysis = analyse_session(Session("demo", DoseProtocol((), Support.of(whole)), units=(unit,)))
    >>> [paragraph.title for paragraph in methods_text(analysis).paragraphs][:3]
    ['Recording', 'Spikes and units', 'Baseline']
    """
    if isinstance(analysis, SessionAnalysis):
        return session_methods(analysis)
    if isinstance(analysis, CohortAnalysis):
        return cohort_methods(analysis)
    raise ParameterError(
        f"methods are told of a SessionAnalysis or a CohortAnalysis, got {type(analysis).__name__}: analyse it first"
    )


def write_methods(analysis: SessionAnalysis | CohortAnalysis, folder: str | os.PathLike[str]) -> Path:
    """Write the methods of an analysis as ``methods.txt``.

    Parameters
    ----------
    analysis : SessionAnalysis or CohortAnalysis
        As for `methods_text`.
    folder : path
        Where to.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ParameterError
        As `methods_text`.
    """
    return write_text(Path(folder) / METHODS, f"{methods_text(analysis)}\n")
