"""A cohort's table to its answers: many sessions, resumable, on this machine or on others."""

from ephys.batch.analysing import analyse_cohort, prepare_sessions, sessions_done
from ephys.batch.blind_state import check_may_be_blind, check_may_be_open
from ephys.batch.cohort import Gathered
from ephys.batch.jobs import plan_jobs
from ephys.batch.key_folder import KeyFolder
from ephys.batch.locking import CHANGES, LOCK, Lock, lock_cohort, note_changes
from ephys.batch.provenance import collect_cohort_provenance
from ephys.batch.reproducing import Reproduction, reproduce_cohort
from ephys.batch.sorting_once import sort_once
from ephys.batch.tables import cohort_tables
from ephys.batch.unblinding import unblind_cohort, write_blind_cohort
from ephys.batch.writing import check_outputs, write_cohort

__all__ = [
    "CHANGES",
    "LOCK",
    "Gathered",
    "KeyFolder",
    "Lock",
    "Reproduction",
    "analyse_cohort",
    "check_may_be_blind",
    "check_may_be_open",
    "check_outputs",
    "cohort_tables",
    "collect_cohort_provenance",
    "lock_cohort",
    "note_changes",
    "plan_jobs",
    "prepare_sessions",
    "reproduce_cohort",
    "sessions_done",
    "sort_once",
    "unblind_cohort",
    "write_blind_cohort",
    "write_cohort",
]
