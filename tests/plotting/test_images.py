"""Figures look as they did: small pictures of small data, and vector files in which text is text.

``EPHYS_NEW_IMAGES=1`` writes the pictures anew; look at each before it is committed.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.testing.compare import compare_images

from ephys.analysis import PaperTable
from ephys.classification import classify_features
from ephys.firing import rate_histogram
from ephys.model import Administration, DoseProtocol, Epoch, Fate, Recording, Support, Unit
from ephys.pharmacology import (
    BindingExperiment,
    BindingTube,
    Dialysis,
    DialysisFraction,
    Latencies,
    Latency,
    PopulationFit,
    compare_dialysis,
    compare_firing,
    compare_latencies,
    dose_response,
    fit_binding,
    fit_dose_response,
    fit_population,
    fit_receptor_reserve,
    fit_schild,
    measure_dialysis,
)
from ephys.plotting import (
    plot_amplitudes,
    plot_binding,
    plot_classification,
    plot_dialysis,
    plot_dose_response,
    plot_firing_groups,
    plot_forest,
    plot_group_id50s,
    plot_latencies,
    plot_population,
    plot_rate_histogram,
    plot_receptor_reserve,
    plot_schild,
    plot_table,
    plot_trace,
    save_figure,
    style,
)
from ephys.plotting.style import figure_of

BASELINE = Path(__file__).parent / "baseline"
WRITE = "EPHYS_NEW_IMAGES"
DPI = 80
# Root of the mean squared difference of the grey levels, of 255: 0 on the same matplotlib. A curve of which two points
# moved by a fifth comes to 14, and must be found.
TOLERANCE = 8.0

Drawn: TypeAlias = Axes | Figure


@pytest.fixture(autouse=True)
def _matplotlibs_own_font(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fonts a machine has does not matter."""
    monkeypatch.setattr(style, "_SIZES", {**style._SIZES, "font.sans-serif": ["DejaVu Sans"]})


def trains(rates_hz: tuple[float, ...]) -> Unit:
    """A cell with its rate in each stretch of 100 s, evenly spaced."""
    stretches = [100.0 * i + (np.arange(round(100 * hz)) + 0.5) / hz for i, hz in enumerate(rates_hz) if hz]
    times_s = np.concatenate(stretches)
    support = Support.of(Epoch(0.0, 100.0 * len(rates_hz)))
    return Unit("1", times_s, support, 100.0 + 10.0 * np.sin(times_s), 50.0, 12.5)


def protocol(unit: Unit) -> DoseProtocol:
    """Saline, three doses of ipsapirone, WAY-100635."""
    given: dict[str, Any] = {"dose_unit": "ug/kg", "route": "i.v.", "form": "base"}
    doses = [
        Administration("ipsapirone", 200.0 + 100.0 * i, dose=dose, **given)
        for i, dose in enumerate((25.0, 25.0, 150.0))
    ]
    saline = Administration("saline", 100.0, dose=1.0, dose_unit="ml/kg", route="i.v.", role="vehicle")
    antagonist = Administration("way-100635", 500.0, dose=100.0, dose_unit="ug/kg", route="i.v.", role="antagonist")
    return DoseProtocol((saline, *doses, antagonist), unit.support)


def rows(group: str, animal: str, id50: float) -> list[dict[str, object]]:
    """One cell on a Hill curve, as counts."""
    return [
        {"animal": animal, "unit": "1", "group": group, "dose": dose, "drug": "ipsapirone", "dose_unit": "ug/kg",
         "route": "i.v.", "exposure_s": 60.0, "count": round(120 / (1 + (dose / id50) ** 2))}
        for dose in (0.0, 25.0, 50.0, 100.0, 200.0)
    ]  # fmt: skip


@cache
def population() -> PopulationFit:
    """Three controls and three treated animals, of which one is hardly inhibited."""
    control = [row for n, id50 in enumerate((30.0, 40.0, 55.0)) for row in rows("control", f"r{n}", id50)]
    treated = [row for n, id50 in enumerate((80.0, 110.0, 900.0)) for row in rows("treated", f"t{n}", id50)]
    return fit_population([*control, *treated], reference="control")


def histogram_figure() -> Drawn:
    unit = trains((2.0, 2.0, 1.8, 1.0, 0.2, 1.9))
    return plot_rate_histogram(
        rate_histogram(unit), protocol(unit), windows=dose_response(unit, protocol(unit)).windows
    )


def dose_response_figure(half: float = 1.0) -> Drawn:
    unit = trains((2.0, 2.0, 1.5 * half, 1.0 * half, 0.2, 1.9))
    return plot_dose_response(fit_dose_response(dose_response(unit, protocol(unit), fate=Fate("held", 600.0, "fires"))))


def population_figure() -> Drawn:
    return plot_population(population())


def group_id50s_figure() -> Drawn:
    return plot_group_id50s(population())


