"""What was given, under the words and in the colours of the figures."""

from __future__ import annotations

import numpy as np

from ephys.model import Administration, DoseProtocol, Epoch
from ephys.plotting.dose_marks import Series
from ephys.plotting.palette import LIGHT
from ephys.plotting.timeline import series_given
from ephys.report.closer.carried import Item, colour_name
from ephys.report.closer.numbers import ticks


def given_items(protocol: DoseProtocol, session: Epoch, *, per_s: int) -> tuple[Item, ...]:
    """Give each administration with its time and the dose that stands at it, series by series.

    Parameters
    ----------
    protocol : DoseProtocol
    session : Epoch
        The time that is shown.
    per_s : int
        Ticks in a second.
    """
    return tuple(
        Item(_text(series, dose), _data(given, session, per_s, (number, dose, colour_name(series.colour))))
        for number, series in enumerate(_all_series(protocol, session))
        for given, dose in zip(series.given, series.numbers, strict=True)
    )


def series_items(protocol: DoseProtocol, session: Epoch) -> tuple[Item, ...]:
    """Give what stands above the administrations of each series.

    Parameters
    ----------
    protocol, session
        As in `given_items`.
    """
    return tuple(
        Item(series.alone if len(series.given) == 1 else series.name) for series in _all_series(protocol, session)
    )


def given_texts(protocol: DoseProtocol, session: Epoch) -> dict[tuple[str, float], str]:
    """Give what each administration is called, by drug and start.

    Parameters
    ----------
    protocol, session
        As in `given_items`.
    """
    return {
        (given.drug, given.start_s): _text(series, dose)
        for series in _all_series(protocol, session)
        for given, dose in zip(series.given, series.numbers, strict=True)
    }


def _all_series(protocol: DoseProtocol, session: Epoch) -> list[Series]:
    """Administrations of the session, grouped as above the figure."""
    return series_given(protocol, (session.start_s, session.stop_s), LIGHT)


def _text(series: Series, dose: str) -> str:
    """What one administration is called."""
    return series.alone if len(series.given) == 1 or not dose else f"{series.name}: {dose}"


def _data(
    given: Administration, session: Epoch, per_s: int, shown: tuple[int, str, str]
) -> tuple[tuple[str, str], ...]:
    """Say where an administration stands; with the number of its series, its dose and its colour."""
    start, stop = ticks(np.array([given.start_s, given.end_s]), start_s=session.start_s, per_s=per_s).tolist()
    series, dose, colour = shown
    ends = (("start", str(start)), ("stop", str(stop)), ("role", given.role))
    return (*ends, ("series", str(series)), ("dose", dose), ("colour", colour))
