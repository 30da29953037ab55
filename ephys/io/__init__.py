"""Files and nouns: reading sessions, tables and settings, writing results. Only this room speaks neo and pynwb."""

from ephys.io import units
from ephys.io.binding_table import read_binding
from ephys.io.checksums import source_of
from ephys.io.classifications import criteria_table, write_classifications
from ephys.io.cohort_database import RunInfo, write_database
from ephys.io.cohort_files import data_dictionary, read_tables, write_prism, write_tables, write_workbook
from ephys.io.cohort_questions import ask_database, find_cells
from ephys.io.cohort_reading.check import CohortCheck, check_cohort
from ephys.io.cohort_reading.opened import CohortProblem
from ephys.io.cohort_reading.template import CohortTemplate, write_cohort_template
from ephys.io.cohort_tables import read_animals, read_cohort, read_truth
from ephys.io.contents import Channel
from ephys.io.curation import read_curation, write_curation
from ephys.io.doses import read_doses
from ephys.io.drug_record.grammar import read_mark
from ephys.io.drug_record.legend import read_legend
from ephys.io.drug_record.mark_reading import MarkReading
from ephys.io.drug_record.sheet import DoseSheet, dose_sheet, write_dose_sheet
from ephys.io.fractions import read_fractions
from ephys.io.info import SessionInfo, session_info
from ephys.io.latencies import read_latencies
from ephys.io.learned import read_cell_clusters, read_classifier, write_cell_clusters, write_classifier
from ephys.io.neo_bridge import from_neo, to_neo
from ephys.io.nwb_read import read_nwb
from ephys.io.nwb_write import write_nwb
from ephys.io.phy_curation import read_phy_curation
from ephys.io.phy_out import write_phy
from ephys.io.presets import fit_preset_from_file, write_preset
from ephys.io.provenance import collect_provenance
from ephys.io.pynapple_bridge import to_pynapple, to_pynapple_epochs
from ephys.io.results import agreement_table, fits_table, responses_table, units_table, write_results
from ephys.io.rows import write_rows
from ephys.io.session import as_curated, read_session, with_units
from ephys.io.settings_file import read_settings, save_reading, write_settings
from ephys.io.spikeinterface_analyzer import to_sorting_analyzer
from ephys.io.spikeinterface_back import from_spikeinterface
from ephys.io.spikeinterface_curation import write_spikeinterface_curation
from ephys.io.spikeinterface_decisions import read_spikeinterface_curation
from ephys.io.spikeinterface_gui import open_spikeinterface_gui
from ephys.io.spikeinterface_out import to_spikeinterface
from ephys.io.staged import staged_folder
from ephys.io.units import administration

__all__ = [
    "Channel",
    "CohortCheck",
    "CohortProblem",
    "CohortTemplate",
    "DoseSheet",
    "MarkReading",
    "RunInfo",
    "SessionInfo",
    "administration",
    "agreement_table",
    "as_curated",
    "ask_database",
    "check_cohort",
    "collect_provenance",
    "criteria_table",
    "data_dictionary",
    "dose_sheet",
    "find_cells",
    "fit_preset_from_file",
    "fits_table",
    "from_neo",
    "from_spikeinterface",
    "open_spikeinterface_gui",
    "read_animals",
    "read_binding",
    "read_cell_clusters",
    "read_classifier",
    "read_cohort",
    "read_curation",
    "read_doses",
    "read_fractions",
    "read_latencies",
    "read_legend",
    "read_mark",
    "read_nwb",
    "read_phy_curation",
    "read_session",
    "read_settings",
    "read_spikeinterface_curation",
    "read_tables",
    "read_truth",
    "responses_table",
    "save_reading",
    "session_info",
    "source_of",
    "staged_folder",
    "to_neo",
    "to_pynapple",
    "to_pynapple_epochs",
    "to_sorting_analyzer",
    "to_spikeinterface",
    "units",
    "units_table",
    "with_units",
    "write_cell_clusters",
    "write_classifications",
    "write_classifier",
    "write_cohort_template",
    "write_curation",
    "write_database",
    "write_dose_sheet",
    "write_nwb",
    "write_phy",
    "write_preset",
    "write_prism",
    "write_results",
    "write_rows",
    "write_settings",
    "write_spikeinterface_curation",
    "write_tables",
    "write_workbook",
]
