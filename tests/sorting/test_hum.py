"""Hum is found, followed as the mains wander, and taken off; spikes keep their shape."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.signal import lfilter

from ephys.model import ArraySource, Recording, Run
from ephys.sorting.filters import design_filter, filter_zero_phase
from ephys.sorting.hum import Hum, _find_mains, _line_powers, remove_hum
from ephys.sorting.hum_cycles import BINS, fit_cycle

FS, BAND = 20000.0, (150.0, 6000.0)
SECONDS = 40.0


def humming(frequency_hz: Callable[[np.ndarray], np.ndarray], *, size_uv: float = 50.0, seed: int = 0) -> Recording:
    """Noise and the odd harmonics of a mains frequency that is a function of time."""
    times_s = np.arange(int(SECONDS * FS)) / FS
    turns = 2.0 * np.pi * np.cumsum(frequency_hz(times_s)) / FS
    wave = sum(size * np.sin(order * turns + order) for order, size in ((1, 1.0), (3, 0.5), (5, 0.3), (9, 0.1)))
    noise = np.random.default_rng(seed).normal(0.0, 10.0, len(times_s))
    return Recording.from_array(noise + size_uv * wave, sampling_hz=FS)


def in_band(recording: Recording, start: int = 0, stop: int = 10**7) -> np.ndarray:
    return filter_zero_phase(recording.read(start, stop), design_filter(BAND, sampling_hz=FS, order=2))


@pytest.mark.parametrize(
    "frequency_hz",
    [
        lambda t: np.full_like(t, 50.0),
        lambda t: np.full_like(t, 60.0),
        lambda t: np.full_like(t, 49.87),
        lambda t: 50.0 + 0.05 * np.sin(2.0 * np.pi * t / 20.0),
    ],
    ids=["50", "60", "49.87", "wandering"],
)
def test_hum_is_taken_off_whatever_the_mains_do(frequency_hz: Callable[[np.ndarray], np.ndarray]) -> None:
    recording = humming(frequency_hz)
    noise_sd = in_band(
        Recording.from_array(np.random.default_rng(0).normal(0.0, 10.0, int(SECONDS * FS)), sampling_hz=FS)
    ).std()
    assert in_band(recording).std() > 2.0 * noise_sd
    clean, hum = remove_hum(recording, band_hz=BAND)
    assert hum is not None
    assert hum.frequency_hz == pytest.approx(frequency_hz(np.arange(SECONDS)).mean(), abs=0.01)
    assert hum.share > 0.5
    assert in_band(clean).std() == pytest.approx(noise_sd, rel=0.03)


def test_without_hum_nothing_is_touched() -> None:
    quiet = humming(lambda t: np.full_like(t, 50.0), size_uv=0.0)
    clean, hum = remove_hum(quiet, band_hz=BAND)
    assert hum is None
    assert clean is quiet


def test_a_regular_cell_at_a_mains_frequency_of_its_own_is_no_hum() -> None:
    """A cell of 2 Hz has harmonics at 50 Hz, too: its jitter smears them."""
    rng = np.random.default_rng(1)
    wire = rng.normal(0.0, 10.0, int(SECONDS * FS))
    for at in np.cumsum(rng.normal(0.5, 0.02, 75)):
        row = int(at * FS)
        if row < len(wire) - 40:
            wire[row : row + 40] += 150.0 * np.hanning(40)
    assert remove_hum(Recording.from_array(wire, sampling_hz=FS), band_hz=BAND)[1] is None


def test_a_spike_keeps_its_shape_under_the_notches() -> None:
    recording = humming(lambda t: np.full_like(t, 50.0))
    spikes = np.zeros(int(SECONDS * FS))
    rows = np.arange(5000, len(spikes) - 5000, 12347)
    shape = 200.0 * np.hanning(60)
    for row in rows:
        spikes[row : row + 60] += shape
    with_spikes = Recording.from_array(recording.read(0, 10**7)[:, 0] + spikes, sampling_hz=FS)
    clean, _ = remove_hum(with_spikes, band_hz=BAND)
    mean = np.mean([clean.read(row, row + 60)[:, 0] for row in rows], axis=0)
    assert np.abs(mean - shape).max() < 10.0 * 4.0 / np.sqrt(len(rows)) + 1.0


def test_what_is_read_does_not_depend_on_where_one_reads() -> None:
    clean, _ = remove_hum(humming(lambda t: np.full_like(t, 50.03)), band_hz=BAND)
    whole = clean.read(0, 10**7)
    np.testing.assert_allclose(clean.read(123_456, 234_567), whole[123_456:234_567], atol=1e-3)


def test_hum_is_followed_across_a_pause() -> None:
    times_s = np.arange(int(SECONDS * FS)) / FS
    wave = 80.0 * np.sin(2.0 * np.pi * 150.0 * times_s)
    noise = np.random.default_rng(2).normal(0.0, 10.0, len(times_s))
    half, pause = len(times_s) // 2, int(1.2345 * FS)
    traces = np.delete(noise + wave, np.s_[half : half + pause])[:, np.newaxis]
    runs = (Run(0, half, 0.0), Run(half, len(traces) - half, (half + pause) / FS))
    clean, hum = remove_hum(Recording(ArraySource(traces), FS, runs), band_hz=BAND)
    assert hum is not None
    filtered = [in_band(clean, half - 4000, half), in_band(clean, half, half + 4000)]
    assert max(part.std() for part in filtered) < 1.15 * in_band(clean, 20000, 200_000).std()


@pytest.mark.parametrize("rest", [1, 37, 400, 3000, 6000])
@pytest.mark.parametrize("frequency_hz", [50.0, 49.87])
def test_hum_is_followed_to_the_last_sample_however_long_the_recording(rest: int, frequency_hz: float) -> None:
    whole = humming(lambda t: np.full_like(t, frequency_hz))
    stop = int(30.0 * FS) + rest
    clean, hum = remove_hum(Recording.from_array(whole.read(0, stop), sampling_hz=FS), band_hz=BAND)
    assert hum is not None
    noise = np.random.default_rng(0).normal(0.0, 10.0, int(SECONDS * FS))[:stop]
    left = clean.read(0, stop)[:, 0] - noise
    assert np.std(left[-8000:]) < 5.0


SPIKE = np.exp(-0.5 * ((np.arange(60) - 20) / 5.0) ** 2) - 0.45 * np.exp(-0.5 * ((np.arange(60) - 44) / 8.0) ** 2)


def mains(times_s: np.ndarray, size_uv: float = 50.0, frequency_hz: float = 49.97) -> np.ndarray:
    orders = ((1, 1.0), (3, 0.5), (5, 0.3), (9, 0.1))
    return size_uv * sum(
        share * np.sin(order * (2.0 * np.pi * frequency_hz * times_s + 1.0)) for order, share in orders
    )


def broken(
    run_s: float, height_uv: float, *, runs: int = 12, frequency_hz: float = 49.97
) -> tuple[Recording, np.ndarray, np.ndarray]:
    """A run of 12 s and short ones, 1.2345 s apart, two spikes a second; the noise and the spikes in them."""
    rng = np.random.default_rng(3)
    parts, at_s, first = [], 0.0, 0
    found: list[Run] = []
    for length_s in [12.0] + [run_s] * runs:
        samples = round(length_s * FS)
        spikes = np.zeros(samples)
        for row in rng.integers(0, samples - 60, max(1, int(2.0 * length_s))):
            spikes[row : row + 60] += height_uv * SPIKE
        parts.append(
            (rng.normal(0.0, 10.0, samples), spikes, mains(at_s + np.arange(samples) / FS, 50.0, frequency_hz))
        )
        found.append(Run(first, samples, at_s))
        first, at_s = first + samples, at_s + length_s + 1.2345
    noise, spikes, wave = (np.concatenate(part) for part in zip(*parts, strict=True))
    source = ArraySource((noise + spikes + wave)[:, np.newaxis])
    return Recording(source, FS, tuple(found)), noise, spikes


@pytest.mark.parametrize("height_uv", [30.0, 150.0])
@pytest.mark.parametrize("run_s", [0.3, 0.5, 1.0, 2.0])
def test_a_spike_in_a_short_run_keeps_its_size_and_the_hum_goes(run_s: float, height_uv: float) -> None:
    recording, noise, spikes = broken(run_s, height_uv)
    clean, hum = remove_hum(recording, band_hz=BAND)
    assert hum is not None
    left = clean.read(0, 10**7)[:, 0] - noise
    short = np.arange(len(left)) >= 12 * FS
    inside = short & (spikes != 0.0)
    assert left[inside] @ spikes[inside] / (spikes[inside] @ spikes[inside]) == pytest.approx(1.0, abs=0.02)
    assert np.std((left - spikes)[short]) < 1.0
    assert np.std((left - spikes)[~short]) < 0.7


@pytest.mark.parametrize("samples", [39_998, 39_999, 40_000])
def test_hum_goes_from_a_recording_of_two_seconds_on(samples: int) -> None:
    noise = np.random.default_rng(7).normal(0.0, 10.0, samples)
    clean, hum = remove_hum(Recording.from_array(noise + mains(np.arange(samples) / FS), sampling_hz=FS), band_hz=BAND)
    assert (hum is not None) == (samples >= 39_999)
    assert bool(np.std(clean.read(0, samples)[:, 0] - noise) < 1.5) == (hum is not None)


def test_the_cycle_of_the_last_whole_block_holds_on_to_the_end_of_a_run() -> None:
    recording = humming(lambda t: np.full_like(t, 50.0))
    _, hum = remove_hum(Recording.from_array(recording.read(0, round(9.9 * FS)), sampling_hz=FS), band_hz=BAND)
    assert hum is not None
    assert hum.centres.tolist() == [0.0, 40_000.0, 120_000.0, 179_000.0, 197_999.0]
    assert [bool((shape == hum.shapes_uv[2]).all()) for shape in hum.shapes_uv] == [False, False, True, True, True]


def test_a_run_of_less_than_five_cycles_keeps_its_hum() -> None:
    recording, _, _ = broken(0.05, 0.0)
    clean, hum = remove_hum(recording, band_hz=BAND)
    assert hum is not None
    inside = slice(round(12 * FS), recording.n_samples)
    np.testing.assert_array_equal(clean.read(inside.start, inside.stop), recording.read(inside.start, inside.stop))


@pytest.mark.parametrize("jitter_s", [0.0, 0.0003])
@pytest.mark.parametrize(("size_uv", "height_uv"), [(10.0, 100.0), (50.0, 100.0), (200.0, 70.0)])
def test_a_cell_that_fires_in_step_with_every_fifth_cycle_keeps_its_spike(
    size_uv: float, height_uv: float, jitter_s: float
) -> None:
    rng = np.random.default_rng(4)
    times_s = np.arange(int(20 * FS)) / FS
    noise, spikes = rng.normal(0.0, 10.0, len(times_s)), np.zeros(len(times_s))
    peaks_s = np.arange(0.2, 19.8, 0.1)
    for row in np.rint((peaks_s + rng.normal(0.0, jitter_s, len(peaks_s))) * FS).astype(int):
        spikes[row : row + 60] += height_uv * SPIKE
    humming_wire = Recording.from_array(noise + spikes + mains(times_s, size_uv, 50.0), sampling_hz=FS)
    clean, _ = remove_hum(humming_wire, band_hz=BAND)
    left = clean.read(0, 10**7)[:, 0] - noise
    assert left @ spikes / (spikes @ spikes) == pytest.approx(1.0, abs=0.005)


@pytest.mark.parametrize("frequency_hz", [49.8, 49.87, 50.0, 60.15])
def test_a_high_harmonic_alone_is_followed_though_the_mains_are_off(frequency_hz: float) -> None:
    times_s = np.arange(int(20 * FS)) / FS
    noise = np.random.default_rng(5).normal(0.0, 10.0, len(times_s))
    wave = 30.0 * np.sin(2.0 * np.pi * 9.0 * frequency_hz * times_s)
    clean, hum = remove_hum(Recording.from_array(noise + wave, sampling_hz=FS), band_hz=BAND)
    assert hum is not None
    assert hum.frequency_hz == pytest.approx(frequency_hz, abs=0.005)
    assert np.std(clean.read(0, 10**7)[:, 0] - noise) < 1.0


@pytest.mark.parametrize("sampling_hz", [10000.0, 20000.0])
def test_a_cycle_is_known_at_every_point_though_the_samples_fall_on_the_same_few(sampling_hz: float) -> None:
    """At 50 Hz sharp, every cycle is sampled at the same 200 or 400 points."""
    wave = mains(np.arange(int(12 * sampling_hz)) / sampling_hz, 50.0, 50.0)
    clean, hum = remove_hum(Recording.from_array(wave, sampling_hz=sampling_hz), band_hz=BAND)
    assert hum is not None
    assert np.abs(clean.read(0, 10**7)).max() < 0.5


def test_the_hum_that_may_be_left_is_a_share_of_its_peak_in_the_band() -> None:
    turn = 2.0 * np.pi * np.arange(BINS) / BINS
    wave = sum(size * np.cos(order * turn) for order, size in ((1, 50.0), (2, 10.0), (3, 20.0)))
    shapes = np.stack([wave] * 3)[:, :, np.newaxis] * np.array([1.0, 0.5])
    knots = np.array([0.0, 1.0])
    hum = Hum(49.99, 0.5, knots, knots, np.arange(3.0), shapes.astype(np.float32))
    for band_hz, peak_uv in ((BAND, 20.0), ((None, 60.0), 50.0), ((None, None), 80.0)):
        np.testing.assert_allclose(hum.left_uv(band_hz), 0.03 * peak_uv * np.array([1.0, 0.5]), rtol=1e-4)


def test_a_line_counts_from_four_times_its_neighbourhood() -> None:
    frequencies = np.arange(0.0, 2100.0, 0.5)
    power = np.ones((len(frequencies), 2))
    at = {order: order * 100 for order in (1, 2, 3)}
    power[at[1], 0], power[at[2], 0], power[at[3], 1] = 3.9, 4.1, 9.0
    power[600:] *= 2.0
    lines, floors = _line_powers(frequencies, power, 50.0, 400.0)
    np.testing.assert_allclose(lines, np.array([[0.0, 0.0], [3.1, 0.0], [0.0, 8.0]] + 5 * [[0.0, 0.0]]))
    np.testing.assert_allclose(floors[[0, 1, 2, 6, 7]], np.repeat([[1.0], [1.0], [1.0], [2.0], [2.0]], 2, axis=1))


def test_a_line_is_looked_for_as_far_off_as_the_mains_may_be() -> None:
    frequencies = np.arange(0.0, 2100.0, 0.5)
    for order, off_hz, found in ((1, 1.0, True), (1, 1.5, False), (9, 1.5, True), (9, 2.0, False)):
        power = np.ones((len(frequencies), 1))
        power[int((order * 50.0 + off_hz) / 0.5), 0] = 20.0
        assert bool(_line_powers(frequencies, power, 50.0, 500.0)[0][order - 1, 0] > 0.0) == found


def two_wires(sizes_uv: tuple[dict[int, float], dict[int, float]], mains_hz: float = 50.0) -> Recording:
    times_s = np.arange(int(8 * FS)) / FS
    noise = np.random.default_rng(6).normal(0.0, 10.0, (len(times_s), 2))
    for wire, sizes in enumerate(sizes_uv):
        for order, size_uv in sizes.items():
            noise[:, wire] += size_uv * np.sin(2.0 * np.pi * order * mains_hz * times_s)
    return Recording.from_array(noise, sampling_hz=FS)


@pytest.mark.parametrize(
    ("sizes_uv", "harmonic"),
    [
        ({4: 9.0, 5: 12.0, 7: 6.0}, 5),
        ({4: 9.0, 5: 12.0, 7: 11.0}, 7),
        ({10: 9.0, 20: 6.0}, 10),
        ({10: 6.0, 20: 9.0}, 20),
    ],
)
def test_the_mains_are_followed_where_their_phase_is_surest(sizes_uv: dict[int, float], harmonic: int) -> None:
    """On the wire that has most hum; a harmonic's size counts times its order, up to the tenth."""
    found = _find_mains(two_wires(({4: 5.0, 6: 6.0}, sizes_uv), 49.95), BAND)
    assert found is not None
    mains_hz, order, channel, share = found
    assert (order, channel) == (harmonic, 1)
    assert mains_hz == pytest.approx(49.95, abs=0.02)
    hum = sum(size_uv**2 for size_uv in sizes_uv.values()) / 2.0
    assert share == pytest.approx(hum / (hum + 10.0**2 * (6000.0 - 150.0) / (FS / 2.0)), rel=0.05)


