"""Colours can be read on their paper, whoever looks, and follow the paper that they are drawn on."""

from __future__ import annotations

from dataclasses import fields

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt

from ephys.errors import ParameterError
from ephys.firing import interval_histogram, rate_histogram
from ephys.model import DoseProtocol, Unit
from ephys.plotting import house_style, plot_interval_histogram, plot_rate_histogram
from ephys.plotting.palette import DARK, LIGHT, Palette, luminance

# Severity 1 of Machado, Oliveira & Fernandes 2009 (IEEE TVCG 15:1291), on linear RGB.
DICHROMATS = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
}


def text_colours(colours: Palette) -> list[str]:
    """Every colour in which text may stand."""
    named = [getattr(colours, field.name) for field in fields(colours) if field.name not in ("paper", "faint")]
    return [colour for one in named for colour in ((one,) if isinstance(one, str) else one)]


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_text_in_every_colour_has_the_contrast_that_wcag_asks_for(colours: Palette) -> None:
    paper = luminance(colours.paper)
    for colour in text_colours(colours):
        low, high = sorted((paper, luminance(colour)))
        assert (high + 0.05) / (low + 0.05) >= 4.5, colour


@pytest.mark.parametrize("colours", [LIGHT, DARK])
@pytest.mark.parametrize("kind", DICHROMATS)
def test_agonist_antagonist_and_ink_differ_for_the_colour_blind(colours: Palette, kind: str) -> None:
    def seen(colour: str) -> np.ndarray:
        return np.clip(np.array(DICHROMATS[kind]) @ np.array(mpl.colors.to_rgb(colour)) ** 2.2, 0.0, 1.0) ** (1 / 2.2)

    shown = [colours.ink, colours.agonist, colours.antagonist]
    for i, one in enumerate(shown):
        for other in shown[i + 1 :]:
            assert np.abs(seen(one) - seen(other)).max() > 0.15, (one, other)


def test_a_figure_takes_the_theme_of_its_block_and_keeps_it(unit: Unit, protocol: DoseProtocol) -> None:
    with house_style(theme="dark"):
        axes = plot_rate_histogram(rate_histogram(unit), protocol)
    axes.figure.canvas.draw()
    assert mpl.colors.to_hex(axes.get_facecolor()) == DARK.paper
    assert {mpl.colors.to_hex(label.get_color()) for label in axes.get_yticklabels()} == {DARK.ink}
    assert DARK.agonist in {mpl.colors.to_hex(text.get_color()) for text in axes.texts}


def test_dark_figures_of_matplotlib_itself_give_dark_ones_here(unit: Unit) -> None:
    with plt.style.context("dark_background"):
        own = plot_interval_histogram(interval_histogram(unit), ax=plt.subplots()[1])
        new = plot_interval_histogram(interval_histogram(unit))
    assert [mpl.colors.to_hex(axes.patches[0].get_facecolor()) for axes in (own, new)] == [DARK.ink] * 2


def test_a_theme_that_does_not_exist_is_named() -> None:
    with pytest.raises(ParameterError, match="light or dark, got 'sepia'"), house_style(theme="sepia"):  # type: ignore[arg-type]
        pass
