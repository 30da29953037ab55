"""Where the units come from: taken as they came, sorted here, sorted by another program, corrected by hand."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from ephys.analysis import SessionAnalysis
from ephys.model import Unit
from ephys.pipeline.gathering import wants_sorting
from ephys.report.methods.text import cite, gap, typed
from ephys.report.methods.wording import band_text, counted, listed, were
from ephys.settings import Settings
from ephys.sorting import CurationLog, SortingSettings
from ephys.sorting.assembling import (
    MOST_CONFUSED,
    MOST_FALSE,
    MOST_REFRACTORY,
    REFRACTORY_MS,
    SHORT_INTERVAL_S,
)
from ephys.sorting.contamination import FalseSpikeSettings
from ephys.sorting.curation.operations import operation_name
from ephys.sorting.filters import NYQUIST_SHARE
from ephys.sorting.foreign import OWN_SORTER, SPIKEINTERFACE
from ephys.sorting.hum import BLOCK_S, HIGHEST_HZ, LEAST_SHARE, MAINS_HZ
from ephys.sorting.rails import STILL_MS

_SEVERAL = (
    f"more than {100 * MOST_REFRACTORY:g} % of its intervals were shorter than {1e3 * SHORT_INTERVAL_S:g} ms or more "
    f"than {100 * MOST_FALSE:g} % of its spikes had to be another cell's, by its intervals of {REFRACTORY_MS:g} to "
    f"{FalseSpikeSettings().refractory_ms:g} ms"
)
"""By which intervals a unit is not one cell's."""

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
    """How the units of a session came about; what persons corrected is in the last number alone."""
    units, own, sorts = [cell.unit for cell in analysis.cells], analysis.session.units, sorts_voltage(analysis)
    if own and analysis.settings.analysis.units != "sort":
        yield own_units_text(own, again=sorts)
    if sorts:
        here = [unit for unit in units if unit.is_sorted_here]
        sampled = analysis.session.recording.sampling_hz if analysis.session.recording is not None else math.inf
        yield from sorter_sentences(analysis.settings, [unit.origin for unit in here], sampling_hz=sampled)
        yield _excised(here, analysis)
    yield from curation_sentences([analysis.curation])
    if sorts or analysis.curation.active:
        multi = sum(unit.multi_unit for unit in units)
        yield found_text(len(units) - multi, multi, spikes_of(units))
    if own and sorts and analysis.settings.analysis.units == "both":
        yield (
            "The units of the file and those sorted anew were matched spike by spike and are reported beside each "
            "other."
        )


def sorts_voltage(analysis: SessionAnalysis) -> bool:
    """Whether the voltage was sorted for this analysis."""
    return analysis.session.recording is not None and wants_sorting(analysis.session, analysis.settings)


def spikes_of(units: Sequence[Unit]) -> int:
    """Spikes of all units."""
    return sum(unit.n_spikes for unit in units)


def own_units_text(units: Sequence[Unit], *, again: bool = False) -> str:
    """Units that came with the file; `again`: the voltage was sorted, too."""
    return units_as_they_came(len(units), spikes_of(units), [unit.origin for unit in units], again=again)


def units_as_they_came(units: int, spikes: int, origins: Sequence[str], *, again: bool = False) -> str:
    """Units that were simulated as units, or sorted by a program that may have left its name."""
    counts = f"{counted(units, 'unit')} ({counted(spikes, 'spike')}) {were(units)}"
    if set(origins) == {"simulated"}:
        return f"{counts} simulated as {'one' if units == 1 else 'units'}."
    known = [origin for origin in origins if origin.startswith("sort")]
    named = list(dict.fromkeys(typed(origin.removeprefix("sort").removeprefix(": ")) or "ephys" for origin in known))
    if len(known) < len(origins):
        named.append(gap("program and procedure of the sorting in the file"))
    brought = listed(dict.fromkeys(typed(origin) for origin in origins if origin.startswith(SPIKEINTERFACE)))
    by_way = f" by way of {brought} {cite('spikeinterface')}" if brought else ""
    once = "" if again else ", and were not sorted again"
    came = f"{counts} taken as {'it' if units == 1 else 'they'} came with the file{by_way}"
    return f"{came}; {'its' if units == 1 else 'their'} spikes had been sorted by {listed(named)}{once}."


