"""What holds of the methods of every analysis."""

from __future__ import annotations

import re

from ephys.report import MethodsText
from ephys.report.methods.named_references import NAMED
from ephys.report.methods.references import REFERENCES

ODD = re.compile(r"\bnan\b|\bNone\b|\binf\b|  |\.\.|\(\)|\[\]|[\ue000-\ue002]|\n\n\n| [,.;:]")
"""What no sentence holds."""


def check(text: MethodsText) -> None:
    """No odd words; what is cited is listed and the other way round; gaps stand in the text."""
    words = "\n".join(map(str, text.paragraphs))
    assert not ODD.search(str(text)), ODD.search(str(text))
    assert all(one.is_named_in(words) for one in text.references), "listed and not cited"
    cited = {one.key for one in REFERENCES.values() if f"({one.label}" in words or f"; {one.label}" in words}
    cited |= {one.key for one in NAMED if one.is_named_in(words)}
    assert cited == {one.key for one in text.references}, "cited and not listed"
    assert len(set(text.references)) == len(text.references)
    assert all(f"[{gap}]" in words for gap in text.gaps)
