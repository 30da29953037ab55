"""Figures: one per file, each takes a computed result and returns the Axes it was drawn on."""

from ephys.plotting.amplitudes import plot_amplitudes
from ephys.plotting.binding import plot_binding
from ephys.plotting.cell_clusters import plot_cell_clusters
from ephys.plotting.cell_sheet import plot_cell_sheet
from ephys.plotting.classification import plot_classification
from ephys.plotting.classification_table import plot_classification_table
from ephys.plotting.cohort_overview import plot_cohort_overview
from ephys.plotting.correlogram import plot_correlogram
from ephys.plotting.dose_response import plot_dose_response
from ephys.plotting.ejections import plot_ejections
from ephys.plotting.exclusion_flow import plot_exclusion_flow
from ephys.plotting.feature_space import plot_feature_space
from ephys.plotting.firing_groups import plot_firing_groups
from ephys.plotting.forest import plot_forest
from ephys.plotting.group_id50s import plot_group_id50s
from ephys.plotting.id50_distribution import plot_id50_distribution
from ephys.plotting.intervals import plot_interval_histogram
from ephys.plotting.latencies import plot_latencies
from ephys.plotting.microdialysis import plot_dialysis
from ephys.plotting.monitors import plot_monitors
from ephys.plotting.paired_rates import plot_paired_rates
from ephys.plotting.paper_table import plot_table
from ephys.plotting.percent_by_dose import plot_percent_by_dose
from ephys.plotting.population import plot_population
from ephys.plotting.rate_histogram import plot_rate_histogram
from ephys.plotting.rate_panels import RatePanel, plot_rate_panels
from ephys.plotting.receptor_reserve import plot_receptor_reserve
from ephys.plotting.reversal import plot_reversal, plot_reversals
from ephys.plotting.schild import plot_schild
from ephys.plotting.snippets import plot_scaled_means, plot_snippets
from ephys.plotting.style import DOUBLE_MM, SINGLE_MM, house_style, new_figure, save_figure
from ephys.plotting.superfusion import plot_superfusion
from ephys.plotting.trace import plot_trace
from ephys.plotting.waveform import plot_waveform

__all__ = [
    "DOUBLE_MM",
    "SINGLE_MM",
    "RatePanel",
    "house_style",
    "new_figure",
    "plot_amplitudes",
    "plot_binding",
    "plot_cell_clusters",
    "plot_cell_sheet",
    "plot_classification",
    "plot_classification_table",
    "plot_cohort_overview",
    "plot_correlogram",
    "plot_dialysis",
    "plot_dose_response",
    "plot_ejections",
    "plot_exclusion_flow",
    "plot_feature_space",
    "plot_firing_groups",
    "plot_forest",
    "plot_group_id50s",
    "plot_id50_distribution",
    "plot_interval_histogram",
    "plot_latencies",
    "plot_monitors",
    "plot_paired_rates",
    "plot_percent_by_dose",
    "plot_population",
    "plot_rate_histogram",
    "plot_rate_panels",
    "plot_receptor_reserve",
    "plot_reversal",
    "plot_reversals",
    "plot_scaled_means",
    "plot_schild",
    "plot_snippets",
    "plot_superfusion",
    "plot_table",
    "plot_trace",
    "plot_waveform",
    "save_figure",
]
