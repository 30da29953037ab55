"""A session's page can be read by anyone: with a screen reader, with the keyboard, in light, in dark and on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pytest

from ephys.analysis import SessionAnalysis
from ephys.model import Administration, DoseProtocol, Epoch, Monitor, Session, Support, Unit, Waveform
from ephys.pipeline import analyse_session
from ephys.plotting.palette import luminance
from ephys.report import render_report
from ephys.report.spike_pictures import session_spikes

mpl.use("Agg")

WHOLE = Support.of(Epoch(0.0, 400.0))
VOID = {"meta", "br", "link", "img", "input", "hr"}
TEXTS = ("--ink", "--soft", "--link", "--yes", "--maybe", "--no")
GROUNDS = ("--page", "--card", "--stripe", "--alert")
LANDMARKS = ("main", "header", "nav")


class Walker(HTMLParser):
    """Walks over a page: each element with its attributes, the elements round it, and the words in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, [one.tag for one in self._open])
        if self._open:
            self._open[-1].children.append(tag)
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.words += data

    def all(self, *tags: str) -> Iterator[Element]:
        return (element for element in self.elements if element.tag in tags)


class Element:
    """One element."""

    def __init__(self, tag: str, attributes: dict[str, str], inside: list[str]) -> None:
        self.tag, self.attributes, self.inside = tag, attributes, inside
        self.words = ""
        self.children: list[str] = []


def unit(name: str, peak_uv: float) -> Unit:
    rng = np.random.default_rng(int(name))
    times_s = np.cumsum(rng.gamma(9.0, 0.08, 600))
    times_s = times_s[times_s < 400.0]
    spike = peak_uv * np.exp(-(((np.arange(160) / 20.0 - 2.0) / 0.4) ** 2))
    snippets = (spike + rng.normal(0.0, 6.0, (times_s.size, 160)))[:, :, None]
    waveform = Waveform(snippets, np.arange(times_s.size), 20000.0, 0.002, (100.0, 7000.0), 2, "zero", "wide_band")
    return Unit(name, times_s, WHOLE, rng.normal(peak_uv, 6.0, times_s.size), 30.0, 8.0, waveform, "sort")


def session(n_units: int = 2) -> Session:
    given = tuple(
        Administration(drug, start_s, dose=10.0, dose_unit="ug/kg", route="i.v.", role=role)
        for drug, start_s, role in (("ipsapirone", 150.0, "agonist"), ("way-100635", 300.0, "antagonist"))
    )
    units = tuple(unit(str(number), 60.0 + 15.0 * number) for number in range(1, n_units + 1))
    pressure = Monitor("pressure", np.sin(np.arange(4000.0)) + 100.0, 10.0, unit="mmHg")
    doubt = "channel 'w' states no unit: its numbers are taken as µV; unit or gain_uv says otherwise"
    protocol = DoseProtocol(given, WHOLE)
    return Session("rat07", protocol, units=units, monitors=(pressure,), doubts=(doubt,))


@pytest.fixture(scope="module")
def analysis() -> SessionAnalysis:
    return analyse_session(session())


@pytest.fixture(scope="module")
def page(analysis: SessionAnalysis) -> str:
    return render_report(analysis, provenance={"ephys": "0.1.0", "settings": analysis.settings.as_dict()})


@pytest.fixture(scope="module")
def walker(page: str) -> Walker:
    return Walker(page)


def test_it_says_its_language_and_has_one_of_each_landmark(walker: Walker) -> None:
    (html,) = walker.all("html")
    assert html.attributes["lang"] == "en"
    assert [sum(1 for _ in walker.all(name)) for name in LANDMARKS] == [1, 1, 1]
    (nav,) = walker.all("nav")
    assert nav.attributes["aria-label"]


