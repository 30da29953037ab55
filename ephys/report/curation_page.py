"""The page of corrections: the units first, then what is suggested, then what was done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ephys.analysis import CellAnalysis
from ephys.errors import CurationError
from ephys.io.curation import curation_facts
from ephys.model import Epoch, Unit
from ephys.report.blind_view import shown_text
from ephys.report.curation_commands import typed_call, typed_option
from ephys.report.curation_figures import pair_pictures, strip_picture, unit_pictures
from ephys.report.curation_state import CurationState
from ephys.report.picture import Picture
from ephys.report.svg import page_style
from ephys.report.tables import Table, measures_table, number
from ephys.report.templating import VERDICT_MARKS, filled
from ephys.sorting.curation import Entry, Suggestion, operation_text

MOST_PICTURED = 8
"""Suggestions that are drawn, the clearest; the others are told in words, so that the page stays small."""

_EXAMPLES = (
    "--merge UNIT,UNIT", "--split UNIT@812s", "--split UNIT@80uV", "--split UNIT@shape", "--drop UNIT",
    "--relabel UNIT=multi_unit", "--restrict UNIT@100s:900s", "--call UNIT=serotonergic --note 'why'",
    "--exclude UNIT --note 'why'", "--undo", "--redo",
)  # fmt: skip


@dataclass(frozen=True)
class _ShownUnit:
    """One unit as the templates show it."""

    anchor: str
    name: str
    spikes: str
    rate: str
    peak: str
    call: str
    mark: str
    flags: tuple[str, ...]
    reasons: tuple[str, ...]
    pictures: tuple[Picture, ...]
    measures: Table


@dataclass(frozen=True)
class _ShownSuggestion:
    """One suggestion as the templates show it."""

    anchor: str
    title: str
    reasons: tuple[str, ...]
    against: tuple[str, ...]
    cost: tuple[str, ...]
    command: str
    call: str
    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class _ShownEntry:
    """One entry of the log as the templates show it."""

    number: int
    what: str
    why: str
    who: str
    when: str
    undone: bool
    undo: str


@page_style()
def render_curation(state: CurationState, *, command: str) -> str:
    """Page of one session's corrections as HTML, with styles and figures inside and nothing outside.

    Parameters
    ----------
    state : CurationState
        A session under a log.
    command : str
        What corrections are typed behind: ``ephys curate FILE`` and the options of reading it.

    Returns
    -------
    str
        The same text each time for the same state; it does not hold the ID50.
    """
    return filled(
        "curation.html.j2",
        title=state.session.id,
        notes=state.notes,
        units=tuple(_shown_units(state)),
        suggestions=tuple(
            _shown_suggestion(one, state, place, command) for place, one in enumerate(state.suggestions, start=1)
        ),
        log=tuple(_shown_entries(state, command)),
        blind=state.veil is not None,
        examples=tuple(f"{command} {option}" for option in _EXAMPLES),
    )


@page_style()
def render_compact(state: CurationState) -> str:
    """Page in short, as a piece of HTML for a notebook."""
    prefix = curation_facts(state.shown.log)["sha256"][:12]  # two outputs of one notebook must not share identifiers
    return filled(
        "curation_compact.html.j2",
        title=state.session.id,
        units=tuple(_shown_units(state, compact=f"c{prefix}")),
        suggestions=tuple(
            _shown_suggestion(one, state, place, "", most_pictured=0)
            for place, one in enumerate(state.suggestions, start=1)
        ),
        log=tuple(_shown_entries(state, "")),
        blind=state.veil is not None,
    )


def _whole(state: CurationState) -> Epoch:
    """The session, from end to end."""
    support = state.session.support
    return Epoch(support.start_s, support.stop_s)


def _shown_units(state: CurationState, *, compact: str = "") -> Iterator[_ShownUnit]:
    """Every unit, with its figures; in short, with one."""
    whole, seed = _whole(state), state.settings.analysis.seed
    for place, cell in enumerate(state.cells, start=1):
        anchor = f"unit-{place}"
        pictures: tuple[Picture, ...]
        if compact:
            pictures = (strip_picture(cell.unit, state.drawn, whole, prefix=f"{compact}-{place}", seed=seed),)
        else:
            pictures = unit_pictures(cell.unit, state.drawn, whole, prefix=anchor, seed=seed)
        yield _shown_unit(cell, state, anchor, pictures)


def _shown_unit(cell: CellAnalysis, state: CurationState, anchor: str, pictures: tuple[Picture, ...]) -> _ShownUnit:
    """What is said of one unit."""
    return _ShownUnit(
        anchor=anchor,
        name=cell.unit.id,
        spikes=str(cell.unit.n_spikes),
        rate=f"{cell.rate_hz:.2f}",
        peak=number(cell.quality.peak_to_noise) if cell.quality else number(float("nan")),
        call=cell.call,
        mark=VERDICT_MARKS.get(cell.final_label, "none"),
        flags=cell.flags,
        reasons=cell.classification.reasons if cell.classification else (),
        pictures=pictures,
        measures=measures_table(cell, state.session.support),
    )


def _shown_suggestion(
    suggestion: Suggestion, state: CurationState, place: int, command: str, *, most_pictured: int = MOST_PICTURED
) -> _ShownSuggestion:
    """What is said of one suggestion."""
    anchor = f"suggestion-{place}"
    try:
        made, hindrances = state.made_by(suggestion.operation), list[str]()
    except CurationError as error:  # what is suggested looks at spikes alone, and not at what was said of a unit
        made, hindrances = (), [f"cannot be made as things stand: {error}"]
    return _ShownSuggestion(
        anchor=anchor,
        title=operation_text(suggestion.operation),
        reasons=suggestion.reasons,
        against=(*suggestion.against, *hindrances),
        cost=suggestion.cost,
        command=f"{command} {typed_option(suggestion.operation)}",
        call=typed_call(suggestion.operation),
        pictures=_suggestion_pictures(suggestion, made, state, anchor) if place <= most_pictured else (),
    )


def _suggestion_pictures(
    suggestion: Suggestion, made: Sequence[Unit], state: CurationState, anchor: str
) -> tuple[Picture, ...]:
    """Two units that would be one, or one that would be two; none where one unit alone is meant."""
    present = {unit.id: unit for unit in state.units}
    named = [present[name] for name in suggestion.units]
    pair = named if len(named) > 1 else made
    if len(pair) < 2:
        return ()
    seed = state.settings.analysis.seed
    return pair_pictures(tuple(pair), state.drawn, _whole(state), prefix=anchor, seed=seed)


def entry_texts(state: CurationState) -> tuple[str, ...]:
    """Every entry of the log in words, as it may be shown."""
    if state.veil is None:
        return tuple(f"{state.log.told(e)}: {e.reason} ({e.signature})" for e in state.log.entries)
    return tuple(f"{shown_text(entry.operation)} ({entry.signature})" for entry in state.shown.log.entries)


def _shown_entries(state: CurationState, command: str) -> Iterator[_ShownEntry]:
    """Every entry, with what takes it back."""
    undone = state.log.undone
    for entry in state.shown.log.entries:
        yield _ShownEntry(
            number=entry.number,
            what=shown_text(entry.operation) if state.veil else state.log.told(entry),
            why=entry.reason,
            who=entry.by,
            when=entry.at.isoformat(sep=" ", timespec="minutes"),
            undone=entry.number in undone,
            undo=_undo_text(entry, undone, command),
        )


def _undo_text(entry: Entry, undone: frozenset[int], command: str) -> str:
    """Command that takes an entry back (of an undo: that brings back what it undid); empty where it no longer holds."""
    return "" if entry.number in undone else f"{command} --undo {entry.number}"
