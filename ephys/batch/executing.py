"""Jobs on worker processes, here or elsewhere: what comes back, in whatever order it is done."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import contextmanager
from typing import TypeVar

from loky import ProcessPoolExecutor  # type: ignore[import-untyped]  # it ships no types

from ephys.errors import EphysError, ParameterError

Item = TypeVar("Item")
Result = TypeVar("Result")

WORKER_BYTES = 1_000_000_000
"""Memory that a worker may take: an hour of one wire is sorted in less than two thirds of it."""
_AHEAD = 2
"""Jobs that wait at each worker of this machine, so that none has to wait for the next."""
_FAR = 1000
"""Jobs that are handed to a foreign executor at a time: it may have hundreds of workers."""


def default_workers() -> int:
    """As many workers as cores and memory allow.

    >>> default_workers() >= 1
    True
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    free = _free_bytes()
    return max(1, cores if free is None else min(cores, free // WORKER_BYTES))


def _free_bytes() -> int | None:
    """Memory that is free, or can be at once; ``None`` where the system does not say."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:  # noqa: PTH123 - no file of anybody's
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        return None


def check_workers(jobs: int | None) -> int:
    """Return how many workers are meant.

    Raises
    ------
    ParameterError
        For fewer than one.
    """
    if jobs is not None and jobs < 1:
        raise ParameterError(f"jobs must be 1 or more (by default as many as cores and memory allow), got {jobs}")
    return jobs or default_workers()


def run_here(
    work: Callable[[Item], Result], items: Sequence[Item], *, jobs: int
) -> Iterator[tuple[Item, Result | BaseException]]:
    """Work on every item in worker processes of this machine; with one job, in this process.

    A worker that dies (killed for the memory that it took, or crashed in a foreign library) takes down the pool: the
    items that were under work are tried again alone, and the one that kills its worker again is given up.

    Yields
    ------
    (item, result or error)
    """
    if jobs == 1:
        for item in items:
            yield item, _tried(work, item)
        return
    left = list(items)
    while left:
        died: list[Item] = []
        with _pool(jobs) as pool:
            for item, result in run_on(pool, work, tuple(left), at_once=jobs * _AHEAD):
                left.remove(item)
                if isinstance(result, BrokenExecutor):
                    died.append(item)
                else:
                    yield item, result
        for item in died:
            with _pool(1) as alone:
                ((_, result),) = run_on(alone, work, [item], at_once=1)
            yield item, _given_up(result)


@contextmanager
def _pool(jobs: int) -> Iterator[Executor]:
    """Fresh worker processes; they end with the block, at once where it ends before the work, or with this process.

    A process that is killed ends nothing itself: its workers look whether it is still there.
    """
    parent = os.getpid()

    def watch() -> None:  # pickled by value: the worker need not import this package for it
        threading.Thread(target=end_with_parent, daemon=True).start()

    def end_with_parent() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(1)

    pool = ProcessPoolExecutor(max_workers=jobs, initializer=watch)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=True, kill_workers=True)
        raise
    pool.shutdown(wait=True)


def _tried(work: Callable[[Item], Result], item: Item) -> Result | BaseException:
    """Result of an item, or what went wrong."""
    try:
        return work(item)
    except Exception as error:
        return error


def _given_up(result: Result | BaseException) -> Result | BaseException:
    """Say what a dead worker means."""
    if isinstance(result, BrokenExecutor):
        return EphysError(
            "its worker process died twice, the second time alone: killed for want of memory, or crashed in a library "
            "that reads the file; try it alone with `ephys analyse`"
        )
    return result


def _result_of(future: Future[Result]) -> Result | BaseException:
    """Result of a future that is done, or what went wrong; a scheduler that goes away cancels what it had."""
    try:
        return future.result()
    except (Exception, CancelledError) as error:
        return error


def run_on(
    executor: Executor, work: Callable[[Item], Result], items: Sequence[Item], *, at_once: int = _FAR
) -> Iterator[tuple[Item, Result | BaseException]]:
    """Work on every item on an executor of any kind, no more of them handed over at a time than it can hold.

    An executor that breaks gives an error for each item that was under work; the others are not yielded.

    Yields
    ------
    (item, result or error)
    """
    waiting = list(reversed(items))
    running: dict[Future[Result], Item] = {}
    broken = False
    try:
        while running or (waiting and not broken):
            while waiting and not broken and len(running) < at_once:
                try:
                    future = executor.submit(work, waiting[-1])
                except BrokenExecutor:
                    broken = True
                else:
                    running[future] = waiting.pop()
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                item, result = running.pop(future), _result_of(future)
                broken = broken or isinstance(result, BrokenExecutor)
                yield item, result
    finally:
        for future in running:
            future.cancel()
