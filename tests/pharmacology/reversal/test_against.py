"""Cells of sessions that were analysed apart are judged as those of one data set."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ephys.errors import ParameterError
from ephys.pharmacology import (
    Reversal,
    assess_reversal,
    assess_reversals,
    compare_reversals,
    spontaneous_recovery,
)
from ephys.pharmacology.reversal.verdicts import RETURNED, REVERSED
from tests.pharmacology.reversal.cells import Cell, against, cell, dose, recovery

BACK = ((0.0, 2.0), (190.0, 0.2), (320.0, 2.0))
GONE = ((0.0, 2.0), (190.0, 0.2))


def alone(one: Cell) -> Reversal:
    """A cell that was assessed without any other."""
    return assess_reversal(one[1], one[2], response=one[0])


def data_set() -> tuple[list[Cell], list[Cell]]:
    """Cells that return after the antagonist, or do not; and cells without one that stay inhibited."""
    treated = [cell(BACK if n else GONE, seed=n, animal=f"r{n}") for n in range(4)]
    return treated, [cell(GONE, 900.0, seed=n, given=(dose(),), animal=f"c{n}") for n in range(3)]


def test_it_makes_no_difference_whether_the_spikes_are_at_hand_when_cells_are_compared() -> None:
    treated, others = data_set()
    recoveries = [spontaneous_recovery(one[1], one[2], response=one[0]) for one in (*treated, *others)]
    found = compare_reversals(map(alone, treated), recoveries)
    at_once = assess_reversals([*treated, *others])
    assert f"{found.as_rows()}\n{found}" == f"{at_once.as_rows()}\n{at_once}"
    assert found.rows == at_once.rows
    assert found.counts[REVERSED] == 3
    assert [alone(one).verdict for one in treated[1:]] == [RETURNED] * 3


def test_a_cell_is_held_against_its_group_as_the_cohort_names_it() -> None:
    one = alone(cell(BACK))
    treated = replace(one, subject=replace(one.subject, group="treated"))
    controls = [recovery(f"c{n}", group="control") for n in range(3)]
    assert compare_reversals([treated], controls).counts == {RETURNED: 1}
    assert compare_reversals([treated], [replace(c, group="treated") for c in controls]).counts == {REVERSED: 1}


def test_the_recovery_of_the_cell_itself_is_not_held_against_it() -> None:
    one = alone(cell(BACK))
    itself = [replace(recovery("c"), animal=one.subject.animal, unit_id=one.unit_id)]
    others = [recovery(f"c{n}") for n in range(2)]
    assert compare_reversals([one], [*itself, *others]).counts == {RETURNED: 1}


def test_two_agonists_or_none_are_refused() -> None:
    one = alone(cell(BACK))
    with pytest.raises(ParameterError, match="one agonist"):
        compare_reversals([one, replace(one, drug="lesopitron")], [])
    with pytest.raises(ParameterError, match="got 0 of none"):
        compare_reversals([], [])


def test_what_else_was_given_is_not_forgotten_when_cells_are_compared_later() -> None:
    other = replace(against(), drug="phenylephrine", role="other")
    one = alone(cell(BACK, given=(dose(), other, against())))
    found = compare_reversals([one], [recovery(f"c{n}") for n in range(3)])
    assert found.counts == {RETURNED: 1}
    assert "phenylephrine was given, too" in found.cells[0].steps[0].reason
