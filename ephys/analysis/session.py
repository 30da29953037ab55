"""What the pipeline hands on: one session analysed, cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ephys.analysis.agreement import Agreement
from ephys.analysis.finding import Finding
from ephys.analysis.session_html import analysis_parts, cell_parts
from ephys.classification import Classification, LearnedClassifier, WaveformShape, measure_shape
from ephys.firing import DriftProjection, FiringProfile, Stability
from ephys.jupyter import PotencyWords, Shown, common_words, shown
from ephys.model import DoseProtocol, Epoch, Session, Unit, UnitRhythms
from ephys.pharmacology import (
    AffinityTable,
    DoseResponse,
    DoseResponseFit,
    Ejections,
    Recovery,
    ResponseWindow,
    Reversal,
)
from ephys.settings import Settings
from ephys.sorting import CodeChange, CurationLog, UnitQuality


@dataclass(frozen=True)
class CellAnalysis(Shown):
    """Everything that was found out about one unit.

    Parameters
    ----------
    unit : Unit
        Its spikes.
    quality : UnitQuality or None
        Judged on the baseline; ``None`` where there is none.
    stability : Stability or None
        Whether the baseline is stable enough to divide by.
    classification : Classification or None
        The 5-HT call with its reasons; ``None`` where there is no baseline to judge it on.
    responses : tuple of DoseResponse
        One per agonist.
    fits : tuple of DoseResponseFit
        One per agonist.
    flags : tuple of str
        What to know before a number is used, in words.
    planned : CellAnalysis, optional
        Where somebody chose baseline, windows or doses after seeing the data: what those fixed in advance give.
    corrections : tuple of str
        What a person did to this unit, with reason and signature.
    call_by_hand : str
        5-HT call of a person; empty where the rule's stands.
    excluded : str
        Why a person excluded it; empty where it is not. Its numbers stay.
    rhythms : UnitRhythms, optional
        How it follows breathing and heartbeat on the baseline; ``None`` where there is none.
    firing : FiringProfile, optional
        How it fires on the baseline; ``None`` where there is none.
    confirming : tuple of str
        What each agonist did, in words, to stand beside the call: it is no part of it.
    drift : DriftProjection, optional
        What the baseline's slope would make of the rate by the last read-out; ``None`` where no dose was read.
    changes : tuple of CodeChange
        Moments at which the unit ends or begins, or changes cell, while the cell goes on: found, or suspected.
    reversals : tuple of Reversal
        What the antagonist did, one per agonist, or one alone where none was given; empty without an antagonist.
    recoveries : tuple of Recovery
        How the cell recovered from each agonist while no antagonist had come.
    ejections : Ejections, optional
        What was ejected beside it by a current; ``None`` where nothing was.
    """

    unit: Unit
    quality: UnitQuality | None
    stability: Stability | None
    classification: Classification | None
    responses: tuple[DoseResponse, ...]
    fits: tuple[DoseResponseFit, ...]
    flags: tuple[str, ...]
    planned: CellAnalysis | None = None
    corrections: tuple[str, ...] = ()
    call_by_hand: str = ""
    excluded: str = ""
    rhythms: UnitRhythms | None = None
    firing: FiringProfile | None = None
    confirming: tuple[str, ...] = ()
    drift: DriftProjection | None = None
    changes: tuple[CodeChange, ...] = ()
    reversals: tuple[Reversal, ...] = ()
    recoveries: tuple[Recovery, ...] = ()
    ejections: Ejections | None = None

    def _repr_html_(self) -> str:
        """Call, ID50 and windows, for Jupyter."""
        told = f"unit {self.unit.id}: {self.call}" + (f", {self.words.lead}{self.id50_text}" if self.id50_text else "")
        return shown(self, *cell_parts(self), told=told, beside={})

    @property
    def shape(self) -> WaveformShape | None:
        """The mean spike that the call was made on, else that of all of its snippets; none without snippets."""
        if self.classification is not None:
            return self.classification.features.shape
        waveform = self.unit.waveform
        return measure_shape(waveform) if waveform is not None and len(waveform.snippets_uv) else None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found beside the dose-response: superfused solutions, the antagonist, ejections."""
        solutions = (one.superfusion for one in self.responses)
        return (*filter(None, solutions), *self.reversals, *filter(None, (self.ejections,)))

    @property
    def windows(self) -> tuple[ResponseWindow, ...]:
        """Windows of every agonist's response, each once (agonists share baseline and vehicle), as a fit took them."""
        taken_last = sorted((w for fit in self.fits for w in fit.windows), key=lambda window: window.used)
        return tuple({window.epoch: window for window in taken_last}.values())

    @property
    def code_change(self) -> str:
        """Where the unit is a code that ends or begins midway while the cell goes on; empty where it is not."""
        return self._doubts([one for one in self.changes if one.seen != "suspected"])

    @property
    def suspected_change(self) -> str:
        """Where that is only suspected, for want of voltage; empty where it is not."""
        return self._doubts([one for one in self.changes if one.seen == "suspected"])

    def _doubts(self, changes: Sequence[CodeChange]) -> str:
        """What stands beside the ID50 for some changes, each once."""
        return ", ".join(dict.fromkeys(one.doubt_of(self.unit.id) for one in changes))

    @property
    def rate_hz(self) -> float:
        """Rate on the baseline; over the whole recording where there is no baseline."""
        return self.quality.rate_hz if self.quality else self.unit.n_spikes / self.unit.support.duration_s

    @property
    def call(self) -> str:
        """The 5-HT call as it is printed."""
        return (
            f"{self.call_by_hand.replace('_', ' ')} (by hand; rule: {self._rule})" if self.call_by_hand else self._rule
        )

    @property
    def final_label(self) -> str:
        """The call that holds: a person's, else the rule's; empty where there is neither."""
        return self.call_by_hand or (self.classification.label if self.classification else "")

    @property
    def _rule(self) -> str:
        """The rule's call as it is printed."""
        if self.classification is None:
            return "not judged"
        return self.classification.call

    @property
    def words(self) -> PotencyWords:
        """What its potencies, and their doses, are called: by the units of the doses."""
        return common_words(self.dose_units)

    @property
    def dose_units(self) -> tuple[str, ...]:
        """Units of what its potencies are of, in doses, concentrations and ejecting currents."""
        ejected = ("nA",) if self.ejections is not None and self.ejections.drugs else ()
        return (*(fit.response.dose_unit for fit in self.fits), *ejected)

    @property
    def id50_text(self) -> str:
        """The ID50 of each agonist as it may be quoted."""
        named = len(self.fits) > 1
        told = [f"{fit.response.drug} {self.quote(fit)}" if named else self.quote(fit) for fit in self.fits]
        barrels = self.ejections.barrels if self.ejections else ()
        told += [f"{barrel.drug} {barrel.curve.text}" for barrel in barrels if not barrel.is_control]
        return "; ".join(told)

    def stability_of(self, fit: DoseResponseFit) -> Stability | None:
        """How steady the baseline is that an ID50 rests on: after a pretreatment that after the antagonist."""
        return fit.response.stability if fit.response.pretreatment is not None else self.stability

    def quote(self, fit: DoseResponseFit) -> str:
        """The ID50 of one agonist with what else must be known of the cell: an unstable baseline moves it."""
        stability = self.stability_of(fit)
        unstable = stability is not None and stability.verdict == "unstable" and fit.status != "not_fitted"
        text = f"{fit.id50_text}, unstable baseline" if unstable else fit.id50_text
        for doubt in filter(None, (self.code_change, self.suspected_change)):
            text = f"{text}, {doubt}" if fit.status != "not_fitted" else text
        return f"{text}, cell excluded by hand" if self.excluded else text

    def quote_planned(self, fit: DoseResponseFit) -> str:
        """The same agonist's ID50 under what was fixed in advance; empty where nobody chose otherwise."""
        if self.planned is None:
            return ""
        same = [other for other in self.planned.fits if other.response.drug == fit.response.drug]
        return self.planned.quote(same[0]) if same else ""


