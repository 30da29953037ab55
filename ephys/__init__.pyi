"""Table of contents: every public name, by what you want to do with it."""

# The rooms, for what is not listed here
from . import classification, firing, model, pharmacology, simulation, sorting

# The nouns
from .analysis import CellAnalysis, SessionAnalysis

# Who is serotonergic
from .classification import (
    Classification,
    classify_features,
    classify_unit,
    measure_features,
    measure_shape,
)

# Sample data
from .datasets import dataset_path, load_raw_session

# How it fires
from .firing import (
    assess_stability,
    autocorrelogram,
    collapse_bursts,
    cv,
    cv2,
    firing_rate,
    interval_histogram,
    isi,
    lv,
    rate_histogram,
    smoothed_rate,
)

# Files
from .io import (
    as_curated,
    collect_provenance,
    from_neo,
    read_animals,
    read_cohort,
    read_curation,
    read_doses,
    read_session,
    read_settings,
    read_truth,
    session_info,
    staged_folder,
    to_neo,
    units,
    with_units,
    write_curation,
    write_nwb,
    write_results,
    write_settings,
)
from .model import (
    Administration,
    Dose,
    DoseProtocol,
    Epoch,
    Estimate,
    Event,
    Fate,
    Isolation,
    Monitor,
    Recording,
    RhythmLocking,
    Session,
    Share,
    Subject,
    Support,
    Unit,
    UnitRhythms,
    Waveform,
)

# What the drug did
from .pharmacology import (
    CurveFit,
    CurveFits,
    DoseResponse,
    DoseResponseFit,
    dose_response,
    fit_curve,
    fit_curves,
    fit_dose_response,
    fit_dose_responses,
    plan_windows,
)

# All of it
from .pipeline import analyse_session

# Figures
from .plotting import (
    plot_amplitudes,
    plot_dose_response,
    plot_interval_histogram,
    plot_rate_histogram,
    plot_waveform,
)
from .report import write_report
from .settings import Settings

# Sessions with a known truth
from .simulation import simulate_cohort, simulate_session

# From voltage to units
from .sorting import (
    CurationLog,
    FalseSpikes,
    UnitQuality,
    assess_quality,
    assess_rhythms,
    cluster_waveforms,
    compare_units,
    completeness,
    curate_protocol,
    curate_units,
    false_spike_rate,
    measure_waveforms,
    sort_units,
)

__version__: str

__all__ = [
    "Administration",
    "CellAnalysis",
    "Classification",
    "CurationLog",
    "CurveFit",
    "CurveFits",
    "Dose",
    "DoseProtocol",
    "DoseResponse",
    "DoseResponseFit",
    "Epoch",
    "Estimate",
    "Event",
    "FalseSpikes",
    "Fate",
    "Isolation",
    "Monitor",
    "Recording",
    "RhythmLocking",
    "Session",
    "SessionAnalysis",
    "Settings",
    "Share",
    "Subject",
    "Support",
    "Unit",
    "UnitQuality",
    "UnitRhythms",
    "Waveform",
    "analyse_session",
    "as_curated",
    "assess_quality",
    "assess_rhythms",
    "assess_stability",
    "autocorrelogram",
    "classification",
    "classify_features",
    "classify_unit",
    "cluster_waveforms",
    "collapse_bursts",
    "collect_provenance",
    "compare_units",
    "completeness",
    "curate_protocol",
    "curate_units",
    "cv",
    "cv2",
    "dataset_path",
    "dose_response",
    "false_spike_rate",
    "firing",
    "firing_rate",
    "fit_curve",
    "fit_curves",
    "fit_dose_response",
    "fit_dose_responses",
    "from_neo",
    "interval_histogram",
    "isi",
    "load_raw_session",
    "lv",
    "measure_features",
    "measure_shape",
    "measure_waveforms",
    "model",
    "pharmacology",
    "plan_windows",
    "plot_amplitudes",
    "plot_dose_response",
    "plot_interval_histogram",
    "plot_rate_histogram",
    "plot_waveform",
    "rate_histogram",
    "read_animals",
    "read_cohort",
    "read_curation",
    "read_doses",
    "read_session",
    "read_settings",
    "read_truth",
    "session_info",
    "simulate_cohort",
    "simulate_session",
    "simulation",
    "smoothed_rate",
    "sort_units",
    "sorting",
    "staged_folder",
    "to_neo",
    "units",
    "with_units",
    "write_curation",
    "write_nwb",
    "write_report",
    "write_results",
    "write_settings",
]
