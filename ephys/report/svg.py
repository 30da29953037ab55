"""Figures as SVG that can stand inside a page: no declarations, no identifier twice, the same bytes each time."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from xml.etree import ElementTree as ET

import numpy as np
from markupsafe import Markup
from matplotlib import style
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from ephys.plotting.palette import LIGHT, Palette
from ephys.plotting.style import house_style

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_RASTER_DPI = 150.0  # of what is drawn as an image inside the vector figure (clouds of points)
_LINE_JOINS = "stroke-linejoin: round; stroke-linecap: butt"  # what matplotlib says in a style sheet for the whole page
_COLOUR = re.compile(r"#[0-9a-f]{6}\b")
_DECIMALS = re.compile(r"-?\d+\.\d+")
_WORDS = (f"{{{_SVG}}}text", f"{{{_SVG}}}tspan")
_UNNAMED = re.compile(r".*-(?:patch|line2d|text|xtick|ytick|matplotlib\.axis|legend|axes)_\d+")
_FAMILY = re.compile(r"'[^;]*sans-serif")
_OUTLINED = "outlined-"
_OUTLINE = f"paint-order: stroke; stroke: {LIGHT.paper}; stroke-width: 2; stroke-linejoin: round"
_NO_SIGN = ("", " ", "None", "none", None)
_CLOUD = 300  # signs of one line: some 40 kB as elements
_DRAWN = ("d", "points", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "width", "height")

ET.register_namespace("", _SVG)
ET.register_namespace("xlink", _XLINK)


@contextmanager
def page_style() -> Iterator[None]:
    """Draw for a page inside the block, on light paper, whatever matplotlib's settings are outside.

    >>> import matplotlib as mpl
    >>> with page_style():
    ...     mpl.rcParams["figure.facecolor"]
    '#ffffff'
    """
    with style.context([], after_reset=True), house_style(theme="light"):
        yield


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
    _rasterise_clouds(figure)
    _unoutline(figure)
    buffer = io.BytesIO()
    with house_style(salt=prefix):
        figure.savefig(buffer, format="svg", dpi=_RASTER_DPI, metadata={"Date": None})
    root = ET.fromstring(buffer.getvalue())
    _outline(root)
    _drop(root, f"{{{_SVG}}}metadata", f"{{{_SVG}}}style")
    _rename(root, prefix)
    _name_colours(root)
    _shorten(root)
    _unname(root)
    for size in ("width", "height"):
        root.attrib.pop(size, None)
    root.set("style", _LINE_JOINS)
    root.set("role", "img")
    root.set("aria-label", description)
    return Markup(ET.tostring(root, encoding="unicode"))  # ElementTree has escaped it


def _shorten(root: ET.Element) -> None:
    """Leave two decimals of every coordinate, which moves nothing that is seen, and no space between elements."""
    for element in root.iter():
        for name in set(_DRAWN) & set(element.attrib):
            rounded = _DECIMALS.sub(_rounded, element.attrib[name])
            element.set(name, " ".join(rounded.split()))
        if element.tag not in _WORDS:
            element.text = (element.text or "").strip() or None
        element.tail = (element.tail or "").strip() or None


def _unname(root: ET.Element) -> None:
    """Drop identifiers that matplotlib made up and that nothing refers to, and say the fonts once for the page."""
    for element in root.iter():
        if _UNNAMED.fullmatch(element.get("id", "")):
            del element.attrib["id"]
        if "style" in element.attrib:
            element.set("style", _FAMILY.sub("var(--figure-font, sans-serif)", element.attrib["style"]))


def _rounded(found: re.Match[str]) -> str:
    """A coordinate with two decimals at most."""
    return f"{float(found[0]):.2f}".rstrip("0").rstrip(".")


def _rasterise_clouds(figure: Figure) -> None:
    """Draw many signs as one image: as elements of their own they make a page of megabytes."""
    for line in figure.findobj(Line2D):
        if isinstance(line, Line2D) and line.get_marker() not in _NO_SIGN and np.size(line.get_xdata()) > _CLOUD:
            line.set_rasterized(True)


def _unoutline(figure: Figure) -> None:
    """Note which words have an outline, and take it off: with it they would be drawn letter by letter, as no text."""
    for number, words in enumerate(figure.findobj(Text)):
        if words.get_path_effects():
            words.set_path_effects([])
            words.set_gid(f"{_OUTLINED}{number}")


def _outline(root: ET.Element) -> None:
    """Give words that had an outline one that leaves them words."""
    for group in root.iter(f"{{{_SVG}}}g"):
        for words in group.iter(_WORDS[0]) if group.get("id", "").startswith(_OUTLINED) else ():
            words.set("style", f"{words.get('style', '')}; {_OUTLINE}")


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
