"""In a notebook bars are seen without a warning, values show themselves, and figures fit the cell."""

from __future__ import annotations

import base64
import struct

import nbformat
import pytest
from nbclient import NotebookClient

from ephys.plotting.style import DOUBLE_MM, SINGLE_MM

MOST_PIXELS = 900
"""About the width of a cell of JupyterLab on a laptop."""

SORTING = """
import warnings
warnings.simplefilter("always")
import numpy as np
import ephys
noise = np.random.default_rng(0).normal(0.0, 5.0, 20000)
recording = ephys.Recording.from_array(noise, sampling_hz=2000.0, band_hz=(0.1, 900.0))
units = ephys.sort_units(recording, progress=True)
"""

FITTING = """
unit = ephys.Unit.from_times(np.arange(0.5, 300.0, 0.5), support=ephys.Epoch(0.0, 400.0))
given = tuple(
    ephys.Administration("ipsapirone", time_s, dose=20.0, dose_unit="ug/kg") for time_s in (120.0, 200.0, 280.0)
)
session = ephys.Session("s1", ephys.DoseProtocol(given, unit.support), units=(unit,))
response = ephys.dose_response(unit, session.protocol, drug="ipsapirone")
fits = ephys.fit_dose_responses([response], progress=True)
session
"""

DRAWING = """
%matplotlib inline
from matplotlib import pyplot as plt
from ephys.plotting.style import DOUBLE_MM, house_style, new_figure
ephys.plot_correlogram(ephys.autocorrelogram(unit))
plt.show()
figure = new_figure(width_mm=DOUBLE_MM)
with house_style():
    figure.subplots(1, 2)
plt.show()
"""


@pytest.fixture(scope="module")
def cells() -> list[nbformat.NotebookNode]:
    """A notebook's cells after they ran; one that raises fails here."""
    written = [nbformat.v4.new_code_cell(source) for source in (SORTING, FITTING, DRAWING)]
    notebook = nbformat.v4.new_notebook(cells=written)
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    return list(notebook.cells)


@pytest.mark.slow
@pytest.mark.parametrize(("place", "bar"), [(0, "detecting"), (1, "fitting cells")])
def test_a_bar_is_seen_and_nothing_is_warned_of(cells: list[nbformat.NotebookNode], place: int, bar: str) -> None:
    outputs = cells[place].outputs
    told = "".join(one.text for one in outputs if one.output_type == "stream" and one.name == "stderr")
    widgets = [one for one in outputs if "application/vnd.jupyter.widget-view+json" in one.get("data", {})]
    assert widgets or bar in told
    assert "Warning" not in told
    assert "IProgress" not in told


@pytest.mark.slow
def test_the_last_value_of_a_cell_is_shown_as_html(cells: list[nbformat.NotebookNode]) -> None:
    (value,) = [one for one in cells[1].outputs if one.output_type == "execute_result"]
    assert value.data["text/html"].startswith("<div")
    assert value.data["text/plain"].startswith("Session('s1'")


@pytest.mark.slow
def test_one_and_two_columns_fit_a_cell_at_the_size_of_the_style(cells: list[nbformat.NotebookNode]) -> None:
    pictures = [one.data["image/png"] for one in cells[2].outputs if "image/png" in one.get("data", {})]
    (one, one_dpi), (two, two_dpi) = map(_width_and_dpi, pictures)
    assert (round(one_dpi), round(two_dpi)) == (125, 125)
    assert one / one_dpi * 25.4 == pytest.approx(SINGLE_MM, abs=5.1)  # inline crops, then adds 2.5 mm at each side
    assert two / two_dpi * 25.4 == pytest.approx(DOUBLE_MM, abs=5.1)
    assert 2 * one < two * 1.02 < MOST_PIXELS


def _width_and_dpi(png: str) -> tuple[int, float]:
    """Pixels, and dots per inch, as the file states them."""
    content = base64.b64decode(png)
    stated = content.index(b"pHYs") + 4
    return struct.unpack(">I", content[16:20])[0], struct.unpack(">I", content[stated : stated + 4])[0] * 0.0254
