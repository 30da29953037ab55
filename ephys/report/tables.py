"""The tables of a report, as text: nothing is computed here that was not computed before."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ephys.analysis import Agreement, CellAnalysis
from ephys.model import (
    Administration,
    DoseProtocol,
    Epoch,
    Isolation,
    RhythmLocking,
    Support,
    UnitRhythms,
)
from ephys.pharmacology import DoseResponseFit, ResponseWindow
from ephys.pharmacology.response_html import window_row
from ephys.plotting.timeline import dose_unit_text
from ephys.report.stability import stability_rows
from ephys.sorting import CurationLog, FalseSpikes, UnitQuality
from ephys.sorting.curation import Entry, operation_text

UNKNOWN = "–"


@dataclass(frozen=True)
class Table:
    """A table of text.

    Parameters
    ----------
    title : str
        Caption.
    head : tuple of str
        Column headings, with units.
    rows : tuple of tuple of str
        Cells; the first of each row heads it.
    numeric : frozenset of int
        Columns that are set right-aligned.
    unbroken : frozenset of int
        Columns whose cells stay on one line.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()
    unbroken: frozenset[int] = frozenset()


def number(value: float, spec: str = ".3g") -> str:
    """A number as it is printed; a dash where it was not measured.

    >>> number(1.2345), number(float("nan")), number(12345.0)
    ('1.23', '–', '12345')
    """
    if math.isnan(value):
        return UNKNOWN
    return f"{value:.0f}" if spec == ".3g" and 1000 <= abs(value) < 1e7 else f"{value:{spec}}"


def share(value: float) -> str:
    """A share as percent.

    >>> share(0.256)
    '26 %'
    """
    return UNKNOWN if math.isnan(value) else f"{100 * value:.0f} %"


def share_text(value: float, low: float, high: float) -> str:
    """A share as percent, with its interval where that is known.

    >>> share_text(0.256, 0.2, 0.3)
    '26 % (20 to 30)'
    """
    return share(value) + (f" ({100 * low:.0f} to {100 * high:.0f})" if math.isfinite(low) else "")


def window_text(epoch: Epoch | None) -> str:
    """Ends of a window."""
    return "none" if epoch is None else f"{epoch.start_s:.1f} to {epoch.stop_s:.1f} s"


def administrations_table(protocol: DoseProtocol) -> Table:
    """What was given, with increments and running totals."""
    totals = {id(step.administration): step for drug in protocol.drugs for step in protocol.doses(drug)}

    def row(given: Administration) -> tuple[str, ...]:
        step = totals.get(id(given))
        added = given.dose if step is None else step.increment
        stop = "bolus" if given.stop_s is None else f"{given.stop_s:.1f}"
        total = UNKNOWN if step is None else number(step.cumulative, ".6g")
        return (
            f"{given.start_s:.1f}", stop, given.drug, given.role, number(added, ".6g"), total,
            dose_unit_text(given.dose_unit), given.route or "not stated", given.form or "not stated", given.derivation,
        )  # fmt: skip

    head = ("start (s)", "end (s)", "drug", "role", "added", "cumulative", "unit", "route", "form", "dose from")
    return Table("What was given", head, tuple(map(row, protocol.administrations)), frozenset({0, 1, 4, 5}))


def measures_table(cell: CellAnalysis, recorded: Support) -> Table:
    """How the cell fired and how well it was isolated, on the baseline; and what was excised while it was recorded."""
    excised_s = cell.unit.excised_s(recorded)
    rows = [
        ("spikes in the whole recording", str(cell.unit.n_spikes)),
        ("excised as artefacts", _excised_text(excised_s, recorded.duration_s)),
        ("origin", cell.unit.origin),
    ]
    if cell.quality is not None:
        rows.extend(_quality_rows(cell.quality))
        rows.extend([("one cell", "no: multi-unit")] if cell.unit.multi_unit else _cell_rows(cell.quality))
    rows.extend(_rhythm_rows(cell.rhythms) if cell.rhythms else ())
    rows.extend(stability_rows(cell))
    where = "on the baseline" if cell.quality else "in the whole recording, for want of a baseline"
    return Table(f"Measured {where}", ("measure", "value"), tuple(rows))


def _excised_text(excised_s: float, recorded_s: float) -> str:
    return f"{excised_s:.2f} s ({number(100 * excised_s / recorded_s, '.2g')} %)" if excised_s > 0 else "none"


def _isolation_rows(isolation: Isolation) -> Iterator[tuple[str, str]]:
    beside = f"; most alike: unit {isolation.neighbour}" if isolation.neighbour else "; no unit of similar shape"
    false, missed = (share_text(known.value, known.low, known.high) for known in (isolation.false, isolation.missed))
    yield "spikes that look more like another unit's", false + beside
    yield "spikes probably counted as another unit's", missed
    where = f"; largest change of shape at {isolation.link_s:.0f} s" if math.isfinite(isolation.link_s) else ""
    yield "chance that it is one cell throughout, by shape", share(isolation.link_confidence) + where


