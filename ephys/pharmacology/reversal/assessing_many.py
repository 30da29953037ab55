"""A data set: recoveries where no antagonist came, and every return after one held against them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np

from ephys.errors import ParameterError
from ephys.model import DoseProtocol, Unit
from ephys.pharmacology.population.run_checks import check_subject
from ephys.pharmacology.responses import DoseResponse
from ephys.pharmacology.reversal.assessing import assess_reversal
from ephys.pharmacology.reversal.group_result import Reversals
from ephys.pharmacology.reversal.recovering import spontaneous_recovery
from ephys.pharmacology.reversal.recovery import Recovery
from ephys.pharmacology.reversal.settings import ReversalSettings


def assess_reversals(
    cells: Iterable[tuple[DoseResponse, Unit, DoseProtocol]],
    *,
    drug: str | None = None,
    antagonist: str | None = None,
    recoveries: Sequence[Recovery] = (),
    settings: ReversalSettings | None = None,
    seed: int = 0,
) -> Reversals:
    """Collect the recoveries without antagonist of a data set, and judge every antagonist against them.

    A cell that got an antagonist late is a recovery without one until then.

    Parameters
    ----------
    cells : iterable of (DoseResponse, Unit, DoseProtocol)
        What `dose_response` measured on each cell, with what it was measured on. Each response knows its animal.
    drug : str, optional
        The agonist; may be left out where the responses have one.
    antagonist : str, optional
        Only this one; all by default.
    recoveries : sequence of Recovery, optional
        Others, from earlier experiments say (`recoveries_from_rows`).
    settings : ReversalSettings, optional
    seed : int, optional
        Of the chance of a step.

    Returns
    -------
    Reversals

    Raises
    ------
    ParameterError
        If there is no cell, one does not know its animal, one is there twice, or drugs are several and none is named.

    Examples
    --------
    >>> import numpy as np
    >>> from ephys.model import Administration, Epoch, Subject
    >>> from ephys.pharmacology import dose_response
    >>> given = (Administration("ipsapirone", 200.0, dose=50.0, dose_unit="ug/kg"),
    ...          Administration("way-100635", 300.0, dose=10.0, dose_unit="ug/kg", role="antagonist"))
    >>> unit = Unit.from_times(np.r_[0.25:200.0:0.5, 202.0:320.0:4.0, 320.0:500.0:0.5], support=Epoch(0.0, 500.0))
    >>> protocol = DoseProtocol(given, unit.support)
    >>> response = dose_response(unit, protocol, subject=Subject(animal="r1"))
    >>> print(assess_reversals([(response, unit, protocol)]))
    way-100635 after ipsapirone: 0 of 1 judged cell reversed, in 0 of 1 animal
    returned; spontaneous recovery not excluded: 1
    recoveries without antagonist: 0, of 0 animals
    """
    settings = settings or ReversalSettings()
    chosen = _chosen(list(cells), drug)
    found = [
        spontaneous_recovery(unit, protocol, response=response, settings=settings, seed=seed)
        for response, unit, protocol in chosen
    ]
    assessed = tuple(
        assess_reversal(
            unit, protocol, response=response, antagonist=antagonist, settings=settings, seed=seed,
            recoveries=[*recoveries, *found[:number], *found[number + 1 :]],
        )
        for number, (response, unit, protocol) in enumerate(chosen) if _has_antagonist(protocol, antagonist)
    )  # fmt: skip
    return Reversals(chosen[0][0].drug, assessed, (*recoveries, *found), settings)


def _is_one_cell(one: tuple[DoseResponse, Unit, DoseProtocol], other: tuple[DoseResponse, Unit, DoseProtocol]) -> bool:
    """Whether two are the same cell in the same recording; another session may name its cells alike."""
    named = one[0].subject.animal == other[0].subject.animal and one[1].id == other[1].id
    return named and np.array_equal(one[1].times_s, other[1].times_s)


def _has_antagonist(protocol: DoseProtocol, wanted: str | None) -> bool:
    """Whether the cell got one that is meant."""
    return any(a.role == "antagonist" and wanted in (None, a.drug) for a in protocol.administrations)


def _chosen(
    cells: list[tuple[DoseResponse, Unit, DoseProtocol]], drug: str | None
) -> list[tuple[DoseResponse, Unit, DoseProtocol]]:
    """Cells of one agonist, each once, of a known animal.

    Raises
    ------
    ParameterError
        If they are not.
    """
    for number, (response, _, _) in enumerate(cells, start=1):
        check_subject(response, number, grouped=False)
    names = list(dict.fromkeys(response.drug for response, _, _ in cells))
    wanted = names[0] if drug is None and len(names) == 1 else drug
    if wanted is None or wanted not in names:
        known = ", ".join(map(repr, names)) or "none"
        raise ParameterError(f"the responses have the drug {known}: say which, got {drug!r}")
    chosen = [cell for cell in cells if cell[0].drug == wanted]
    for one, other in combinations(chosen, 2):
        if _is_one_cell(one, other):
            animal, unit = one[0].subject.animal, one[1].id
            raise ParameterError(f"unit {unit} of animal {animal} is there twice: give each cell once")
    return chosen
