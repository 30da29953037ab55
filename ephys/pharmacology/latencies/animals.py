"""One latency per animal: trials of one animal are no more than one animal."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from ephys.errors import ParameterError
from ephys.pharmacology.latencies.latency import Latencies, Latency

Repeated = Literal["median", "first"]


def animal_latencies(latencies: Latencies, *, repeated: Repeated) -> tuple[Latency, ...]:
    """Reduce the trials of each animal to one latency.

    The median of an animal's trials is a number where the middle trials ended and none that did not was left before
    them; else it is a bound.

    Parameters
    ----------
    latencies : Latencies
    repeated : {"median", "first"}

    Returns
    -------
    tuple of Latency
        One per animal.

    Raises
    ------
    ParameterError
        If trials of one animal have different cut-offs.

    Examples
    --------
    >>> trials = [Latency("r1", "drug", s, s == 180.0, 180.0, n) for n, s in enumerate((40.0, 180.0, 60.0), start=1)]
    >>> [one.text for one in animal_latencies(Latencies(tuple(trials)), repeated="median")]
    ['60']
    """
    return tuple(_reduced(latencies.of(animal), repeated) for animal in latencies.animals)


def _reduced(trials: tuple[Latency, ...], repeated: Repeated) -> Latency:
    """One animal."""
    if repeated == "first" or len(trials) == 1:
        return trials[0]
    ends = dict.fromkeys("none stated" if math.isnan(one.cutoff_s) else f"{one.cutoff_s:g} s" for one in trials)
    if len(ends) > 1:
        raise ParameterError(
            f"animal {trials[0].animal}: its trials have different cut-offs ({', '.join(ends)}); their median is not "
            'known. Use repeated="first", or one cut-off'
        )
    times = np.sort([one.latency_s for one in trials])
    middle = times[(len(times) - 1) // 2 : len(times) // 2 + 1]
    longer = [one.latency_s for one in trials if one.censored]
    known = not longer or min(longer) > middle[-1]
    return Latency(
        trials[0].animal, trials[0].group, float(middle.mean()), not known, trials[0].cutoff_s, trials[0].trial
    )