def _quality_rows(quality: UnitQuality) -> Iterator[tuple[str, str]]:
    yield "spikes on the baseline", str(quality.n_spikes)
    yield "rate of all spikes", f"{number(quality.rate_hz)} Hz"
    yield "peak over noise SD", number(quality.peak_to_noise)
    yield "intervals in the refractory period", share(quality.refractory_share)
    yield "intervals in the soft refractory period", share(quality.soft_refractory_share)


def _cell_rows(quality: UnitQuality) -> Iterator[tuple[str, str]]:
    """What is asked of one cell only."""
    known = quality.completeness
    yield "completeness: share of its spikes that were found", share_text(known.value, known.low, known.high)
    yield "spikes of others, by the intervals", _false_text(quality.false_spikes)
    if quality.isolation is not None:
        yield from _isolation_rows(quality.isolation)
    yield "amplitude trend over the recording", f"{number(quality.amplitude_trend_percent, '.1f')} %"
    yield "fate", f"{quality.fate.state}: {quality.fate.evidence}"


def _rhythm_rows(rhythms: UnitRhythms) -> Iterator[tuple[str, str]]:
    yield "energy below 300 Hz", share(rhythms.slow_share)
    for one in rhythms.lockings:
        yield f"in step with {one.rhythm}", f"{one.text.partition(': ')[2]} (by chance: {number(one.chance, '.2g')})"
        if math.isfinite(one.depth):
            yield f"amplitude with {one.rhythm}", _swing_text(one)
    if not rhythms.lockings:
        yield "rhythms", f"not judged: {rhythms.not_judged}" if rhythms.not_judged else "none found"


def _swing_text(locking: RhythmLocking) -> str:
    """Depth of the swing with its interval, and the share of spikes missed in each eighth of the cycle."""
    ends = f"{number(100 * locking.depth_low, '.0f')} to {number(100 * locking.depth_high, '.0f')} %"
    lost = f"; missed by eighths of the cycle: {', '.join(map(share, locking.missed))}" if locking.missed else ""
    return f"swings by {share(locking.depth)} ({ends}){lost}"


def _false_text(false: FalseSpikes) -> str:
    """Rate of false spikes with its interval."""
    ends = f"{number(false.low_hz, '.2g')} to {number(false.high_hz, '.2g')} Hz"
    return f"{number(false.rate_hz, '.2g')} Hz ({ends}): {false.evidence}"


def windows_table(fit: DoseResponseFit) -> Table:
    """Every read-out window, with its count and its percent of baseline."""
    head = (
        "window", f"{fit.words.so_far} ({fit.unit_text})", "from, to (s)", "spikes", "covered (s)", "completeness",
        "rate (Hz)", "% of baseline (exact 95 %)", "fitted", "flags",
    )  # fmt: skip
    rows = tuple(_window_row(window) for window in fit.windows)
    return Table(f"Read-out windows, {fit.response.drug}", head, rows, frozenset(range(1, 8)), frozenset({0}))


def _window_row(window: ResponseWindow) -> tuple[str, ...]:
    """Cells of one window as a notebook has them, with its completeness after the seconds that were covered."""
    told = window_row(window)
    completeness = share_text(window.completeness, window.completeness_low, window.completeness_high)
    return (*told[:5], completeness, *told[5:])


def curation_table(log: CurationLog) -> Table:
    """Every correction, undone ones included: what, why, who, when."""

    def row(entry: Entry) -> tuple[str, ...]:
        holds = "undone" if entry.number in log.undone else "yes"
        when = entry.at.isoformat(sep=" ", timespec="minutes")
        return (str(entry.number), operation_text(entry.operation), entry.reason, entry.by, when, holds)

    head = ("entry", "what was done", "why", "who", "when", "holds")
    return Table("Corrected by hand", head, tuple(map(row, log.entries)), frozenset({0}))


def agreement_tables(agreement: Agreement) -> tuple[Table, ...]:
    """The file's own units against those sorted here: what each gives, and on how many spikes they agree."""
    counts = tuple(
        (m.reference or "none", m.found or "none", str(m.hits), str(m.misses), str(m.extra), f"{m.accuracy:.3f}")
        for m in (row.match for row in agreement)
    )  # fmt: skip
    head = ("unit of the file", "sorted here", "spikes in both", "only in the file", "only sorted here", "accuracy")
    shown = (0, 1, *range(5, len(agreement.columns)))  # the shares are those of the counts above
    texts = tuple(tuple(row.texts[column] for column in shown) for row in agreement)
    side = Table("What each of them gives", tuple(agreement.headings[i] for i in shown), texts, frozenset({2, 3}))
    return Table("The file's own units against the sorting", head, counts, frozenset(range(2, 6))), side


def nested_table(title: str, values: Mapping[str, object]) -> Table:
    """A nested mapping as names and values.

    >>> nested_table("Settings", {"fit": {"level": 0.95}, "seeds": [1, 2]}).rows
    (('fit.level', '0.95'), ('seeds.1', '1'), ('seeds.2', '2'))
    """
    return Table(title, ("name", "value"), tuple(_flat(values)))


def _flat(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Leaves of a nested value, each under its dotted name."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(item, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple) and value:
        for i, item in enumerate(value, start=1):
            yield from _flat(item, f"{name}.{i}")
    else:
        yield name, UNKNOWN if value is None or value in ("", (), []) else str(value)
