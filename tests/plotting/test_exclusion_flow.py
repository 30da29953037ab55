"""The flow diagram tells every number, and no text is cut, covered or left out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.transforms import Bbox

from ephys.errors import ParameterError
from ephys.pharmacology import Exclusions, ExclusionSettings, SeriesFacts, apply_exclusions
from ephys.pharmacology.exclusions.settings import DEFAULT_RULES, FURTHER_RULES
from ephys.plotting import DOUBLE_MM, SINGLE_MM, plot_exclusion_flow, save_figure
from ephys.plotting.labels import text_width_pt, wrap_text
from ephys.plotting.style import figure_of

LONG = "fluoxetine hydrochloride 10 mg/kg p.o. for twenty-one days"
GROUPS = ("control", LONG, "sham", "lesion", "naive")
STRICT = ExclusionSettings(rules=(*DEFAULT_RULES, *FURTHER_RULES))


@pytest.fixture(autouse=True)
def _closed_figures() -> Iterator[None]:
    yield
    plt.close("all")


def _cohort(n_groups: int, settings: ExclusionSettings | None = None) -> Exclusions:
    """Forty cells, some of which each rule takes."""
    facts = [
        SeriesFacts(
            f"r{n}", f"r{n}", GROUPS[n % n_groups] if n_groups else "", "1", "1", "ipsapirone",
            label="uncertain" if n % 7 == 6 else "serotonergic", multi_unit=n % 11 == 3,
            stability=("stable", "stable", "stable", "unstable", "unclear")[n % 5],
            fate=("held", "held", "lost", "undetermined")[n % 4], histology="out" if n % 9 == 1 else "in",
            last_dose_h=2.0 if n % 13 == 1 else 24.0, n_doses=2 if n % 8 == 5 else 5,
            supplement_gap_s=0.0 if n % 10 == 2 else 900.0, earlier_drug="ipsapirone, r0" if n % 14 == 8 else "",
        )
        for n in range(40)
    ]  # fmt: skip
    return apply_exclusions(facts, settings)


def _boxes(ax: Axes) -> list[Bbox]:
    return [patch.get_window_extent() for patch in ax.patches if isinstance(patch, Rectangle)]


def _holds(outer: Bbox, inner: Bbox) -> bool:
    return bool(outer.x0 <= inner.x0 and inner.x1 <= outer.x1 and outer.y0 <= inner.y0 and inner.y1 <= outer.y1)


@pytest.mark.parametrize(("n_groups", "settings"), [(0, STRICT), (2, None), (2, STRICT), (4, STRICT)])
def test_every_line_stands_in_one_box_and_no_box_covers_another(
    n_groups: int, settings: ExclusionSettings | None
) -> None:
    ax = plot_exclusion_flow(_cohort(n_groups, settings))
    figure_of(ax).canvas.draw()
    boxes = _boxes(ax)
    for text in (text for text in ax.texts if text.get_text()):
        assert sum(_holds(box, text.get_window_extent()) for box in boxes) == 1, text.get_text()
    for one, other in combinations(boxes, 2):
        assert Bbox.intersection(one, other) is None
    assert all(_holds(figure_of(ax).bbox, box) for box in boxes)


@pytest.mark.parametrize(
    ("n_groups", "width_mm", "columns"), [(0, SINGLE_MM, 1), (2, SINGLE_MM, 2), (4, DOUBLE_MM, 4), (5, SINGLE_MM, 1)]
)
def test_up_to_four_groups_have_a_column_and_more_are_drawn_together(
    n_groups: int, width_mm: float, columns: int
) -> None:
    ax = plot_exclusion_flow(_cohort(n_groups))
    assert 25.4 * figure_of(ax).get_figwidth() == pytest.approx(width_mm)
    titles = [text.get_text() for text in ax.texts if text.get_fontweight() == "bold"]
    assert titles.count("serotonergic") == columns


def test_it_tells_what_stays_and_what_goes() -> None:
    found = _cohort(0)
    drawn = " ".join(text.get_text() for text in plot_exclusion_flow(found).texts if text.get_text())
    for stage in found.stages():
        assert f"{stage.title} {stage.cells} cells of {stage.animals} animals" in drawn
        if stage.left_out:
            assert f"left out: {stage.left_out_cells} cells {stage.reason.replace(', ', ' ')}" in drawn
    assert found.stages()[3].of_these in drawn


def test_a_number_stays_with_its_unit() -> None:
    lines = [text.get_text() for text in plot_exclusion_flow(_cohort(4)).texts]
    assert any("20 h" in line for line in lines)
    assert any("60 s" in line for line in lines)
    assert not any(line.startswith(("h ", "s ")) for line in lines)


def test_what_is_drawn_is_text_and_the_same_twice(tmp_path: Path) -> None:
    saved = [
        save_figure(plot_exclusion_flow(_cohort(2)), tmp_path / "flow.svg").read_text(encoding="utf-8")
        for _ in range(2)
    ]
    assert saved[0] == saved[1]
    assert ">all groups: recorded</text>" in saved[0]


def test_in_smaller_axes_the_text_is_smaller_and_in_too_small_ones_it_is_refused() -> None:
    _, axes = plt.subplots(figsize=(4.0, 5.3))
    assert plot_exclusion_flow(_cohort(0), ax=axes) is axes
    figure_of(axes).canvas.draw()
    texts = [text for text in axes.texts if text.get_text()]
    assert {text.get_fontsize() for text in texts} < {6.0, 5.5, 5.0}
    assert all(any(_holds(box, text.get_window_extent()) for box in _boxes(axes)) for text in texts)
    _, small = plt.subplots(figsize=(3.0, 1.5))
    with pytest.raises(ParameterError, match=r"the flow needs \d+ mm of height .* and the axes have 29 mm"):
        plot_exclusion_flow(_cohort(0), ax=small)


def test_a_text_is_broken_between_words_and_a_word_only_where_it_must_be() -> None:
    font = FontProperties(size=7.0)
    lines = wrap_text("a supplement of the anaesthetic", 60.0, font)
    assert " ".join(lines) == "a supplement of the anaesthetic"
    assert all(text_width_pt(line, font) <= 60.0 for line in lines)
    assert "".join(wrap_text("hydroxytryptamine", 20.0, font)) == "hydroxytryptamine"
    assert wrap_text("", 20.0, font) == []
