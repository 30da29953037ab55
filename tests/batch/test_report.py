"""The results of a cohort have a report, which refers to the sessions' own where these are of the same records."""

from __future__ import annotations

import json
from pathlib import Path

import ephys
from ephys.batch.analysing import workshop_in
from ephys.batch.cohort import Gathered, assemble
from ephys.batch.jobs import plan_jobs
from ephys.batch.linking import report_links


def test_the_report_has_the_answers_and_its_checksum_is_kept(shipped_results: Path) -> None:
    results = shipped_results / "results"
    page = (results / "report.html").read_text(encoding="utf-8")
    assert "ID50 of ipsapirone" in page
    stated = json.loads((results / "provenance.json").read_text(encoding="utf-8"))
    assert stated["report"] == ephys.io.source_of(results / "report.html").sha256
    assert all(sha256 in page for sha256 in stated["tables"].values())
    assert 'href="sessions/' not in page


def test_only_reports_of_these_records_are_referred_to(done_folder: Path, chosen: ephys.Settings) -> None:
    cohort, results = ephys.read_cohort(done_folder / "cohort.csv"), done_folder / "results"
    jobs = plan_jobs(cohort, chosen)
    with workshop_in(results, reports=False) as workshop:
        records = {job.name: workshop.kept(job) for job in jobs}
    analysis = assemble(cohort, chosen, jobs, Gathered({name: one for name, one in records.items() if one}, ()))
    for name, mark in {"s0": records["s0"].key, "s1": "of another run"}.items():  # type: ignore[union-attr]
        (results / "sessions" / name).mkdir(parents=True)
        (results / "sessions" / name / "report.html").write_text("a page")
        (results / "sessions" / name / ".key").write_text(f"{mark}\n")
    assert report_links(analysis, results, None) == {"s0": "sessions/s0/report.html"}
