"""The nouns: frozen values that guard their own invariants and compute nothing else."""

from ephys.model.cohort import SORTED, Cohort, CohortAnimal, CohortCell, Histology
from ephys.model.cropping import crop_session
from ephys.model.epoch import Epoch, Support
from ephys.model.estimate import Estimate
from ephys.model.isolation import Isolation, Share
from ephys.model.monitor_kinds import MonitorKind, monitor_kind
from ephys.model.protocol import READ_ROLES, Administration, Dose, DoseProtocol, Event
from ephys.model.reading import ReadingSettings
from ephys.model.recording import ArraySource, Recording, Run, VoltageSource
from ephys.model.rhythm import RhythmLocking, UnitRhythms
from ephys.model.session import Monitor, Session, Source, ValueSource
from ephys.model.subject import Subject
from ephys.model.unit import Fate, Unit, Waveform

__all__ = [
    "READ_ROLES",
    "SORTED",
    "Administration",
    "ArraySource",
    "Cohort",
    "CohortAnimal",
    "CohortCell",
    "Dose",
    "DoseProtocol",
    "Epoch",
    "Estimate",
    "Event",
    "Fate",
    "Histology",
    "Isolation",
    "Monitor",
    "MonitorKind",
    "ReadingSettings",
    "Recording",
    "RhythmLocking",
    "Run",
    "Session",
    "Share",
    "Source",
    "Subject",
    "Support",
    "Unit",
    "UnitRhythms",
    "ValueSource",
    "VoltageSource",
    "Waveform",
    "crop_session",
    "monitor_kind",
]
