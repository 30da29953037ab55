"""A call is drawn with every criterion where it lies among its limits, and says what was not judged and why."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from ephys.classification import Classification, ClassificationSettings, classify_features, classify_unit
from ephys.model import Epoch, Unit
from ephys.plotting import (
    DOUBLE_MM,
    SINGLE_MM,
    house_style,
    new_figure,
    plot_classification,
    plot_classification_table,
)
from ephys.plotting.palette import DARK, LIGHT

WIDE = {"band_hz": (10.0, 8000.0)}
BASELINE = Epoch(0.0, 180.0, "baseline")


@pytest.fixture(scope="module")
def measured() -> Classification:
    """A slow regular cell without shapes, with its intervals."""
    times_s = np.cumsum(np.random.default_rng(0).gamma(11.0, 0.8 / 11.0, 200))
    return classify_unit(Unit.from_times(times_s, support=BASELINE, id="7"), within=BASELINE)


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def regions(ax: Axes) -> list[tuple[float, float, str]]:
    """Ends of each region as shares of its strip, and what it is, read off its look."""
    width = ax.get_xlim()[1]
    found = []
    for patch in ax.patches:
        assert isinstance(patch, Rectangle)
        filled = mpl.colors.to_rgba(patch.get_facecolor())[3] > 0
        kind = "pass" if filled else "borderline" if patch.get_hatch() else "fail"
        found.append((patch.get_x() / width, (patch.get_x() + patch.get_width()) / width, kind))
    return found


def boxes_of(ax: Axes) -> list[tuple[str, Bbox]]:
    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.canvas.draw()
    found = [text for text in figure.findobj(Text) if isinstance(text, Text) and text.get_visible()]
    skipped = {*ax.xaxis.findobj(Text), *ax.yaxis.findobj(Text)}
    return [(t.get_text(), t.get_window_extent()) for t in found if t.get_text().strip() and t not in skipped]


def assert_no_overlap(ax: Axes) -> None:
    said, boxes = zip(*boxes_of(ax), strict=True)
    low, high = np.array([box.min for box in boxes]), np.array([box.max for box in boxes])
    common = np.minimum(high[:, None], high[None]) - np.maximum(low[:, None], low[None])
    touching = np.argwhere(np.triu((common > 1.5).all(axis=2), k=1))
    assert [(said[one], said[other]) for one, other in touching] == []
    page = ax.figure.bbox
    assert [
        text
        for text, left, right in zip(said, low, high, strict=True)
        if left[0] < page.x0 - 1 or right[0] > page.x1 + 1
    ] == []


def test_the_call_is_the_title_and_window_and_preset_stand_below(measured: Classification) -> None:
    said = texts(plot_classification(measured))
    assert " ".join(said[:2]).startswith("unit 7: serotonergic, on rate and regularity alone")
    assert any(text.startswith(f"preset rat_in_vivo, 0 to 180 s, {measured.features.n_spikes} spikes") for text in said)
    assert any("intervals, 95 %" in text for text in said)


def test_every_criterion_has_its_value_its_interval_and_its_verdict_in_words(measured: Classification) -> None:
    said = texts(plot_classification(measured))
    words = {"pass": "passes", "borderline": "borderline", "fail": "fails", "not_judged": "not judged"}
    for criterion in measured.criteria:
        judged = not np.isnan(criterion.value)
        assert (f"{criterion.name}: {criterion.value_text}" if judged else criterion.name) in said
    drawn = [text for text in said if text in words.values()]
    assert drawn == [words[criterion.verdict] for criterion in measured.criteria]


def test_a_value_and_its_interval_lie_where_the_limits_say(measured: Classification) -> None:
    ax = plot_classification(measured)
    rate = measured.criteria[0]
    (passes,) = [region for region in regions(ax)[:4] if region[2] == "pass"]
    width = ax.get_xlim()[1]
    per_share = np.log(3.5 / 0.3) / (passes[1] - passes[0])
    hz = [0.3 * np.exp(per_share * (x / width - passes[0])) for x in ax.lines[1].get_xdata()]
    assert hz == pytest.approx([rate.low, rate.high], rel=1e-6)


@pytest.mark.parametrize(
    ("rate_hz", "kind"), [(1.0, "pass"), (3.5, "pass"), (4.0, "borderline"), (6.0, "fail"), (0.1, "borderline")]
)
def test_the_sign_stands_in_the_region_of_its_verdict(rate_hz: float, kind: str) -> None:
    call = classify_features({"rate_hz": rate_hz, "cv": 0.3})
    assert call.criteria[0].verdict == kind
    ax = plot_classification(call)
    signs = [line for line in ax.lines if line.get_marker() in ("o", "^", "X")]
    at = float(np.asarray(signs[1].get_xdata())[0]) / ax.get_xlim()[1]
    first_row = regions(ax)[: [region[0] for region in regions(ax)].index(0.0, 1)]
    assert kind in [region[2] for region in first_row if region[0] - 1e-9 <= at <= region[1] + 1e-9]


def test_verdicts_and_regions_differ_without_colour() -> None:
    call = classify_features({"rate_hz": 4.0, "cv": 0.9, "width_ms": 2.0}, **WIDE)
    ax = plot_classification(call)
    markers = {line.get_marker() for line in ax.lines}
    assert {"o", "^", "X", "s"} <= markers, "passes, borderline, fails, not judged"
    assert {kind for _, _, kind in regions(ax)} == {"pass", "borderline", "fail"}


def test_a_width_in_an_unknown_band_has_no_regions_and_says_why() -> None:
    known = plot_classification(classify_features({"rate_hz": 1.4, "cv": 0.3, "width_ms": 2.0}, **WIDE))
    unknown = plot_classification(classify_features({"rate_hz": 1.4, "cv": 0.3, "width_ms": 2.0}))
    assert len(regions(known)) == len(regions(unknown)) + 2
    said = texts(unknown)
    assert "width: 2 ms" in said
    assert "not judged: the band" in " ".join(said)
    assert said[said.index("width: 2 ms") + 1] == "not judged"


def test_what_was_not_measured_is_said(measured: Classification) -> None:
    said = texts(plot_classification(measured))
    assert said[said.index("width") + 1] == "not judged"
    assert "not measured" in said


def test_the_probability_runs_from_the_prior_to_the_posterior() -> None:
    call = classify_features({"rate_hz": 1.4, "cv": 0.3, "width_ms": 2.1}, **WIDE)
    assert call.evidence is not None
    ax = plot_classification(call)
    (path,) = (line for line in ax.lines if len(line.get_xdata()) == 1 + len(call.evidence.steps))
    expected = [call.evidence.prior["serotonergic"], *(step.probability for step in call.evidence.steps)]
    assert np.asarray(path.get_xdata()) / ax.get_xlim()[1] == pytest.approx(expected)
    assert "beside the call" in texts(ax)
    deciding = classify_features({"rate_hz": 1.4, "cv": 0.3}, settings=ClassificationSettings(engine="evidence"))
    assert "decides" in texts(plot_classification(deciding))


def test_a_silent_cell_is_drawn_without_values() -> None:
    silent = classify_unit(Unit.from_times([], support=BASELINE), within=BASELINE)
    said = texts(plot_classification(silent))
    assert said[0] == "unit 1: uncertain"
    assert any(text.startswith("because silent in the window (180 s)") for text in said)
    assert not [text for text in said if text.startswith("probability by")]


def test_an_interval_that_leaves_the_strip_ends_in_an_arrow() -> None:
    two = classify_unit(Unit.from_times([1.0, 2.0], support=BASELINE), within=BASELINE)
    assert two.criteria[0].low > 0
    one_in_an_hour = Unit.from_times([], support=Epoch(0.0, 3600.0))
    call = classify_unit(one_in_an_hour, within=Epoch(0.0, 3600.0))
    assert (call.criteria[0].value, call.criteria[0].low) == (0.0, 0.0)
    assert "<" in {line.get_marker() for line in plot_classification(call).lines}


@pytest.mark.parametrize("width_mm", [SINGLE_MM, DOUBLE_MM])
def test_no_text_covers_another(width_mm: float) -> None:
    hard = classify_features({"rate_hz": 12.345, "cv": 1.2345, "width_ms": 0.5, "peak_to_trough_ms": 0.2})
    with house_style():
        ax = new_figure(width_mm=width_mm, height_mm=160.0).subplots() if width_mm == DOUBLE_MM else None
        assert_no_overlap(plot_classification(hard, ax=ax))


def test_on_dark_paper_nothing_is_in_the_ink_of_light_paper(measured: Classification) -> None:
    with house_style(theme="dark"):
        for ax in (plot_classification(measured), plot_classification_table([measured])):
            drawn = {mpl.colors.to_hex(artist.get_color()) for artist in (*ax.lines, *ax.texts)}
            assert LIGHT.ink not in drawn
            assert DARK.ink in drawn


def cells(n: int) -> list[Classification]:
    rates_hz = np.geomspace(0.05, 30.0, n)
    return [classify_features({"rate_hz": float(rate_hz), "cv": 0.45, "width_ms": 1.9}, **WIDE) for rate_hz in rates_hz]


def test_the_table_has_a_row_for_each_cell_with_its_values_and_signs() -> None:
    calls = cells(3)
    ax = plot_classification_table(calls)
    for row, call in enumerate(calls):
        said = [text.get_text() for text in ax.texts if text.get_position()[1] == row]
        assert said[0] == f"cell {row + 1}"
        assert said[-1] == call.label.replace("_", " ")
        signs = [line.get_marker() for line in ax.lines if list(line.get_ydata()) == [row]]
        shapes = {"pass": "o", "borderline": "^", "fail": "X", "not_judged": "s"}
        assert signs == [shapes[criterion.verdict] for criterion in call.criteria]
    assert "n = 3 cells; preset rat_in_vivo; P: probability by published distributions" in texts(ax)


def test_a_table_of_no_cells_says_so() -> None:
    assert texts(plot_classification_table([])) == ["no cell was called"]


@pytest.mark.parametrize("width_mm", [SINGLE_MM, DOUBLE_MM])
def test_no_text_of_a_table_of_twenty_cells_covers_another(width_mm: float) -> None:
    with house_style():
        ax = new_figure(width_mm=width_mm, height_mm=200.0).subplots()
        assert_no_overlap(plot_classification_table(cells(20), ax=ax))
