"""What would tell the animal or its group, taken out of settings and sessions before anything is written of them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ephys.analysis import CellAnalysis, SessionAnalysis
from ephys.batch.blinding import HIDDEN, Blinding
from ephys.model import Subject
from ephys.pharmacology import Ejections, Reversal
from ephys.pharmacology.fit_settings import BY_HAND, ESTIMATED
from ephys.settings import Settings

NAMELESS = "nameless"
"""Folder of the reports without names, beside that of the reports."""

WITHHELD = (
    "reading.subject", "reading.legend", "reading.stocks", "reading.weight_g", "analysis.drug", "cohort.reference",
    "cohort.desensitised",
)  # fmt: skip
"""Settings that would tell, or that rest on who is the control."""

_SESSION, _ANIMAL, _GROUP = "@session@", "@animal@", "@group@"
_OPEN, _CLOSE = "@typed:", ":typed@"
"""Marks for codes, and round what a person typed."""
_TEXTS = (".csv", ".json", ".toml", ".html", ".svg", ".txt")


def masked_subject(subject: Subject, animal: str, group: str) -> Subject:
    """Animal under codes; treatment, strain, sex, weight and age are empty, since each may be known of an animal."""
    return replace(subject, animal=animal, group=group, treatment="", strain="", sex="", weight_g=math.nan, age="")


def unsourced(emax_source: str) -> str:
    """What is said in place of where an Emax comes from: few drugs have a source, and others are assumed.

    >>> unsourced("assumed"), unsourced("estimated")
    ('hidden until unblinding', 'estimated')
    """
    return emax_source if emax_source in (ESTIMATED, BY_HAND, "") else HIDDEN


def masked_settings(settings: Settings) -> Settings:
    """Settings without those that would tell: groups are held against the first code, and none is the control."""
    plain = Settings()
    hidden: dict[str, dict[str, Any]] = {}
    for name in WITHHELD:
        step, setting = name.split(".")
        hidden.setdefault(step, {})[setting] = getattr(getattr(plain, step), setting)
    hidden["cohort"]["desensitised"] = False
    return settings.updated(hidden)


def nameless(analysis: SessionAnalysis) -> SessionAnalysis:
    """Session with marks where codes go: a worker need not know them, and drugs have none before all are done."""
    session = analysis.session
    log = analysis.curation
    entries = tuple(replace(entry, reason=f"{_OPEN}{entry.reason}{_CLOSE}") for entry in log.entries)
    return replace(
        analysis,
        cells=tuple(_unsourced_cell(cell) for cell in analysis.cells),
        affinities=(),  # they would tell the drug
        session=replace(
            session, id=_SESSION, subject=masked_subject(session.subject, _ANIMAL, _GROUP), started_at=None, sources=()
        ),
        settings=masked_settings(analysis.settings),
        curation=replace(log, session=_SESSION if log.session else "", entries=entries),
    )


def _unsourced_cell(cell: CellAnalysis) -> CellAnalysis:
    """Cell whose fits do not say where Emax comes from."""
    planned = _unsourced_cell(cell.planned) if cell.planned else None
    fits = tuple(replace(fit, emax_source=unsourced(fit.emax_source)) for fit in cell.fits)
    return replace(
        cell,
        fits=fits,
        planned=planned,
        reversals=tuple(nameless_reversal(one, _ANIMAL, _GROUP) for one in cell.reversals),
        recoveries=tuple(replace(one, animal=_ANIMAL, group=_GROUP) for one in cell.recoveries),
        ejections=cell.ejections and nameless_ejections(cell.ejections, _ANIMAL, _GROUP),
    )


def nameless_reversal(reversal: Reversal, animal: str, group: str) -> Reversal:
    """What an antagonist did, of an animal under codes."""
    steps = tuple(replace(step, cell=step.cell and replace(step.cell, group=group)) for step in reversal.steps)
    return replace(reversal, subject=masked_subject(reversal.subject, animal, group), steps=steps)


def nameless_ejections(ejections: Ejections, animal: str, group: str) -> Ejections:
    """What was ejected beside a cell, of an animal under codes; where it is written would tell the session."""
    return replace(
        ejections,
        subject=masked_subject(ejections.subject, animal, group),
        electrode=HIDDEN,
        ejections=tuple(replace(one, source="") for one in ejections.ejections),
    )


def nameless_folder(folder: Path) -> Path:
    """Where the report of a session without names is, beside its report."""
    return folder.parent.parent / NAMELESS / folder.name


def coded_text(text: str, blinding: Blinding, codes: Mapping[str, str]) -> str:
    """Text of a nameless report with codes at its marks, and in place of every name that is left.

    Parameters
    ----------
    text : str
    blinding : Blinding
    codes : mapping of str to str
        Of session, animal and group.
    """
    text = re.sub(f"{_OPEN}(.*?){_CLOSE}", lambda found: blinding.typed(found[1]), text, flags=re.DOTALL)
    text = blinding.text(text)
    for mark, kind in ((_SESSION, "session"), (_ANIMAL, "animal"), (_GROUP, "group")):
        text = text.replace(mark, codes[kind])
    return text


def coded_files(folder: Path, blinding: Blinding, codes: Mapping[str, str]) -> dict[str, str]:
    """Files of a nameless report under codes, by name.

    Parameters
    ----------
    folder : Path
        Of the nameless report.
    blinding, codes
        As in `coded_text`.
    """
    return {
        blinding.text(path.name): coded_text(path.read_text(encoding="utf-8"), blinding, codes)
        for path in sorted(folder.iterdir())
        if path.suffix in _TEXTS
    }
