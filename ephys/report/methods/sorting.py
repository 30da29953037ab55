"""Where the units come from: taken as they came, sorted here, sorted by another program, corrected by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ephys.analysis import SessionAnalysis
from ephys.model import Unit
from ephys.pipeline.gathering import wants_sorting
from ephys.report.methods.text import cite, gap, typed
from ephys.report.methods.wording import band_text, counted, listed, were
from ephys.settings import Settings
from ephys.sorting import CurationLog, SortingSettings
from ephys.sorting.curation.operations import operation_name
from ephys.sorting.foreign import OWN_SORTER, SPIKEINTERFACE
from ephys.sorting.hum import BLOCK_S, HIGHEST_HZ, LEAST_SHARE, MAINS_HZ

CORRECTIONS = {
    "merge": ("units were merged", "merges"),
    "split": ("a unit was split", "splits"),
    "split_spikes": ("a unit was split spike by spike", "splits spike by spike"),
    "delete": ("a unit was deleted", "deletions of a unit"),
    "relabel": ("a unit was labelled as single or multi-unit", "labels as single or multi-unit"),
    "restrict": ("a unit was restricted in time", "restrictions of a unit in time"),
    "override_call": ("a 5-HT call was set", "5-HT calls"),
    "exclude_cell": ("a cell was excluded", "exclusions of a cell"),
    "move_dose": ("a dose mark was moved", "dose marks moved"),
    "edit_dose": ("a dose was changed", "doses changed"),
    "delete_dose": ("a dose mark was deleted", "dose marks deleted"),
    "exclude_dose": ("a dose was left out of the fit", "doses left out of the fit"),
    "draw_baseline": ("the baseline was drawn", "baselines drawn"),
    "draw_window": ("a read-out window was drawn", "read-out windows drawn"),
}
"""What a person did once, and several times, by the operation's name."""


def sorting_sentences(analysis: SessionAnalysis) -> Iterator[str]:
    """How the units of a session came about."""
    units = [cell.unit for cell in analysis.cells]
    own, here = [unit for unit in units if not unit.is_sorted_here], [unit for unit in units if unit.is_sorted_here]
    sorts = sorts_voltage(analysis)
    if own:
        yield own_units_text(len(own), spikes_of(own), [unit.origin for unit in own])
    if sorts:
        yield from sorter_sentences(analysis.settings)
        yield _excised(here, analysis)
        yield found_text(len([u for u in here if not u.multi_unit]), sum(u.multi_unit for u in here), spikes_of(here))
    if own and sorts:
        yield (
            "The units of the file and those sorted anew were matched spike by spike and are reported beside each "
            "other."
        )
    yield from curation_sentences([analysis.curation])


def sorts_voltage(analysis: SessionAnalysis) -> bool:
    """Whether the voltage was sorted for this analysis."""
    return analysis.session.recording is not None and wants_sorting(analysis.session, analysis.settings)


def spikes_of(units: Sequence[Unit]) -> int:
    """Spikes of all units."""
    return sum(unit.n_spikes for unit in units)


def own_units_text(units: int, spikes: int, origins: Sequence[str]) -> str:
    """Units that came with the file: those of a simulation, or sorted by a program that may have left its name."""
    if set(origins) == {"simulated"}:
        return (
            f"{counted(units, 'unit')} ({spikes} spikes) {were(units)} simulated as {'one' if units == 1 else 'units'}."
        )
    named = dict.fromkeys(typed(origin.removeprefix("sort: ")) for origin in origins if SPIKEINTERFACE in origin)
    sorted_by = listed(named) or gap("program and procedure of the sorting in the file")
    came = f"{counted(units, 'unit')} ({spikes} spikes) {were(units)} taken as {'it' if units == 1 else 'they'} came"
    return f"{came} with the file, where spikes had been sorted by {sorted_by}; they were not sorted again."


def sorter_sentences(settings: Settings) -> Iterator[str]:
    """How voltage was sorted here, step by step."""
    sorting = settings.sorting
    yield f"Spikes were sorted offline from the voltage with {_program(sorting)}."
    mains = listed((f"{hz:g}" for hz in MAINS_HZ), "or")
    yield (
        f"Mains hum ({mains} Hz and harmonics up to {HIGHEST_HZ:g} Hz) was subtracted where it made up at least "
        f"{100 * LEAST_SHARE:g} % of the variance in the sorting band, as the mean of its cycle over {BLOCK_S:g} s."
    )
    if sorting.artefacts.excise:
        yield _artefacts(sorting)
    band = band_text(*sorting.band_hz)
    if band:
        order = f"Butterworth filter of order {sorting.order}, run forwards and backwards"
        purpose = "" if sorting.sorter == OWN_SORTER else ", in which amplitudes and noise were measured,"
        yield f"The sorting band{purpose} was {band} ({order})."
    if sorting.sorter == OWN_SORTER:
        yield from _own_steps(sorting)


