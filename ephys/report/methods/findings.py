"""Sentences that findings tell of themselves."""

from __future__ import annotations

from collections.abc import Iterable

from ephys.analysis import Finding


def finding_sentences(findings: Iterable[Finding]) -> tuple[str, ...]:
    """What findings tell of their methods, line by line, once where several tell the same or a part of it."""
    texts = tuple(dict.fromkeys(line for one in findings for line in one.methods.splitlines()))
    return tuple(text for text in texts if not any(text != other and text in other for other in texts))
