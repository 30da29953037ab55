"""What an analysis found, as columns of the table of units of an NWB file: those of ``units.csv`` that stand alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pandas import isna

from ephys.analysis import SessionAnalysis
from ephys.io.nwb_layout import Column
from ephys.io.results import units_table

TEXT_COLUMNS = (
    Column("call", "the serotonergic call as it is printed"),
    Column("final_label", "the call that holds, a person's or else the engine's"),
    Column("label", "the engine's call: serotonergic, uncertain or not_serotonergic; empty where none was made"),
    Column("basis", "full, or rate_and_regularity where no width could be judged"),
    Column("engine", "who decided: rule, evidence or learned"),
    Column("preset", "name of the limits of the rule"),
    Column("reasons", "why this label"),
    Column("rate_verdict", "rate against its limits: pass, borderline, fail or not_judged"),
    Column("regularity_verdict", "coefficient of variation against its limit"),
    Column("rhythm_verdict", "autocorrelogram against its limit"),
    Column("width_verdict", "width of the spike against its limits"),
    Column("soft_refractory_verdict", "share of intervals from 20 to 75 ms against its limit"),
    Column("polarity", "of the mean spike's main phase"),
    Column("band", "filter that the mean spike came through, in words"),
    Column("fate", "whether the electrode held the cell to the end: held, lost or undetermined"),
    Column("fate_evidence", "what the fate rests on"),
    Column("stability", "of the baseline's rate: stable, unclear, unstable or not_judged"),
    Column("rhythm_artefact", "why the unit may be breathing or heartbeat and no cell"),
    Column("confirming", "what each agonist did; no part of the call"),
    Column("flags", "what to know before a number is used"),
    Column("excluded", "why a person excluded the unit; empty where nobody did"),
    Column("curation", "every correction of the unit by hand"),
)

NUMBER_COLUMNS = (
    Column("probability", "of being serotonergic, from published distributions, 0 to 1"),
    Column("probability_learned", "of being serotonergic, from a classifier of one's own, 0 to 1"),
    Column("baseline_spikes", "spikes on the baseline"),
    Column("baseline_rate_hz", "rate on the baseline, in spikes per second"),
    Column("baseline_rate_low_hz", "lower end of its 95 % interval"),
    Column("baseline_rate_high_hz", "upper end of its 95 % interval"),
    Column("cv_collapsed", "coefficient of variation of the intervals on the baseline, each burst as one event"),
    Column("cv_all", "coefficient of variation of every interval on the baseline"),
    Column("cv_all_low", "lower end of its 95 % interval"),
    Column("cv_all_high", "upper end of its 95 % interval"),
    Column("cv2", "local coefficient of variation on the baseline, each burst as one event"),
    Column("cv2_low", "lower end of its 95 % interval"),
    Column("cv2_high", "upper end of its 95 % interval"),
    Column("lv", "local variation on the baseline, each burst as one event"),
    Column("burst_share", "share of the baseline's spikes in bursts, 0 to 1"),
    Column("trough_s", "how long the cell rests after a spike, by its autocorrelogram, in seconds"),
    Column("rhythm_peak", "first side peak of the autocorrelogram over its plateau"),
    Column("width_ms", "width that was judged, in milliseconds"),
    Column("total_ms", "whole duration of the mean spike, in milliseconds"),
    Column("total_low_ms", "lower end of its 95 % interval"),
    Column("total_high_ms", "upper end of its 95 % interval"),
    Column("peak_to_trough_ms", "from peak to trough of the mean spike, in milliseconds"),
    Column("peak_to_trough_low_ms", "lower end of its 95 % interval"),
    Column("peak_to_trough_high_ms", "upper end of its 95 % interval"),
    Column("half_width_ms", "width of the mean spike at half its height, in milliseconds"),
    Column("half_width_low_ms", "lower end of its 95 % interval"),
    Column("half_width_high_ms", "upper end of its 95 % interval"),
    Column("band_low_hz", "high-pass that the mean spike came through, in Hz"),
    Column("band_high_hz", "low-pass that the mean spike came through, in Hz"),
    Column("peak_to_noise", "median amplitude on the baseline, in SD of the noise"),
    Column("completeness", "share of the baseline's spikes that were found, 0 to 1"),
    Column("completeness_low", "lower end of its 95 % interval"),
    Column("completeness_high", "upper end of its 95 % interval"),
    Column("false_hz", "spikes per second on the baseline that are not the cell's"),
    Column("refractory_share", "share of the baseline's intervals below 2 ms, 0 to 1"),
    Column("soft_refractory_share", "share of the baseline's intervals from 20 to 75 ms, 0 to 1"),
    Column("amplitude_trend_percent", "change of the amplitude over the recording, in percent"),
    Column("held_until_s", "last time at which the cell is proven held, in seconds"),
    Column("lost_at_s", "when the cell was lost, in seconds; NaN unless it was"),
    Column("slope_percent_per_min", "slope of the baseline's rate, in percent per minute"),
    Column("slow_share", "share of the energy of the mean wide-band spike below 300 Hz, 0 to 1"),
)


def analysis_columns(analysis: SessionAnalysis) -> Mapping[Column, Sequence[Any]]:
    """Return the columns with a value per unit; NaN and empty mean not measured.

    Parameters
    ----------
    analysis : SessionAnalysis
        The result.
    """
    table = units_table(analysis)
    texts = {column: ["" if isna(v) else str(v) for v in table[column.name]] for column in TEXT_COLUMNS}
    numbers = {column: table[column.name].astype(float).tolist() for column in NUMBER_COLUMNS}
    return {**texts, **numbers}