def _program(sorting: SortingSettings) -> str:
    """The sorter, and the parameters that were given to another's."""
    if sorting.sorter == OWN_SORTER:
        return "ephys's own sorter"
    given = f" with {listed(map(typed, sorting.sorter_parameters))}" if sorting.sorter_parameters else ""
    return f"the sorter {typed(sorting.sorter)} of SpikeInterface{given} {cite('spikeinterface')}"


def _artefacts(sorting: SortingSettings) -> str:
    """What was excised."""
    limits = sorting.artefacts
    return (
        "Artefacts were excised, and the time they took was not counted as recorded: the amplifier at its rail for "
        f"{limits.rail_ms:g} ms or longer, steps of the potential of at least {limits.pop_sd:g} SD of its change over "
        f"1 ms of which more than half was left after {limits.pop_ms:g} ms, and volleys of {limits.volley_steps} or "
        f"more steps of at least {limits.volley_sd:g} SD."
    )


def _own_steps(sorting: SortingSettings) -> Iterator[str]:
    """Detection, features, clusters, templates."""
    detection, features, clusters = sorting.detection, sorting.features, sorting.clustering
    yield (
        f"Peaks of either polarity beyond {detection.threshold_sd:g} SD of the noise, estimated from the median "
        f"absolute deviation {cite('quian_quiroga')}, were taken as events, of those closer than "
        f"{detection.dead_time_ms:g} ms the largest, and aligned on the peak interpolated between samples."
    )
    start_ms, stop_ms = features.window_ms
    yield (
        f"Each event, from {start_ms:g} to {stop_ms:g} ms round its peak, was described by {features.dimensions} "
        "principal axes (half as many more for each further channel) in the space in which the noise is white."
    )
    yield (
        f"Up to {clusters.components} Gaussians were fitted to the events and merged wherever the density between two "
        f"stayed above {100 * clusters.valley:g} % of the lower peak, or where spike shape, bursts or silences showed "
        "two clusters to be one cell."
    )
    start_ms, stop_ms = sorting.template_ms
    yield (
        f"The mean spikes of the clusters ({start_ms:g} to {stop_ms:g} ms), scaled to the size that each unit had at "
        f"that time, were matched to every event in {sorting.matching.rounds} rounds, each subtracting what was "
        "explained, so that overlapping spikes were taken apart."
    )
    yield (
        f"Units of fewer than {clusters.least_spikes} spikes were discarded, and the spikes of a unit had to reach "
        f"{sorting.unit_threshold_sd:g} SD of the noise; those of units with a mean peak of {sorting.faint.from_sd:g} "
        f"to {sorting.faint.below_sd:g} SD were also looked for below, with matched filters."
    )


def _excised(here: Sequence[Unit], analysis: SessionAnalysis) -> str:
    """How much was taken out, by the unit that lost most."""
    most_s = max((unit.excised_s(analysis.session.support) for unit in here), default=0.0)
    if not most_s:
        return ""
    recorded_s = analysis.session.support.duration_s
    return f"In all, {most_s:.3g} s ({100 * most_s / recorded_s:.2g} % of the recording) were excised."


def found_text(units: int, multi: int, spikes: int) -> str:
    """What came of the sorting."""
    if not units + multi:
        return "No unit was found."
    found = [counted(units, "single unit")] if units else []
    found += [counted(multi, "multi-unit")] if multi else []
    return f"This left {listed(found)} ({spikes} spikes)."


def curation_sentences(logs: Sequence[CurationLog]) -> Iterator[str]:
    """What persons corrected, how often, and how many persons."""
    entries = [entry for log in logs for entry in log.active]
    if not entries:
        return
    kinds = Counter(operation_name(entry.operation) for entry in entries)
    persons = len({entry.by for entry in entries})
    told = [CORRECTIONS[kind][0] if n == 1 else f"{n} {CORRECTIONS[kind][1]}" for kind, n in kinds.items()]
    corrections = f"{counted(len(entries), 'correction')} by hand ({listed(told)})"
    blind = gap("whether whoever corrected was blind to drug and dose")
    yield (
        f"After inspection, {corrections} {were(len(entries))} made by {counted(persons, 'person', 'persons')} "
        f"({blind}); each is signed, dated and stored with its reason, and the analysis was run anew on the result."
    )
