"""SpikeInterface's GUI, opened on our units with its curation panel and the drug record."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Literal

import numpy as np

from ephys.analysis import SessionAnalysis
from ephys.errors import ParameterError
from ephys.io.spikeinterface_analyzer import to_sorting_analyzer
from ephys.model import DoseProtocol, Epoch, Recording, Session
from ephys.sorting.foreign import spikeinterface_at_work

COLUMNS = ("label", "call", "rate_hz", "id50", "num_spikes", "snr")
"""Columns of the GUI's table of units, where they are known."""

_DRAWN_BY = {"web": ("panel",), "desktop": ("pyqtgraph", "PySide6")}


def open_spikeinterface_gui(
    source: Any,
    *,
    recording: Recording | None = None,
    mode: Literal["desktop", "web"] = "desktop",
    curation: bool = True,
    start: bool = True,
    **options: Any,
) -> Any:
    """Open SpikeInterface's GUI on units and their voltage.

    Parameters
    ----------
    source : SessionAnalysis, Session, sequence of Unit or spikeinterface.core.SortingAnalyzer
        As for `to_sorting_analyzer`, or an analyzer that it made.
    recording : Recording, optional
        The voltage, where the source has none.
    mode : {"desktop", "web"}, optional
        A window (Qt), or a page in the browser (Panel).
    curation : bool, optional
        With the panel in which units are merged, split, labelled and removed.
    start : bool, optional
        Run it until it is closed; otherwise the window is made and returned.
    **options
        Of ``spikeinterface_gui.run_mainwindow`` (``layout_preset=``, ``curation_dict=``, ``port=``...).

    Returns
    -------
    object
        The window. What was curated in it is in ``window.controller``, and in the file it was saved to.

    Raises
    ------
    ParameterError
        If SpikeInterface or its GUI is not installed, the mode is unknown, or as `to_sorting_analyzer`.

    Examples
    --------
    >>> open_spikeinterface_gui([], mode="widescreen")
    Traceback (most recent call last):
    ephys.errors.ParameterError: mode must be 'desktop' or 'web', got 'widescreen'
    """
    if mode not in ("desktop", "web"):
        raise ParameterError(f"mode must be 'desktop' or 'web', got {mode!r}")
    with spikeinterface_at_work():
        from spikeinterface.core import SortingAnalyzer

        run = _mainwindow(mode)
        ready = isinstance(source, SortingAnalyzer)
        analyzer = source if ready else to_sorting_analyzer(source, recording=recording, metrics=("snr",))
        protocol = None if ready else _protocol(source)
        if "events" not in options and protocol is not None:
            options["events"] = _events(protocol, analyzer)
        shown = options.pop("displayed_unit_properties", list(COLUMNS))
        return run(analyzer, mode=mode, curation=curation, start_app=start, displayed_unit_properties=shown, **options)


def _mainwindow(mode: str) -> Any:
    """Return the function that opens the GUI.

    Raises
    ------
    ParameterError
        If it, or what draws it, is not installed.
    """
    try:
        for name in _DRAWN_BY[mode]:  # the GUI imports them when it is too late for a clear word
            import_module(name)
        return import_module("spikeinterface_gui").run_mainwindow
    except ImportError as error:
        raise ParameterError(
            f"SpikeInterface's GUI is not here ({error}); some hundred MB: pip install 'spikeinterface-gui[{mode}]'"
        ) from None


def _protocol(source: Any) -> DoseProtocol | None:
    """Return the drug record of a source, where it has one."""
    return source.protocol if isinstance(source, SessionAnalysis | Session) else None


def _events(protocol: DoseProtocol, analyzer: Any) -> Mapping[str, Any] | None:
    """Return the drugs as the GUI's events: their times in each segment."""
    starts = [analyzer.sorting.get_start_time(i) for i in range(analyzer.get_num_segments())]
    stretches = [
        Epoch(start, start + samples / analyzer.sampling_frequency)
        for start, samples in zip(starts, analyzer.rec_attributes["num_samples"], strict=True)
    ]
    drugs = dict.fromkeys(given.drug for given in protocol.administrations)
    times = {drug: np.array([a.start_s for a in protocol.administrations if a.drug == drug]) for drug in drugs}
    events = {drug: {"times": [own[epoch.mask(own)] for epoch in stretches]} for drug, own in times.items()}
    return events or None
