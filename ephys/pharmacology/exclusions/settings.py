"""Which rules leave cells out, and their limits."""

from __future__ import annotations

import difflib
import math
import re
from dataclasses import dataclass

from ephys.errors import ParameterError
from ephys.jupyter import Shown

DEFAULT_RULES = (
    "excluded_by_hand", "no_baseline", "not_serotonergic", "multi_unit", "code_change", "outside_drn",
    "unstable_baseline", "after_systemic_drug", "too_soon_after_treatment", "physiology_out_of_range",
    "physiology_out_of_range_in_series", "supplement_near_window", "after_antagonist", "too_few_doses",
)  # fmt: skip
"""Rules that are applied unless others are named."""

FURTHER_RULES = ("unclear_baseline", "drn_not_confirmed", "lost", "undetermined")
"""Rules that are applied by name only: stricter ones, and those that would leave out by the outcome."""

IDENTITY_RULES = ("no_baseline", "not_serotonergic", "multi_unit", "code_change")
"""Rules that say which cells the question is about at all, and what is a cell: they hold without exclusions, too."""

_LIMIT = re.compile(r"(?P<kind>\S.*?)\s+(?P<low>-?(?:[\d.]+|inf))\s+(?P<high>[\d.]+|inf)(?:\s+(?P<unit>\S+))?")


@dataclass(frozen=True, slots=True)
class PhysiologyLimit:
    """Range in which a value of the animal's state must lie, its ends included.

    Parameters
    ----------
    kind : str
        Of the value; capital letters make no difference.
    low, high : float
        The range.
    unit : str
        Of the limits; empty takes that of the values.

    Examples
    --------
    >>> PhysiologyLimit.read("temperature 36 38.5 °C").high
    38.5
    """

    kind: str
    low: float
    high: float
    unit: str = ""

    @classmethod
    def read(cls, text: str) -> PhysiologyLimit:
        """Read "kind low high", perhaps with the unit; ``inf`` leaves an end open.

        Raises
        ------
        ParameterError
            If the text says something else.
        """
        found = _LIMIT.fullmatch(text.strip()) if isinstance(text, str) else None
        if found is None:
            raise ParameterError(
                f"exclusions.physiology: {text!r} is no limit; write kind, lowest and highest value, perhaps a unit: "
                "'temperature 36 38.5 °C' ('inf' leaves an end open)"
            )
        try:
            low, high = float(found["low"]), float(found["high"])
        except ValueError:
            raise ParameterError(f"exclusions.physiology: {text!r} has a number that cannot be read") from None
        if not low < high:
            raise ParameterError(
                f"exclusions.physiology: {text!r} must have lowest < highest, got {low:g} and {high:g}"
            )
        return cls(found["kind"].lower(), low, high, found["unit"] or "")

    def __str__(self) -> str:
        """Kind and range."""
        return f"{self.kind} {self.low:g} to {self.high:g} {self.unit}".rstrip()


@dataclass(frozen=True, slots=True)
class ExclusionSettings(Shown):
    """Which rules leave cells out, and their limits. Conventions, where no source is named.

    Parameters
    ----------
    rules : tuple of str
        Names of the rules that are applied; docs/exclusions.md has all. None at all leaves nothing out. Names with a
        minus before each ("-after_antagonist") are taken away from the default ones.
    min_doses : int
        Fewer windows of the agonist than this give no curve: two parameters and one to spare.
    min_hours_after_treatment : float
        A cell that was recorded sooner after the last dose of the chronic treatment is under its acute effect, too. The
        field records 24 h after the last dose (Le Poul et al. 1995, Dong et al. 1997, Hervás et al. 2001); 20 h let
        pass what was planned so and began earlier in the day. 0 turns the limit off.
    supplement_within_s : float
        A supplement of the anaesthetic nearer to a used window than this is in it: an anaesthetic changes the response
        to 5-HT (McCardle & Gartside 2012, Neuropharmacology). How near is a convention; the stability of the baseline
        speaks of supplements up to ``stability.supplement_s`` before it.
    physiology : tuple of str
        Ranges of the animal's state, each "kind low high" and perhaps the unit, as "temperature 36 38.5 °C". Empty:
        nothing is judged, since no range holds for every anaesthetic and species.

    Raises
    ------
    ParameterError
        If there is no rule of a name, or a limit makes no sense.

    Examples
    --------
    >>> ExclusionSettings(rules=(*DEFAULT_RULES, "lost"), min_doses=4).min_doses
    4
    >>> len(DEFAULT_RULES) - len(ExclusionSettings(rules=("-after_antagonist",)).rules)
    1
    """

    rules: tuple[str, ...] = DEFAULT_RULES
    min_doses: int = 3
    min_hours_after_treatment: float = 20.0
    supplement_within_s: float = 60.0
    physiology: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_rules(tuple(rule.removeprefix("-") if isinstance(rule, str) else rule for rule in self.rules))
        taken = [rule.removeprefix("-") for rule in self.rules if rule.startswith("-")]
        if taken and len(taken) < len(self.rules):
            raise ParameterError(
                "exclusions.rules has names with a minus, which are taken away from the default rules, and names "
                "without, which replace them: write one or the other"
            )
        idle = [rule for rule in taken if rule not in DEFAULT_RULES]
        if idle:
            raise ParameterError(f"exclusions.rules: {idle[0]!r} is not applied by default, and cannot be taken away")
        if taken:
            object.__setattr__(self, "rules", tuple(rule for rule in DEFAULT_RULES if rule not in taken))
        if self.min_doses < 1:
            raise ParameterError(f"exclusions.min_doses must be 1 or more, got {self.min_doses}")
        for name in ("min_hours_after_treatment", "supplement_within_s"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ParameterError(f"exclusions.{name} must be 0 or more, got {getattr(self, name):g}")
        limits = [(limit.kind, limit.unit) for limit in self.physiology_limits]
        for kind in {kind for kind, _ in limits}:
            if sum(kind == other for other, _ in limits) > 1:
                raise ParameterError(f"exclusions.physiology has several limits of {kind!r}; state one")

    @property
    def physiology_limits(self) -> tuple[PhysiologyLimit, ...]:
        """Ranges of `physiology`, read."""
        return tuple(PhysiologyLimit.read(text) for text in self.physiology)


def _check_rules(rules: tuple[str, ...]) -> None:
    """Raise for the first name that no rule has, or that comes twice."""
    names = (*DEFAULT_RULES, *FURTHER_RULES)
    for rule in rules:
        if rule not in names:
            close = difflib.get_close_matches(str(rule), names, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(names)}"
            hint = 'quote each name of a list: ["no_baseline", "lost"]' if str(rule).startswith("[") else hint
            raise ParameterError(f"exclusions.rules: no rule named {rule!r}; {hint}")
        if rules.count(rule) > 1:
            raise ParameterError(f"exclusions.rules names {rule!r} twice")
