"""Work on several things at the same time, results in order."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ephys.errors import ParameterError
from ephys.jupyter.progress import tqdm

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_JOBS = 4
"""Things worked on at the same time unless more are asked for: each takes memory (convention)."""


def check_jobs(jobs: int | None) -> None:
    """Raise unless something can be worked on.

    Raises
    ------
    ParameterError
        For fewer than one job.
    """
    if jobs is not None and jobs < 1:
        raise ParameterError(f"jobs must be 1 or more (by default as many as there are processors), got {jobs}")


def in_order(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    jobs: int | None = None,
    label: str = "",
    progress: bool = False,
) -> Iterator[Result]:
    """What `work` makes of each item, in the order of the items; the results do not depend on `jobs`.

    Parameters
    ----------
    work : callable
        Called from several threads.
    items : sequence
        What to work on.
    jobs : int, optional
        Items worked on at the same time; by default as many as there are processors, up to four.
    label, progress
        Name of the progress bar, and whether to show one.

    Examples
    --------
    >>> list(in_order(str.upper, ["a", "b", "c"], jobs=2))
    ['A', 'B', 'C']
    """
    check_jobs(jobs)
    with (
        ThreadPoolExecutor(jobs or min(MOST_JOBS, _processors())) as pool,
        tqdm(total=len(items), desc=label, unit="chunk", disable=not progress) as bar,
    ):
        try:
            for result in pool.map(work, items):
                yield result
                bar.update()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # an interrupt does not wait for the chunks still to come
            raise


def _processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
