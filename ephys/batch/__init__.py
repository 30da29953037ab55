"""A cohort's table to its answers: many sessions, resumable, on this machine or on others."""

from ephys.batch.analysing import analyse_cohort, prepare_sessions
from ephys.batch.key_folder import KeyFolder
from ephys.batch.locking import Lock, lock_cohort
from ephys.batch.provenance import collect_cohort_provenance
from ephys.batch.reproducing import Reproduction, reproduce_cohort
from ephys.batch.tables import cohort_tables
from ephys.batch.unblinding import unblind_cohort, write_blind_cohort
from ephys.batch.writing import write_cohort

__all__ = [
    "KeyFolder",
    "Lock",
    "Reproduction",
    "analyse_cohort",
    "cohort_tables",
    "collect_cohort_provenance",
    "lock_cohort",
    "prepare_sessions",
    "reproduce_cohort",
    "unblind_cohort",
    "write_blind_cohort",
    "write_cohort",
]
