"""One question to the cells of a cohort, wherever it is worked on; an answer that is known is not reckoned again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from typing import Any

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

from ephys.batch.executing import run_here, run_on
from ephys.batch.keys import code_version
from ephys.batch.store import Store
from ephys.errors import EphysError
from ephys.jupyter import common_words
from ephys.pharmacology import (
    DesensitisedShare,
    DoseResponse,
    DrugComparison,
    FiringComparison,
    GroupComparison,
    PopulationFit,
    compare_drugs,
    compare_firing,
    compare_groups,
    desensitised_share,
    fit_population,
)
from ephys.settings import CohortSettings

OF_THE_ANIMAL = ("species", "preparation", "anaesthetic")
"""Conditions that firing may differ by; route, form and read-out are of a drug."""


@dataclass(frozen=True)
class Asked:
    """What came of a question.

    Parameters
    ----------
    answer : object, optional
        ``None`` where there is none.
    not_told : tuple of str
        Why.
    """

    answer: Any = None
    not_told: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ask:
    """One question.

    Parameters
    ----------
    how : callable
        One of the functions below.
    reference : str
        Group, or drug, that the others are held against.
    settings : CohortSettings
    level : float
        Of the intervals.
    seed : int
        Of permutations and bootstraps.
    responses : tuple of DoseResponse
        Of questions of a drug.
    rows, tracks : tuple of mapping
        Cells and tracks, of questions of firing.
    treated : str
        Group whose share is asked for.
    names : tuple of tuple of str
        What the cells' numbers rest on.
    """

    how: Callable[[Ask], Any]
    reference: str
    settings: CohortSettings
    level: float
    seed: int
    responses: tuple[DoseResponse, ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()
    tracks: tuple[Mapping[str, Any], ...] = ()
    treated: str = ""
    names: tuple[tuple[str, ...], ...] = ()

    @property
    def what(self) -> str:
        """What is asked for, in words."""
        potency = common_words(response.dose_unit for response in self.responses).name
        return f"{_WHAT[self.how].format(potency=potency)}{f' of {self.treated}' if self.treated else ''}"

    @property
    def key(self) -> str:
        """Digest of all that the answer rests on."""
        rests_on = [
            code_version(), self.how.__name__, self.reference, asdict(self.settings), self.level, self.seed,
            self.treated, self.names,
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(rests_on, sort_keys=True).encode()).hexdigest()


def ask_all(asks: Mapping[str, Ask], store: Store, *, executor: Executor | None, workers: int) -> dict[str, Asked]:
    """Answer every question; those that were answered before are not asked again.

    Parameters
    ----------
    asks : mapping of str to Ask
    store : Store
        Where answers are kept.
    executor : concurrent.futures.Executor or None
    workers : int
        As for the sessions.
    """
    known = {name: store.answer(ask.key) for name, ask in asks.items()}
    left = [name for name, answer in known.items() if answer is None]
    if left:
        wanted = [asks[name] for name in left]
        results = run_on(executor, _work, wanted) if executor else run_here(_work, wanted, jobs=min(workers, len(left)))
        for ask, found in results:
            if isinstance(found, Asked):  # an error is the executor's own, or a fault: it is asked again next time
                store.keep_answer(ask.key, found)
            known |= {name: found for name in left if asks[name] is ask}
    return {
        name: answer if isinstance(answer, Asked) else _unasked(asks[name], answer) for name, answer in known.items()
    }


def _unasked(ask: Ask, error: object) -> Asked:
    """Say why nobody answered a question: the work itself tells what it cannot answer."""
    reason = "the executor broke before its turn" if error is None else f"{type(error).__name__}: {error}"
    return Asked(
        not_told=(f"{ask.what}: no answer: {reason}; the same command tries again, a fault to report if in vain",)
    )


def _work(ask: Ask) -> Asked:
    """Answer one question, its text with it: what it takes to tell it is reckoned here, and not where it is printed."""
    try:
        with threadpool_limits(1):
            answer = ask.how(ask)
            f"{answer}"
            return Asked(answer)
    except EphysError as error:
        return Asked(not_told=(f"{ask.what}: {error}",))


def ask_potency(ask: Ask) -> GroupComparison | PopulationFit:
    """ID50 of each group, and the shift between them where there are several."""
    asked = ask.settings
    if len({response.subject.group for response in ask.responses}) == 1:
        return fit_population(ask.responses, block=asked.block, level=ask.level)
    return compare_groups(
        ask.responses, reference=ask.reference, margin=asked.margin or None, paired=asked.paired, block=asked.block,
        level=ask.level, seed=ask.seed,
    )  # fmt: skip


def ask_share(ask: Ask) -> DesensitisedShare:
    """Share of a group's cells that is shifted."""
    return desensitised_share(ask.responses, control=ask.reference, treated=ask.treated, level=ask.level, seed=ask.seed)


def ask_potencies(ask: Ask) -> DrugComparison:
    """Drugs against the first of them."""
    asked = ask.settings
    return compare_drugs(
        ask.responses, reference=ask.reference, paired=asked.paired, margin=asked.margin or None, block=asked.block,
        level=ask.level, seed=ask.seed,
    )  # fmt: skip


def ask_firing(ask: Ask) -> FiringComparison:
    """How the cells fire, group against group."""
    block = tuple(name for name in ask.settings.block if name in OF_THE_ANIMAL)
    return compare_firing(
        list(ask.rows), tracks=list(ask.tracks) or None, reference=ask.reference, block=block or None, level=ask.level
    )


_WHAT: dict[Callable[[Ask], Any], str] = {
    ask_potency: "{potency}",
    ask_share: "share of desensitised cells",
    ask_potencies: "relative potency",
    ask_firing: "firing",
}
