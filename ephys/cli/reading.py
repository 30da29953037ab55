"""The options that say something of the file: the same for every command that reads one."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import ephys
from ephys.cli.options import (
    Animal,
    Band,
    Clock,
    Gain,
    Group,
    Keys,
    Kind,
    Legend,
    Monitors,
    Rate,
    Spikes,
    Stocks,
    Stop,
    Unit,
    Weight,
    Wire,
)
from ephys.cli.unseen import unseen

GIVEN_AS = "said"
"""Name under which a command gets what was said."""


def _said(
    *,
    wire: Wire = None,
    group: Group = None,
    monitors: Monitors = None,
    spikes: Spikes = None,
    gain_uv: Gain = None,
    unit: Unit = None,
    band_hz: Band = None,
    clock_offset_s: Clock = None,
    sampling_hz: Rate = None,
    keys: Keys = None,
    legend: Legend = None,
    stocks: Stocks = None,
    weight_g: Weight = None,
    dose_kind: Kind = None,
    animal: Animal = None,
    stop_s: Stop = None,
) -> dict[str, Any]:
    """What the options say, by the names of the settings; ``None`` says nothing."""
    return {
        "wire": wire or None, "group": group, "monitors": monitors or None, "spikes": spikes, "gain_uv": gain_uv,
        "unit": unit, "band_hz": band_hz, "clock_offset_s": clock_offset_s, "sampling_hz": sampling_hz,
        "legend": ((*ephys.read_legend(legend),) if legend else ()) + tuple(keys or ()) or None,
        "stocks": tuple(stocks or ()) or None, "weight_g": weight_g, "dose_kind": dose_kind,
        "subject": tuple(animal or ()) or None, "stop_s": stop_s,
    }  # fmt: skip


def says_of_the_file(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options, after its own; it gets what they say as its argument `said`."""
    own = inspect.signature(command, eval_str=True)
    options = inspect.signature(_said, eval_str=True).parameters
    shown = [p.replace(kind=p.KEYWORD_ONLY) for p in (*own.parameters.values(), *options.values())]
    shown = [p for p in shown if p.name != GIVEN_AS]

    @functools.wraps(command)
    def run(**given: Any) -> None:
        with unseen(given.get("blind", False)):
            said = _said(**{name: given.pop(name) for name in options if name in given})
        command(**given, **{GIVEN_AS: said})

    run.__signature__ = own.replace(parameters=shown)  # type: ignore[attr-defined]  # what typer reads
    run.__annotations__ = {p.name: p.annotation for p in shown}
    return run
