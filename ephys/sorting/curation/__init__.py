"""A person's corrections: a signed log of what was decided and why, replayed on every run."""

from ephys.sorting.curation.entry import Entry
from ephys.sorting.curation.log import CurationLog, RecordedUnit
from ephys.sorting.curation.operations import OPERATIONS, Operation, operation_name
from ephys.sorting.curation.parting import part_by_shape
from ephys.sorting.curation.protocol import curate_protocol
from ephys.sorting.curation.suggesting import SuggestionSettings, suggest_curation
from ephys.sorting.curation.suggestion import Suggestion
from ephys.sorting.curation.units import CuratedUnits, curate_units
from ephys.sorting.curation.wording import operation_text

__all__ = [
    "OPERATIONS",
    "CuratedUnits",
    "CurationLog",
    "Entry",
    "Operation",
    "RecordedUnit",
    "Suggestion",
    "SuggestionSettings",
    "curate_protocol",
    "curate_units",
    "operation_name",
    "operation_text",
    "part_by_shape",
    "suggest_curation",
]
