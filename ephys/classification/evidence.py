"""How probable it is that a cell is serotonergic, by Bayes from what is published of each class.

Slow and wide alone is about even: half of the slow cells that were labelled held no 5-HT. Whatever the probability
says, it is no better than the handful of identified cells behind it, which the table of distributions counts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ephys.classification.distributions import SEROTONERGIC, CellClass, load_classes, with_prior
from ephys.classification.settings import ClassificationSettings
from ephys.jupyter import Shown

_FEATURES = ("rate_hz", "cv", "total_ms")
"""In the order in which they are weighed: the CV is judged for its rate."""


@dataclass(frozen=True, slots=True)
class Step(Shown):
    """What one feature did to the probability.

    Parameters
    ----------
    feature : str
        Which.
    value : float
        What was measured.
    probability : float
        Of being serotonergic once it is known, with those before it.
    rests_on : tuple of str
        The distribution in each class: how many cells are behind it, and whether it is published or assumed.
    assumed : bool
        Whether it is not published of the serotonergic class.
    """

    feature: str
    value: float
    probability: float
    rests_on: tuple[str, ...] = ()
    assumed: bool = False


@dataclass(frozen=True)
class Evidence(Shown):
    """Probability of each class, and how it came about.

    Parameters
    ----------
    table : str
        Name of the published distributions; empty where there are none for the preparation.
    prior, posterior : mapping
        Probability of each class before and after; empty where nothing could be weighed.
    prior_source : str
        Where the prior comes from.
    steps : tuple of Step
        One per feature weighed, in order.
    notes : tuple of str
        What was left out, and why.
    strange : str
        Why the cell is not even like the class that it most resembles; empty where it is.
    """

    table: str
    prior: Mapping[str, float]
    posterior: Mapping[str, float]
    prior_source: str = ""
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    strange: str = ""

    @property
    def probability(self) -> float:
        """Probability of being serotonergic; NaN where nothing was weighed, or the cell is like no class."""
        return self.posterior[SEROTONERGIC] if self.steps and not self.strange else math.nan

    @property
    def uses_width(self) -> bool:
        """Whether the width was weighed."""
        return any(step.feature == "total_ms" for step in self.steps)

    @property
    def text(self) -> str:
        """The path of the probability in words."""
        if not self.steps:
            return f"no probability: {'; '.join(self.notes)}"
        path = ", then ".join(
            f"{chance_text(s.probability)} with {_NAMES[s.feature]} {s.value:.3g}{_UNITS[s.feature]}"
            + (" (assumed)" if s.assumed else "")
            for s in self.steps
        )
        others = ", ".join(f"{name} {chance_text(p)}" for name, p in self.posterior.items() if name != SEROTONERGIC)
        if self.strange:
            return f"no probability: {self.strange}"
        return f"{chance_text(self.probability)} (prior {self.prior[SEROTONERGIC]:.2f}; {path}; {others})"


def chance_text(probability: float) -> str:
    """A probability in two digits, never quite 0 or 1."""
    if 0.005 <= probability < 0.995:
        return f"{probability:.2f}"
    return "<0.01" if probability < 0.5 else ">0.99"


_NAMES = {"rate_hz": "a rate of", "cv": "a CV of", "total_ms": "a width of"}
_UNITS = {"rate_hz": " Hz", "cv": "", "total_ms": " ms"}


def weigh_evidence(
    features: Mapping[str, float],
    *,
    table: str = "rat_in_vivo",
    settings: ClassificationSettings | None = None,
    notes: tuple[str, ...] = (),
) -> Evidence:
    """Weigh rate, CV and width of a cell against the published distributions of each class.

    Parameters
    ----------
    features : mapping
        ``rate_hz``, ``cv`` (each burst as one event) and ``total_ms`` (wide band); one that is absent or NaN is
        missing, and says nothing.
    table : str, optional
        Name of the distributions; empty where none are published.
    settings : ClassificationSettings, optional
        A prior of one's own, and when a cell is like no class.
    notes : tuple of str, optional
        Why a feature is missing.

    Returns
    -------
    Evidence

    Examples
    --------
    >>> print(weigh_evidence({"rate_hz": 1.5, "cv": 0.3, "total_ms": 2.1}).text)
    0.98 (prior 0.35; 0.50 with a rate of 1.5 Hz, then 0.98 with a CV of 0.3 (assumed), then 0.98 with a width of
    2.1 ms; slow irregular 0.02, fast <0.01)
    """
    settings = settings or ClassificationSettings()
    classes = load_classes(table) if table else ()
    known = {
        name: features[name]
        for name in _FEATURES
        if features.get(name, math.nan) > 0 and all(name in one.distributions_of for one in classes)
    }
    if not classes or not known:
        missing = "nothing measured" if classes else "no distributions are published for this preparation"
        return Evidence(table, {}, {}, notes=(missing, *notes))
    if settings.prior_serotonergic:
        classes = with_prior(classes, settings.prior_serotonergic)
    logs = {one.name: math.log(one.prior) for one in classes}
    steps = []
    for name, value in known.items():
        for one in classes:
            logs[one.name] += _log_density(one, name, known)
        steps.append(_step(classes, name, value, _normalised(logs)[SEROTONERGIC]))
    prior = {one.name: one.prior for one in classes}
    origin = next(one.prior_source for one in classes if one.name == SEROTONERGIC)
    posterior = _normalised(logs)
    strange = _strangeness(classes, known, posterior, settings.strange)
    return Evidence(table, prior, posterior, origin, tuple(steps), notes, strange)


def _step(classes: tuple[CellClass, ...], name: str, value: float, probability: float) -> Step:
    """What one feature did, and what that rests on."""
    behind = {one.name: one.distributions_of[name] for one in classes}
    rests_on = tuple(
        f"{kind} {d.mean:.3g} +/- {d.sd:.2g} (SD), n = {d.n}, {d.standing}: {d.source}" for kind, d in behind.items()
    )
    return Step(name, value, probability, rests_on, assumed=behind[SEROTONERGIC].standing == "convention")


def _rate_score(one: CellClass, known: Mapping[str, float]) -> float | None:
    """How far out the cell's rate lies in a class; ``None`` where it is not known, and says nothing of the CV."""
    return one.distributions_of["rate_hz"].score(known["rate_hz"]) if "rate_hz" in known else None


def _log_density(one: CellClass, feature: str, known: Mapping[str, float]) -> float:
    """Log density of one feature in one class, given the rate."""
    return one.distributions_of[feature].log_density(known[feature], rate_score=_rate_score(one, known))


def _normalised(logs: Mapping[str, float]) -> dict[str, float]:
    """Probabilities from their logarithms."""
    top = max(logs.values())
    weights = {name: math.exp(value - top) for name, value in logs.items()}
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


def _strangeness(
    classes: tuple[CellClass, ...], known: Mapping[str, float], posterior: Mapping[str, float], share: float
) -> str:
    """Say so where the cell lies far out even in the class that it most resembles; empty where it does not."""
    likeliest = max(classes, key=lambda one: posterior[one.name])
    score = _rate_score(likeliest, known)
    tails = {n: likeliest.distributions_of[n].tail(value, rate_score=score) for n, value in known.items()}
    name = min(tails, key=lambda n: tails[n])
    # The furthest out of several is further out than one.
    if tails[name] * len(tails) >= share:
        return ""
    far = f"{_NAMES[name]} {known[name]:.3g}{_UNITS[name]}"
    return f"{far} is further out than {100 * (1 - share):g} % of {likeliest.name} cells, which it most resembles"
