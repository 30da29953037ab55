"""Figures: one per file, each takes a computed result and returns the Axes it was drawn on."""

from ephys.plotting.amplitudes import plot_amplitudes
from ephys.plotting.cell_clusters import plot_cell_clusters
from ephys.plotting.cohort_overview import plot_cohort_overview
from ephys.plotting.correlogram import plot_correlogram
from ephys.plotting.dose_response import plot_dose_response
from ephys.plotting.exclusion_flow import plot_exclusion_flow
from ephys.plotting.group_id50s import plot_group_id50s
from ephys.plotting.intervals import plot_interval_histogram
from ephys.plotting.paper_table import plot_table
from ephys.plotting.rate_histogram import plot_rate_histogram
from ephys.plotting.snippets import plot_scaled_means, plot_snippets
from ephys.plotting.style import DOUBLE_MM, SINGLE_MM, house_style, new_figure, save_figure
from ephys.plotting.waveform import plot_waveform

__all__ = [
    "DOUBLE_MM",
    "SINGLE_MM",
    "house_style",
    "new_figure",
    "plot_amplitudes",
    "plot_cell_clusters",
    "plot_cohort_overview",
    "plot_correlogram",
    "plot_dose_response",
    "plot_exclusion_flow",
    "plot_group_id50s",
    "plot_interval_histogram",
    "plot_rate_histogram",
    "plot_scaled_means",
    "plot_snippets",
    "plot_table",
    "plot_waveform",
    "save_figure",
]
