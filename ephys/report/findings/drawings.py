"""Figures of each kind of finding."""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch

from ephys.analysis import Finding
from ephys.pharmacology import (
    BindingFit,
    DialysisComparison,
    DialysisCourse,
    Ejections,
    LatencyComparison,
    ReceptorReserve,
    Reversal,
    Reversals,
    SchildFit,
    Superfusion,
)
from ephys.plotting import (
    plot_binding,
    plot_dialysis,
    plot_ejections,
    plot_latencies,
    plot_receptor_reserve,
    plot_reversal,
    plot_reversals,
    plot_schild,
    plot_superfusion,
)
from ephys.report.drawn import Drawing
from ephys.report.findings.answers import answer_lines


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


@drawings.register
def _(finding: BindingFit) -> Iterator[Drawing]:
    """Tubes and curve of one experiment."""
    caption = (
        "Specific binding of the radioligand against the concentration of the compound; each sign is a tube. "
        "Curve: one site, with its 95 % band; diamond: IC50 with its interval."
    )
    yield Drawing(plot_binding(finding), _description(finding), caption)


@drawings.register
def _(finding: DialysisComparison) -> Iterator[Drawing]:
    """Courses of groups."""
    caption = (
        "Dialysate in percent of baseline against the time from the drug, corrected for the dead volume. Thin: "
        "animals; thick: means with their intervals over animals; star: adjusted p < 0.05 in that fraction."
    )
    yield Drawing(plot_dialysis(finding), _description(finding), caption, wide=True)


@drawings.register
def _(finding: DialysisCourse) -> Iterator[Drawing]:
    """Course of one animal."""
    caption = "Dialysate of one animal in percent of its baseline (shaded), with intervals."
    yield Drawing(plot_dialysis(finding), _description(finding), caption)


@drawings.register
def _(finding: LatencyComparison) -> Iterator[Drawing]:
    """Steps of groups."""
    caption = (
        "Share of animals whose latency had not ended (Kaplan-Meier); each point is an animal, a triangle those that "
        "stayed to the cut-off. Below: animals still watched."
    )
    yield Drawing(plot_latencies(finding), _description(finding), caption)


@drawings.register
def _(finding: SchildFit) -> Iterator[Drawing]:
    """Curves with the antagonist, and Schild's plot."""
    caption = "Left: the curves at each concentration of the antagonist, fitted together. Right: Schild's plot."
    yield Drawing(plot_schild(finding), _description(finding), caption, wide=True)


@drawings.register
def _(finding: ReceptorReserve) -> Iterator[Drawing]:
    """Curves before and after inactivation, and Furchgott's plot."""
    caption = "Left: the curves with the operational model. Right: doses of equal effect, as reciprocals."
    yield Drawing(plot_receptor_reserve(finding), _description(finding), caption, wide=True)


@drawings.register
def _(finding: Superfusion) -> Iterator[Drawing]:
    """Applications to a slice."""
    if finding.applications:
        caption = (
            "Rate under each concentration in percent of the session's baseline (filled) and of the rate just before "
            "(open), and after its wash (square)."
        )
        yield Drawing(plot_superfusion(finding), _description(finding), caption)


@drawings.register
def _(finding: Reversal) -> Iterator[Drawing]:
    """The rate around the antagonist; nothing to draw where it followed no agonist."""
    if finding.decisive is not None and finding.decisive.rates:
        caption = (
            "Rate around the antagonist in percent of baseline (shaded: where it counts as back), and the time of its "
            "return with the interval."
        )
        yield Drawing(plot_reversal(finding), _description(finding), caption)


@drawings.register
def _(finding: Reversals) -> Iterator[Drawing]:
    """Cells around the antagonist, and recoveries without one."""
    if any(cell.decisive is not None and cell.decisive.rates for cell in finding.cells):
        caption = "Left: cells around the antagonist. Right: times to return, after it and without it."
        yield Drawing(plot_reversals(finding), _description(finding), caption, wide=True)


@drawings.register
def _(finding: Ejections) -> Iterator[Drawing]:
    """Each ejection, and what it suppressed by current."""
    if any(one.measured for one in finding.ejections):
        caption = "Rate around each ejection, aligned at its start, and spikes suppressed per nA by current."
        yield Drawing(plot_ejections(finding), _description(finding), caption, wide=True)


def _description(finding: Finding) -> str:
    """What a figure shows, for those who cannot see it: the title and the answer."""
    return f"{finding.title}. {' '.join(answer_lines(finding))}"
