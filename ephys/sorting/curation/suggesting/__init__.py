"""What the spikes suggest, with reasons and cost; a person decides."""

from ephys.sorting.curation.suggesting.settings import SuggestionSettings
from ephys.sorting.curation.suggesting.suggest import suggest_curation

__all__ = ["SuggestionSettings", "suggest_curation"]
