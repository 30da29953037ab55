"""Unit and protocol to effect: read-out windows, dose-response, ID50; and the curve engine under it."""

from ephys.jupyter import potency_name
from ephys.pharmacology.antagonism.apparent import apparent_pa2
from ephys.pharmacology.antagonism.apparent_of_fits import apparent_pa2_of_fits
from ephys.pharmacology.antagonism.apparent_shift import AnimalShift, ApparentPa2
from ephys.pharmacology.antagonism.fitting import fit_schild
from ephys.pharmacology.antagonism.regression import SchildRegression
from ephys.pharmacology.antagonism.schild_fit import DoseRatio, SchildFit
from ephys.pharmacology.antagonism.schild_of_responses import fit_schild_of_responses
from ephys.pharmacology.binding.beside import beside_affinity
from ephys.pharmacology.binding.cheng_prusoff import Ki, cheng_prusoff
from ephys.pharmacology.binding.experiment import BindingExperiment, BindingTube
from ephys.pharmacology.binding.fitting import fit_binding
from ephys.pharmacology.binding.published import AffinityTable, PublishedAffinity, published_affinities
from ephys.pharmacology.binding.result import BindingFit
from ephys.pharmacology.binding.summary import BindingSummary, MeanKi, summarise_binding
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
from ephys.pharmacology.iontophoresis.comparison import EjectionComparison
from ephys.pharmacology.iontophoresis.ejection import Ejection
from ephys.pharmacology.iontophoresis.electrode_curve import ElectrodeCurve
from ephys.pharmacology.iontophoresis.half_time import HalfTime
from ephys.pharmacology.iontophoresis.measuring import measure_ejections
from ephys.pharmacology.iontophoresis.ratio import ElectrodeRatio
from ephys.pharmacology.iontophoresis.result import Ejections
from ephys.pharmacology.iontophoresis.settings import IontophoresisSettings
from ephys.pharmacology.latencies.comparing import compare_latencies
from ephys.pharmacology.latencies.comparison import LatencyComparison, LatencyDifference, LatencyGroup
from ephys.pharmacology.latencies.latency import Latencies, Latency
from ephys.pharmacology.least_squares import LeastSquaresFit, fit_least_squares
from ephys.pharmacology.microdialysis.comparing import compare_dialysis
from ephys.pharmacology.microdialysis.comparison import (
    CourseDifference,
    DialysisComparison,
    FractionDifference,
    GroupFraction,
)
from ephys.pharmacology.microdialysis.course import CourseFraction, DialysisBaseline, DialysisCourse
from ephys.pharmacology.microdialysis.dialysis import Dialysis, DialysisFraction
from ephys.pharmacology.microdialysis.means import DialysisMeans
from ephys.pharmacology.microdialysis.measuring import measure_dialysis
from ephys.pharmacology.microdialysis.mixed_model import DialysisMixedModel
from ephys.pharmacology.microdialysis.settings import DialysisSettings
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
from ephys.pharmacology.pretreatment import Pretreatment
from ephys.pharmacology.ratios import rate_ratio_interval
from ephys.pharmacology.readout import ReadoutSettings, other_readouts, plan_windows
from ephys.pharmacology.regression.lack_of_fit import LackOfFit
from ephys.pharmacology.reserve.equieffective import EquieffectiveDose
from ephys.pharmacology.reserve.fitting import fit_receptor_reserve
from ephys.pharmacology.reserve.result import InactivatedShare, ReceptorReserve, ReserveEstimate
from ephys.pharmacology.responding import dose_response
from ephys.pharmacology.response_window import ResponseWindow
from ephys.pharmacology.responses import DoseResponse
from ephys.pharmacology.reversal.against import compare_reversals
from ephys.pharmacology.reversal.antagonist_window import AntagonistWindow
from ephys.pharmacology.reversal.assessing import assess_reversal
from ephys.pharmacology.reversal.assessing_many import assess_reversals
from ephys.pharmacology.reversal.comparing import Comparable
from ephys.pharmacology.reversal.group_result import Reversals
from ephys.pharmacology.reversal.recovering import spontaneous_recovery
from ephys.pharmacology.reversal.recovery import Recovery, recoveries_from_rows
from ephys.pharmacology.reversal.result import Reversal, ReversalStep
from ephys.pharmacology.reversal.returns import Return
from ephys.pharmacology.reversal.settings import ReversalSettings
from ephys.pharmacology.superfusion.result import Application, Superfusion
from ephys.pharmacology.time_course import TimeCourse, TimeCourseSettings, time_courses