def test_headings_skip_no_level(walker: Walker) -> None:
    levels = [int(heading.tag[1]) for heading in walker.all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(heading.words.strip() for heading in walker.all("h1", "h2", "h3"))


def test_every_section_has_a_name(walker: Walker) -> None:
    headings = {heading.attributes.get("id") for heading in walker.all("h1", "h2", "h3")}
    sections = list(walker.all("section"))
    assert sections
    assert all(section.attributes["aria-labelledby"] in headings for section in sections)


def test_every_figure_is_told_in_words(walker: Walker) -> None:
    drawn = list(walker.all("svg"))
    assert drawn
    assert all(svg.attributes["role"] == "img" and len(svg.attributes["aria-label"]) > 20 for svg in drawn)
    assert not any("nan" in svg.attributes["aria-label"].split() for svg in drawn)
    assert all("figcaption" in figure.children for figure in walker.all("figure"))


def test_every_table_has_a_caption_and_headers_with_a_scope(walker: Walker) -> None:
    tables = list(walker.all("table"))
    assert len(tables) > 5
    assert all(table.children[0] == "caption" for table in tables)
    assert all(header.attributes["scope"] in ("col", "row") for header in walker.all("th"))
    assert all(set(row.children) <= {"td", "th"} and "th" in row.children for row in walker.all("tr"))


def test_lists_hold_items_and_nothing_else(walker: Walker) -> None:
    assert all(set(one.children) == {"li"} for one in walker.all("ul", "ol"))
    assert all(set(one.children) <= {"dt", "dd"} for one in walker.all("dl"))
    assert all(item.inside[-1] in ("ul", "ol") for item in walker.all("li"))


def test_the_keyboard_goes_through_the_page_in_its_order(walker: Walker) -> None:
    orders = [int(one.attributes["tabindex"]) for one in walker.elements if "tabindex" in one.attributes]
    assert orders
    assert set(orders) == {0}, "what can be scrolled is reached, and nothing is reached before its turn"
    regions = [one for one in walker.elements if one.attributes.get("tabindex") == "0"]
    assert all(one.attributes["aria-label"] for one in regions)


def test_links_say_where_they_lead(walker: Walker) -> None:
    words: dict[str, str] = {}
    for link in walker.all("a"):
        text = " ".join(link.words.split())
        assert text
        assert text.lower() not in ("here", "link", "more", "back")
        assert words.setdefault(text, link.attributes["href"]) == link.attributes["href"], (
            f"{text!r} leads to two places"
        )


def test_a_call_is_told_by_word_and_sign_and_never_by_colour_alone(walker: Walker) -> None:
    calls = [one for one in walker.all("span") if "call" in one.attributes.get("class", "").split()]
    assert len(calls) == 3 * 2, "contents, summary and section of each unit"
    assert all(one.words.strip() for one in calls)


def test_microvolts_of_an_unknown_scale_are_doubted_wherever_they_stand(walker: Walker) -> None:
    captions = [one.words for one in walker.all("figcaption")]
    doubted = [words for words in captions if "The scale in µV is in doubt (see the summary)." in words]
    assert len(doubted) == 2 * 3 + 1, "course, mean and spikes of each unit, spikes of both"
    sizes = [cell.words for cell in walker.all("td") if cell.words.startswith("positive,")]
    assert len(sizes) == 2
    assert all("µV, as the file has it: the scale is in doubt" in words for words in sizes)


def test_settings_are_printed_once(walker: Walker) -> None:
    cells = [cell.words for cell in walker.all("th", "td")]
    assert cells.count("fit.level") == 1
    assert "settings.fit.level" not in cells
    assert cells[cells.index("settings") + 1] == "as above"


def test_shapes_that_cannot_be_compared_are_not_drawn_into_one_figure(analysis: SessionAnalysis) -> None:
    first, second = analysis.cells
    assert first.unit.waveform is not None
    narrow = replace(first.unit, waveform=replace(first.unit.waveform, band_hz=(600.0, 7000.0)))
    assert list(session_spikes(replace(analysis, cells=(replace(first, unit=narrow), second)), doubt="")) == []


def css() -> str:
    return (files("ephys.report") / "templates" / "report.css").read_text(encoding="utf-8")


def variables(block: str) -> dict[str, str]:
    return dict(re.findall(r"(--[\w-]+):\s*(#[0-9a-f]{6})", block))


def looks() -> dict[str, dict[str, str]]:
    """Colours of the page in each look."""
    whole = css()
    light = variables(whole[: whole.index("@media")])
    dark = variables(whole[whole.index("prefers-color-scheme: dark") :].split("}")[0])
    printed = variables(whole[whole.index("@media print") :].split("}")[0])
    return {"light": light, "dark": light | dark, "print": light | printed}


@pytest.mark.parametrize("look", ["light", "dark", "print"])
def test_every_text_stands_out_from_every_ground(look: str) -> None:
    colours = looks()[look]
    for text in TEXTS:
        for ground in GROUNDS:
            bright, deep = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
            ratio = (bright + 0.05) / (deep + 0.05)
            assert ratio >= 4.5, f"{text} on {ground} in {look}: {ratio:.2f}"


def test_every_colour_of_a_text_and_of_a_ground_is_one_of_those_that_are_checked() -> None:
    whole = css()
    assert set(re.findall(r"[{;\s]color:\s*var\((--[\w-]+)\)", whole)) <= set(TEXTS)
    grounds = set(re.findall(r"background:\s*var\((--[\w-]+)\)", whole))
    assert grounds <= {*GROUNDS, "--figure-paper"}


def test_dark_and_print_name_every_colour_anew() -> None:
    whole = css()
    light = variables(whole[: whole.index("@media")])
    assert set(light) == set(variables(whole[whole.index("prefers-color-scheme: dark") :].split("}")[0]))


def test_what_has_the_focus_is_seen() -> None:
    for element in ("a", "button", "summary", ".scroll"):
        assert f"{element}:focus-visible" in css()
    assert "outline: none" not in css()
    assert "outline: 0" not in css()
