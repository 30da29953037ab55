"""What may be said of an antagonist on a cell."""

from __future__ import annotations

from typing import Final, Literal

REVERSED: Final = "reversed"
RETURNED: Final = "returned; spontaneous recovery not excluded"
PARTLY: Final = "partly"
NOT_REVERSED: Final = "not reversed"
LOST: Final = "cell lost"
UNDETERMINED: Final = "not reversed or lost (undetermined)"
NOTHING: Final = "nothing to reverse"
NOT_JUDGED: Final = "not judged"

Verdict = Literal[
    "reversed", "returned; spontaneous recovery not excluded", "partly", "not reversed", "cell lost",
    "not reversed or lost (undetermined)", "nothing to reverse", "not judged",
]  # fmt: skip
VERDICTS: tuple[Verdict, ...] = (
    REVERSED, RETURNED, PARTLY, NOT_REVERSED, LOST, UNDETERMINED, NOTHING, NOT_JUDGED,
)  # fmt: skip
JUDGED: tuple[Verdict, ...] = (REVERSED, RETURNED, PARTLY, NOT_REVERSED)
"""Verdicts on a cell that was inhibited, and seen for long enough after the antagonist."""
