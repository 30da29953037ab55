"""Sessions with a known truth, since no recording of these drugs on raphe cells is public. Every ID50 is invented."""

from ephys.simulation.cells import CellSpec, Kinetics
from ephys.simulation.cohort import CohortSettings, simulate_cohort
from ephys.simulation.disturbances import Disturbances, Hum, InjectionArtefact, Pops
from ephys.simulation.effects import effective_dose, rate_profile
from ephys.simulation.ejections import ejection_rate
from ephys.simulation.electrode import Electrode, linear_probe, tetrode
from ephys.simulation.identity import DrawnCell, draw_cells
from ephys.simulation.noise import NoiseSettings
from ephys.simulation.rhythms import Beats, Rhythm
from ephys.simulation.schedule import DoseSchedule
from ephys.simulation.sessions import simulate_session
from ephys.simulation.spikes import SpikeShape, spike_shape
from ephys.simulation.states import UrethaneStates
from ephys.simulation.superfusion import SIMULATED_SLICE, SuperfusionSchedule
from ephys.simulation.trains import add_bursts, add_doublets, overlap_spikes, renewal_train
from ephys.simulation.truth import CellTruth, SimulatedSession

__all__ = [
    "SIMULATED_SLICE",
    "Beats",
    "CellSpec",
    "CellTruth",
    "CohortSettings",
    "Disturbances",
    "DoseSchedule",
    "DrawnCell",
    "Electrode",
    "Hum",
    "InjectionArtefact",
    "Kinetics",
    "NoiseSettings",
    "Pops",
    "Rhythm",
    "SimulatedSession",
    "SpikeShape",
    "SuperfusionSchedule",
    "UrethaneStates",
    "add_bursts",
    "add_doublets",
    "draw_cells",
    "effective_dose",
    "ejection_rate",
    "linear_probe",
    "overlap_spikes",
    "rate_profile",
    "renewal_train",
    "simulate_cohort",
    "simulate_session",
    "spike_shape",
    "tetrode",
]
