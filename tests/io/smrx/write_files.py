"""Write the .smrx files of the tests with the vendor's own library, from numbers of our own, and the truth of each.

Runs on Python 3.9 with ``sonpy==1.9.5`` and numpy, from any folder:

    MALLOC_PERTURB_=255 python3.9 tests/io/smrx/write_files.py tests/io/smrx/files

writes ``NAME.smrx.xz`` and ``NAME.npz``, the latter by `read_truth` from the file closed and opened again. Another
``--seed`` gives files of other contents, sizes and shapes, ``--plain`` leaves them uncompressed, ``--only NAME ...``
writes some. A copy of a file that was never closed is one of its disk while it was being written: its truth is what
of the numbers written is found there. The same seed writes the same data; what the library leaves unused it fills with
what lies in memory, which the variable makes zeros of, but for some bytes after snippets.
"""

from __future__ import annotations

import argparse
import lzma
import sys
import tempfile
from pathlib import Path

import numpy as np
from lifelike import session, spike2_session
from made import Made, steps
from read_truth import save, truth
from unclosed import unclosed
from woven import mixture, woven

FIT = 65520
"""Bytes of a data block for its items; a run of samples takes 16 of them for its head."""


def kinds(made, rng):
    """Every kind of channel, with all that can be said of one; and one of each without data."""
    file = made.file
    for i in range(8):
        file.SetFileComment(i, f"comment {i}: 20 µg/kg i.v.")
    file.SetTimeDate([77, 45, 30, 15, 22, 11, 2024])
    file.SetAppID("EPHYSTST")
    wide = [0, 1, 6553, -32768, 32767]
    made.wave(0, 50, [(200, np.concatenate([wide, rng.integers(-900, 900, 300)]))], rate=12345.6, physical=3)
    made.wave(1, 40, [(70, rng.standard_normal(200)), (90_000, rng.standard_normal(3))], real=True)
    made.events(2, steps(rng, 300, 900), "EventFall", physical=5)
    made.events(3, steps(rng, 200, 900), "EventRise")
    made.events(4, steps(rng, 101, 900), "EventBoth", high=True)
    made.events(5, steps(rng, 64, 900), "EventBoth", high=False)
    made.markers(6, steps(rng, 150, 900), rng.integers(0, 256, (150, 4)))
    said = ["vehicle 1 ml/kg iv", "20 µg/kg i.v.", "éàüñ Ω – 5-HT₁ₐ", "", "x" * 79, "y" * 80, "µ" * 40, " spaced "]
    made.texts(7, steps(rng, len(said), 9000), said, room=80)
    made.wavemarks(8, steps(rng, 20, 9000), points=51, traces=1, pre=13, every=50)
    made.wavemarks(9, steps(rng, 21, 9000), points=32, traces=2, pre=10, every=40)
    made.wavemarks(10, steps(rng, 22, 9000), points=60, traces=4, pre=0, every=1)
    made.reals(11, steps(rng, 23, 9000), points=5)
    made.texts(12, steps(rng, 2, 9000), ["long " * 190, "short"], room=1000)
    made.wave(13, 7, [])
    made.wave(14, 7, [], real=True)
    for number, kind in enumerate(("EventFall", "EventRise", "EventBoth"), 15):
        made.events(number, [], kind)
    made.markers(18, [], [])
    made.texts(19, [], [], room=20)
    made.wavemarks(20, [], points=10, traces=3, pre=2, every=9)
    made.reals(21, [], points=2)
    for number in range(21):
        made.describe(number, f"Unité {number} µ", f"comment of {number}: µg/kg", ("µV", "mV", "°C")[number % 3])
        file.SetChannelYRange(number, -3.5 - number, 7.25)
        file.SetChannelScale(number, 2.5 - number / 16)
        file.SetChannelOffset(number, number / 4 - 1)


def late(made, rng):
    """Items beyond what 32 bits count, in ticks of a nanosecond."""
    far = 1 << 45
    made.wave(0, 50_000, [(far, rng.integers(-5, 5, 400)), (far * 2 + 1, rng.integers(-5, 5, 9))])
    made.events(1, far + steps(rng, 200, 1 << 36), "EventRise")
    made.wavemarks(2, far + steps(rng, 20, 1 << 36), points=8, traces=2, pre=3, every=20_000)


