"""The cells of a session, one page each, to print or to put into a supplement."""

from __future__ import annotations

import os
from pathlib import Path

from matplotlib import pyplot as plt
from matplotlib.backends.backend_pdf import PdfPages

from ephys.analysis import SessionAnalysis
from ephys.errors import ParameterError
from ephys.io.atomic import atomic_path
from ephys.plotting import plot_cell_sheet
from ephys.report.svg import page_style


def write_cell_sheets(analysis: SessionAnalysis, path: str | os.PathLike[str]) -> Path:
    """Write one page for each cell as a PDF, with text that stays text.

    Parameters
    ----------
    analysis : SessionAnalysis
        As `analyse_session` gives it.
    path : path
        Where to write; the file appears whole or not at all.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    ParameterError
        If the session has no cell: a PDF cannot be without a page.

    Examples
    --------
    >>> import tempfile
    >>> import ephys
    >>> unit = ephys.Unit.from_times([0.5 + i for i in range(99)], support=ephys.Epoch(0.0, 100.0))
    >>> session = ephys.Session("demo", ephys.DoseProtocol((), unit.support), units=(unit,))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_cell_sheets(ephys.analyse_session(session), Path(folder) / "sheets.pdf").name
    'sheets.pdf'
    """
    if not analysis.cells:
        raise ParameterError(f"session {analysis.session.id}: no unit was found, so there is no page to write")
    undated = {"CreationDate": None, "Title": f"{analysis.session.id}: one page per cell"}
    with page_style(), atomic_path(path) as temporary, PdfPages(temporary, metadata=undated) as pages:
        for cell in analysis.cells:
            figure = plot_cell_sheet(cell, analysis)
            pages.savefig(figure)
            plt.close(figure)
    return Path(path)
