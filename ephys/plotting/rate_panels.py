"""Rate histograms under each other on one scale: one cell with its monitors, or a control and a treated cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.font_manager import FontProperties

from ephys.errors import ParameterError
from ephys.firing import RateHistogram
from ephys.jupyter import Shown
from ephys.model import DoseProtocol, Epoch, Monitor, Unit
from ephys.pharmacology import ResponseWindow
from ephys.plotting.amplitudes import plot_amplitudes
from ephys.plotting.labels import axes_width_pt, wrap_text
from ephys.plotting.monitors import MONITOR_MM, draw_monitor
from ephys.plotting.panel_layout import heighten, lay_out_time, stacked
from ephys.plotting.rate_histogram import draw_rate, top_of
from ephys.plotting.style import DOUBLE_MM
from ephys.plotting.timeline import mark_administrations
from ephys.plotting.window_legend import Beneath, legend_below

_RATE_MM = 36.0
_AMPLITUDE_MM = 20.0
_GAP_PT = 3.0
_LINE = 1.3  # of the font's size


@dataclass(frozen=True, eq=False)
class RatePanel(Shown):
    """One cell of a figure of rate histograms, and what stands beneath it.

    Parameters
    ----------
    histogram : RateHistogram
        Counts per bin.
    protocol : DoseProtocol, optional
        What was given.
    windows : sequence of ResponseWindow, optional
        Baseline and read-out windows.
    label : str, optional
        What the cell stands for: ``"control"``.
    animal : str, optional
        The animal, since n is animals.
    amplitudes : Unit, optional
        The same unit, to draw the amplitude of each of its spikes; it also tells whether it is one cell.
    monitors : sequence of Monitor, optional
        Slow signals of the session.

    Raises
    ------
    ParameterError
        If the amplitudes are those of another unit.
    """

    histogram: RateHistogram
    protocol: DoseProtocol | None = None
    windows: Sequence[ResponseWindow] = ()
    label: str = ""
    animal: str = ""
    amplitudes: Unit | None = None
    monitors: Sequence[Monitor] = ()

    def __post_init__(self) -> None:
        if self.amplitudes is not None and self.amplitudes.id != self.histogram.unit_id:
            raise ParameterError(
                f"a panel shows one cell: its histogram is that of unit {self.histogram.unit_id}, its amplitudes those "
                f"of unit {self.amplitudes.id}"
            )

    @property
    def text(self) -> str:
        """What stands above the panel: label, unit, animal, spikes and n.

        >>> from ephys.firing import rate_histogram
        >>> unit = Unit.from_times([1.0, 2.0], support=Epoch(0.0, 10.0))
        >>> RatePanel(rate_histogram(unit), label="control", animal="r7").text
        'control: unit 1 of r7, 2 spikes (1 cell, 1 animal)'
        """
        label = f"{self.label}: " if self.label else ""
        cell = f"unit {self.histogram.unit_id}" + (f" of {self.animal}" if self.animal else "")
        several = self.amplitudes is not None and self.amplitudes.multi_unit
        n = ("several cells" if several else "1 cell") + (", 1 animal" if self.animal else ", animal not stated")
        return f"{label}{cell}, {self.histogram.counts.sum()} spikes ({n})"


_Content = RateHistogram | Unit | Monitor


def plot_rate_panels(
    panels: Sequence[RatePanel],
    *,
    align: str | None = None,
    time_bar: bool = False,
    width_mm: float = DOUBLE_MM,
    figure: Figure | SubFigure | None = None,
) -> Figure | SubFigure:
    """Draw cells under each other on one scale of rate and one of time, each with its amplitudes and monitors.

    Parameters
    ----------
    panels : sequence of RatePanel
        The cells from the top down.
    align : str, optional
        A drug: the first time that it was given is 0 in every panel. By default all are on their sessions' clocks.
    time_bar : bool, optional
        A bar of a round length in place of the time axis.
    width_mm : float, optional
        Of a new figure, whose height follows from what is on it: one column of a journal or two.
    figure : Figure or SubFigure, optional
        An empty one to draw on instead.

    Returns
    -------
    Figure or SubFigure
        One time axis at the foot; what was not recorded of it is hatched.

    Raises
    ------
    ParameterError
        If there is no panel, the bins differ in width, or a drug to align by was not given in one of them.

    Examples
    --------
    >>> from ephys.firing import rate_histogram
    >>> slow = Unit.from_times([5.0, 15.0, 25.0], support=Epoch(0.0, 30.0))
    >>> fast = Unit.from_times([float(second) for second in range(30)], support=Epoch(0.0, 30.0))
    >>> figure = plot_rate_panels([RatePanel(rate_histogram(slow)), RatePanel(rate_histogram(fast))])
    >>> figure.axes[0].get_ylim() == figure.axes[1].get_ylim()
    True
    """
    _check(panels)
    zeros_s = [_first_s(panel, align) for panel in panels]
    shown = _shown(panels, zeros_s)
    rows = [(place, content) for place, panel in enumerate(panels) for content in _contents(panel)]
    with stacked(figure, [_height_mm(content) for _, content in rows], width_mm=width_mm) as (drawn_on, axes):
        for ax, (place, content) in zip(axes, rows, strict=True):
            if isinstance(content, Unit):
                plot_amplitudes(content, panels[place].protocol, label_doses=False, within=shown[place], ax=ax)
                ax.set_ylabel("amplitude\n(µV)")  # shorter than the axes are high
        lay_out_time(
            axes,
            [shown[place] for place, _ in rows],
            zeros_s=[zeros_s[place] for place, _ in rows],
            since=f"the first dose of {align}" if align else "",
            time_bar=time_bar,
        )
        above_pt = _draw(panels, rows, axes, Beneath.time_bar(axes[-1]) if time_bar else Beneath.time_axis(axes[-1]))
        if figure is None:
            heighten(drawn_on, above_pt)
        drawn_on.align_ylabels(axes)
        return drawn_on


def _draw(
    panels: Sequence[RatePanel], rows: Sequence[tuple[int, _Content]], axes: Sequence[Axes], at_foot: Beneath
) -> float:
    """Draw histograms, on one scale, and monitors; return how much room their text takes, in points."""
    top = max(top_of(panel.histogram, panel.windows) for panel in panels)
    above_pt = 0.0
    for ax, (place, content) in zip(axes, rows, strict=True):
        if isinstance(content, Monitor):
            draw_monitor(ax, content, panels[place].protocol)
        elif isinstance(content, RateHistogram):
            above_pt += _draw_panel(ax, panels[place], at_foot if ax is axes[-1] else Beneath.nothing())
            ax.set_ylim(0.0, top)
    return above_pt


def _draw_panel(ax: Axes, panel: RatePanel, beneath: Beneath) -> float:
    """Draw one histogram with its label above all else; return the height of what stands above and below, in points."""
    handles = draw_rate(ax, panel.histogram, panel.protocol, windows=panel.windows)
    legend_below(ax, handles, beneath)
    marks_pt = 0.0 if panel.protocol is None else mark_administrations(ax, panel.protocol)
    font = FontProperties(size=ax.yaxis.label.get_fontproperties().get_size_in_points())
    lines = wrap_text(panel.text, axes_width_pt(ax), font)
    ax.annotate(
        "\n".join(lines),
        xy=(0.0, 1.0),
        xycoords="axes fraction",
        xytext=(0.0, marks_pt + _GAP_PT),
        textcoords="offset points",
        va="bottom",
        fontproperties=font,
        annotation_clip=False,
    )
    return marks_pt + _GAP_PT + (len(lines) + bool(handles)) * _LINE * font.get_size_in_points()


def _contents(panel: RatePanel) -> list[_Content]:
    """What stands under each other for one cell."""
    return [panel.histogram, *([panel.amplitudes] if panel.amplitudes is not None else []), *panel.monitors]


def _height_mm(content: _Content) -> float:
    """Height of the axes of a histogram, of amplitudes, of a monitor."""
    if isinstance(content, Monitor):
        return MONITOR_MM
    return _AMPLITUDE_MM if isinstance(content, Unit) else _RATE_MM


def _first_s(panel: RatePanel, drug: str | None) -> float:
    """When a drug was first given in a panel; 0 where none is asked for."""
    if drug is None:
        return 0.0
    given = panel.protocol.administrations if panel.protocol is not None else ()
    first = next((one for one in given if one.drug == drug), None)
    if first is None:
        drugs = ", ".join(dict.fromkeys(one.drug for one in given)) or "nothing"
        raise ParameterError(f"cannot align at {drug}: it was not given to {panel.text}; there was {drugs}")
    return first.start_s


def _shown(panels: Sequence[RatePanel], zeros_s: Sequence[float]) -> list[Epoch]:
    """Ends of the time axis of each panel: as long before and after its zero as any histogram is."""
    edges = [panel.histogram.edges_s for panel in panels]
    before_s = min(float(e[0]) - zero_s for e, zero_s in zip(edges, zeros_s, strict=True))
    after_s = max(float(e[-1]) - zero_s for e, zero_s in zip(edges, zeros_s, strict=True))
    return [Epoch(zero_s + before_s, zero_s + after_s) for zero_s in zeros_s]


def _check(panels: Sequence[RatePanel]) -> None:
    """Raise unless there are panels, and all count in bins of one width."""
    if not panels:
        raise ParameterError("no panels to draw, got an empty sequence")
    widths = sorted({panel.histogram.bin_s for panel in panels})
    if len(widths) > 1:
        raise ParameterError(
            f"histograms with bins of {', '.join(f'{width:g}' for width in widths)} s have no common scale; count all "
            "with one bin_s"
        )
