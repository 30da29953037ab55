"""One entry of a list of references."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ephys.jupyter import Shown


@dataclass(frozen=True, slots=True)
class Reference(Shown):
    """One entry of a list of references.

    Parameters
    ----------
    key : str
        By which sentences cite it.
    label : str
        Authors and year, as the text has them.
    authors, year, title, where : str
        As the list has them; `where` is journal, volume and pages.
    doi : str
        Empty where there is none, or it was not verified.
    """

    key: str
    label: str
    authors: str
    year: str
    title: str
    where: str
    doi: str = ""

    def __str__(self) -> str:
        """As it stands in the list."""
        doi = f" doi:{self.doi}" if self.doi else ""
        year = f" ({self.year})" if self.year else ""
        return f"{self.authors}{year}. {self.title}. {self.where}.{doi}"

    def is_named_in(self, text: str) -> bool:
        """Whether a text has its authors and year, with ``&`` or *and*, and the year in brackets or not.

        >>> mantel = Reference("mantel", "Mantel & Byar 1974", "Mantel N, Byar DP", "1974", "Evaluation", "JASA")
        >>> mantel.is_named_in("by the test of Mantel and Byar (1974)"), mantel.is_named_in("Mantel 1966")
        (True, False)
        """
        authors, year = self.label.rsplit(" ", 1)
        return re.search(f"{authors.replace('&', '(?:&|and)')},? \\(?{year}", text) is not None
