"""Several things at the same time give what one after the other gives."""

from __future__ import annotations

import time

import pytest

from ephys.sorting.threads import in_order


@pytest.mark.parametrize("jobs", [None, 1, 3])
def test_results_come_in_the_order_of_the_items(jobs: int | None) -> None:
    def slow_first(item: int) -> int:
        time.sleep(0.01 if item == 0 else 0.0)
        return item * item

    assert list(in_order(slow_first, range(6), jobs=jobs)) == [0, 1, 4, 9, 16, 25]


def test_what_goes_wrong_is_told() -> None:
    with pytest.raises(ZeroDivisionError):
        list(in_order(lambda item: 1 / item, [2, 0, 1], jobs=2))
