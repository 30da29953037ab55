"""Files whose channels are written in turns, a little of each at a time; see `write_files.py`."""

from __future__ import annotations

import numpy as np
from made import steps


def woven(made, rng):
    """Samples, events and snippets of many channels, written in turns."""
    trios = range(0, 24, 3)
    turns = 10
    for number in trios:
        made.wave(number, 10 + number, [])
        made.events(number + 1, [], "EventRise")
        made.wavemarks(number + 2, [], points=20 + number % 7, traces=1 + number % 4, pre=number % 9, every=4)
    for turn in range(turns):
        start = turn * 4_000_000
        for number in trios:
            n = int(rng.integers(1, 2_500_000 // (10 + number) // 3))
            made.file.WriteInts(number, made.few(n), start + int(rng.integers(0, 10**6)))
            made.file.WriteEvents(number + 1, start + steps(rng, int(rng.integers(1, 600)), 1000))
            ticks = start + steps(rng, int(rng.integers(1, 100)), 5000)
            made.wavemarks(number + 2, ticks, 20 + number % 7, 1 + number % 4, number % 9, 4, new=False)


def mixture(made, rng):
    """Channels of kinds, sizes and shapes that chance chooses, written in turns; some deleted, some used again."""
    written = {}
    for turn in range(60):
        number = int(rng.integers(0, 14))
        if number in written and rng.random() < 0.1:
            made.file.ChannelDelete(number)  # what was said on it stays known: the library may forget to delete it
            del written[number]
            continue
        if number not in written:
            written[number] = _begin(made, rng, number)
        _go_on(made, rng, number, written[number], turn * 50_000_000)


def _begin(made, rng, number):
    """Begin a channel of any kind; return its kind and shape."""
    kind = str(rng.choice(["Adc", "RealWave", "EventFall", "EventBoth", "Marker", "TextMark", "AdcMark", "RealMark"]))
    shape = {"points": int(rng.integers(1, 90)), "traces": int(rng.integers(1, 5)), "every": int(rng.integers(1, 300))}
    if kind in ("Adc", "RealWave"):
        made.wave(number, shape["every"], [], real=kind == "RealWave", title=f"{number} {kind}")
    elif kind == "Marker":
        made.markers(number, [], [])
    elif kind == "TextMark":
        made.texts(number, [], [], room=shape["points"] + 30)
    elif kind == "AdcMark":
        made.wavemarks(number, [], shape["points"], shape["traces"], shape["points"] // 4, shape["every"])
    elif kind == "RealMark":
        made.reals(number, [], shape["points"])
    else:
        made.events(number, [], kind, high=bool(rng.random() < 0.5))
    return kind, shape


def _go_on(made, rng, number, begun, start):
    """Write some more to a channel."""
    kind, shape = begun
    ticks = start + steps(rng, int(rng.integers(1, 900)), 20_000)
    if kind in ("Adc", "RealWave"):
        write, dtype = (made.file.WriteInts, np.int16) if kind == "Adc" else (made.file.WriteFloats, np.float32)
        n = min(int(rng.integers(1, 50_000)), 12_000_000 // shape["every"])
        for part in range(int(rng.integers(1, 4))):
            assert write(number, made.few(n).astype(dtype), start + part * 15_000_000) >= 0
    elif kind == "Marker":
        made.markers(number, ticks, np.resize(rng.integers(0, 256, (37, 4)), (len(ticks), 4)), new=False)
    elif kind == "TextMark":
        texts = [("µ", "x")[k % 2] * (k % 25) for k in range(len(ticks))]
        made.texts(number, ticks, [text[:14] for text in texts], room=30, new=False)
    elif kind == "AdcMark":
        made.wavemarks(number, ticks, shape["points"], shape["traces"], 0, 0, new=False)
    elif kind == "RealMark":
        made.reals(number, ticks, shape["points"], new=False)
    else:
        assert made.file.WriteEvents(number, ticks) == 0