def classification_figure() -> Drawn:
    return plot_classification(classify_features({"rate_hz": 1.4, "cv": 0.3}))


def trace_figure() -> Drawn:
    wire = np.random.default_rng(0).normal(0.0, 10.0, 10_000)
    spikes = np.array([0.21, 0.4, 0.75])
    for peak in np.round(spikes * 10_000).astype(int):
        wire[peak - 5 : peak + 6] += 200.0 * np.hanning(11)
    recording = Recording.from_array(wire, sampling_hz=10_000.0, band_hz=(1.0, 4000.0))
    whole = Epoch(0.0, 1.0)
    unit = Unit("1", spikes, Support.of(whole), np.full(3, 200.0), 45.0, 10.0)
    return plot_trace(recording, [unit], within=whole)


def binding_figure() -> Drawn:
    doses = (1.0, 10.0, 30.0, 100.0, 1000.0)
    fits = []
    for number, ic50 in enumerate((30.0, 1e6), start=1):
        tubes = [
            BindingTube("sample", nm, 300.0 + 2700.0 / (1.0 + nm / ic50) * (1.0 + 0.01 * k))
            for nm in doses
            for k in (-3, 3)
        ]
        tubes += [BindingTube("total", 0.0, 3000.0 + k) for k in (-60.0, 60.0)]
        tubes += [BindingTube("nonspecific", np.nan, 300.0 + k) for k in (-20.0, 20.0)]
        fits.append(fit_binding(BindingExperiment(f"e{number}", "compound", tuple(tubes), ligand_nm=1.0, kd_nm=2.0)))
    return plot_binding(fits)


def forest_figure() -> Drawn:
    studies = [("study A", 36.0, 25.0, 52.0), ("study B", 48.0, 30.0, 75.0), ("never halved", np.nan, 100.0, np.inf)]
    return plot_forest(studies, quantity="ID50 of ipsapirone (µg/kg i.v.)")


def firing_figure() -> Drawn:
    found = compare_firing(
        {
            "animal": ["r1", "r1", "r2", "r3", "r4", "r4", "r5", "r6"],
            "group": ["control"] * 4 + ["chronic"] * 4,
            "baseline_rate_hz": [1.2, 1.5, 1.1, 1.4, 0.8, 0.9, 1.0, 0.0],
        }
    )
    return plot_firing_groups(found)


def dialysis_figure() -> Drawn:
    levels = {"vehicle": (2.0, 2.0, 1.9, 2.0), "drug": (1.9, 0.9, 1.3, 1.9)}
    courses = []
    for group, after in levels.items():
        for n in range(3):
            fractions = tuple(
                DialysisFraction(20.0 * k, 20.0 * (k + 1), value * (1 + 0.03 * ((n + k) % 3 - 1)))
                for k, value in enumerate((2.0, 2.1, 1.9, *after))
            )
            courses.append(
                measure_dialysis(Dialysis(f"{group}{n}", group, "5-HT", "nM", 60.0, fractions, "", 8.0, 2.0))
            )
    return plot_dialysis(compare_dialysis(courses))


def latencies_figure() -> Drawn:
    seconds = {"vehicle": (4.0, 9.0, 9.0, 20.0), "drug": (30.0, 90.0, 180.0, 180.0)}
    trials = [Latency(f"{g}{n}", g, s, s == 180.0, 180.0) for g, row in seconds.items() for n, s in enumerate(row)]
    return plot_latencies(compare_latencies(Latencies(tuple(trials))))


def table_figure() -> Drawn:
    cells = (("control", "1.29 (1.05 to 1.58)"), ("chronic", "0.84 (0.69 to 1.03)"))
    notes = ("Geometric means with 95 % confidence intervals; n is animals.",)
    return plot_table(PaperTable("Firing on the baseline.", ("group", "firing rate (Hz)"), cells, ({}, {}), notes))


def schild_figure() -> Drawn:
    dose, antagonist = np.tile(np.geomspace(3.0, 3000.0, 7), 3), np.repeat([0.0, 10.0, 100.0], 7)
    response = 100.0 / (1.0 + dose / (40.0 * (1.0 + antagonist / 10.0))) + 3.0 * np.sin(np.arange(21.0))
    return plot_schild(fit_schild(dose, response, antagonist, antagonist_unit="nM", dose_unit="nM"))


def reserve_figure() -> Drawn:
    dose, tau = np.tile(np.geomspace(3.0, 3000.0, 7), 2), np.repeat([8.0, 1.5], 7)
    response = 100.0 * tau * dose / (400.0 + dose + tau * dose) + np.sin(np.arange(14.0))
    curve = ["control"] * 7 + ["EEDQ"] * 7
    return plot_receptor_reserve(fit_receptor_reserve(dose, response, curve, control="control", dose_unit="ug/kg"))


