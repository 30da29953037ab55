"""What a finding answers, without the notes that stand beside it on a page."""

from __future__ import annotations

from ephys.analysis import Finding


def answer_lines(finding: Finding) -> tuple[str, ...]:
    """Lines of the text of a finding that are none of its notes.

    A terminal has the notes below the answer, where a page has a box for them.
    """
    notes = {_plain(note) for note in finding.notes}
    return tuple(line for line in f"{finding}".splitlines() if _plain(line) not in notes)


def _plain(line: str) -> str:
    """A note as it was written, however it is introduced and ended.

    >>> _plain("Note: tubes are no experiments."), _plain("tubes are no experiments")
    ('tubes are no experiments', 'tubes are no experiments')
    """
    words = line.strip().rstrip(".")
    return words[len("note: ") :] if words.lower().startswith("note: ") else words
