"""A session as a laboratory would record it, in small; see `write_files.py`."""

from __future__ import annotations

import numpy as np

DOSES = (
    (180.0, "vehicle 1 ml/kg iv"),
    (300.0, "ipsapirone 31.25 ug/kg iv"),
    (420.0, "ipsapirone 62.5 ug/kg iv"),
    (540.0, "ipsapirone 125 µg/kg iv"),
    (660.0, "ipsapirone 250 µg/kg iv"),
)
"""Time of each injection in s, and what the text mark says."""

LEFT = (1.0, 0.8, 0.5, 0.2, 1 / 17)
"""Firing that is left after each injection, as a fraction: an ID50 of 62.5 µg/kg in total, with a Hill slope of 2."""


TAU_S = 15.0
"""After a dose, firing falls with this time constant to what it leaves."""


def session(made, rng):
    """The session, with a key pressed a second before each injection, and at both ends."""
    _record(made, rng, points=51, every=50, other_hz=0.9, pressure_hz=100)
    keys = [5.0, *(t - 1.0 for t, _ in DOSES), 890.0]
    made.markers(30, [round(t * 1e6) for t in keys], [(ord("svabcde"[k]), 0, 0, 0) for k in range(len(keys))])
    made.describe(30, "Keyboard", "", "")


def spike2_session(made, rng):
    """The session as the sample data have it: a block of snippets, one of blood pressure, no keys."""
    _record(made, rng, points=24, every=100, other_hz=0.15, pressure_hz=25)


def _record(made, rng, *, points, every, other_hz, pressure_hz):
    """Fifteen minutes of a slow regular cell, silenced step by step, with typed doses and blood pressure."""
    file = made.file
    file.SetTimeDate([0, 12, 5, 14, 9, 3, 2025])
    file.SetAppID("EPHYSTST")
    file.SetFileComment(0, "rat 12, male, 280 g; chloral hydrate")
    file.SetFileComment(1, "dorsal raphe, track 2")
    _cell(made, rng, points, every, other_hz)
    made.texts(29, [round(t * 1e6) for t, _ in DOSES], [text for _, text in DOSES], room=80)
    made.describe(29, "TextMark", "", "")
    seconds = np.arange(900 * pressure_hz) / pressure_hz
    pressure = 95.0 + 10.0 * np.sin(2 * np.pi * 6.0 * seconds) - 15.0 * np.clip((seconds - 300.0) / 400.0, 0.0, 1.0)
    counts = np.round(pressure / 40.0 * 6553.6 / 256.0) * 256
    made.wave(1, 1_000_000 // pressure_hz, [(0, counts)], title="BP", rate=float(pressure_hz), physical=1)
    made.describe(1, "BP", "femoral artery", "mmHg")
    file.SetChannelScale(1, 40.0)


def _cell(made, rng, points, every, other_hz):
    """WaveMarks: noise as code 0, the cell as code 1, a second, irregular and briefer one as code 2."""
    inhibited, seconds = np.ones(900), np.arange(900.0)
    for k, left in enumerate(LEFT):
        at = DOSES[k][0]
        after = seconds >= at
        inhibited[after] = left + (inhibited[int(at) - 1] - left) * np.exp(-(seconds[after] - at) / TAU_S)
    rates = (np.full(900, 0.05), 1.6 * inhibited, np.full(900, other_hz))
    spikes = np.concatenate([_fires(rng, rates[code], (1.0, 0.12, 0.6)[code], code) for code in (1, 2, 0)])
    spikes = spikes[np.argsort(spikes[:, 0])]
    spikes = spikes[np.concatenate([[True], np.diff(spikes[:, 0]) > 3e-3])]
    made.wavemarks(4, [], points=points, traces=1, pre=points // 4 + 1, every=every)
    codes = spikes[:, 1:].astype(int) * (1, 0, 0, 0)
    made.wavemarks_of(
        4, np.round(spikes[:, 0] * 1e6).astype(np.int64), codes, _shapes(rng, spikes, points, every)[..., np.newaxis]
    )
    made.describe(4, "nw-1", "DRN, 5.1 mm", "mV")
    made.file.SetChannelScale(4, 1.0)


def _fires(rng, rate_hz, cv, code):
    """Return (time in s, code) of a cell whose rate changes from one second to the next."""
    times = [rng.random()]
    while times[-1] < 898.0:
        times.append(times[-1] + rng.gamma(1 / cv**2, cv**2) / max(rate_hz[int(times[-1])], 0.01))
    return np.array([(t, code) for t in times if t < 898.0])


def _shapes(rng, spikes, points, every):
    """Return a snippet for each spike: what its code looks like, and noise."""
    at = (np.arange(points) - (points // 4 + 1)) * every / 1000.0  # ms
    slow = -900 * np.exp(-((at / 0.25) ** 2)) + 350 * np.exp(-(((at - 0.9) / 0.6) ** 2))
    fast = -500 * np.exp(-((at / 0.12) ** 2)) + 150 * np.exp(-(((at - 0.35) / 0.2) ** 2))
    shapes = np.array([np.zeros(points), slow, fast])[spikes[:, 1].astype(int)]
    return np.round((shapes + rng.normal(0.0, 24.0, shapes.shape)) / 8).astype(int) * 8
