"""Whether a ratio of spikes per nA is one of sensitivity: only where electrodes ejected with like currents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ephys.pharmacology.iontophoresis.ratio import CONTROL, ElectrodeRatio

_ALIKE = 1.25
"""Currents of electrodes are alike up to this factor. Convention."""


def unlike_currents(electrodes: Sequence[ElectrodeRatio], drug: str, against: str) -> Iterator[str]:
    """Say where mean currents of electrodes, or their ratios, differ: a larger current suppresses fewer spikes per nA.

    Parameters
    ----------
    electrodes : sequence of ElectrodeRatio
    drug, against : str
        Above and below the line.

    Examples
    --------
    >>> given = [ElectrodeRatio(rat, "", "1", ("1",), 0.0, 0.1, drug_na=na, against_na=10.0)
    ...          for rat, na in (("r1", 15.0), ("r2", 60.0))]
    >>> list(unlike_currents(given, "ipsapirone", "5-ht"))[0].partition(":")[0]
    'currents differ between electrodes (ipsapirone 15 to 60 nA; 5-ht 10 nA)'
    """
    measures = ([one.drug_na for one in electrodes], [one.against_na for one in electrodes],
                [one.current_ratio for one in electrodes])  # fmt: skip
    if not any(max(values) > _ALIKE * min(values) for values in measures):
        return
    below = "control current" if against == CONTROL else against
    named = "; ".join((_by_group(electrodes, drug, "drug_na"), _by_group(electrodes, below, "against_na")))
    instead = "equal currents are" if against == CONTROL else "charge50_nc, or equal currents, is"
    yield (
        f"currents differ between electrodes ({named}): spikes per nA fall with the current, so this is no comparison "
        f"of sensitivity; {instead}"
    )


def _by_group(electrodes: Sequence[ElectrodeRatio], what: str, name: str) -> str:
    """Currents of a drug in each group."""
    of_each: dict[str, list[float]] = {}
    for one in electrodes:
        of_each.setdefault(one.group, []).append(getattr(one, name))
    told = (f"{_span(values)} nA{f' in {group}' if group else ''}" for group, values in of_each.items())
    return f"{what} {', '.join(told)}"


def _span(values: Sequence[float]) -> str:
    """Least to most, or the one that there is."""
    least, most = f"{min(values):.3g}", f"{max(values):.3g}"
    return least if least == most else f"{least} to {most}"
