"""What a dose-response shows of itself in a notebook: a row for each window."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ephys.jupyter import UNKNOWN, Html, number_text, potency_words, table, unit_text
from ephys.pharmacology.response_window import ResponseWindow


def windows_table(
    windows: Iterable[ResponseWindow | None], *, dose_unit: str, name: str = "windows", most_open: int = 12
) -> Html:
    """A row for each window: what was given before, when it was read, spikes, rate, percent of baseline.

    Parameters
    ----------
    windows : iterable of ResponseWindow or None
        ``None`` is passed over.
    dose_unit : str
    name : str, optional
        What they are.
    most_open : int, optional
        More rows are folded.

    Returns
    -------
    Html
    """
    head = [
        "window", f"{potency_words(dose_unit).so_far} ({unit_text(dose_unit)})", "from, to (s)", "spikes",
        "covered (s)", "rate (Hz)", "% of baseline (95 %)", "fitted", "flags",
    ]  # fmt: skip
    rows = [window_row(window) for window in windows if window is not None]
    return table(head, rows, name=name, most_open=most_open)


def window_row(window: ResponseWindow) -> list[str]:
    """Cells of one window: name, dose so far, ends, spikes, covered seconds, rate, percent, whether fitted, flags.

    Parameters
    ----------
    window : ResponseWindow

    Returns
    -------
    list of str
        Percent of baseline with its interval where it has one, and a dash for what was not measured.
    """
    percent = UNKNOWN if math.isnan(window.percent) else f"{window.percent:.0f}"
    ends = f" ({window.percent_low:.0f} to {window.percent_high:.0f})" if math.isfinite(window.percent_low) else ""
    return [
        f"{window.role} {window.drug}" if window.drug not in ("", window.role) else window.role,
        UNKNOWN if math.isnan(window.dose) else f"{window.dose:.6g}",
        f"{window.epoch.start_s:.1f} to {window.epoch.stop_s:.1f}",
        str(window.count),
        f"{window.covered_s:.1f}",
        number_text(window.rate_hz),
        percent + ends,
        "yes" if window.used else "no",
        "; ".join(window.flags),
    ]
