"""``ephys preset list``, ``ephys preset show`` and ``ephys preset fit``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import ephys
from ephys.cli.completion import preset_names
from ephys.cli.fitted import fitted_table
from ephys.cli.help_pages import Contents, Page
from ephys.cli.options import Json, Verbose, option
from ephys.cli.running import fails_in_one_line
from ephys.cli.terminal import hanging, say, say_json, wrapped

if TYPE_CHECKING:  # the command line starts before the libraries behind it
    from ephys.classification import Limits, Preset

app = typer.Typer(
    cls=Contents,
    help="Limits of the 5-HT rule: what is shipped, your own rig's.",
    epilog="Example: ephys preset list",
    no_args_is_help=True,
)

_LIMITS = ("rate", "regularity", "total_width", "peak_to_trough", "soft_refractory", "rhythm")


@app.command("list", cls=Page, epilog="Example: ephys preset list")
@fails_in_one_line
def list_presets(
    as_json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Name the presets that are shipped."""
    titles = {name: ephys.load_preset(name).title for name in ephys.preset_names()}
    if as_json:
        say_json([{"name": name, "title": title} for name, title in titles.items()])
    else:
        say(fitted_table(["preset", "preparation"], [[name, title] for name, title in titles.items()]))


@app.command(cls=Page, epilog="Example: ephys preset show rat_in_vivo_urethane")
@fails_in_one_line
def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A shipped preset, or your own NAME.toml.",
            show_default=False,
            autocompletion=preset_names,
        ),
    ],
    as_json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Show every limit of a preset, and where it comes from."""
    preset = ephys.load_preset(name)
    if as_json:
        say_json(asdict(preset))
    else:
        say(preset_text(preset))


@app.command(cls=Page, epilog="Example: ephys preset fit my_rig --from cells.csv --base rat_in_vivo_urethane")
@fails_in_one_line
def fit(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the new preset.", show_default=False)],
    cells: Annotated[Path, option("--from", metavar="TABLE", help="20 cells or more that you vouch for, a row each.")],
    base: Annotated[
        str,
        option(
            "--base",
            metavar="NAME",
            help="Shipped preset for everything but the width.",
            default="rat_in_vivo",
            autocompletion=preset_names,
        ),
    ] = "rat_in_vivo",
    out: Annotated[
        Path | None, option("-o", "--out", metavar="FILE.toml", help="File to write.", default="NAME.toml")
    ] = None,
    as_json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Fit the limits of the width to cells of your own rig.

    They hold for its filter, and no other.
    """
    preset, path = ephys.fit_preset_from_file(name, cells, base=base, out=out)
    if as_json:
        say_json({**asdict(preset), "written": path})
        return
    say(preset_text(preset))
    say(f"written: {path}")
    say(f"use it with --preset {path}")


def preset_text(preset: Preset) -> str:
    """A preset for the terminal: each limit, with its source beneath."""
    lines = [hanging(f"{preset.name}: {preset.title}")]
    for name in _LIMITS:
        limits: Limits | None = getattr(preset, name)
        lines.append(wrapped(f"{limits or 'not judged'}", f"  {name.replace('_', ' '):<18}"))
        lines.extend([wrapped(limits.source, " " * 20)] if limits else [])
    band = preset.band
    through = f"{band.max_high_pass_hz:g} Hz or less to {band.min_low_pass_hz:g} Hz or more, zero phase"
    lines.append(wrapped(f"{through if band.is_wide else band.own or 'band not known'}", f"  {'widths through':<18}"))
    lines.append(wrapped(band.source, " " * 20))
    lines.append(f"  {'distributions':<18}{preset.evidence or 'none published'}")
    return "\n".join(lines)
