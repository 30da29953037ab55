"""Figures as SVG that can stand inside a page: no declarations, no identifier twice, the same bytes each time."""

from __future__ import annotations

import io
import re
from collections import Counter
from xml.etree import ElementTree as ET

from markupsafe import Markup
from matplotlib.figure import Figure

from ephys.plotting.palette import LIGHT, Palette
from ephys.plotting.style import house_style

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_RASTER_DPI = 200.0  # of what is drawn as an image inside the vector figure (clouds of points)
_LINE_JOINS = "stroke-linejoin: round; stroke-linecap: butt"  # what matplotlib says in a style sheet for the whole page
_COLOUR = re.compile(r"#[0-9a-f]{6}\b")

ET.register_namespace("", _SVG)
ET.register_namespace("xlink", _XLINK)


def inline_svg(figure: Figure, *, prefix: str, description: str) -> Markup:
    """Turn a figure into an SVG element for a page.

    Parameters
    ----------
    figure : Figure
        A finished figure, drawn for light paper; where the page says so (`figure_colours`), it is shown for dark.
    prefix : str
        Begins every identifier inside, so that the figures of one page do not refer to each other's parts.
    description : str
        What the figure shows, for those who cannot see it.

    Returns
    -------
    Markup
        The element; text in it is text.

    Examples
    --------
    >>> from ephys.plotting.style import new_figure
    >>> figure = new_figure()
    >>> svg = inline_svg(figure, prefix="rate-1", description="Rate of unit 1")
    >>> svg.startswith("<svg"), 'aria-label="Rate of unit 1"' in svg, 'id="rate-1-' in svg
    (True, True, True)
    """
    buffer = io.BytesIO()
    with house_style(salt=prefix):
        figure.savefig(buffer, format="svg", dpi=_RASTER_DPI, metadata={"Date": None})
    root = ET.fromstring(buffer.getvalue())
    _drop(root, f"{{{_SVG}}}metadata", f"{{{_SVG}}}style")
    _rename(root, prefix)
    _name_colours(root)
    for size in ("width", "height"):
        root.attrib.pop(size, None)
    root.set("style", _LINE_JOINS)
    root.set("role", "img")
    root.set("aria-label", description)
    return Markup(ET.tostring(root, encoding="unicode"))  # ElementTree has escaped it


def _drop(element: ET.Element, *tags: str) -> None:
    """Remove elements by tag, wherever they stand."""
    for child in list(element):
        if child.tag in tags:
            element.remove(child)
        else:
            _drop(child, *tags)


def _rename(root: ET.Element, prefix: str) -> None:
    """Put a prefix before every identifier, and before every reference to one; names that several have are numbered."""
    link = f"{{{_XLINK}}}href"
    times: Counter[str] = Counter()
    for element in root.iter():
        for name, value in element.attrib.items():
            if name == "id":
                times[value] += 1
                element.set(name, f"{prefix}-{value}" + (f"-{times[value]}" if times[value] > 1 else ""))
            elif name == link and value.startswith("#"):
                element.set(name, f"#{prefix}-{value[1:]}")
            elif "url(#" in value:
                element.set(name, value.replace("url(#", f"url(#{prefix}-"))


def figure_colours(paper: Palette) -> dict[str, str]:
    """Names of the colours of figures, with what they are on a paper; what a colour is for is not in its name.

    >>> figure_colours(LIGHT)["--figure-paper"], figure_colours(LIGHT)["--figure-hue-1"]
    ('#ffffff', '#00735a')
    """
    hues = (paper.baseline, paper.vehicle, paper.antagonist, paper.wash, *paper.agonists)
    plain = {"paper": paper.paper, "ink": paper.ink, "faint": paper.faint}
    return {f"--figure-{name}": colour for name, colour in plain.items()} | {
        f"--figure-hue-{number}": colour for number, colour in enumerate(hues, start=1)
    }


def _name_colours(root: ET.Element) -> None:
    """Put names in place of colours, each with the colour itself behind it for a page that does not know the name."""
    names = {colour: name for name, colour in figure_colours(LIGHT).items()}

    def named(found: re.Match[str]) -> str:
        name = names.get(found[0])
        return f"var({name}, {found[0]})" if name else found[0]

    for element in root.iter():
        if "style" in element.attrib:
            element.set("style", _COLOUR.sub(named, element.attrib["style"]))
