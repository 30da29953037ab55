"""How pages are made of their templates."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from ephys.plotting.palette import DARK, LIGHT
from ephys.report.svg import figure_colours

VERDICT_MARKS = {"serotonergic": "yes", "uncertain": "maybe", "not_serotonergic": "no"}
"""Class of a call in the style sheet, by its label."""


def filled(template: str, **values: object) -> str:
    """Page of a template: what was typed is text in it, and never markup; a value that is wanting is an error."""
    environment = Environment(
        loader=PackageLoader("ephys.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    colours = {"light": figure_colours(LIGHT), "dark": figure_colours(DARK)}
    return environment.get_template(template).render(figure_colours=colours, **values)
