"""What to know before the numbers of a fit are used, in words."""

from __future__ import annotations

import numpy as np

from ephys.pharmacology.regression.admissible import all_or_none, no_spread
from ephys.pharmacology.regression.inference import Inference
from ephys.pharmacology.regression.problem import Problem
from ephys.pharmacology.regression.search import Solution


def why_none(solution: Solution) -> str:
    """Say why there is no best fit, and what can be asked all the same."""
    problem = solution.problem
    if bool(no_spread(problem)[0]):
        return "every response is the same, and no dose has an effect; e and b mean nothing"
    if bool(all_or_none(problem, solution.theta)[0]):
        return "the responses go from one limit to the other between two doses (all or none); see interval('e')"
    return (
        "a parameter runs away (no plateau within the doses, or no effect): estimates and standard errors mean "
        "nothing, but interval('e') holds"
    )


def outside_doses(inference: Inference) -> list[str]:
    """Say where half of the effect lies outside the doses given: an extrapolation."""
    problem = inference.solution.problem
    low, high = (float(np.exp(end[0])) for end in problem.dose_range)
    notes = []
    for label in problem.layout.labels:
        with np.errstate(all="ignore"):
            dose = float(inference.estimate(inference.dose(50.0, "relative", label))[0][0])
        if not low <= dose <= high:
            of = f" of curve {label}" if len(problem.layout.labels) > 1 else ""
            notes.append(f"the ED50{of} lies outside the doses given ({low:g} to {high:g}): an extrapolation")
    return notes


def uncounted(problem: Problem) -> list[str]:
    """Say where counts are none: a rate is given as a count with its time as exposure."""
    response = problem.scatter.response[problem.used]
    if problem.family.counts and np.any(response != np.rint(response)):
        return ["some counts are no whole numbers: a rate is no count; give counts, and their time as exposure"]
    return []
