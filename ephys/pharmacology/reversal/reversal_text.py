"""What was done, in sentences for a Methods section."""

from __future__ import annotations

from ephys.pharmacology.reversal.settings import ReversalSettings


def cell_methods(settings: ReversalSettings, *, compared: bool) -> str:
    """Tell how a cell was judged.

    Parameters
    ----------
    settings : ReversalSettings
        As used.
    compared : bool
        Whether there were recoveries to compare with.
    """
    told = [
        "Rates after the antagonist were compared with the pre-drug baseline and with the last agonist window by exact "
        "intervals for the ratio of two Poisson rates (Przyborowski & Wilenski 1940), widened where the baseline was "
        "more irregular than Poisson.",
        f"A rate counted as back at {settings.back_percent:g} % of baseline or more with 100 % inside its 95 % "
        "interval, or above; the time of return was the step of the rate (change points by binary "
        "segmentation, Vostrikova 1981) "
        f"into the first such level, and returns later than {settings.within_s:g} s were not taken for a reversal.",
    ]
    group = ", in the same group" if settings.same_group else ""
    matched = f"at doses within a factor of {settings.dose_factor:g}{group}"
    rule = (
        f"A return was called a reversal only where it was {settings.faster_factor:g} times faster than every "
        f"comparable recovery without antagonist ({matched}, still inhibited at the time at which the antagonist came, "
        f"counted from then), of {settings.min_animals} animals or more."
    )
    told.append(rule if compared else f"{rule} No comparable recovery was at hand, so no return was called a reversal.")
    return " ".join(told)


def own_methods() -> str:
    """Tell how an antagonist's own effect was read."""
    return (
        "The rate after an antagonist that was given before any agonist was compared with the baseline before it by "
        "exact intervals for the ratio of two Poisson rates (Przyborowski & Wilenski 1940), widened where the baseline "
        "was more irregular than Poisson."
    )


def share_methods() -> str:
    """Tell how cells became a share."""
    return (
        "The share of reversed cells is of those that were inhibited and seen for long enough after the antagonist; "
        "its interval counts cells as far as they are independent within animals (Korn & Graubard 1998)."
    )
