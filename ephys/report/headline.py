"""What a session showed, in sentences: which cells are serotonergic, what silenced them, and what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ephys.analysis import CellAnalysis, SessionAnalysis

_LABELS = {"serotonergic": "serotonergic", "uncertain": "uncertain", "not_serotonergic": "not serotonergic"}
_QUOTED = 6  # more cells are looked up in the table


def headline(analysis: SessionAnalysis) -> tuple[str, ...]:
    """Tell a session in a few sentences, of values that stand in its summary.

    Parameters
    ----------
    analysis : SessionAnalysis
        As `analyse_session` gives it.

    Returns
    -------
    tuple of str
        Units by their call; each agonist's ID50 in the cells called serotonergic; which units have flags.

    Examples
    --------
    >>> from ephys.model import DoseProtocol, Epoch, Session, Support, Unit
    >>> from ephys.pipeline import analyse_session
    >>> whole = Epoch(0.0, 100.0)
    >>> unit = Unit.from_times([0.5 + i for i in range(99)], support=whole)
    >>> for sentence in headline(analyse_session(Session("demo", DoseProtocol((), Support.of(whole)), units=(unit,)))):
    ...     print(sentence)
    1 unit: 1 uncertain.
    No agonist is in the drug record, so that there is no ID50.
    Flags stand at unit 1: read them before a number is used.
    """
    return (_counts_text(analysis.cells), *_answers(analysis), _flags_text(analysis.cells))


def _counts_text(cells: tuple[CellAnalysis, ...]) -> str:
    """How many units there are, by their call."""
    counts = Counter(_LABELS.get(cell.final_label, "not judged") for cell in cells)
    alone = sum("rate and regularity" in cell.call for cell in cells if cell.final_label == "serotonergic")
    kinds = [f"{counts[name]} {name}" for name in (*_LABELS.values(), "not judged") if counts[name]]
    if alone:
        kinds[0] += f" ({alone} on rate and regularity alone)"
    excluded = sum(bool(cell.excluded) for cell in cells)
    by_hand = f"; {excluded} excluded by hand" if excluded else ""
    return f"{len(cells)} unit{'' if len(cells) == 1 else 's'}: {', '.join(kinds) or 'none was found'}{by_hand}."


def _answers(analysis: SessionAnalysis) -> Iterator[str]:
    """What each agonist did to the cells called serotonergic."""
    drugs = analysis.protocol.drugs
    called = [cell for cell in analysis.cells if cell.final_label == "serotonergic"]
    if not drugs:
        yield "No agonist is in the drug record, so that there is no ID50."
    elif not called:
        potency = f"{analysis.words.name} of {' or '.join(drugs)}"
        yield f"No unit is called serotonergic: an {potency} in the table is that of another cell."
    else:
        yield from (_answer(drug, called) for drug in drugs)
        yield from _reversals(called)


def _answer(drug: str, called: list[CellAnalysis]) -> str:
    """The ID50 of one agonist in each cell; where these are many, in how many of them it is known."""
    fits = [(cell, fit) for cell in called for fit in cell.fits if fit.response.drug == drug]
    if not fits:
        return _ejected(drug, called) or f"{drug}: no dose-response of a serotonergic unit."
    if len(fits) <= _QUOTED:
        told = "; ".join(f"unit {cell.unit.id} {cell.quote(fit)}" for cell, fit in fits)
        return f"{fits[0][1].words.title} of {drug}, serotonergic units: {told}."
    known = sum(fit.status == "interpolated" for _, fit in fits)
    words = fits[0][1].words
    within = f"within the {words.dose}s given in {known} of {len(fits)} serotonergic units"
    return f"{words.title} of {drug}: {within}; the table has each."


def _ejected(drug: str, called: list[CellAnalysis]) -> str:
    """What a current ejected of it did; empty where none was ejected."""
    barrels = [
        (cell, barrel)
        for cell in called
        if cell.ejections is not None
        for barrel in cell.ejections.barrels
        if barrel.drug == drug and not barrel.is_control
    ]
    told = "; ".join(f"unit {cell.unit.id}: {barrel.curve.text}" for cell, barrel in barrels)
    return f"{barrels[0][1].curve.name}, of {drug}, serotonergic units: {told}." if barrels else ""


def _reversals(called: list[CellAnalysis]) -> Iterator[str]:
    """What each antagonist did after an agonist."""
    found: dict[str, list[str]] = {}
    for cell in called:
        for reversal in cell.reversals:
            if (step := reversal.decisive) is not None:
                given = f"{step.after.drug} after {reversal.drug}"
                found.setdefault(given, []).append(f"unit {cell.unit.id} {reversal.verdict.replace('; ', ', ')}")
    for given, verdicts in found.items():
        if len(verdicts) <= _QUOTED:
            yield f"{given}: {'; '.join(verdicts)}."
        else:
            yield f"{given}: judged in {len(verdicts)} serotonergic units; each tells what it did."


def _flags_text(cells: tuple[CellAnalysis, ...]) -> str:
    """Which units have flags."""
    flagged = [cell.unit.id for cell in cells if cell.flags]
    if not flagged:
        return "Nothing is flagged."
    if len(flagged) == len(cells) and len(cells) > 1:
        return "Every unit has flags: read them before a number is used."
    names = ", ".join(flagged) if len(flagged) <= _QUOTED else f"{len(flagged)} of {len(cells)}"
    return f"Flags stand at unit{'' if len(flagged) == 1 else 's'} {names}: read them before a number is used."
