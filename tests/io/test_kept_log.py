"""A log in a folder of results is written over only by one that has its entries, or where results copied it there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ephys.errors import CurationError
from ephys.io.curation import curation_facts, write_curation
from ephys.io.kept_log import LOG, check_kept
from ephys.sorting import CurationLog

COPIED = CurationLog("rat07").signed("A. Name").delete("4", reason="mains")
REWRITTEN = CurationLog("rat07").signed("A. Name").delete("5", reason="mains")


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Results that were made with a log of another place, and hold its copy."""
    write_curation(COPIED, tmp_path / LOG)
    said = {"curation": curation_facts(COPIED)}
    (tmp_path / "provenance.json").write_text(json.dumps(said), encoding="utf-8")
    return tmp_path


def test_a_copy_gives_way_to_the_log_as_it_is_now_where_it_is_known_to_be_one(results: Path) -> None:
    check_kept(results, REWRITTEN, may_be_copy=True)
    with pytest.raises(CurationError, match="1 entries that would be lost"):
        check_kept(results, REWRITTEN)


def test_what_a_person_added_beside_the_results_of_a_batch_is_not_written_over(results: Path) -> None:
    write_curation(COPIED.delete("6", reason="mains"), results / LOG)
    for log in (COPIED, REWRITTEN, None):
        with pytest.raises(CurationError, match=r"2 entries that would be lost.*column curation"):
            check_kept(results, log, may_be_copy=True)


def test_a_log_whose_results_do_not_say_what_they_were_made_with_stays(results: Path) -> None:
    (results / "provenance.json").write_text("{", encoding="utf-8")
    with pytest.raises(CurationError, match="would be lost"):
        check_kept(results, REWRITTEN, may_be_copy=True)
