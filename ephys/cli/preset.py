"""``ephys preset list``, ``ephys preset show`` and ``ephys preset fit``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import ephys
from ephys.cli.options import Verbose
from ephys.cli.running import fails_in_one_line, wrapped

if TYPE_CHECKING:  # the command line starts before the libraries behind it
    from ephys.classification import Limits, Preset

app = typer.Typer(help="Limits of the 5-HT rule: what is shipped, and your own rig's.", no_args_is_help=True)

_LIMITS = ("rate", "regularity", "total_width", "peak_to_trough", "soft_refractory", "rhythm")


@app.command("list", epilog="Example: ephys preset list")
@fails_in_one_line
def list_presets(
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Name the presets that are shipped."""
    for name in ephys.preset_names():
        typer.echo(f"{name:<28}{ephys.load_preset(name).title}")


@app.command(epilog="Example: ephys preset show rat_in_vivo_urethane")
@fails_in_one_line
def show(
    name: Annotated[str, typer.Argument(help="A shipped preset, or your own NAME.toml.", show_default=False)],
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Show every limit of a preset, and where it comes from."""
    typer.echo(preset_text(ephys.load_preset(name)))


@app.command(epilog="Example: ephys preset fit my_rig --from cells.csv --base rat_in_vivo_urethane")
@fails_in_one_line
def fit(
    name: Annotated[str, typer.Argument(help="Name of the new preset.", show_default=False)],
    cells: Annotated[
        Path,
        typer.Option(
            "--from", metavar="CELLS.csv", help="20 cells or more that you vouch for, a row each.", show_default=False
        ),
    ],
    base: Annotated[str, typer.Option("--base", help="Shipped preset for everything but the width.")] = "rat_in_vivo",
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Where to; default: NAME.toml.", show_default=False)
    ] = None,
    verbose: Verbose = False,  # noqa: ARG001 - read by the wrapper
) -> None:
    """Fit the limits of the width to serotonergic cells of your own rig and filter."""
    preset, path = ephys.fit_preset_from_file(name, cells, base=base, out=out)
    typer.echo(preset_text(preset))
    typer.echo(f"written: {path}; use it with --preset {path}")


def preset_text(preset: Preset) -> str:
    """A preset for the terminal: each limit, with its source beneath."""
    lines = [f"{preset.name}: {preset.title}"]
    for name in _LIMITS:
        limits: Limits | None = getattr(preset, name)
        lines.append(f"  {name.replace('_', ' '):<18}{limits or 'not judged'}")
        lines.extend([wrapped(limits.source, " " * 20)] if limits else [])
    band = preset.band
    through = f"{band.max_high_pass_hz:g} Hz or less to {band.min_low_pass_hz:g} Hz or more, zero phase"
    lines.append(wrapped(f"{through if band.is_wide else band.own or 'band not known'}", f"  {'widths through':<18}"))
    lines.append(wrapped(band.source, " " * 20))
    lines.append(f"  {'distributions':<18}{preset.evidence or 'none published'}")
    return "\n".join(lines)