@dataclass(frozen=True)
class SessionAnalysis(Shown):
    """One session, analysed.

    Parameters
    ----------
    session : Session
        What was analysed, as it was recorded.
    protocol : DoseProtocol
        The drug record that was used: the session's, with what a person corrected.
    settings : Settings
        How.
    preset : str
        Limits of the serotonergic rule that were used.
    baseline : Epoch or None
        Where identity and quality were judged.
    cells : tuple of CellAnalysis
        One per unit.
    agreement : Agreement
        The file's own units beside the ones sorted here, where both were asked for; else empty.
    notes : tuple of str
        What to know about the session as a whole.
    curation : CurationLog, optional
        A person's corrections, with the units as they were before any; to be added to, and given to the next run.
    classifier : LearnedClassifier, optional
        The one that was asked for the 5-HT call, too.
    affinities : tuple of AffinityTable
        What is published of the agonists' affinities, to stand beside an ID50 and never to be ranked against it.
    """

    session: Session
    protocol: DoseProtocol
    settings: Settings
    preset: str
    baseline: Epoch | None
    cells: tuple[CellAnalysis, ...]
    agreement: Agreement = field(default_factory=Agreement)
    notes: tuple[str, ...] = ()
    curation: CurationLog = field(default_factory=CurationLog)
    classifier: LearnedClassifier | None = None
    affinities: tuple[AffinityTable, ...] = ()

    @property
    def words(self) -> PotencyWords:
        """What its cells' potencies, and their doses, are called: by the units of the doses."""
        return common_words(unit for cell in self.cells for unit in cell.dose_units)

    @property
    def summary_columns(self) -> tuple[str, ...]:
        """What stands in a row of `summary`."""
        return (
            "unit",
            "rate (Hz)",
            "5-HT call",
            f"{self.words.title} ({100 * self.settings.fit.level:g} % CI)",
            "flags",
        )

    @property
    def summary(self) -> tuple[tuple[str, ...], ...]:
        """One row per unit, as `summary_columns` names them: name, rate, 5-HT call, ID50 with its interval, flags."""
        return tuple(
            (c.unit.id, f"{c.rate_hz:.2f}", c.call, c.id50_text or "-", "; ".join(c.flags)) for c in self.cells
        )

    def __repr__(self) -> str:
        """One line: session, cells, calls."""
        called = [cell for cell in self.cells if cell.final_label == "serotonergic"]
        alone = sum("rate and regularity" in cell.call for cell in called)
        apart = f" ({alone} on rate and regularity alone)" if alone else ""
        return f"SessionAnalysis({self.session.id!r}: {len(self.cells)} units, {len(called)} serotonergic{apart})"

    def _repr_html_(self) -> str:
        """Channels, summary, doses and each cell's windows, for Jupyter."""
        return shown(self, *analysis_parts(self))
