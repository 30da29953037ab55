"""A slice's applications are drawn as they were measured."""

from __future__ import annotations

import numpy as np
import pytest

from ephys.model import Administration, DoseProtocol, Epoch, Support, Unit
from ephys.pharmacology import ReadoutSettings, Superfusion, dose_response
from ephys.plotting import plot_superfusion


def superfusion(*ends: tuple[float, float | None], stop_s: float = 2400.0) -> Superfusion:
    """Steps of 30 nM to a clock of a cell that slows from 2 to 1 Hz after 600 s."""
    given = tuple(
        Administration("5-ct", start, stop, dose=30.0, dose_unit="nM", route="bath", form="base")
        for start, stop in ends
    )
    whole = Epoch(0.0, stop_s)
    spikes = np.concatenate([np.arange(0.25, 600.0, 0.5), np.arange(600.5, stop_s)])
    unit = Unit.from_times(spikes, support=whole)
    protocol = DoseProtocol(given, Support.of(whole))
    found = dose_response(unit, protocol, settings=ReadoutSettings(bath_delay_s=10.0), beside=False).superfusion
    assert found is not None
    return found


def test_points_are_percent_of_both_baselines_and_after_the_wash() -> None:
    found = superfusion((300.0, 590.0), (1200.0, 1500.0))
    ax = plot_superfusion(found)
    drawn = {str(line.get_label()): np.asarray(line.get_ydata()) for line in ax.lines}
    np.testing.assert_allclose(drawn["% of the session's baseline"], [one.percent for one in found.applications])
    np.testing.assert_allclose(drawn["% of the rate before it"], [one.own_percent for one in found.applications])
    washes = [one.recovery.percent for one in found.applications if one.recovery]
    np.testing.assert_allclose(drawn["% of baseline after the wash"], washes)
    np.testing.assert_allclose(drawn["recovered: 80 %"], 80.0)
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["30", "30"]


def test_what_was_not_measured_has_no_sign() -> None:
    ax = plot_superfusion(superfusion((300.0, None), stop_s=800.0))
    legend = ax.get_legend()
    assert legend is not None
    assert "% of baseline after the wash" not in [text.get_text() for text in legend.get_texts()]
    assert legend.get_title().get_text() == "unit 1: single, bath delay 10 s"


@pytest.mark.parametrize("steps", [1, 6])
def test_the_axes_hold_every_application(steps: int) -> None:
    found = superfusion(*((300.0 + 300.0 * n, 500.0 + 300.0 * n) for n in range(steps)))
    ax = plot_superfusion(found)
    assert len(ax.get_xticks()) == steps
    assert ax.get_ylim()[0] == 0.0
