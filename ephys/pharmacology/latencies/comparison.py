"""Latencies of groups of animals: the value that `compare_latencies` returns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ephys.jupyter import Shown, number_text, shown, table
from ephys.pharmacology.groups.estimates import GroupDifference, cell_text, count_text, interval_text
from ephys.pharmacology.latencies.animals import Repeated
from ephys.pharmacology.latencies.latency import Latency
from ephys.pharmacology.latencies.log_rank import Test

NAMES: dict[Test, str] = {"log-rank": "log-rank test", "rank": "rank test of Gehan and Breslow"}
_SOURCES: dict[Test, str] = {"log-rank": "Mantel 1966", "rank": "Gehan 1965, Breslow 1970"}


@dataclass(frozen=True, slots=True)
class LatencyGroup(Shown):
    """Latencies of one group.

    Parameters
    ----------
    group : str
    n_animals, n_ended : int
        Animals, and those whose latency ended before the cut-off.
    median_s, median_low_s, median_high_s : float
        Kaplan-Meier median and its interval; infinite where an end was not reached. NaN where too few animals tell it.
    median_is_bound : bool
        Whether the median is longer than `median_s`, by an unknown time.
    mean_s, mean_low_s, mean_high_s : float
        Mean up to the limit, with Student's interval over animals.
    last_s : float
        Until when any of its animals was watched.
    times_s, staying, at_risk : tuple of float, of float, of int
        Curve: share that stay from each time on at which a latency ended, and how many were watched just before.
    """

    group: str
    n_animals: int
    n_ended: int
    median_s: float
    median_low_s: float
    median_high_s: float
    median_is_bound: bool
    mean_s: float
    mean_low_s: float
    mean_high_s: float
    last_s: float
    times_s: tuple[float, ...]
    staying: tuple[float, ...]
    at_risk: tuple[int, ...]

    def staying_at(self, time_s: float) -> float:
        """Share whose latency had not ended at a time."""
        found = [share for end, share in zip(self.times_s, self.staying, strict=True) if end <= time_s]
        return found[-1] if found else 1.0

    @property
    def median_text(self) -> str:
        """Median with its interval: bounds where it, or an end, was not reached."""
        value = f"{'> ' if self.median_is_bound else ''}{number_text(self.median_s)}"
        if math.isnan(self.median_low_s):
            return value
        both = (self.median_low_s, self.median_high_s)
        ends = (f"> {number_text(self.last_s)}" if math.isinf(end) else number_text(end) for end in both)
        return f"{value} ({' to '.join(ends)})"


@dataclass(frozen=True, slots=True)
class LatencyDifference(Shown):
    """One group against the reference.

    Parameters
    ----------
    group, reference : str
    mean_s, low_s, high_s : float
        Difference of the means up to the limit, with Welch's interval; NaN where too few animals tell it.
    observed, expected : float
        Latencies of the group that ended, and as many as were expected if it were like the reference.
    chi2, p_asymptotic : float
        Of the test, for many animals.
    p, p_holm : float
        By permutation of the animals' labels: the primary answer; adjusted for the other groups (Holm 1979). NaN under
        three animals in either group.
    n_arrangements, is_exact, least_p : int, bool, float
        How many were looked at, whether these are all, and the smallest that P can be with these animals.
    """

    group: str
    reference: str
    mean_s: float
    low_s: float
    high_s: float
    observed: float
    expected: float
    chi2: float
    p_asymptotic: float
    p: float
    p_holm: float
    n_arrangements: int
    is_exact: bool
    least_p: float

    def chance(self, *, adjusted: bool) -> str:
        """p-value as it is told, with the adjusted one where it is wanted."""
        told = GroupDifference(self.group, self.reference, math.nan, math.nan, math.nan, self.p, math.nan, self.p_holm)
        return told.chance(adjusted=adjusted)


@dataclass(frozen=True, slots=True)
class LatencyComparison(Shown):
    """Latencies of groups of animals, what had not ended by the cut-off kept as that.

    Parameters
    ----------
    test : {"log-rank", "rank"}
    reference : str
        Group that the others are held against.
    groups : tuple of LatencyGroup
        The reference first.
    pairs : tuple of LatencyDifference
        Each other group less the reference.
    animals : tuple of Latency
        One latency each, as compared.
    until_s : float
        Up to where all groups are known: the cut-off, the shortest where there are several.
    repeated : {"median", "first"}
        What stands for an animal's trials.
    most_trials : int
        Of an animal.
    level : float
        Of the intervals.
    seed : int
        Of the arrangements, where not all were looked at.
    notes : tuple of str
        What to know before the numbers are used.
    """

    test: Test
    reference: str
    groups: tuple[LatencyGroup, ...]
    pairs: tuple[LatencyDifference, ...]
    animals: tuple[Latency, ...]
    until_s: float
    repeated: Repeated
    most_trials: int
    level: float
    seed: int
    notes: tuple[str, ...] = ()

    def __getitem__(self, group: str) -> LatencyDifference:
        """The comparison of a group with the reference."""
        for pair in self.pairs:
            if pair.group == group:
                return pair
        raise KeyError(group)

    def at_risk(self, group: str, time_s: float) -> int:
        """How many of a group's animals were still watched at a time."""
        return sum(one.group == group and one.latency_s >= time_s for one in self.animals)

    @property
    def title(self) -> str:
        """What the table is of."""
        return "Latencies"

    @property
    def columns(self) -> tuple[str, ...]:
        """Headings."""
        level, limit = f"({100 * self.level:g} %)", number_text(self.until_s)
        return (
            "group", "animals", f"ended by {limit} s", f"median (s) {level}", f"mean up to {limit} s (s) {level}",
            f"less {self.reference} (s) {level}", f"p ({self.test}, permutation)", "p (many animals)",
        )  # fmt: skip

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """A row per group."""
        return tuple(self._row(group) for group in self.groups)

    def _row(self, group: LatencyGroup) -> tuple[str, ...]:
        """What is told of one group."""
        own = (
            group.group, str(group.n_animals), str(group.n_ended), group.median_text,
            cell_text(group.mean_s, group.mean_low_s, group.mean_high_s),
        )  # fmt: skip
        pair = next((one for one in self.pairs if one.group == group.group), None)
        if pair is None:
            return (*own, "", "", "")
        apart = cell_text(pair.mean_s, pair.low_s, pair.high_s)
        many = "none" if math.isnan(pair.p_asymptotic) else f"{pair.p_asymptotic:.2g}"
        chance = pair.chance(adjusted=len(self.pairs) > 1).removeprefix("p ").removeprefix("= ")
        return (*own, apart, chance, many)

    def as_rows(self) -> list[dict[str, Any]]:
        """A row per group, with its difference from the reference."""
        found = []
        ends = ("n_animals", "n_ended", "median_s", "median_low_s", "median_high_s", "median_is_bound", "mean_s",
                "mean_low_s", "mean_high_s")  # fmt: skip
        apart = ("mean_s", "low_s", "high_s", "observed", "expected", "chi2", "p_asymptotic", "p", "p_holm", "least_p")
        for group in self.groups:
            row: dict[str, Any] = {"group": group.group, "reference": self.reference, "test": self.test,
                                   "until_s": self.until_s}  # fmt: skip
            row |= {name: getattr(group, name) for name in ends} | {"median_text": group.median_text}
            pair = next((one for one in self.pairs if one.group == group.group), None)
            row |= {f"difference_{name}": getattr(pair, name, math.nan) for name in apart}
            found.append(row | {"level": self.level, "notes": "; ".join(self.notes)})
        return found

    @property
    def methods(self) -> str:
        """What was reckoned, for a Methods section."""
        exact = all(pair.is_exact for pair in self.pairs)
        how = "all arrangements" if exact else f"{max(pair.n_arrangements for pair in self.pairs):,} arrangements"
        trials = {
            "median": f"The median of up to {self.most_trials} trials stood for each animal. ",
            "first": "The first trial of each animal was taken. ",
        }[self.repeated]
        holm = " p-values of several groups were adjusted by Holm's method." if len(self.pairs) > 1 else ""
        return (
            f"{self._design} {trials if self.most_trials > 1 else ''}Latencies that had not ended by the cut-off were "
            f"kept as censored. Groups were compared by the {NAMES[self.test]} ({_SOURCES[self.test]}), its p-value "
            f"from the permutation of the animals' labels ({how}). Medians are those of Kaplan and Meier (1958); the "
            f"effect is the difference of the mean latencies restricted to {number_text(self.until_s)} s, with Welch's "
            f"{100 * self.level:g} % interval.{holm}"
        )

    @property
    def _design(self) -> str:
        """Animals of each group, and the cut-off where one is stated."""
        groups = ", ".join(f"{group.group} {group.n_animals}" for group in self.groups)
        cutoffs = [one.cutoff_s for one in self.animals if not math.isnan(one.cutoff_s)]
        limit = f" and read up to a cut-off of {number_text(min(cutoffs))} s" if cutoffs else ""
        return f"Latencies of {count_text(len(self.animals), 'animal')} ({groups}) were taken{limit}."

    def __str__(self) -> str:
        """A line per group: medians, effect, and p-value."""
        reference, *others = self.groups
        lines = []
        for group, pair in zip(others, self.pairs, strict=True):
            medians = (
                f"{one.group} {one.median_text} s ({one.n_ended} of {count_text(one.n_animals, 'animal')} ended)"
                for one in (group, reference)
            )
            mean = interval_text(pair.mean_s, pair.low_s, pair.high_s)
            lines.append(
                f"Median latency ({100 * self.level:g} % CI): {', '.join(medians)}; mean up to "
                f"{number_text(self.until_s)} s {group.group} - {reference.group} {mean} s; "
                f"{pair.chance(adjusted=len(self.pairs) > 1)} ({NAMES[self.test]}, permutation)."
            )
        return "\n".join(lines)

    def __repr__(self) -> str:
        """How many."""
        return f"LatencyComparison({self.test!r}, {len(self.groups)} groups, {len(self.animals)} animals)"

    def _repr_html_(self) -> str:
        """The answer, a row per group, each animal, and what to know."""
        animals = table(
            ["animal", "group", "latency (s)"], [[one.animal, one.group, one.text] for one in self.animals],
            name="animals", most_open=0,
        )  # fmt: skip
        return shown(self, table(self.columns, self.rows, name=self.title), animals, beside={"notes": self.notes})
