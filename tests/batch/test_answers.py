"""What is asked of a cohort, what is kept of the answers, and how many animals a row of them is of."""

from concurrent.futures import BrokenExecutor, Executor, Future
from pathlib import Path
from typing import Any

import pytest

import ephys
from ephys.analysis import GroupAnswers
from ephys.batch.answer_rows import comparison_rows
from ephys.batch.answers import OF_THE_PLACE
from ephys.batch.asking import Ask, ask_all, ask_firing
from ephys.batch.store import Store
from ephys.pharmacology import compare_drugs
from ephys.pharmacology.exclusions.rules import RULES
from ephys.pharmacology.exclusions.settings import IDENTITY_RULES
from tests.pharmacology.population.drawn_tables import drawn_rows

ROWS = tuple(
    {"animal": animal, "group": group, "unit": "1", "session": animal, "track": "1", "final_label": "serotonergic"}
    | {"multi_unit": False, "excluded": "", "baseline_rate_hz": rate_hz, "baseline_spikes": 100}
    for animal, group, rate_hz in (("r1", "a", 1.0), ("r2", "a", 1.2), ("r3", "b", 2.0), ("r4", "b", 2.4))
)
ASK = Ask(ask_firing, "a", ephys.Settings().cohort, 0.95, 0, rows=ROWS)


class Broken(Executor):
    """An executor that breaks at once, or under the work."""

    def __init__(self, *, at_once: bool) -> None:
        self.at_once = at_once

    def submit(self, *_: Any, **__: Any) -> Any:
        if self.at_once:
            raise BrokenExecutor
        future: Future[None] = Future()
        future.set_exception(MemoryError("no room"))
        return future


@pytest.mark.parametrize(("at_once", "reason"), [(True, "broke before its turn"), (False, "MemoryError: no room")])
def test_an_executor_that_breaks_is_told_and_its_question_asked_again(
    tmp_path: Path, at_once: bool, reason: str
) -> None:
    store = Store(tmp_path)
    asked = ask_all({"firing": ASK}, store, executor=Broken(at_once=at_once), workers=1)["firing"]
    assert asked.answer is None
    assert reason in asked.not_told[0]
    assert asked.not_told[0].startswith("firing: no answer")
    assert list(tmp_path.iterdir()) == []
    again = ask_all({"firing": ASK}, store, executor=None, workers=1)["firing"]
    assert again.answer is not None
    assert ask_all({"firing": ASK}, store, executor=Broken(at_once=True), workers=1)["firing"].not_told == ()


def test_an_animal_that_had_both_drugs_is_one_animal() -> None:
    rows = [
        {name: value for name, value in row.items() if name != "group"} | {"drug": row["group"], "form": "base"}
        for row in drawn_rows(1, groups=("ipsapirone", "lesopitron"), animals=4, cells=1, fold=2.0, paired=True)
    ]
    found = compare_drugs(rows, reference="ipsapirone", paired=True)
    answers = GroupAnswers("with exclusions", "control", (), found, None)
    (row,) = comparison_rows([answers])
    assert (row["animals"], row["cells"]) == (4, 4)


def test_rules_that_the_answers_ask_for_are_rules() -> None:
    known = {rule.name for rule in RULES}
    assert known >= OF_THE_PLACE
    assert known.issuperset(IDENTITY_RULES)
