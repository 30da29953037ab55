"""A figure in a page is small, keeps its words as words, and stands where it was drawn."""

from __future__ import annotations

import io
import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from ephys.plotting.style import house_style
from ephys.report.svg import inline_svg, page_style

mpl.use("Agg")

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def curve() -> Figure:
    with page_style():
        figure, ax = plt.subplots()
        ax.plot(np.linspace(0.0, 1.0, 200), np.sin(np.linspace(0.0, 20.0, 200)), lw=1.0)
        ax.stairs(np.arange(50) % 7, fill=True)
        ax.set_title("not <markup>")
        return figure


def places(svg: str) -> list[float]:
    """Every coordinate of every line."""
    paths = [one.get("d", "") for one in ET.fromstring(svg).iter() if one.tag.endswith("path")]
    return [float(number) for path in paths for number in NUMBER.findall(path)]


def test_rounding_moves_nothing_by_more_than_a_hundredth_of_a_point() -> None:
    figure, buffer = curve(), io.BytesIO()
    with page_style(), house_style(salt="a"):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    before, after = places(buffer.getvalue().decode()), places(inline_svg(curve(), prefix="a", description=""))
    assert len(before) == len(after) > 250
    assert max(abs(one - other) for one, other in zip(before, after, strict=True)) <= 0.01
    plt.close("all")


def test_words_with_an_outline_stay_words() -> None:
    with page_style():
        figure, ax = plt.subplots()
        ax.text(0.5, 0.5, "threshold 36 µV", path_effects=[withStroke(linewidth=2.0, foreground="white")])
    svg = inline_svg(figure, prefix="a", description="")
    (words,) = (one for one in ET.fromstring(svg).iter() if (one.text or "").startswith("threshold"))
    assert words.tag.endswith("text")
    assert "paint-order: stroke" in words.get("style", "")
    plt.close(figure)


def test_many_signs_are_one_image_and_few_are_signs() -> None:
    sizes = {}
    for n in (100, 3000):
        with page_style():
            figure, ax = plt.subplots()
            ax.plot(np.linspace(0.0, 1.0, n), np.linspace(0.0, 1.0, n), "o", ms=2.0)
        svg = inline_svg(figure, prefix="a", description="")
        assert ("<image" in svg) == (n > 300)
        sizes[n] = len(svg)
        plt.close(figure)
    assert sizes[3000] < 60_000


def test_every_name_that_is_referred_to_is_kept() -> None:
    svg = inline_svg(curve(), prefix="a", description="")
    names = set(re.findall(r' id="([^"]+)"', svg))
    assert set(re.findall(r'(?:url\(#|href="#)([^)"]+)', svg)) <= names
    assert "not &lt;markup&gt;" in svg
    plt.close("all")


def test_nothing_stands_between_elements() -> None:
    svg = inline_svg(curve(), prefix="a", description="")
    assert not re.search(r">\s+<", svg)
    assert all(not one.endswith(" ") or not other.startswith(" ") for one, other in pairwise(svg.split("\n")))
    plt.close("all")
