"""Unit and protocol to effect: read-out windows, dose-response, ID50; and the curve engine under it."""

from ephys.pharmacology.cell_fit import DoseResponseFit
from ephys.pharmacology.cell_fitting import fit_dose_response, fit_dose_responses
from ephys.pharmacology.cell_sharing import share_settings
from ephys.pharmacology.cell_warnings import FitWarning
from ephys.pharmacology.comparisons.comparing_drugs import compare_drugs
from ephys.pharmacology.comparisons.comparing_groups import compare_groups
from ephys.pharmacology.comparisons.desensitised_share import DesensitisedShare
from ephys.pharmacology.comparisons.desensitising import desensitised_share
from ephys.pharmacology.comparisons.drug_comparison import DrugComparison
from ephys.pharmacology.comparisons.group_comparison import GroupComparison
from ephys.pharmacology.compounds import (
    COMPOUNDS,
    Compound,
    convert_dose,
    find_compound,
    find_form,
    list_compounds,
    read_compounds,
    suggest_compounds,
)
from ephys.pharmacology.curve_fit import CurveFit, ParameterEstimate
from ephys.pharmacology.curve_fits import CurveFits
from ephys.pharmacology.curves import CurveModel, curve_model, hill_remaining
from ephys.pharmacology.exclusions.applying import apply_exclusions
from ephys.pharmacology.exclusions.facts import Physiology, SeriesFacts
from ephys.pharmacology.exclusions.flow import FlowStage
from ephys.pharmacology.exclusions.result import ExcludedSeries, Exclusions
from ephys.pharmacology.exclusions.settings import ExclusionSettings
from ephys.pharmacology.firing_groups.comparison import compare_firing
from ephys.pharmacology.firing_groups.measured import AnimalValue, MeasuredCell
from ephys.pharmacology.firing_groups.result import FiringComparison, MeasureComparison
from ephys.pharmacology.fit_settings import FitSettings
from ephys.pharmacology.fitting import compare_curves, fit_curve, fit_curves
from ephys.pharmacology.forest.rows import ForestRow, forest_rows
from ephys.pharmacology.groups.animal_means import AnimalMeans, welch_animal_means
from ephys.pharmacology.groups.estimates import GroupDifference, GroupEstimate
from ephys.pharmacology.groups.mixtures import refuse_mixtures
from ephys.pharmacology.groups.nested_means import NestedMeans, fit_nested_means
from ephys.pharmacology.groups.random_intercept import RandomIntercept, fit_random_intercept
from ephys.pharmacology.inhibiting.by_dose import percent_by_dose
from ephys.pharmacology.inhibiting.comparing import compare_inhibition
from ephys.pharmacology.inhibiting.dose_percents import AnimalPercent, GroupPercent, PercentByDose
from ephys.pharmacology.inhibiting.result import CellPercent, GroupInhibition, InhibitionComparison
from ephys.pharmacology.iontophoresis.barrels import BarrelSummary, CurrentRepeats
from ephys.pharmacology.iontophoresis.comparing import compare_ejections
from ephys.pharmacology.iontophoresis.comparison import EjectionComparison, ElectrodeRatio
from ephys.pharmacology.iontophoresis.ejection import Ejection
from ephys.pharmacology.iontophoresis.electrode_curve import ElectrodeCurve
from ephys.pharmacology.iontophoresis.half_time import HalfTime
from ephys.pharmacology.iontophoresis.measuring import measure_ejections
from ephys.pharmacology.iontophoresis.result import Ejections
from ephys.pharmacology.iontophoresis.settings import IontophoresisSettings
from ephys.pharmacology.least_squares import LeastSquaresFit, fit_least_squares
from ephys.pharmacology.paired.pairing import paired_rates
from ephys.pharmacology.paired.result import AnimalMean, PairedCell, PairedRate, PairedRates
from ephys.pharmacology.planning.design import PlannedDesign
from ephys.pharmacology.planning.plan import ExperimentPlan, PlannedPower
from ephys.pharmacology.planning.planning import plan_experiment
from ephys.pharmacology.planning.variation import PlannedVariation
from ephys.pharmacology.population.estimates import FoldShift, GroupId50
from ephys.pharmacology.population.fit import PopulationFit
from ephys.pharmacology.population.fitting import fit_population
from ephys.pharmacology.population.id50_distribution import Id50Distribution, id50_distribution
from ephys.pharmacology.population.mean_curve import PopulationCurve, population_curve
from ephys.pharmacology.population.pseudoreplicated import (
    PseudoreplicatedFit,
    PseudoreplicatedShift,
    fit_pseudoreplicated,
)
from ephys.pharmacology.ratios import rate_ratio_interval
from ephys.pharmacology.readout import ReadoutSettings, other_readouts, plan_windows
from ephys.pharmacology.regression.lack_of_fit import LackOfFit
from ephys.pharmacology.response_window import ResponseWindow
from ephys.pharmacology.responses import DoseResponse, dose_response
from ephys.pharmacology.time_course import TimeCourse, TimeCourseSettings, time_courses

