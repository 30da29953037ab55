"""Slow signals keep their extremes, their gaps and their units."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import same_color

from ephys.errors import ParameterError
from ephys.io import read_session
from ephys.model import Administration, DoseProtocol, Epoch, Monitor, Session, Support
from ephys.plotting import house_style, plot_monitors
from ephys.plotting.monitors import envelope
from ephys.plotting.palette import DARK

SUPPORT = Support.of(Epoch(0.0, 600.0))


def line(ax: Axes) -> tuple[np.ndarray, np.ndarray]:
    drawn = ax.lines[0]
    return np.asarray(drawn.get_xdata()), np.asarray(drawn.get_ydata())


def pressure(n: int = 60000) -> np.ndarray:
    return 100.0 + np.random.default_rng(3).normal(0.0, 5.0, n)


def test_one_beat_out_of_many_is_drawn_at_its_height() -> None:
    values = pressure()
    values[41234], values[52345] = 300.0, 1.0
    times_s, drawn = line(plot_monitors([Monitor("arterial", values, 100.0)]).axes[0])
    assert len(drawn) < len(values) / 5
    assert drawn.max() == 300.0
    assert drawn.min() == 1.0
    assert times_s[drawn.argmax()] == pytest.approx(412.34, abs=600.0 / len(drawn) * 2)


def test_a_signal_of_few_values_is_drawn_value_by_value() -> None:
    values = np.sin(np.arange(300.0))
    times_s, drawn = line(plot_monitors([Monitor("belt", values, 10.0, start_s=220.0)]).axes[0])
    np.testing.assert_array_equal(drawn, values)
    np.testing.assert_allclose(times_s, 220.0 + np.arange(300) / 10.0)


@pytest.mark.parametrize("n", [600, 60000])
def test_what_was_not_recorded_is_left_open(n: int) -> None:
    values = pressure(n)
    values[n // 3 : n // 2] = np.nan
    times_s, drawn = line(plot_monitors([Monitor("arterial", values, n / 600.0)]).axes[0])
    inside = (times_s > 202.0) & (times_s < 298.0)
    assert np.isnan(drawn[inside]).all()
    assert np.isfinite(drawn[(times_s < 198.0) | (times_s > 302.0)]).all()


def test_a_dot_with_one_value_left_shows_it() -> None:
    values = np.full(1000, np.nan)
    values[500] = 7.0
    _, drawn = envelope(Monitor("sparse", values, 1.0), Epoch(0.0, 1000.0), columns=10)
    assert np.nansum(drawn == 7.0) == 2
    assert np.isnan(drawn).sum() == 18


@pytest.mark.parametrize("columns", [3, 7, 100, 499])
def test_every_value_in_the_window_is_between_the_extremes_of_its_column(columns: int) -> None:
    values = pressure(1000)
    window = Epoch(100.0, 900.0)
    _, drawn = envelope(Monitor("x", values, 1.0), window, columns=columns)
    assert drawn.max() == values[100:900].max()
    assert drawn.min() == values[100:900].min()
    if 2 * columns < 800:
        assert len(drawn) == 2 * columns


def test_a_long_signal_is_read_in_parts_and_never_beyond_the_window() -> None:
    class Counted:
        n_samples = 5_000_000
        largest = 0

        def read(self, start: int, stop: int) -> np.ndarray:
            self.largest = max(self.largest, stop - start)
            return np.arange(start, stop, dtype=np.float64)

    source = Counted()
    _, drawn = envelope(Monitor("eeg", source, 1000.0), Epoch(1000.0, 4000.0), columns=1000)
    assert drawn[0] == 1_000_000
    assert drawn[-1] == 3_999_999
    assert (np.diff(drawn) > 0).all()
    assert source.largest < 2_000_000


def test_the_unit_is_that_of_the_file_or_is_said_to_be_unknown() -> None:
    figure = plot_monitors([Monitor("arterial", pressure(10), 1.0, unit="mmHg"), Monitor("x", pressure(10), 1.0)])
    labels = [ax.get_ylabel().replace("\n", " ") for ax in figure.axes]
    assert labels == ["arterial (mmHg)", "x (unit not stated)"]


def test_signals_stand_on_the_clock_of_the_session_and_one_axis_tells_it() -> None:
    given = Administration("ipsapirone", 300.0, dose=20.0, dose_unit="ug/kg", route="i.v.")
    session = Session(
        "s",
        DoseProtocol((given,), SUPPORT),
        monitors=(Monitor("a", pressure(10), 1.0), Monitor("b", pressure(10), 1.0)),
    )
    above, below = plot_monitors(session).axes
    assert above.get_xlim() == below.get_xlim() == (0.0, 600.0)
    assert (above.get_xlabel(), below.get_xlabel()) == ("", "time (min)")
    assert not below.texts
    assert "20" in [text.get_text() for text in above.texts]
    for ax in (above, below):
        assert [one.get_xdata()[0] for one in ax.lines if one.get_linestyle() == "--"] == [300.0]


def test_a_signal_of_another_time_says_that_there_is_nothing() -> None:
    axes = plot_monitors([Monitor("late", pressure(10), 1.0, start_s=500.0)], within=Epoch(0.0, 100.0)).axes[0]
    assert [text.get_text() for text in axes.texts] == ["no values in this time"]


def test_a_session_without_monitors_says_so() -> None:
    with pytest.raises(ParameterError, match="session s has no monitors"):
        plot_monitors(Session("s", DoseProtocol((), SUPPORT)))


def test_signals_are_light_on_a_dark_ground() -> None:
    with house_style(theme="dark"):
        ax = plot_monitors([Monitor("a", pressure(10), 1.0)]).axes[0]
    assert same_color(ax.lines[0].get_color(), DARK.ink)


@pytest.mark.real_data
def test_the_pressure_of_a_real_animal_keeps_every_systole_that_is_an_extreme(shared_data: Path) -> None:
    session = read_session(shared_data / "spike2" / "Blood_Pressure_Waveform.smr")
    ax = plot_monitors(session, width_mm=85.0).axes[0]
    values = session.monitors[0].values
    assert np.nanmax(line(ax)[1]) == np.nanmax(values)
    assert np.nanmin(line(ax)[1]) == np.nanmin(values)
    assert ax.get_ylabel() == "AP WAVE\n(mmHG)"
