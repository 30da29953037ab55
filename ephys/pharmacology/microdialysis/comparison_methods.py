"""What was done to compare courses, in sentences for a Methods section."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ephys.pharmacology.groups.estimates import count_text
from ephys.pharmacology.microdialysis.course_methods import dialysis_facts, dialysis_methods

if TYPE_CHECKING:
    from ephys.pharmacology.microdialysis.comparison import DialysisComparison

_MIXED = (
    " A mixed model (group x fraction, random intercept of the animal, restricted maximum likelihood) stood beside it, "
    "its interaction judged with the lower bound of the degrees of freedom (Geisser & Greenhouse 1958)."
)
_BELOW = " Values below the detection limit were taken at it, and everything was reckoned again with 0."
_HOLM = " p-values of several groups were adjusted by Holm's method."


def comparison_methods(found: DialysisComparison) -> str:
    """Sentences on fractions, baseline, and how groups were compared."""
    exact = all(pair.is_exact for pair in found.pairs)
    how = "all arrangements" if exact else f"{max(p.n_arrangements for p in found.pairs):,} arrangements"
    unstable = f" {count_text(len(found.left_out), 'animal')} without a stable baseline left out."
    n_of = Counter(course.group for course in found.courses)
    groups = ", ".join(f"{group} {n}" for group, n in n_of.items())
    facts = "\n".join(dict.fromkeys(map(dialysis_facts, found.courses)))
    return (
        f"{dialysis_methods(found.courses[0].settings)}{unstable if found.left_out else ''}"
        f"{_BELOW if found.if_zero else ''} Courses were compared between animals by permutation of their labels "
        f"({how}) with the largest Welch t of all fractions as the statistic, which adjusts each fraction for their "
        f"number (Westfall & Young 1993).{_MIXED if found.mixed else ''} Areas and nadirs of the animals were compared "
        f"by Welch's t-test.{_HOLM if len(found.pairs) > 1 else ''} Animals compared: {groups}.\n{facts}"
    )
