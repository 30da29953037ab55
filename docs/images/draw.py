"""Draw the picture of the README from the sample session, light and dark: ``python docs/images/draw.py``."""

from __future__ import annotations

from pathlib import Path

import ephys
from ephys.plotting import DOUBLE_MM, house_style, new_figure
from ephys.plotting.style import Theme

HERE = Path(__file__).resolve().parent


def draw(analysis: ephys.SessionAnalysis, theme: Theme) -> None:
    """Draw the first cell of a session: its course under the drug, and its dose-response."""
    cell = analysis.cells[0]
    with house_style(theme=theme):
        figure = new_figure(width_mm=DOUBLE_MM, height_mm=92.0)
        course, curve = figure.subplots(1, 2, width_ratios=(11, 7))
        histogram = ephys.rate_histogram(cell.unit)
        ephys.plot_rate_histogram(histogram, analysis.protocol, windows=cell.windows, ax=course)
        ephys.plot_dose_response(cell.fits[0], ax=curve)
        figure.savefig(HERE / f"cell_{theme}.png", dpi=200, metadata={"Software": None})


if __name__ == "__main__":
    found = ephys.analyse_session(ephys.load_raw_session())
    for name in ("light", "dark"):
        draw(found, name)
