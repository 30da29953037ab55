"""Files of a cohort's tables: CSV with a data dictionary, Parquet, an Excel workbook, a file for GraphPad Prism."""

from ephys.io.cohort_files.dictionary import TableSet, column_unit, data_dictionary
from ephys.io.cohort_files.prism import write_prism
from ephys.io.cohort_files.text_tables import read_tables, write_tables
from ephys.io.cohort_files.workbook import write_workbook

__all__ = [
    "TableSet",
    "column_unit",
    "data_dictionary",
    "read_tables",
    "write_prism",
    "write_tables",
    "write_workbook",
]
