"""Sessions with a known truth, since no recording of these drugs on raphe cells is public. Every ID50 is invented."""

from ephys.simulation.cells import CellSpec, Kinetics
from ephys.simulation.cohort import CohortSettings, simulate_cohort
from ephys.simulation.effects import effective_dose, rate_profile
from ephys.simulation.noise import NoiseSettings
from ephys.simulation.schedule import DoseSchedule
from ephys.simulation.sessions import simulate_session
from ephys.simulation.spikes import SpikeShape, spike_shape
from ephys.simulation.trains import add_doublets, renewal_train
from ephys.simulation.truth import CellTruth, SimulatedSession

__all__ = [
    "CellSpec",
    "CellTruth",
    "CohortSettings",
    "DoseSchedule",
    "Kinetics",
    "NoiseSettings",
    "SimulatedSession",
    "SpikeShape",
    "add_doublets",
    "effective_dose",
    "rate_profile",
    "renewal_train",
    "simulate_cohort",
    "simulate_session",
    "spike_shape",
]
