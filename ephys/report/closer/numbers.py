"""Numbers as a page carries them: whole, each as its step from the one before, in decimal digits.

A page is text in which names are replaced when a study is blind: digits stay what they are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def coded(values: IntArray) -> str:
    """Write whole numbers as steps, the first from 0.

    Parameters
    ----------
    values : array (numbers,)

    Returns
    -------
    str
        Steps with blanks between them.

    Examples
    --------
    >>> coded(np.array([100, 103, 101]))
    '100 3 -2'
    """
    return " ".join(map(str, np.diff(values, prepend=0).tolist()))


def ticks(times_s: FloatArray, *, start_s: float, per_s: int) -> IntArray:
    """In which tick of a clock each time lies: ticks are half-open, as bins are, so that no spike changes its bin.

    Parameters
    ----------
    times_s : array (times,)
    start_s : float
        Where the clock begins.
    per_s : int
        Ticks in a second.

    Returns
    -------
    array (times,)
        The last tick that begins at the time or before it, to the last bit of its edge.

    Examples
    --------
    >>> ticks(np.array([5.0, 5.1, 15.0]), start_s=5.0, per_s=10_000)
    array([     0,   1000, 100000])
    """
    found: IntArray = np.floor((times_s - start_s) * per_s).astype(np.int64)
    found = np.where(start_s + (found + 1) / per_s <= times_s, found + 1, found)
    return np.where(start_s + found / per_s > times_s, found - 1, found)
