"""The methods of one session."""

from __future__ import annotations

from ephys.analysis import SessionAnalysis
from ephys.report.methods.dosing import baseline_sentences, dosing_sentences, readout_sentences
from ephys.report.methods.findings import finding_sentences
from ephys.report.methods.fitting import fit_sentences
from ephys.report.methods.identity import identity_sentences
from ephys.report.methods.recording import recording_sentences, suffixes_of
from ephys.report.methods.software import packages_used, software_sentences
from ephys.report.methods.sorting import sorting_sentences, sorts_voltage
from ephys.report.methods.text import MethodsText, put_together
from ephys.sorting.foreign import OWN_SORTER


def session_methods(analysis: SessionAnalysis) -> MethodsText:
    """Methods of a session, step by step."""
    steps = (
        ("Recording", recording_sentences(analysis)),
        ("Spikes and units", sorting_sentences(analysis)),
        ("Drugs", dosing_sentences(analysis)),
        ("Baseline", baseline_sentences(analysis)),
        ("Identification of serotonergic units", identity_sentences(analysis)),
        ("Read-out", readout_sentences(analysis)),
        ("Dose-response", fit_sentences(analysis.cells)),
        ("Antagonist", finding_sentences(one for cell in analysis.cells for one in cell.reversals)),
        ("Iontophoresis", finding_sentences(cell.ejections for cell in analysis.cells if cell.ejections)),
        ("Software", software_sentences(_packages(analysis), analysis.settings)),
    )
    return put_together((title, list(sentences)) for title, sentences in steps)


def _packages(analysis: SessionAnalysis) -> list[str]:
    """Packages that this analysis rests on."""
    sorter = analysis.settings.sorting.sorter
    sorts = sorts_voltage(analysis)
    return packages_used(
        suffixes_of(analysis.session.sources),
        sorted_here=sorts and sorter == OWN_SORTER,
        foreign=sorts and sorter != OWN_SORTER,
    )