__all__ = [
    "COMPOUNDS",
    "AffinityTable",
    "AnimalMean",
    "AnimalMeans",
    "AnimalPercent",
    "AnimalShift",
    "AnimalValue",
    "AntagonistWindow",
    "ApparentPa2",
    "Application",
    "BarrelSummary",
    "BindingExperiment",
    "BindingFit",
    "BindingSummary",
    "BindingTube",
    "CellPercent",
    "Comparable",
    "Compound",
    "CourseDifference",
    "CourseFraction",
    "CurrentRepeats",
    "CurveFit",
    "CurveFits",
    "CurveModel",
    "DesensitisedShare",
    "Dialysis",
    "DialysisBaseline",
    "DialysisComparison",
    "DialysisCourse",
    "DialysisFraction",
    "DialysisMeans",
    "DialysisMixedModel",
    "DialysisSettings",
    "DoseRatio",
    "DoseResponse",
    "DoseResponseFit",
    "DrugComparison",
    "Ejection",
    "EjectionComparison",
    "Ejections",
    "ElectrodeCurve",
    "ElectrodeRatio",
    "EquieffectiveDose",
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
    "FractionDifference",
    "GroupComparison",
    "GroupDifference",
    "GroupEstimate",
    "GroupFraction",
    "GroupId50",
    "GroupInhibition",
    "GroupPercent",
    "HalfTime",
    "Id50Distribution",
    "InactivatedShare",
    "InhibitionComparison",
    "IontophoresisSettings",
    "Ki",
    "LackOfFit",
    "Latencies",
    "Latency",
    "LatencyComparison",
    "LatencyDifference",
    "LatencyGroup",
    "LeastSquaresFit",
    "MeanKi",
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
    "Pretreatment",
    "PseudoreplicatedFit",
    "PseudoreplicatedShift",
    "PublishedAffinity",
    "RandomIntercept",
    "ReadoutSettings",
    "ReceptorReserve",
    "Recovery",
    "ReserveEstimate",
    "ResponseWindow",
    "Return",
    "Reversal",
    "ReversalSettings",
    "ReversalStep",
    "Reversals",
    "SchildFit",
    "SchildRegression",
    "SeriesFacts",
    "Superfusion",
    "TimeCourse",
    "TimeCourseSettings",
    "apparent_pa2",
    "apparent_pa2_of_fits",
    "apply_exclusions",
    "assess_reversal",
    "assess_reversals",
    "beside_affinity",
    "cheng_prusoff",
    "compare_curves",
    "compare_dialysis",
    "compare_drugs",
    "compare_ejections",
    "compare_firing",
    "compare_groups",
    "compare_inhibition",
    "compare_latencies",
    "compare_reversals",
    "convert_dose",
    "curve_model",
    "desensitised_share",
    "dose_response",
    "find_compound",
    "find_form",
    "fit_binding",
    "fit_curve",
    "fit_curves",
    "fit_dose_response",
    "fit_dose_responses",
    "fit_least_squares",
    "fit_nested_means",
    "fit_population",
    "fit_pseudoreplicated",
    "fit_random_intercept",
    "fit_receptor_reserve",
    "fit_schild",
    "fit_schild_of_responses",
    "forest_rows",
    "hill_remaining",
    "id50_distribution",
    "list_compounds",
    "measure_dialysis",
    "measure_ejections",
    "other_readouts",
    "paired_rates",
    "percent_by_dose",
    "plan_experiment",
    "plan_windows",
    "population_curve",
    "potency_name",
    "published_affinities",
    "rate_ratio_interval",
    "read_compounds",
    "recoveries_from_rows",
    "refuse_mixtures",
    "share_settings",
    "spontaneous_recovery",
    "suggest_compounds",
    "summarise_binding",
    "time_courses",
    "welch_animal_means",
]
