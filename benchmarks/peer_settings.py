"""What SpikeInterface's sorters are told, in two variants: as a user would run them, and with wide spikes in mind.

`default` is SpikeInterface's own choice for each sorter. `wide` gives the band and the windows that spikes of 2 to 3 ms
need, and either polarity, wherever the sorter has such a parameter. What else is changed is said where it is done.
"""

from __future__ import annotations

import contextlib
import importlib
import math
from collections.abc import Iterator
from typing import Any
from unittest import mock

import numpy as np

Settings = dict[str, Any]

SORTERS = ("simple", "tridesclous2", "spykingcircus2", "mountainsort5")
VARIANTS = ("default", "wide")

WIDE_FROM_HZ, WIDE_TO_HZ = 100.0, 6000.0
WIDE_BEFORE_MS, WIDE_AFTER_MS = 1.5, 3.0
CHUNK = "10s"
"""SpikeInterface collects garbage after every chunk, by default of 1 s, and that is not the sorter's work."""


def peer_settings(sorter: str, variant: str, *, sampling_hz: float, seed: int, n_jobs: int = 1) -> Settings:
    """Parameters of a peer: SpikeInterface's own, but for the seed, the jobs and what `variant` says.

    A dictionary within replaces SpikeInterface's whole one, so changes are laid over a copy of the defaults.
    """
    if sorter not in SORTERS or variant not in VARIANTS:
        raise ValueError(f"no peer {sorter!r} with variant {variant!r}: {SORTERS}, {VARIANTS}")
    settings: Settings = importlib.import_module("spikeinterface.sorters").get_default_sorter_params(sorter)
    _lay_over(settings, _running(sorter, seed=seed, n_jobs=n_jobs))
    if variant == "wide":
        _lay_over(settings, _wide(sorter, sampling_hz=sampling_hz))
    # No filter passes more than half the sampling rate; SpikeInterface raises instead of lowering the edge.
    filtering = settings.get("filtering", settings)
    filtering["freq_max"] = min(filtering["freq_max"], 0.45 * sampling_hz)
    return settings


def _running(sorter: str, *, seed: int, n_jobs: int) -> Settings:
    """How a peer is run in both variants: nothing here decides what it finds, but for the seed."""
    jobs: Settings = {"n_jobs": n_jobs, "chunk_duration": CHUNK, "progress_bar": False}
    if sorter == "mountainsort5":
        # Its jobs only copy the filtered recording; the sorting itself knows neither jobs nor chunks.
        return {**jobs, "whitening_seed": seed}
    running: Settings = {"job_kwargs": jobs, "seed": seed}
    if sorter == "simple":
        # hdbscan alone would start four processes whatever n_jobs says; the clusters are the same.
        running["clusterer_kwargs"] = {"core_dist_n_jobs": n_jobs}
    # spykingcircus2's motion correction, on by default, passes over probes of 32 channels or fewer by itself.
    return running


def _wide(sorter: str, *, sampling_hz: float) -> Settings:
    """What `wide` changes: band, windows and polarity, under each sorter's own names."""
    band = {"freq_min": WIDE_FROM_HZ, "freq_max": WIDE_TO_HZ}
    windows = {"ms_before": WIDE_BEFORE_MS, "ms_after": WIDE_AFTER_MS}
    if sorter == "simple":
        return {**band, **windows, "peak_sign": "both"}
    if sorter == "tridesclous2":
        clustering = {f"clustering_{name}": ms for name, ms in windows.items()}
        return {**band, **windows, **clustering, "peak_sign": "both"}
    if sorter == "spykingcircus2":
        return {
            "general": windows,
            "filtering": {"freq_min": WIDE_FROM_HZ},  # its own low-pass is 7000 Hz
            "detection": {"method_kwargs": {"peak_sign": "both"}},
        }
    before, after = (math.ceil(ms * sampling_hz / 1000.0) for ms in windows.values())
    return {**band, "snippet_T1": before, "snippet_T2": after, "detect_sign": 0}


def _lay_over(settings: Settings, changes: Settings) -> None:
    """Change `settings` in place, dictionaries within entry by entry; a name that it lacks is an error."""
    for name, value in changes.items():
        if isinstance(value, dict) and isinstance(settings.get(name), dict) and settings[name]:
            _lay_over(settings[name], value)
        elif name in settings:
            settings[name] = value
        else:
            raise ValueError(f"SpikeInterface's sorter has no parameter {name!r}")


@contextlib.contextmanager
def prepared(sorter: str, variant: str, *, seed: int) -> Iterator[None]:
    """Mend what no parameter reaches, while a sorter runs.

    Filters and whitening of some sorters take no seed and draw their samples from ``default_rng()``: here they draw
    from `seed`, so that a table can be made again.
    """
    draw, given = np.random.default_rng, seed

    def default_rng(seed: Any = None) -> np.random.Generator:
        return draw(given if seed is None else seed)

    with contextlib.ExitStack() as mends:
        mends.enter_context(mock.patch.object(np.random, "default_rng", default_rng))
        if (sorter, variant) == ("tridesclous2", "wide"):
            mends.enter_context(_both_signs_in_the_peeler())
        yield


def _both_signs_in_the_peeler() -> contextlib.AbstractContextManager[object]:
    """Let tridesclous2's last step know of `peak_sign`.

    SpikeInterface 0.105 hands it to the detection but not to the peeler, which stays with negative peaks and raises
    "Prototype should have a negative peak" where a template is positive. Without this, `wide` fails on most wires.
    """
    matching = importlib.import_module("spikeinterface.sortingcomponents.matching")
    find = matching.find_spikes_from_templates

    def find_both(*arguments: Any, method_kwargs: Settings, **others: Any) -> Any:
        return find(*arguments, method_kwargs={**method_kwargs, "peak_sign": "both"}, **others)

    return mock.patch.object(matching, "find_spikes_from_templates", find_both)