def test_slow_waves_do_not_throw_the_phase() -> None:
    """Waves of 90 µV, most of them below 10 Hz, and no little at 50 Hz."""
    rng = np.random.default_rng(8)
    times_s = np.arange(int(20 * FS)) / FS
    rest = rng.normal(0.0, 10.0, len(times_s)) + lfilter([1.0], [1.0, -0.999], rng.normal(0.0, 4.0, len(times_s)))
    clean, _ = remove_hum(Recording.from_array(rest + mains(times_s), sampling_hz=FS), band_hz=BAND)
    left = Recording.from_array(clean.read(0, 10**7)[:, 0] - rest, sampling_hz=FS)
    assert in_band(left).std() < 2.0


@pytest.mark.parametrize("frequency_hz", [49.75, 50.25])
def test_a_run_in_which_the_phase_is_read_once_has_the_mains_of_the_others(frequency_hz: float) -> None:
    recording, noise, _ = broken(0.45, 0.0, frequency_hz=frequency_hz)
    clean, _ = remove_hum(recording, band_hz=BAND)
    assert np.std((clean.read(0, 10**7)[:, 0] - noise)[round(12 * FS) :]) < 1.5


def test_sixty_hertz_are_told_from_fifty_by_what_explains_more() -> None:
    found = _find_mains(two_wires(({3: 10.0, 5: 10.0, 10: 10.0}, {}), 60.0), BAND)
    assert found is not None
    assert found[0] == pytest.approx(60.0, abs=0.02)


