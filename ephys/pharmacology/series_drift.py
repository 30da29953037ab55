"""The baseline's slope carried on through the dose series of a unit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ephys.firing import DriftProjection, Stability, StabilitySettings, drift_projection
from ephys.pharmacology.responses import DoseResponse


def series_drift(
    responses: Sequence[DoseResponse], stability: Stability, *, settings: StabilitySettings | None = None
) -> DriftProjection | None:
    """Carry the slope on to the last read-out of any agonist, by the mean time between its doses.

    Parameters
    ----------
    responses : sequence of DoseResponse
        One per agonist, of one unit.
    stability : Stability
        Of its baseline; after a pretreatment that of the responses is taken.
    settings : StabilitySettings, optional
        What matters.

    Returns
    -------
    DriftProjection or None
        ``None`` where no dose was read. With one dose, it is the way from the baseline to its read-out.
    """
    doses = [response.doses for response in responses if response.doses]
    if not doses:
        return None
    stability = next((one.stability for one in responses if one.pretreatment and one.stability), stability)
    epochs = [window.epoch for windows in doses for window in windows]
    read_s = max(0.5 * (epoch.start_s + epoch.stop_s) for epoch in epochs)
    steps = [later.given_s - one.given_s for windows in doses for one, later in pairwise(windows)]
    per_dose_s = sum(steps) / len(steps) if steps else read_s - stability.baseline.stop_s
    return drift_projection(stability, read_s=read_s, per_dose_s=per_dose_s, settings=settings)
