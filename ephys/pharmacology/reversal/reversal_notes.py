"""What must be known before the numbers of a reversal are used."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ephys.model import DoseProtocol
from ephys.model.protocol import CHOSEN
from ephys.pharmacology.responses import DoseResponse
from ephys.pharmacology.reversal.antagonist_window import AntagonistWindow
from ephys.pharmacology.reversal.result import ReversalStep

ABOVE = "above baseline; tonic autoinhibition is one reading, drift another"


def reversal_notes(
    response: DoseResponse,
    protocol: DoseProtocol,
    steps: Sequence[ReversalStep],
    alone: Sequence[AntagonistWindow],
    dispersion: float,
) -> tuple[str, ...]:
    """Notes of one cell, each once.

    Parameters
    ----------
    response : DoseResponse
    protocol : DoseProtocol
    steps : sequence of ReversalStep
    alone : sequence of AntagonistWindow
        Antagonists before any agonist, and vehicles after it.
    dispersion : float
        By which intervals were widened.
    """
    told = [*_of_baseline(response, dispersion), *_of_cell(response, protocol)]
    for step in steps:
        told += _of_step(step)
    for one in alone:
        told += alone_notes(one)
    return tuple(dict.fromkeys(told))


def _of_baseline(response: DoseResponse, dispersion: float) -> Iterator[str]:
    """How far the baseline can be trusted."""
    stability, baseline = response.stability, response.baseline
    if stability is not None and stability.verdict != "stable":
        why = f" ({stability.reasons[0]})" if stability.reasons else ""
        yield f"baseline {stability.verdict.replace('_', ' ')}{why}: a return to it is no surer than it is"
    if baseline is not None:
        yield from (f"baseline: {flag}" for flag in baseline.flags)
    if dispersion > 1.0:
        yield f"baseline counts scatter {dispersion:.2g} times as much as Poisson's: intervals are widened by that"


def _of_cell(response: DoseResponse, protocol: DoseProtocol) -> Iterator[str]:
    """Whether it was held, and what else it was given."""
    if response.fate is None:
        yield "whether the cell was still held was not assessed"
    others = [a.drug for a in protocol.administrations if a.role in ("agonist", "challenge", "other")]
    others = [drug for drug in dict.fromkeys(others) if drug != response.drug]
    if others:
        yield f"{', '.join(others)} given in the same session"


def _of_step(step: ReversalStep) -> Iterator[str]:
    """What is doubtful about one dose of an antagonist after an agonist."""
    name = step.after.name
    if step.after.overshoots:
        yield f"{name}: {step.after.percent_text} % of baseline: {ABOVE}"
    if math.isfinite(step.back.fell_again_s):
        yield f"{name}: below the baseline again {step.back.fell_again_s:.0f} s after it"
    if step.agonist is not None and CHOSEN in step.agonist.flags:
        yield f"window of the agonist before {name} {CHOSEN}"
    yield from (f"{name}: {flag}" for flag in step.after.window.flags)
    if step.comparison.unlike:
        n = len(step.comparison.recoveries)
        yield f"recoveries compared with {name}: {n}; not comparable: {'; '.join(step.comparison.unlike)}"


def alone_notes(one: AntagonistWindow) -> Iterator[str]:
    """What an antagonist did alone, or its vehicle."""
    percent = one.of_baseline
    sure = percent.low > 100.0 or percent.high < 100.0
    if math.isfinite(percent.value) and not one.is_held:
        yield f"{one.name} {one.how}: not proven held after {one.held_s:.0f} s, its silence may be the loss of the cell"
    elif one.role == "antagonist" and one.overshoots:
        yield f"{one.name} {one.how}: {one.percent_text} % of baseline: {ABOVE}"
    elif one.role == "antagonist" and sure:
        yield f"{one.name} {one.how}: {one.percent_text} % of baseline, an effect of its own or a drift"
    if one.role == "vehicle" and one.rose:
        yield f"{one.name} (vehicle): {one.fold_text} times the rate under the agonist: it rose without the antagonist"
    yield from (f"{one.name}: {flag}" for flag in one.window.flags)
