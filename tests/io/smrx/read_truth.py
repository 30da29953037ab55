"""What the vendor's library reads from a .smrx file, as arrays: the truth that the tests hold the reader to.

Runs on Python 3.9 with ``sonpy==1.9.5``, as `write_files.py` does, which has no use without it.
"""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
from sonpy import lib as sp

KIND = sp.DataType

_SHAPED = (KIND.AdcMark, KIND.RealMark)

_AT_ONCE = 20_000
"""Items to ask for; the library takes memory for so many, however few there are."""


def truth(path, texts, levels):
    """Return all that the library knows of a closed file.

    Parameters
    ----------
    path : Path
        The file.
    texts : dict of int to list of str
        Texts of each channel of text marks, as they were written: the library reads on past the end of a text.
    levels : dict of int to bool
        Whether each channel of both edges starts high: the library does not say.

    Returns
    -------
    dict of str to array
        ``facts``: what is said of the file and of each of its channels, as bytes of JSON; and, for instance,
        ``chan3_ticks``.
    """
    file = sp.SonFile(str(path), True)
    assert file.GetOpenError() == 0, (path, file.GetOpenError())
    facts = {
        "time_base_s": file.GetTimeBase(),
        "max_time": file.MaxTime(),
        "max_channels": file.MaxChannels(),
        "file_comments": [file.GetFileComment(i) for i in range(8)],
        "time_date": file.GetTimeDate(),  # hundredths, second, minute, hour, day, month, year
        "creator": file.GetAppID(),
        "version": file.GetVersion(),
        "channels": {},
    }
    arrays = {}
    for number in range(file.MaxChannels()):
        kind = file.ChannelType(number)
        if kind != KIND.Off:
            facts["channels"][number] = _row(file, number, kind)
            data = _data(file, number, kind)
            if kind == KIND.TextMark:
                data["texts"] = np.array(texts[number], dtype=str)
                assert len(texts[number]) == len(data["ticks"]), (path, number)
            if kind == KIND.EventBoth:
                facts["channels"][number]["starts_high"] = levels[number]
                data["codes"] = np.zeros((len(data["ticks"]), 4), np.uint8)  # as meant: the level after each edge
                data["codes"][:, 0] = (np.arange(len(data["ticks"])) + (not levels[number])) % 2
            arrays.update({f"chan{number}_{name}": array for name, array in data.items()})
    return {"facts": np.frombuffer(json.dumps(facts).encode(), np.uint8), **arrays}


def _row(file, number, kind):
    """Return what is said of a channel."""
    facts = {
        "kind": str(kind).split(".")[-1],
        "title": file.GetChannelTitle(number),
        "comment": file.GetChannelComment(number),
        "units": file.GetChannelUnits(number),
        "scale": file.GetChannelScale(number),
        "offset": file.GetChannelOffset(number),
        "divide": file.ChannelDivide(number),
        "ideal_rate": file.GetIdealRate(number),
        "y_range": file.GetChannelYRange(number),
        "physical": file.PhysicalChannel(number),
    }
    if kind in _SHAPED:
        facts["rows_cols_pre"] = file.GetExMarkInfo(number)
    return facts


def _data(file, number, kind):
    """Return what a channel holds."""
    if kind in (KIND.Adc, KIND.RealWave):
        return _runs(file, number, kind)
    if kind in (KIND.EventFall, KIND.EventRise, KIND.EventBoth):
        return {"ticks": np.array(_all(file, number, file.ReadEvents, int), np.int64)}
    reads = {
        KIND.Marker: file.ReadMarkers,
        KIND.TextMark: file.ReadTextMarks,
        KIND.AdcMark: file.ReadWaveMarks,
        KIND.RealMark: file.ReadRealMarks,
    }
    marks = _all(file, number, reads[kind], lambda mark: mark.Tick)
    data = {
        "ticks": np.array([mark.Tick for mark in marks], np.int64),
        "codes": np.array([[m.Code1, m.Code2, m.Code3, m.Code4] for m in marks], np.uint8).reshape(-1, 4),
    }
    rows, columns, _ = file.GetExMarkInfo(number) if kind in _SHAPED else (0, 0, 0)
    if kind == KIND.AdcMark:
        waves = [[[mark[i, j] for j in range(columns)] for i in range(rows)] for mark in marks]
        data["waves"] = np.array(waves, np.int16).reshape(-1, rows, columns)
    if kind == KIND.RealMark:
        data["values"] = np.array([[mark[i] for i in range(rows)] for mark in marks], np.float32).reshape(-1, rows, 1)
    return data


def _all(file, number, read, tick_of):
    """Return all items of a channel, read some at a time; no two have the same tick."""
    items, last = [], file.ChannelMaxTime(number)
    while last >= 0 and (not items or tick_of(items[-1]) < last):
        items += read(number, _AT_ONCE, tick_of(items[-1]) + 1 if items else 0)
    return items


def _runs(file, number, kind):
    """Return the unbroken runs of samples of a channel; the library gives a run in pieces."""
    read, dtype = (file.ReadInts, np.int16) if kind == KIND.Adc else (file.ReadFloats, np.float32)
    divide, last = file.ChannelDivide(number), file.ChannelMaxTime(number)
    starts, lengths, pieces, tick = [], [], [np.empty(0, dtype)], 0
    while tick <= last:
        first = file.FirstTime(number, tick, last + 1)
        assert tick <= first <= last, (number, tick, first)
        pieces.append(np.array(read(number, 500_000, first), dtype))
        if starts and first == starts[-1] + lengths[-1] * divide:
            lengths[-1] += len(pieces[-1])
        else:
            starts.append(first)
            lengths.append(len(pieces[-1]))
        tick = first + (len(pieces[-1]) - 1) * divide + 1
    return {
        "run_start_tick": np.array(starts, np.int64),
        "run_length": np.array(lengths, np.int64),
        "samples": np.concatenate(pieces),
    }


def save(path, arrays):
    """Write arrays as numpy's .npz, smaller than numpy does, and the same bytes every time."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), member.getvalue(), zipfile.ZIP_LZMA)
