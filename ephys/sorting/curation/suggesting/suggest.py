"""What the spikes suggest: two units that are one cell, one that is two, and those that are none."""

from __future__ import annotations

from collections.abc import Sequence

from ephys.errors import ParameterError
from ephys.model import Recording, Unit
from ephys.sorting.curation.operations import Delete
from ephys.sorting.curation.suggesting.merging import suggest_merges
from ephys.sorting.curation.suggesting.rejecting import suggest_rejections
from ephys.sorting.curation.suggesting.settings import SuggestionSettings
from ephys.sorting.curation.suggesting.splitting import suggest_splits
from ephys.sorting.curation.suggestion import Suggestion


def suggest_curation(
    units: Sequence[Unit],
    *,
    recording: Recording | None = None,
    settings: SuggestionSettings | None = None,
    seed: int = 0,
) -> tuple[Suggestion, ...]:
    """Suggest corrections of units, each with what speaks for it, what against it, and what it would cost.

    Nothing is corrected: a person decides, and signs a `CurationLog`. Neither doses nor responses are looked at, so
    that no cell is made to fit.

    Parameters
    ----------
    units : sequence of Unit
        Of one wire, sorted here or elsewhere. What a unit does not carry (amplitudes, snippets) is not looked at.
    recording : Recording, optional
        The voltage, from which the shape of every spike is cut where a unit looks like two, and in which a spike may be
        the amplifier at its rail.
    settings : SuggestionSettings, optional
        Limits.
    seed : int, optional
        Of the clusters of shape.

    Returns
    -------
    tuple of Suggestion
        The clearest first; empty where nothing is suggested.

    Raises
    ------
    ParameterError
        If two units have one name.

    Examples
    --------
    >>> import numpy as np
    >>> from ephys.model import Epoch
    >>> rng, whole = np.random.default_rng(0), Epoch(0.0, 900.0)
    >>> cell = np.cumsum(rng.gamma(10.0, 0.06, 1400))
    >>> larger = rng.random(1400) < 0.5
    >>> units = [Unit.from_times(cell[held], support=whole, id=id) for held, id in ((larger, "1"), (~larger, "2"))]
    >>> [suggestion.operation for suggestion in suggest_curation(units)]
    [Merge(units=('1', '2'), name='')]
    """
    settings = settings or SuggestionSettings()
    names = [unit.id for unit in units]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ParameterError(f"two units of one name: {', '.join(twice)}; rename one before anything is suggested")
    rejected = suggest_rejections(units, settings, recording=recording)
    doubted = {name for one in rejected for name in one.units}
    deleted = {name for one in rejected if isinstance(one.operation, Delete) for name in one.units}
    splits = [
        one
        for unit in units
        if unit.id not in deleted
        for one in suggest_splits(unit, settings, recording=recording, seed=seed)
    ]
    parted = {name for one in splits for name in one.units}
    found = [
        *(one for one in rejected if not parted.intersection(one.units)),
        *suggest_merges([unit for unit in units if unit.id not in doubted], settings),
        *splits,
    ]
    return tuple(sorted(found, key=lambda one: -one.score))