def sorter_sentences(
    settings: Settings, origins: Sequence[str] = (), *, sampling_hz: float = math.nan
) -> Iterator[str]:
    """How voltage was sorted here, step by step; `origins` of units name the version of another's sorter."""
    sorting = settings.sorting
    yield f"Spikes were sorted offline from the voltage with {_program(sorting, origins)}."
    mains = listed((f"{hz:g}" for hz in MAINS_HZ), "or")
    yield (
        f"Mains hum ({mains} Hz with its harmonics) was subtracted, as the mean of its cycle over {BLOCK_S:g} s, where "
        f"those of its harmonics up to {HIGHEST_HZ:g} Hz that lay in the sorting band made up at least "
        f"{100 * LEAST_SHARE:g} % of the variance there."
    )
    if sorting.artefacts.excise:
        yield from _artefacts(sorting)
    yield _band(sorting, sampling_hz)
    yield from _own_steps(sorting) if sorting.sorter == OWN_SORTER else _adopted(sorting)


def _band(sorting: SortingSettings, sampling_hz: float) -> str:
    """The sorting band, as far as the sampling rate let it be; a rate that differs between sessions is NaN."""
    (low_hz, high_hz), most_hz = sorting.band_hz, NYQUIST_SHARE * sampling_hz / 2.0
    beyond = high_hz is not None and high_hz >= most_hz
    band = band_text(low_hz, None if beyond else high_hz)
    if not band:
        return ""
    limit = f"; no upper edge where that lay beyond {100 * NYQUIST_SHARE:g} % of the Nyquist frequency"
    order = f"Butterworth filter of order {sorting.order}, run forwards and backwards"
    order += limit * (high_hz is not None and math.isnan(sampling_hz))
    purpose = "" if sorting.sorter == OWN_SORTER else ", in which amplitudes and noise were measured,"
    return f"The sorting band{purpose} was {band} ({order})."


def _program(sorting: SortingSettings, origins: Sequence[str]) -> str:
    """The sorter with its version, and the parameters that were given to another's."""
    if sorting.sorter == OWN_SORTER:
        return "ephys's own sorter"
    said = listed(map(typed, sorting.sorter_parameters))
    given = f"{said}, all else at its defaults" if said else "its default parameters"
    versions = dict.fromkeys(o.removeprefix("sort: ").partition(" (")[0] for o in origins if SPIKEINTERFACE in o)
    name = listed(map(typed, versions)) or typed(sorting.sorter)
    return f"the sorter {name} of SpikeInterface {cite('spikeinterface')} with {given}"


def _adopted(sorting: SortingSettings) -> Iterator[str]:
    """What was done with the spikes of another's sorter."""
    yield (
        "That sorter was given the voltage so cleaned, and its spikes were placed on the main peak of their unit; of "
        f"two spikes of a unit within {REFRACTORY_MS:g} ms the second was left out, and units of fewer than "
        f"{sorting.clustering.least_spikes} spikes were discarded."
    )
    yield f"A unit was taken for a multi-unit where {_SEVERAL}."


def _artefacts(sorting: SortingSettings) -> Iterator[str]:
    """What was excised, and what was not."""
    limits = sorting.artefacts
    yield (
        "Artefacts were excised, and the time they took was not counted as recorded: the amplifier at its rail for "
        f"{limits.rail_ms:g} ms or longer, voltage that stood still for {STILL_MS:g} ms or longer, steps of the "
        f"potential of at least {limits.pop_sd:g} SD of its change over 1 ms of which more than half was left after "
        f"{limits.pop_ms:g} ms, and volleys of {limits.volley_steps} or more steps of at least {limits.volley_sd:g} SD "
        f"and of both polarities, each within {limits.volley_s:g} s of the one before and one of them of at least "
        f"{limits.pop_sd:g} SD."
    )
    yield (
        f"Steps so much alike that they had to be a cell's ({limits.cell_events} or more of one polarity, whose sizes "
        f"had a CV of at most {limits.cell_cv:g}) were left in."
    )


