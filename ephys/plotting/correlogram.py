"""Auto- and crosscorrelograms: what a spike says of those before and after it."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from ephys.firing import Correlogram, CrossCorrelogram
from ephys.plotting.palette import palette
from ephys.plotting.style import SINGLE_MM, drawing

_REFRACTORY_ALPHA = 0.25
_LEAST_SHARE = 0.01  # of half the axis: a narrower band is not seen


def plot_correlogram(
    correlogram: Correlogram, *, refractory_ms: float = 2.0, colour: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw how many pairs of spikes have which lag.

    Parameters
    ----------
    correlogram : Correlogram or CrossCorrelogram
        As `autocorrelogram` or `crosscorrelogram` gives it. Of two units, the level of chance is drawn, too.
    refractory_ms : float, optional
        Half width of the band round 0 in which one cell has no pair; it is shaded where it is wide enough to be seen.
    colour : str, optional
        Of the bars; the ink's by default.
    ax : Axes, optional
        Where to draw; by default a new figure one column wide.

    Returns
    -------
    Axes

    Examples
    --------
    >>> from ephys.firing import autocorrelogram
    >>> from ephys.model import Epoch, Unit
    >>> unit = Unit.from_times([0.0, 1.0, 2.0], support=Epoch(0.0, 3.0))
    >>> plot_correlogram(autocorrelogram(unit)).get_xlabel()
    'lag (ms)'
    """
    with drawing(ax, width_mm=SINGLE_MM, height_mm=50.0) as axes:
        colours = palette(axes)
        edges_ms = correlogram.lags_ms
        if _is_seen(refractory_ms, correlogram):
            axes.axvspan(-refractory_ms, refractory_ms, color=colours.agonist, alpha=_REFRACTORY_ALPHA, lw=0, zorder=0)
        axes.stairs(correlogram.counts, edges_ms, fill=True, color=colour or colours.ink, lw=0)
        if isinstance(correlogram, CrossCorrelogram) and math.isfinite(correlogram.expected):
            axes.axhline(correlogram.expected, color=colours.faint, lw=0.8, ls=(0, (4, 2)))
        axes.set_xlim(float(edges_ms[0]), float(edges_ms[-1]))
        axes.set_ylim(bottom=0.0, top=None if correlogram.counts.any() else 1.0)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
        axes.xaxis.set_major_locator(MaxNLocator(nbins=4))
        axes.set_xlabel("lag (ms)")
        axes.set_ylabel(f"pairs per {edges_ms[1] - edges_ms[0]:g} ms")
        axes.set_title(_caption(correlogram, refractory_ms), loc="left", fontsize="small")
        return axes


def _is_seen(refractory_ms: float, correlogram: Correlogram) -> bool:
    """Whether the band round 0 is wide enough to be seen."""
    return refractory_ms >= _LEAST_SHARE * float(correlogram.lags_ms[-1])


def _caption(correlogram: Correlogram, refractory_ms: float) -> str:
    """Whose spikes, how many, and what the signs are."""
    shaded = f"shaded: ± {refractory_ms:g} ms" if _is_seen(refractory_ms, correlogram) else ""
    if not isinstance(correlogram, CrossCorrelogram):
        return f"unit {correlogram.unit_id}, n = {correlogram.n_spikes} spikes\n{shaded}".rstrip()
    pair = f"{correlogram.other_id} after {correlogram.unit_id}"
    if not math.isfinite(correlogram.expected):
        return f"{pair}: never recorded together"
    signs = "; ".join(filter(None, ("dashed: by chance", shaded)))
    return f"{pair}, n = {correlogram.n_other} and {correlogram.n_spikes} spikes\n{signs}"
