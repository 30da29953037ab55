"""Which windows of a response are fitted, and why none is."""

from __future__ import annotations

import math
from dataclasses import replace

from ephys.jupyter import potency_words
from ephys.pharmacology.cell_solving import Series
from ephys.pharmacology.fit_settings import FitSettings
from ephys.pharmacology.response_flags import AFTER_ANTAGONIST, EARLY, EXCLUDED, NOT_SEEN, no_baseline
from ephys.pharmacology.response_window import ResponseWindow
from ephys.pharmacology.responses import DoseResponse


def why_not(response: DoseResponse) -> str:
    """Return the reason why nothing can be fitted, or an empty string."""
    if response.baseline is None:
        return f"no baseline: {no_baseline(response.pretreatment)}"
    if not response.baseline.used:
        return "; ".join(response.baseline.flags) or "the baseline is not usable"
    if not any(window.used and window.dose > 0 for window in response.windows):
        dose = potency_words(response.dose_unit).dose
        late = bool(response.doses) and all(AFTER_ANTAGONIST in window.flags for window in response.doses)
        return f"every {dose} came with an antagonist, or after it" if late else f"no usable window at any {dose}"
    return ""


def usable_series(
    response: DoseResponse, settings: FitSettings, windows: tuple[ResponseWindow, ...] | None = None
) -> Series:
    """Baseline and every window that the fit takes, of the response or of another reading of it.

    With a drift, a window after the antagonist or the wash enters as free of drug.
    """
    assert response.baseline is not None
    windows = response.windows if windows is None else windows
    used = [window for window in windows if window.used]
    wanted = settings.drift and not has_own_baselines(response)  # what drifted is in these already
    later = filter(response.is_of_series, windows)
    recovered = [replace(w, dose=0.0) for w in later if wanted and _is_recovery(w, response)]
    return Series(response, (response.baseline, *used, *recovered), wanted)


def has_own_baselines(response: DoseResponse) -> bool:
    """Whether each concentration was read against the rate just before it."""
    return response.superfusion is not None and response.superfusion.reference == "own"


def _is_recovery(window: ResponseWindow, response: DoseResponse) -> bool:
    """Whether the drug is gone, or blocked, and the cell is known to have been there."""
    doubtful = any(flag.startswith((*NOT_SEEN, EXCLUDED, EARLY)) for flag in window.flags)
    fate = response.fate
    unproven = fate is not None and fate.state != "held" and window.epoch.stop_s > fate.held_until_s
    known = math.isfinite(window.percent) and not doubtful and not unproven
    return window.role in ("antagonist", "wash") and not window.used and known
