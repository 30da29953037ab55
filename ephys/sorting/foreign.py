"""Other people's sorters, as a choice in the settings: SpikeInterface runs them on the cleaned voltage."""

from __future__ import annotations

import copy
import difflib
import io
import json
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.model import Epoch, Recording
from ephys.model.recording import Run

IntArray = NDArray[np.int64]

OWN_SORTER = "ephys"

SPIKEINTERFACE = "SpikeInterface"
"""What the origin of a unit says that came through it."""

RINGS_S = 0.01
"""After this time a band from 150 Hz has 0.01 % left of a step."""

JOB = {"n_jobs": 1, "chunk_duration": "60s", "progress_bar": False}
"""SpikeInterface collects its garbage after each chunk: chunks of a second take a hundred times as long (measured)."""


def packages_of(sorter: str) -> tuple[str, ...]:
    """Further packages that the units of a sorter rest on.

    >>> packages_of("ephys"), packages_of("simple")
    ((), ('spikeinterface',))
    """
    return () if sorter == OWN_SORTER else ("spikeinterface",)


@contextmanager
def spikeinterface_at_work() -> Iterator[None]:
    """See that SpikeInterface is there, and keep its warnings, and its switches for warnings, to itself.

    Raises
    ------
    ParameterError
        If it is not installed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import spikeinterface.core  # noqa: F401  # takes a second: only where it is asked for
        except ImportError as error:
            raise ParameterError(
                f"this needs SpikeInterface, which is not here ({error}): pip install 'ephys[spikeinterface]'"
            ) from None
        warnings.simplefilter("ignore")
        yield


def check_parameters(sorter: str, parameters: Sequence[str]) -> None:
    """See that a sorter is named, and that its parameters are each a name and a value.

    Raises
    ------
    ParameterError
        If not, or if ours is given another's.
    """
    if not sorter:
        raise ParameterError(f"sorting.sorter must be {OWN_SORTER!r} or the name of a sorter of SpikeInterface, got ''")
    bad = [text for text in parameters if not text.partition("=")[0].strip() or "=" not in text]
    if bad:
        raise ParameterError(f"sorting.sorter_parameters are written as name=value, got {bad[0]!r}")
    if sorter == OWN_SORTER and parameters:
        raise ParameterError(
            f"sorting.sorter_parameters are those of another sorter, and sorting.sorter is {OWN_SORTER!r}, whose are "
            f"settings of their own (sorting.unit_threshold_sd...); got {parameters[0]!r}"
        )


def joins_of(recording: Recording) -> tuple[Epoch, ...]:
    """Where stretches of a recording meet when its pauses are left out: a filter rings there, and no spike counts.

    >>> runs = (Run(0, 1000, 0.0), Run(1000, 1000, 5.0))
    >>> joins_of(replace(Recording.from_array(np.zeros(2000), sampling_hz=1000.0), runs=runs))
    (Epoch(start_s=0.99, stop_s=1.0, label='join'), Epoch(start_s=5.0, stop_s=5.01, label='join'))
    """
    stretches = recording.support.epochs
    ends = [Epoch(max(e.start_s, e.stop_s - RINGS_S), e.stop_s, "join") for e in stretches[:-1]]
    starts = [Epoch(e.start_s, min(e.start_s + RINGS_S, e.stop_s), "join") for e in stretches[1:]]
    return tuple(epoch for pair in zip(ends, starts, strict=True) for epoch in pair)


def run_sorter(
    recording: Recording, sorter: str, parameters: Sequence[str] = (), *, seed: int = 0
) -> tuple[list[IntArray], str]:
    """Let a sorter of SpikeInterface sort a recording, in a temporary folder of which nothing is left.

    Parameters
    ----------
    recording : Recording
        Voltage, without what is no cell's: the sorter filters it anew.
    sorter : str
        Its name in SpikeInterface.
    parameters : sequence of str
        As in `SortingSettings`.
    seed : int
        Handed on, where the sorter has one and the parameters do not say another.

    Returns
    -------
    trains : list of arrays (spikes,)
        Sample numbers in the recording of each unit's spikes.
    origin : str
        Which sorter it was, and its version.

    Raises
    ------
    ParameterError
        If SpikeInterface or the sorter is not installed, a parameter is not one of its own, or it fails.
    """
    with spikeinterface_at_work():
        import spikeinterface

        kind = _sorter_class(sorter)
        given = _parameters(kind, parameters, seed)
        with tempfile.TemporaryDirectory(prefix="ephys_") as folder:
            trains = _run(kind, recording, given, Path(folder))
        version = kind.get_sorter_version()
        return trains, f"sort: {sorter} {version} ({SPIKEINTERFACE} {spikeinterface.__version__})"


def _sorter_class(sorter: str) -> Any:
    """Return the class of a sorter.

    Raises
    ------
    ParameterError
        If there is none, or it is not installed.
    """
    from spikeinterface.sorters import installed_sorters, sorter_dict

    here = ", ".join([OWN_SORTER, *installed_sorters()])
    if sorter not in sorter_dict:
        close = difflib.get_close_matches(sorter, [OWN_SORTER, *sorter_dict], n=1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        raise ParameterError(f"no sorter is called {sorter!r}; {hint}installed are {here}")
    kind = sorter_dict[sorter]
    if not kind.is_installed():
        how = " ".join(str(kind.installation_mesg).split())
        raise ParameterError(f"sorter {sorter} is not installed; installed are {here}. To install it: {how}")
    return kind


def _parameters(kind: Any, texts: Sequence[str], seed: int) -> dict[str, Any]:
    """Return all parameters of a sorter: its defaults, our seed, and what was said.

    Raises
    ------
    ParameterError
        If it has no such parameter, or another kind of value there.
    """
    defaults: dict[str, Any] = kind.default_params()
    values = copy.deepcopy(defaults)
    if "seed" in values:
        values["seed"] = seed
    if isinstance(values.get("job_kwargs"), dict):
        values["job_kwargs"] |= {"n_jobs": 1, "progress_bar": False}
    for text in texts:
        path, _, typed = text.partition("=")
        names = path.strip().split(".")
        default = _default(kind.sorter_name, defaults, names)
        group = values
        for name in names[:-1]:
            group = group.setdefault(name, {})
        group[names[-1]] = _value(kind.sorter_name, path.strip(), typed.strip(), default)
    return values


def _default(sorter: str, defaults: Mapping[str, Any], names: Sequence[str]) -> Any:
    """Return the default of a parameter; ``None`` within a group that is empty by default, which takes any name.

    Raises
    ------
    ParameterError
        If there is no such parameter.
    """
    group: Any = defaults
    for depth, name in enumerate(names):
        within = f"sorter {sorter}" + (f", {'.'.join(names[:depth])}" if depth else "")
        if not isinstance(group, Mapping):
            raise ParameterError(f"{within}: is a value, and no group of parameters, got {'.'.join(names)!r}")
        if name not in group and not group and depth:
            return None
        if name not in group:
            close = difflib.get_close_matches(name, list(group), n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(group)}"
            raise ParameterError(f"{within}: no parameter {name!r}; {hint}")
        group = group[name]
    return group


def _value(sorter: str, path: str, typed: str, default: Any) -> Any:
    """Return a value as it was typed: JSON, else text.

    Raises
    ------
    ParameterError
        If it is of another kind than the default.
    """
    try:
        value = json.loads(typed)
    except json.JSONDecodeError:
        value = typed
    kinds: tuple[tuple[type, ...], ...] = ((bool,), (int, float), (str,), (dict,), (list, tuple))
    expected = next((kind for kind in kinds if isinstance(default, kind)), None)
    fits = expected is None or (isinstance(value, expected) and isinstance(value, bool) == isinstance(default, bool))
    if not (fits or value is None):
        raise ParameterError(f"sorter {sorter}: {path} takes a value like {json.dumps(default)}, got {typed!r}")
    return value


def _run(kind: Any, recording: Recording, parameters: Mapping[str, Any], folder: Path) -> list[IntArray]:
    """Run a sorter, and number its spikes' samples as the recording does.

    Raises
    ------
    ParameterError
        With the sorter's own reason, if it fails.
    """
    from spikeinterface.sorters import run_sorter as run

    from ephys.sorting.foreign_voltage import VoltageRecording

    voltage = VoltageRecording(_joined(recording)).save(folder=folder / "voltage", verbose=False, **JOB)
    try:
        with redirect_stdout(io.StringIO()):
            found = run(kind.sorter_name, voltage, folder=folder / "sorter", **parameters)
            spikes, units = np.array(found.to_spike_vector()), len(found.unit_ids)
    except Exception as error:  # whatever a sorter raises: it is foreign code
        raise ParameterError(f"{recording.name}: sorter {kind.sorter_name} failed with {_reason(error)}") from error
    samples = spikes["sample_index"].astype(np.int64)
    return [np.sort(samples[spikes["unit_index"] == unit]) for unit in range(units)]


def _joined(recording: Recording) -> Recording:
    """Recording whose samples run on through its pauses: sorters that say they know stretches mix them up (run)."""
    return replace(recording, runs=(Run(0, recording.n_samples, recording.start_s),))


def _reason(error: Exception) -> str:
    """Last line of the traceback that SpikeInterface puts into its message, else the message's first."""
    lines = [line.strip() for line in str(error).strip().splitlines() if line.strip()]
    inner = [line for line in lines if not line.startswith(("Spike sorting", "Traceback", "File "))]
    if len(lines) > 1 and lines[0].startswith("Spike sorting error trace") and inner:
        return inner[-1][:300]
    return f"{type(error).__name__}: {(lines or [''])[0][:300]}"
