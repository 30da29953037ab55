"""What the drug did, in words, to stand beside a 5-HT call: it confirms, and never enters it.

Silencing by a 5-HT1A agonist is what serotonergic cells do, and some others do too; cells that were chosen by their
inhibition are inhibited by definition.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ephys.pharmacology.response_window import ResponseWindow
from ephys.pharmacology.responses import DoseResponse

NOT_OF_THE_CALL = "not part of the call"


def drug_evidence(response: DoseResponse) -> str:
    """Say how far an agonist brought the rate down, and how far an antagonist or time brought it back.

    Parameters
    ----------
    response : DoseResponse
        One drug's series on one unit.

    Returns
    -------
    str
        Empty where no rate could be compared with a baseline.

    Examples
    --------
    >>> from ephys.model import Administration, DoseProtocol, Epoch, Support, Unit
    >>> import numpy as np
    >>> from ephys.pharmacology import dose_response
    >>> given = (Administration("ipsapirone", 200.0, dose=100.0, dose_unit="ug/kg"),)
    >>> whole = Epoch(0.0, 400.0)
    >>> unit = Unit.from_times(np.arange(0.5, 210.0, 1.0), support=whole)
    >>> drug_evidence(dose_response(unit, DoseProtocol(given, Support.of(whole)), drug="ipsapirone"))
    'ipsapirone: 0 % of baseline (0 to 6) after 100 ug/kg; not part of the call'
    """
    measured = [window for window in response.windows if math.isfinite(window.percent)]
    doses = [window for window in measured if window.role == "agonist"]
    if not doses:
        return ""
    lowest = min(doses, key=lambda window: (window.percent, window.given_s))
    later = [window for window in measured if window.given_s > lowest.given_s and window.role != "agonist"]
    fall = f"{_percent(lowest)} of baseline{_interval(lowest)} after {lowest.dose:.4g} {response.dose_unit}"
    return "; ".join((f"{response.drug}: {fall}", *_returns(later), NOT_OF_THE_CALL))


def _returns(later: Sequence[ResponseWindow]) -> list[str]:
    """How far the rate was back after each antagonist and wash."""
    return [f"{_percent(window)}{_interval(window)} after {window.drug or window.role}" for window in later]


def _percent(window: ResponseWindow) -> str:
    return f"{window.percent:.0f} %"


def _interval(window: ResponseWindow) -> str:
    if not (math.isfinite(window.percent_low) and math.isfinite(window.percent_high)):
        return ""
    return f" ({window.percent_low:.0f} to {window.percent_high:.0f})"
