"""The voltage of a session: all of it as an envelope, a part of a second close to the sample."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from ephys.analysis import SessionAnalysis
from ephys.errors import ParameterError
from ephys.plotting import plot_trace
from ephys.plotting.style import DOUBLE_MM, house_style, new_figure
from ephys.report.closer import VoltagePlan, voltage_closer
from ephys.report.picture import Picture, picture
from ephys.sorting.finite import require_finite

_PANELS_MM = 92.0
_LANE_MM = 3.0


def voltage_picture(analysis: SessionAnalysis) -> tuple[Picture | None, str]:
    """Draw the voltage, with what is looked at closely in it.

    Parameters
    ----------
    analysis : SessionAnalysis
        As `analyse_session` gives it.

    Returns
    -------
    picture : Picture or None
        ``None`` where the session has no voltage, or none that can be shown.
    reason : str
        Why voltage that there is cannot be shown; else empty.
    """
    recording = analysis.session.recording
    if recording is None:
        return None, ""
    plan = VoltagePlan.of(analysis, require_finite(recording))
    try:
        closer = voltage_closer(plan)
    except ParameterError as error:  # the units are the file's own: nobody has read all of the voltage before
        return None, f"The voltage is not shown: {error}"
    figure = _drawn(plan)
    description, caption = _description(plan), _caption(plan)
    return picture(figure, prefix="voltage", description=description, caption=caption, wide=True, closer=closer), ""


def _drawn(plan: VoltagePlan) -> Figure:
    """Draw the whole recording above, and the close stretch with the spikes of every unit below."""
    shared: Any = {"artefacts": plan.artefacts, "channels": (plan.channel,), "sorting": plan.sorting}
    with house_style():
        figure = new_figure(width_mm=DOUBLE_MM, height_mm=_PANELS_MM + _LANE_MM * len(plan.units))
        above, below = figure.subplots(2, 1)
        plot_trace(plan.recording, within=plan.whole, ax=above, **shared)
        plot_trace(plan.recording, plan.units, within=plan.close, ax=below, **shared)
    return figure


def _description(plan: VoltagePlan) -> str:
    """What is seen, for those who cannot see it."""
    spikes = ", ".join(f"{int(plan.close.mask(unit.times_s).sum())} of unit {unit.id}" for unit in plan.units)
    return (
        f"Voltage of {plan.recording.channel_names[plan.channel]} from {plan.whole.start_s:g} to "
        f"{plan.whole.stop_s:g} s; below it {plan.close.start_s:.3f} to {plan.close.stop_s:.3f} s with the spikes in "
        f"it: {spikes or 'no unit'}."
    )


def _caption(plan: VoltagePlan) -> str:
    """Wire, band, sampling, and where the lower panel is from."""
    name, n_channels = plan.recording.channel_names[plan.channel], plan.recording.n_channels
    which = f"{name}, the one of {n_channels} channels on which most units are largest" if n_channels > 1 else name
    return (
        f"Voltage of {which}, {plan.recording.sampling_hz:g} samples per second, {_band_text(plan)}. Above, the whole "
        f"recording: the lowest and the highest sample of each point{_artefact_text(plan)}. Below, "
        f"{plan.close.duration_s:.2g} s from {plan.close.start_s:.3f} s on{_close_text(plan)}."
    )


def _band_text(plan: VoltagePlan) -> str:
    """Which voltage it is."""
    if plan.sorting is None:
        return "as it was recorded, since the samples are too slow for the sorting band"
    low, high = ("open" if edge is None else f"{edge:g} Hz" for edge in plan.sorting.band_hz)
    return f"in the sorting band ({low} to {high}, zero phase; hum is left in it)"


def _artefact_text(plan: VoltagePlan) -> str:
    """What is hatched."""
    if not any(unit.is_sorted_here for unit in plan.units):
        return ""
    n = len(plan.artefacts)
    return f"; {n} stretches were taken out as artefacts (hatched)" if n else "; nothing was taken out as an artefact"


def _close_text(plan: VoltagePlan) -> str:
    """Why the lower panel is from there."""
    part = "baseline" if plan.places[0].label == "baseline" else "recording"
    return f": of the {part}, that in which most units fire, each in its colour" if plan.units else ""
