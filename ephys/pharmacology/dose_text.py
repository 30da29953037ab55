"""Doses as they are printed."""

from __future__ import annotations


def figures(value: float) -> str:
    """Three figures, without an exponent for the usual doses.

    >>> figures(118.4), figures(12.34)
    ('118', '12.3')
    """
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def end_text(value: float, doses: tuple[float, ...]) -> str:
    """End of an interval, or a value; outside the doses given it is a bound.

    >>> end_text(700.0, (25.0, 400.0)), end_text(0.0, (25.0, 400.0)), end_text(60.0, (25.0, 400.0))
    ('> 400', '< 25', '60')
    """
    if value > max(doses):
        return f"> {max(doses):g}"
    return f"< {min(doses):g}" if value < min(doses) else figures(value)
