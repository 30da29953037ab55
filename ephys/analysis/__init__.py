"""What pipeline and batch hand on: one session analysed cell by cell, and a cohort."""

from ephys.analysis.agreement import Agreement, AgreementRow
from ephys.analysis.cohort import CohortAnalysis, DrugAnswer, FoundCell, GroupAnswers, Selection, SessionFailure, Step
from ephys.analysis.finding import Finding
from ephys.analysis.group_table import group_table
from ephys.analysis.id50_table import id50_table
from ephys.analysis.paper_table import PaperTable
from ephys.analysis.record import CellRecord, SessionRecord
from ephys.analysis.session import CellAnalysis, SessionAnalysis
from ephys.analysis.session_classification import SessionClassification

__all__ = [
    "Agreement",
    "AgreementRow",
    "CellAnalysis",
    "CellRecord",
    "CohortAnalysis",
    "DrugAnswer",
    "Finding",
    "FoundCell",
    "GroupAnswers",
    "PaperTable",
    "Selection",
    "SessionAnalysis",
    "SessionClassification",
    "SessionFailure",
    "SessionRecord",
    "Step",
    "group_table",
    "id50_table",
]
