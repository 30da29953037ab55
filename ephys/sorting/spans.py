"""Spans of samples, as the stretches of time that they are."""

from __future__ import annotations

from ephys.model import Epoch, Recording


def epochs_of(recording: Recording, spans: list[tuple[int, int, str]], join: int) -> tuple[Epoch, ...]:
    """Spans of samples, in order, as times: those that nearly touch are one, and none crosses a pause."""
    epochs = []
    for run in recording.runs:
        end = run.first_sample + run.n_samples
        inside = [
            (max(a, run.first_sample), min(b, end), label) for a, b, label in spans if a < end and b > run.first_sample
        ]
        for start, stop, label in _joined(inside, join):
            start_s, stop_s = (
                run.start_s + (edge - run.first_sample) / recording.sampling_hz for edge in (start, stop)
            )
            epochs.append(Epoch(start_s, stop_s, label))
    return tuple(epochs)


def _joined(spans: list[tuple[int, int, str]], join: int) -> list[tuple[int, int, str]]:
    """Spans less than `join` apart as one, named after the longest."""
    joined: list[tuple[int, int, str]] = []
    longest = 0
    for start, stop, label in spans:
        if joined and start - joined[-1][1] < join:
            first, last, named = joined[-1]
            joined[-1] = (first, max(last, stop), label if stop - start > longest else named)
            longest = max(longest, stop - start)
        else:
            joined.append((start, stop, label))
            longest = stop - start
    return joined