FIGURES: dict[str, Callable[[], Drawn]] = {
    "rate_histogram": histogram_figure,
    "dose_response": dose_response_figure,
    "population": population_figure,
    "group_id50s": group_id50s_figure,
    "classification": classification_figure,
    "trace": trace_figure,
    "binding": binding_figure,
    "forest": forest_figure,
    "firing_groups": firing_figure,
    "table": table_figure,
    "dialysis": dialysis_figure,
    "latencies": latencies_figure,
    "schild": schild_figure,
    "receptor_reserve": reserve_figure,
}


def picture(drawn: Drawn, path: Path) -> Path:
    """Save a figure small, with letters that are not fitted to pixels, and without what names the version."""
    with mpl.rc_context({"text.hinting": "none"}):
        figure_of(drawn).savefig(path, dpi=DPI, metadata={"Software": None}, pil_kwargs={"optimize": True})
    return path


def difference(name: str, drawn: Drawn, folder: Path) -> str | None:
    """What matplotlib finds between a figure and its picture; nothing where they are alike."""
    return compare_images(str(BASELINE / f"{name}.png"), str(picture(drawn, folder / f"{name}.png")), TOLERANCE)


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_looks_as_it_did(name: str, tmp_path: Path) -> None:
    drawn = FIGURES[name]()
    if os.environ.get(WRITE):
        picture(drawn, BASELINE / f"{name}.png")
    assert difference(name, drawn, tmp_path) is None


def test_a_curve_that_moved_is_found(tmp_path: Path) -> None:
    found = difference("dose_response", dose_response_figure(half=0.8), tmp_path)
    assert found is not None
    assert "RMS" in found


def test_pictures_are_of_today_and_small() -> None:
    pictures = list(BASELINE.glob("*.png"))
    assert {path.stem for path in pictures} == set(FIGURES)
    assert sum(path.stat().st_size for path in pictures) < 400_000


# Without fi and fl, which fonts that join them draw as one sign.
WORDS = {
    "dose_response": ("cumulative dose of ipsapirone", "rate (% of baseline)", "baseline window"),
    "rate_histogram": ("spikes per 10 s", "time (min)", "way-100635"),
    "classification": ("probability by published distributions", "not judged", "regularity: 0.3"),
}


@pytest.mark.parametrize("name", WORDS)
def test_words_of_an_svg_are_text_that_can_be_edited(name: str, tmp_path: Path) -> None:
    svg = save_figure(FIGURES[name](), tmp_path / "figure.svg").read_text(encoding="utf-8")
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    for words in WORDS[name]:
        assert any(words in text for text in texts), words
    assert not re.search(r"<(?:path|use)[^>]+(?:id|href)=\"#?DejaVu", svg), "a letter is a path"


@pytest.mark.parametrize("name", WORDS)
def test_words_of_a_pdf_are_text_in_embedded_fonts(name: str, tmp_path: Path) -> None:
    pdf = save_figure(FIGURES[name](), tmp_path / "figure.pdf").read_bytes()
    assert b"/FontFile2" in pdf, "no TrueType font is embedded"
    assert b"/Subtype /Type3" not in pdf, "a font is of outlines, which no program edits"
    page = pdf_text(pdf)
    for words in WORDS[name]:
        assert words in page, words


def pdf_text(pdf: bytes) -> str:
    """Strings of a PDF's page in the order in which they are drawn; kerning parts a string, and is passed over."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    page = b"".join(filter(None, map(inflated, streams)))
    drawn = re.findall(rb"BT\n(.*?)\nET", page, re.DOTALL)
    strings = [b"".join(re.findall(rb"\(((?:\\.|[^\\()])*)\)", part)) for part in drawn]
    plain = (re.sub(rb"\\([()\\])", rb"\1", string).replace(b"\0", b"") for string in strings)  # two bytes a letter
    return "\n".join(string.decode("cp1252", "replace") for string in plain)


def inflated(stream: bytes) -> bytes:
    """A stream of a PDF as it was before it was packed; nothing of one that is packed otherwise."""
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_a_cloud_of_spikes_is_an_image_however_many_there_are(kind: str, tmp_path: Path) -> None:
    sizes = []
    for n in (3_000, 30_000):
        times_s = np.linspace(0.0, 3600.0, n, endpoint=False)
        amplitudes_uv = np.random.default_rng(0).normal(100.0, 8.0, n)
        unit = Unit("1", times_s, Support.of(Epoch(0.0, 3600.0)), amplitudes_uv, 50.0, 12.5)
        file = save_figure(plot_amplitudes(unit), tmp_path / f"{n}.{kind}")
        assert re.search(rb"<image|/Subtype /Image", file.read_bytes())
        sizes.append(file.stat().st_size)
    assert all(size < 400_000 for size in sizes)
    assert sizes[1] < 4 * sizes[0], "ten times the spikes, and almost ten times the file"