def full_waves(made, rng):
    """Runs that just fill a block or several, are one sample short or one too long; two runs that fill one."""
    for base, size, real in ((0, 2, False), (20, 4, True)):
        most = (FIT - 16) // size
        for i, n in enumerate((most - 1, most, most + 1, 2 * most, 2 * most + 1, 1, 3 * most - 1)):
            made.wave(base + i, 17, [(i, made.few(n))], real=real, title=f"{n} samples")
        first = int(rng.integers(1, 200))
        room = (FIT - 32 - -(-first * size // 8) * 8) // size
        for i, n in enumerate((room - 1, room, room + 1, room - 8 // size), 10):
            made.wave(base + i, 3, [(0, made.few(first)), (10_000, made.few(n))], real=real, title=f"{first} and {n}")


def full_marks(made, rng):
    """Events and marks of every kind that just fill a block or two, are one short or one too many."""

    def sizes(item_bytes):
        most = FIT // item_bytes
        return (most - 1, most, most + 1, 2 * most, 2 * most + 1)

    for i, n in enumerate(sizes(8)):
        made.events(i, steps(rng, n, 90), ("EventFall", "EventRise")[i % 2])
    for i, n in enumerate(sizes(16)):
        made.events(10 + i, steps(rng, n, 90), "EventBoth", high=bool(i % 2))
        made.markers(20 + i, steps(rng, n, 90), np.resize(rng.integers(0, 256, (37, 4)), (n, 4)))
    for i, n in enumerate(sizes(96)):
        made.texts(30 + i, steps(rng, n, 90), np.resize(["iv", "", "5 µg/kg", "WAY-100635"], n).tolist(), room=80)
    for i, n in enumerate(sizes(120)):
        made.wavemarks(40 + i, steps(rng, n, 90), points=51, traces=1, pre=13, every=2)
    for i, n in enumerate(sizes(1616)):
        made.wavemarks(50 + i, steps(rng, n, 90), points=200, traces=4, pre=40, every=2)
        made.reals(60 + i, steps(rng, n, 90), points=400)


def gaps(made, rng):
    """Gaps of less than a sample, of none, of one and more; thousands of tiny runs; runs of many writes."""
    tick, runs = 0, []
    for gap in rng.choice([0, 1, 37, 50, 99, 100, 101, 200, 5000], 80):
        runs.append((tick, made.few(int(rng.integers(1, 1500)))))
        tick += 100 * len(runs[-1][1]) + int(gap)
    made.wave(0, 100, runs)
    made.wave(1, 10, [(500 * k, made.few(1 + k % 11)) for k in range(5000)])
    made.wave(2, 10, [(500 * k, made.few(1 + k % 7)) for k in range(3000)], real=True)
    made.wave(3, 10, [(500 * k, made.few(1)) for k in range(4000)])
    made.wave(4, 10, [(500 * k, made.few(50)) for k in range(2000)])  # one run, written in pieces
    made.wave(5, 10, [(10**9, made.few(70_000)), (3 * 10**9, made.few(40_000))])


def levels(made, rng):
    """More blocks than one node of an index lists, of samples and of texts; a gap between two of its blocks."""
    most = (FIT - 16) // 2
    made.wave(0, 2, [(0, made.few(100 * most)), (10**9, made.few(160 * most + 5))])
    made.texts(1, steps(rng, 256, 90_000), [f"text {i} of a block" for i in range(256)], room=65_000)


def texts(made, rng):
    """Thousands of texts of many lengths."""
    said = [(f"dose {i}: {i / 8:g} µg/kg ipsapirone " * 3)[: i % 77] for i in range(3000)]
    made.texts(29, steps(rng, 3000, 10**6), said, room=80, codes=rng.integers(0, 5, (3000, 4)))


def strings(made, rng):
    """Hundreds of channels with long texts, some replaced, shortened or taken away: a header of many pages."""

    def long(word, most):
        return word * int(rng.integers(1, most))

    for number in range(320):
        made.events(number, steps(rng, 30, 900) if number % 9 == 4 else [], "EventRise")
        made.describe(number, f"{number} µ " + long("title ", 60), long(f"é{number} ", 150), "µV")
    for number in range(0, 320, 3):
        made.describe(number, "short", "", "")
    for number in range(0, 320, 7):
        made.describe(number, f"{number}", f"again {number} " * 80, "°C")


def reused(made, rng):
    """Channels deleted, used again for another kind, for more or fewer blocks; deleted and brought back."""
    file = made.file
    for number in range(7):
        made.wave(number, 10, [(0, made.few(90_000))], title=f"first {number}")
    for number in (0, 2, 3, 4, 5):
        file.ChannelDelete(number)
    made.wave(0, 5, [(7, made.few(40_000))], title="second")
    made.events(2, steps(rng, 20_000, 900), "EventFall")
    file.ChannelUndelete(3, True)
    made.wave(4, 5, [(7, made.few(200_000))], title="longer")
    file.ChannelDelete(0)
    made.markers(0, steps(rng, 5000, 900), np.resize(rng.integers(0, 256, (7, 4)), (5000, 4)))


def emptied(made, rng):
    """A file that was emptied and then written to again."""
    made.wave(0, 50, [(0, made.few(70_000))], title="kept")
    made.events(1, steps(rng, 900, 900), "EventFall")
    made.events(2, steps(rng, 900, 900), "EventFall")
    made.file.EmptyFile()
    made.file.WriteInts(0, made.few(50), 77)
    made.file.WriteEvents(2, steps(rng, 12, 900))


def area(made, rng):
    """A part of the header for the user's own data, before the table of channels."""
    made.file.SetExtraDataInt32(rng.integers(0, 99, 700).tolist(), 16)
    made.wave(199, 50, [(0, made.few(100))])


def empty(made, rng):
    """Nothing."""


FILES = {
    kinds: {}, late: {"tick_s": 1e-9}, full_waves: {"channels": 48}, full_marks: {"channels": 80}, gaps: {},
    levels: {"tick_s": 1e-7}, texts: {}, woven: {"channels": 40, "tick_s": 5e-6}, strings: {"channels": 330},
    reused: {}, emptied: {}, area: {"channels": 200, "area": 3000}, empty: {}, session: {}, mixture: {"channels": 64},
    spike2_session: {},
}  # fmt: skip

UNCLOSED = 15
"""Seeds the files that were never closed, after those above it seeds by their places."""


def write(folder, seed, plain, only):
    """Write the files, and say how large they are."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as at:
        for k, (build, how) in enumerate(FILES.items()):
            path = Path(at) / f"{build.__name__}.smrx"
            if only and path.stem not in only:
                continue
            rng = np.random.default_rng([seed, k])
            made = Made(path, rng, **how)
            build(made, rng)
            made.close()
            keep(path, folder, truth(path, made.said, made.levels), plain)
        for path, known in unclosed(Path(at), np.random.default_rng([seed, UNCLOSED])):
            if not only or path.stem in only:
                keep(path, folder, known, plain)


def keep(path, folder, known, plain):
    """Keep a file and its truth."""
    data = path.read_bytes()
    kept = folder / (path.name if plain else f"{path.name}.xz")
    delta = [{"id": lzma.FILTER_DELTA, "dist": 16}] if path.stem == "full_marks" else []
    kept.write_bytes(data if plain else lzma.compress(data, filters=[*delta, {"id": lzma.FILTER_LZMA2, "preset": 9}]))
    save(folder / f"{path.stem}.npz", known)
    path.unlink()
    sys.stdout.write(f"{kept.name}: {len(data)} bytes, kept as {kept.stat().st_size}\n")


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--seed", type=int, default=1996)
    asked.add_argument("--plain", action="store_true")
    asked.add_argument("--only", nargs="*", default=[])
    given = asked.parse_args()
    write(given.folder, given.seed, given.plain, given.only)
