"""Files that were never closed: copies of one while it is being written; see `write_files.py`."""

from __future__ import annotations

import shutil

import numpy as np
from made import Made
from sonpy import lib as sp

_PIECE = 2047
"""Samples that are looked for at a time: a sixteenth of a block, an eighth of what is written in one go."""


def unclosed(folder, rng):
    """Return copies of a file made while it is being written, and what of the numbers written is in each.

    Before anything was committed, right after that, after the header alone was, and after more was written.
    """
    path = folder / "being_written.smrx"
    made = Made(path, rng)
    made.wave(0, 50, [], title="live")
    made.events(1, [], "EventFall")
    made.texts(3, [], [], room=40)
    made.events(5, [], "EventRise")
    made.wavemarks(6, [], points=51, traces=2, pre=13, every=50)
    written, copies = _nothing(), []
    for turn in range(20):
        _write(made, rng, turn, written)
        if turn == 9:
            copies.append(_copy(path, "unclosed_before_commit", written))
            assert made.file.Commit() == 0
            copies.append(_copy(path, "unclosed_after_commit", written))
        if turn == 14:
            assert made.file.Commit(sp.CommitFlags.HeaderOnly) == 0
            copies.append(_copy(path, "unclosed_after_header", written))
    copies.append(_copy(path, "unclosed_at_end", written))
    made.close()
    return copies


def _nothing():
    """Return what was written of each channel so far: what `_write` adds to."""
    wave = {"samples": np.empty(0, np.int16)}
    marks = {"ticks": np.empty(0, np.int64), "codes": np.empty((0, 4), np.uint8)}
    return {
        0: wave,
        1: {"ticks": np.empty(0, np.int64)},
        3: {**marks, "texts": np.empty(0, "U40")},
        5: {"ticks": np.empty(0, np.int64)},
        6: {**marks, "waves": np.empty((0, 51, 2), np.int16)},
    }


def _write(made, rng, turn, written):
    """Write some more of every channel; nothing recurs, so that each piece can be found in the file."""
    start = turn << 20
    samples = (np.arange(8)[:, np.newaxis] + 8 * turn + 300 * (np.arange(_PIECE) % 23)).astype(np.int16).ravel()
    made.file.WriteInts(0, samples, turn * len(samples) * 50)
    few, many = start + 100_000 * np.arange(1, 6) + 1, start + 512 * np.arange(1, 2001 - turn % 2 * 1000) + 5
    made.file.WriteEvents(1, few)
    made.file.WriteEvents(5, many)
    texts = [f"mark {turn}, {i} µg/kg" for i in range(3)]
    text_ticks, text_codes = start + 300_000 * np.arange(3) + 3, np.full((3, 4), (turn, 1, 2, 3))
    made.texts(3, text_ticks, texts, room=40, codes=text_codes, new=False)
    ticks, codes = start + (np.arange(1, 61) << 14) + 6, np.resize(np.arange(60 * 4), (60, 4))
    waves = np.repeat(rng.integers(-900, 900, (1, 51, 2)), 60, axis=0)
    waves[:, 0, 0] = np.arange(60)
    made.wavemarks_of(6, ticks, codes, waves)
    for number, facts in (
        (0, {"samples": samples}),
        (1, {"ticks": few}),
        (3, {"ticks": text_ticks, "codes": text_codes, "texts": texts}),
        (5, {"ticks": many}),
        (6, {"ticks": ticks, "codes": codes, "waves": waves}),
    ):
        for name, more in facts.items():
            so_far = written[number][name]
            written[number][name] = np.concatenate([so_far, np.asarray(more).astype(so_far.dtype)])


def _copy(path, name, written):
    """Copy a file as it is on the disk; return the copy, and what of the written is found there."""
    copy = path.with_name(f"{name}.smrx")
    shutil.copy(path, copy)
    data, known = copy.read_bytes(), {"chan0_run_start_tick": [0]}
    for number, facts in written.items():
        n = _on_disk(data, facts)
        known.update({f"chan{number}_{fact}": array[:n].copy() for fact, array in facts.items()})
    known["chan0_run_length"] = [len(known["chan0_samples"])]
    return copy, known


def _on_disk(data, facts):
    """Return how many items of a channel are in a file, by looking for the bytes of some at a time, in order."""
    if "codes" in facts:
        heads = np.zeros(len(facts["ticks"]), [("tick", "<i8"), ("codes", "u1", 4)])
        heads["tick"], heads["codes"], each = facts["ticks"], facts["codes"], 1
        items = heads
    else:
        items, each = facts.get("samples", facts.get("ticks")), _PIECE if "samples" in facts else 5
    at = 1 << 16
    for i in range(0, len(items), each):
        at = data.find(items[i : i + each].tobytes(), at) + 1
        if not at:
            return i
    return len(items)
