"""What was done to one animal's dialysate, in sentences for a Methods section."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ephys.pharmacology.groups.estimates import number_text
from ephys.pharmacology.microdialysis.settings import DialysisSettings

if TYPE_CHECKING:
    from ephys.pharmacology.microdialysis.course import DialysisCourse


def dialysis_methods(settings: DialysisSettings) -> str:
    """What was reckoned of each animal, in sentences.

    >>> dialysis_methods(DialysisSettings()).startswith("Collection times were corrected")
    True
    """
    window = (
        "all fractions after the drug" if math.isinf(settings.window_min)
        else f"the fractions within {settings.window_min:g} min from the drug"
    )  # fmt: skip
    return (
        "Collection times were corrected for the dead volume of the outlet (volume / flow). Values were expressed as "
        f"percent of the mean of the last {settings.baseline_fractions} fractions collected wholly before the drug; a "
        f"baseline was taken as stable up to a coefficient of variation of {settings.most_cv_percent:g} % and a linear "
        f"change of {settings.most_drift_percent:g} % over its fractions. The area is the sum of (percent - 100) x "
        f"duration over {window}; a fraction that straddled the drug was in neither."
    )


def dialysis_facts(course: DialysisCourse) -> str:
    """Flow, dead volume and length of the fractions, as far as they are known."""
    lengths = [one.length_min for one in course.fractions]
    ends = dict.fromkeys(number_text(end) for end in (min(lengths), max(lengths)))
    flow = "" if math.isnan(course.flow_ul_min) else f" at {course.flow_ul_min:g} µl/min"
    if course.delay_min > 0:
        volume = number_text(course.delay_min * course.flow_ul_min)
        delay = f"a dead volume of {volume} µl delayed it by {number_text(course.delay_min)} min"
    else:
        delay = "the dead volume was taken as 0, times being corrected already"
    return f"Dialysate{flow} was collected in fractions of {' to '.join(ends)} min; {delay}."
