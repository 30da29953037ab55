"""Spike2's 64-bit ``.smrx`` files, in numpy and the standard library; their face to neo. docs/smrx_format.md."""

from ephys.io.smrx.channels import SmrxChannel, SmrxEvents, SmrxMarkers, SmrxRealMarks, SmrxTextMarks, SmrxWaveMarks
from ephys.io.smrx.file import SmrxFile
from ephys.io.smrx.layout import Kind
from ephys.io.smrx.rawio import SmrxIO, SmrxRawIO
from ephys.io.smrx.waves import SmrxWave

__all__ = [
    "Kind",
    "SmrxChannel",
    "SmrxEvents",
    "SmrxFile",
    "SmrxIO",
    "SmrxMarkers",
    "SmrxRawIO",
    "SmrxRealMarks",
    "SmrxTextMarks",
    "SmrxWave",
    "SmrxWaveMarks",
]