__all__ = [
    "COMPOUNDS",
    "AnimalMean",
    "AnimalMeans",
    "AnimalPercent",
    "AnimalValue",
    "BarrelSummary",
    "CellPercent",
    "Compound",
    "CurrentRepeats",
    "CurveFit",
    "CurveFits",
    "CurveModel",
    "DesensitisedShare",
    "DoseResponse",
    "DoseResponseFit",
    "DrugComparison",
    "Ejection",
    "EjectionComparison",
    "Ejections",
    "ElectrodeCurve",
    "ElectrodeRatio",
    "ExcludedSeries",
    "ExclusionSettings",
    "Exclusions",
    "ExperimentPlan",
    "FiringComparison",
    "FitSettings",
    "FitWarning",
    "FlowStage",
    "FoldShift",
    "ForestRow",
    "GroupComparison",
    "GroupDifference",
    "GroupEstimate",
    "GroupId50",
    "GroupInhibition",
    "GroupPercent",
    "HalfTime",
    "Id50Distribution",
    "InhibitionComparison",
    "IontophoresisSettings",
    "LackOfFit",
    "LeastSquaresFit",
    "MeasureComparison",
    "MeasuredCell",
    "NestedMeans",
    "PairedCell",
    "PairedRate",
    "PairedRates",
    "ParameterEstimate",
    "PercentByDose",
    "Physiology",
    "PlannedDesign",
    "PlannedPower",
    "PlannedVariation",
    "PopulationCurve",
    "PopulationFit",
    "PseudoreplicatedFit",
    "PseudoreplicatedShift",
    "RandomIntercept",
    "ReadoutSettings",
    "ResponseWindow",
    "SeriesFacts",
    "TimeCourse",
    "TimeCourseSettings",
    "apply_exclusions",
    "compare_curves",
    "compare_drugs",
    "compare_ejections",
    "compare_firing",
    "compare_groups",
    "compare_inhibition",
    "convert_dose",
    "curve_model",
    "desensitised_share",
    "dose_response",
    "find_compound",
    "find_form",
    "fit_curve",
    "fit_curves",
    "fit_dose_response",
    "fit_dose_responses",
    "fit_least_squares",
    "fit_nested_means",
    "fit_population",
    "fit_pseudoreplicated",
    "fit_random_intercept",
    "forest_rows",
    "hill_remaining",
    "id50_distribution",
    "list_compounds",
    "measure_ejections",
    "other_readouts",
    "paired_rates",
    "percent_by_dose",
    "plan_experiment",
    "plan_windows",
    "population_curve",
    "rate_ratio_interval",
    "read_compounds",
    "refuse_mixtures",
    "share_settings",
    "suggest_compounds",
    "time_courses",
    "welch_animal_means",
]
