"""The dose-response of one cell to one agonist, with what each point says."""

from __future__ import annotations

import math
from collections.abc import Iterator

from matplotlib.axes import Axes

from ephys.pharmacology import DoseResponseFit
from ephys.plotting import plot_dose_response
from ephys.plotting.dose_response import Place, dose_places
from ephys.plotting.style import figure_of
from ephys.report.picture import Mark, Picture, picture


def dose_response_picture(fit: DoseResponseFit, *, prefix: str) -> Picture:
    """Dose-response of one agonist.

    Parameters
    ----------
    fit : DoseResponseFit
        With its `DoseResponse`.
    prefix : str
        Of the identifiers inside the figure.

    Returns
    -------
    Picture
        Every point tells its window: percent of baseline with its interval, rate, spikes and seconds.
    """
    points = ", ".join(f"{w.percent:.0f} % at {w.dose:g}" for w in fit.response.doses)
    description = (
        f"Dose-response of unit {fit.response.unit_id} to {fit.response.drug}: {fit.id50_text}. "
        f"Rate in percent of baseline by {fit.words.total} in {fit.unit_text}: {points or 'none'}."
    )
    caption = (
        f"Rate as percent of baseline against the {fit.words.total} of {fit.response.drug}. Bars: exact 95 % interval "
        "of "
        f"the two counts. The curve begins at the fitted baseline; the {fit.potency} stands at half of it. Open signs "
        "are not in "
        "the fit."
    )
    ax = plot_dose_response(fit)
    return picture(figure_of(ax), prefix=prefix, description=description, caption=caption, marks=_marks(fit, ax))


def _marks(fit: DoseResponseFit, ax: Axes) -> Iterator[Mark]:
    """What is said of each point, those beside the axis of doses included."""
    for place in sorted(dose_places(fit), key=lambda one: one.x):
        if math.isfinite(place.window.percent):
            yield Mark(ax, place.x, place.window.percent, _said(place, fit))


def _said(place: Place, fit: DoseResponseFit) -> str:
    """How much of the rate is left in a window, and of how many spikes."""
    window = place.window
    after = f" after {window.dose:g} {fit.unit_text} of {fit.response.drug}" if place.side == "after" else ""
    name = f"{window.dose:g} {fit.unit_text}" if place.side == "dose" else f"{place.label}{after}"
    known = math.isfinite(window.percent_low) and math.isfinite(window.percent_high)
    ends = f" ({window.percent_low:.0f} to {window.percent_high:.0f})" if known else ""
    counted = f"{window.rate_hz:.2f} Hz, n = {window.count} spikes in {window.covered_s:g} s"
    return f"{name}: {window.percent:.0f} % of baseline{ends}, {counted}{'' if window.used else ', not in the fit'}"