def test_hum_below_the_sorting_band_or_of_little_power_in_it_is_left() -> None:
    assert _find_mains(two_wires(({1: 200.0}, {2: 200.0})), BAND) is None
    assert _find_mains(two_wires(({1: 200.0}, {2: 200.0})), (None, None)) is not None
    little, enough = (np.sqrt(2.0 * share * 10.0**2 * 0.585) for share in (0.02, 0.04))
    assert _find_mains(two_wires(({5: float(little)}, {})), BAND) is None
    assert _find_mains(two_wires(({5: float(enough)}, {})), BAND) is not None


def test_between_points_and_blocks_the_hum_is_interpolated() -> None:
    """One cycle in 1000 samples; the second block's cycle is three times the first's."""
    ramp = np.arange(BINS, dtype=np.float32)[:, np.newaxis]
    shapes = np.stack([ramp, 3.0 * ramp])
    hum = Hum(50.0, 0.5, np.array([0.0, 10_000.0]), np.array([0.0, 10.0]), np.array([2000.0, 6000.0]), shapes)
    samples = np.array([100, 2000 + 501, 3000 + 103, 4000 + 7, 5000 + 700, 6000 + 9, 9000 + 900])
    factor = np.interp(samples, [2000, 6000], [1.0, 3.0])
    expected = factor * (samples % 1000) / 1000.0 * BINS
    read = np.array([hum.voltage(sample, sample + 1)[0, 0] for sample in samples])
    np.testing.assert_allclose(read, expected, rtol=1e-4)
    last = BINS - 1 + 0.5  # half way from the last point back to the first
    sample = round(last / BINS * 1e6)
    closing = Hum(50.0, 0.5, np.array([0.0, 1e6]), np.array([0.0, 1.0]), np.array([0.0]), shapes[:1])
    assert closing.voltage(sample, sample + 1)[0, 0] == pytest.approx((BINS - 1) / 2.0, rel=1e-3)


def test_a_cycle_is_turned_and_scaled_on_all_channels_alike() -> None:
    turn = 2.0 * np.pi * np.arange(BINS) / BINS
    shape = np.stack([np.cos(turn) + 0.3 * np.cos(5.0 * turn), 0.5 * np.sin(3.0 * turn)], axis=1).astype(np.float32)
    for by in (1, 37, 200):
        noisy = 0.7 * np.roll(shape, by, axis=0) + np.random.default_rng(by).normal(0.0, 0.2, shape.shape)
        np.testing.assert_allclose(fit_cycle(shape, noisy), 0.7 * np.roll(shape, by, axis=0), atol=0.1)
