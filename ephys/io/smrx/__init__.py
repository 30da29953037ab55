"""Spike2's 64-bit ``.smrx`` files, in numpy and the standard library alone; docs/smrx_format.md has the format."""

from ephys.io.smrx.channels import SmrxChannel, SmrxEvents, SmrxMarkers, SmrxRealMarks, SmrxTextMarks, SmrxWaveMarks
from ephys.io.smrx.file import SmrxFile
from ephys.io.smrx.layout import Kind
from ephys.io.smrx.waves import SmrxWave

__all__ = [
    "Kind",
    "SmrxChannel",
    "SmrxEvents",
    "SmrxFile",
    "SmrxMarkers",
    "SmrxRealMarks",
    "SmrxTextMarks",
    "SmrxWave",
    "SmrxWaveMarks",
]
