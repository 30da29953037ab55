"""How a cell fires on the baseline, as a table."""

from __future__ import annotations

from collections.abc import Iterator

from ephys.firing import Bursts, FiringProfile, Rhythmicity, SlowOscillation
from ephys.report.tables import Table


def firing_table(firing: FiringProfile) -> Table:
    """Rate, regularity, bursts, rhythm and slow oscillation, each with its 95 % interval."""
    head = ("measure", "value (95 %)")
    return Table("How it fires on the baseline", head, tuple(_rows(firing)), unbroken=frozenset({0}))


def _rows(firing: FiringProfile) -> Iterator[tuple[str, str]]:
    """One measure after the other, and why one is not there."""
    yield "rate of all spikes (interval for a cell as regular as this)", f"{firing.rate_hz.text} Hz"
    yield "bursts", _bursts_text(firing.bursts)
    if firing.regularity.note:
        yield "regularity", f"not measured: {firing.regularity.note}"
        return
    yield "CV of all intervals", firing.all_intervals.cv.text
    events = firing.regularity
    texts = {"CV": events.cv, "CV2": events.cv2, "LV": events.lv, "LvR": events.lvr, "log ISI SD": events.log_isi_sd}
    yield "each burst as one event", ", ".join(f"{name} {value.text}" for name, value in texts.items())
    yield "autocorrelogram", _rhythm_text(firing.rhythmicity)
    yield "slow oscillation, 0.02 to 0.1 Hz", _oscillation_text(firing.oscillation)


def _bursts_text(bursts: Bursts) -> str:
    """Share of spikes in bursts, and how many of which length."""
    if not len(bursts):
        return "none"
    kinds = f"{bursts.n_doublets} doublets, {bursts.n_triplets} triplets, {bursts.n_longer} longer"
    return f"{100 * bursts.share:.0f} % of spikes, in {kinds}"


def _rhythm_text(rhythm: Rhythmicity) -> str:
    """Trough and first side peak."""
    if rhythm.note:
        return f"not judged: {rhythm.note}"
    trough = f"trough of {rhythm.trough_s.text} s after a spike"
    kind = "rhythmic" if rhythm.rhythmic else "no rhythm beyond chance"
    peak = f"first peak {rhythm.peak.text} of the plateau, at {rhythm.peak_lag_s.text} s, p = {rhythm.p:.2g}"
    return f"{trough}; {kind} ({peak})"


def _oscillation_text(swing: SlowOscillation) -> str:
    """Frequency and depth where one was seen."""
    if swing.note:
        return f"not judged: {swing.note}"
    if not swing.detected:
        return f"none beyond chance (p = {swing.p:.2g})"
    return f"{swing.frequency_hz:.3g} Hz, depth {swing.depth.text}, p = {swing.p:.2g}"