def _own_steps(sorting: SortingSettings) -> Iterator[str]:
    """Detection, features, clusters, templates, and which units are one cell."""
    yield from _described(sorting)
    yield from _matched(sorting)
    yield (
        "Events that were no unit's were pooled as a multi-unit. A unit was taken for one, too, where a normal "
        "distribution fitted to its amplitudes, cut off at the threshold, had its mean below it from first to last, "
        f"where {_SEVERAL}, or where more than {100 * MOST_CONFUSED:g} % of its spikes were another unit's by their "
        "shape."
    )


def _described(sorting: SortingSettings) -> Iterator[str]:
    """Detection, features and clusters."""
    detection, features, clusters = sorting.detection, sorting.features, sorting.clustering
    yield (
        f"Peaks of either polarity beyond {detection.threshold_sd:g} SD of the noise, estimated from the median "
        f"absolute deviation {cite('quian_quiroga')}, were taken as events, of those closer than "
        f"{detection.dead_time_ms:g} ms the largest, and aligned on the peak interpolated between samples."
    )
    start_ms, stop_ms = features.window_ms
    axes = counted(features.dimensions, "principal axis", "principal axes")
    yield (
        f"Each event, from {start_ms:g} to {stop_ms:g} ms round its peak, was described by {axes} (half as many more "
        "for each further channel) in the space in which the noise is white."
    )
    yield (
        f"Up to {counted(clusters.components, 'Gaussian')} were fitted to the events. Those with a median peak below "
        f"{sorting.unit_threshold_sd:g} SD of the noise were taken for noise and distant cells; the others were merged "
        f"wherever the density between two stayed above {100 * clusters.valley:g} % of the lower peak, or where spike "
        "shape, bursts or silences showed two clusters to be one cell."
    )


def _matched(sorting: SortingSettings) -> Iterator[str]:
    """Templates, and which of the matches count."""
    clusters, rounds = sorting.clustering, sorting.matching.rounds
    start_ms, stop_ms = sorting.template_ms
    later = ", after the first only beside what had been found" if rounds > 1 else ""
    yield (
        f"The median spikes of the clusters ({start_ms:g} to {stop_ms:g} ms), scaled to the size that each unit had at "
        "that time, were matched to the events: first in pairs, where two together explained what neither did alone, "
        f"then singly in {counted(rounds, 'round')}{later}, each subtracting what was explained."
    )
    yield (
        f"Of two spikes of a unit within {REFRACTORY_MS:g} ms the second was left out. Units of fewer than "
        f"{clusters.least_spikes} spikes were discarded, and the spikes of a unit had to reach "
        f"{sorting.unit_threshold_sd:g} SD of the noise; those of units with a mean peak of {sorting.faint.from_sd:g} "
        f"to {sorting.faint.below_sd:g} SD were also looked for below, with matched filters."
    )


def _excised(here: Sequence[Unit], analysis: SessionAnalysis) -> str:
    """How much was taken out."""
    # A unit that a person restricted lacks more than what was excised.
    excised_s = min((unit.excised_s(analysis.session.support) for unit in here), default=0.0)
    if not excised_s:
        return ""
    recorded_s = analysis.session.support.duration_s
    return f"In all, {excised_s:.3g} s ({100 * excised_s / recorded_s:.2g} % of the recording) were excised."


def found_text(units: int, multi: int, spikes: int) -> str:
    """What came of the sorting."""
    if not units + multi:
        return "No unit was left."
    found = [counted(units, "single unit")] if units else []
    found += [counted(multi, "multi-unit")] if multi else []
    return f"This left {listed(found)} ({counted(spikes, 'spike')})."


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
        f"({blind}); {'it' if len(entries) == 1 else 'each'} is signed, dated and stored with its reason, and the "
        "analysis was run anew on the result."
    )
