"""Figures as SVG that can stand inside a page: no declarations, no identifier twice, the same bytes each time."""

from __future__ import annotations

import io
from xml.etree import ElementTree as ET

from markupsafe import Markup
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from ephys.plotting.style import house_style

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_RASTER_DPI = 200.0  # of what is drawn as an image inside the vector figure (clouds of points)
_LINE_JOINS = "stroke-linejoin: round; stroke-linecap: butt"  # what matplotlib says in a style sheet for the whole page

ET.register_namespace("", _SVG)
ET.register_namespace("xlink", _XLINK)


def inline_svg(figure: Figure, *, prefix: str, description: str) -> Markup:
    """Turn a figure into an SVG element for a page, and close the figure.

    Parameters
    ----------
    figure : Figure
        A finished figure.
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
    >>> figure, ax = plt.subplots()
    >>> svg = inline_svg(figure, prefix="rate-1", description="Rate of unit 1")
    >>> svg.startswith("<svg"), 'aria-label="Rate of unit 1"' in svg, 'id="rate-1-' in svg
    (True, True, True)
    """
    buffer = io.BytesIO()
    with house_style(salt=prefix):
        figure.savefig(buffer, format="svg", dpi=_RASTER_DPI, metadata={"Date": None})
    plt.close(figure)
    root = ET.fromstring(buffer.getvalue())
    _drop(root, f"{{{_SVG}}}metadata", f"{{{_SVG}}}style")
    _rename(root, prefix)
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
    """Put a prefix before every identifier, and before every reference to one."""
    link = f"{{{_XLINK}}}href"
    for element in root.iter():
        for name, value in element.attrib.items():
            if name == "id":
                element.set(name, f"{prefix}-{value}")
            elif name == link and value.startswith("#"):
                element.set(name, f"#{prefix}-{value[1:]}")
            elif "url(#" in value:
                element.set(name, value.replace("url(#", f"url(#{prefix}-"))
