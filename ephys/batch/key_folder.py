"""The folder that is kept apart from blind results: true names, true records, and what unblinding needs."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ephys.analysis import CohortAnalysis, GroupAnswers
from ephys.batch.blinding import HIDDEN, Blinding
from ephys.batch.cohort import Gathered, conclude
from ephys.batch.jobs import SessionJob
from ephys.batch.masking import (
    given_drugs,
    known_names,
    masked_cohort,
    masked_gathered,
    masked_jobs,
)
from ephys.batch.nameless import masked_settings, unsourced
from ephys.batch.store import Store
from ephys.errors import FileFormatError, ParameterError
from ephys.io import source_of
from ephys.io.atomic import write_text
from ephys.io.values import read_value, write_value
from ephys.jupyter import Shown
from ephys.model import Cohort, Source
from ephys.pharmacology import GroupComparison, PopulationFit
from ephys.settings import Settings

KEY = "key.json"
RUN = "run.values"
LAYOUT = 1
"""Of the key's file; one of a later layout is refused."""


@dataclass(frozen=True)
class BlindRun:
    """All that the answers of a cohort rest on, under true names: unblinding needs no recording.

    Parameters
    ----------
    cohort : Cohort
    settings : Settings
    jobs : tuple of SessionJob
    gathered : Gathered
    curation : mapping of str to str
        SHA-256 of the curation log of each session that has one, as it was then.
    """

    cohort: Cohort
    settings: Settings
    jobs: tuple[SessionJob, ...]
    gathered: Gathered
    curation: Mapping[str, str]

    @classmethod
    def of(cls, cohort: Cohort, settings: Settings, jobs: tuple[SessionJob, ...], gathered: Gathered) -> BlindRun:
        """Run whose sessions were worked on just now."""
        logs = {job.name: job.curation for job in jobs if job.curation and job.name in gathered.records}
        return cls(
            replace(cohort, sources=_settled(cohort.sources)),
            settings,
            jobs,
            replace(
                gathered,
                records={name: replace(one, sources=_settled(one.sources)) for name, one in gathered.records.items()},
            ),
            {name: source_of(path).sha256 for name, path in logs.items()},
        )

    def conclude(self, store: Store) -> CohortAnalysis:
        """What the cells say together, under true names; answers are kept in a store."""
        return conclude(self.cohort, self.settings, self.jobs, self.gathered, store=store, workers=1)


@dataclass(frozen=True)
class KeyFolder(Shown):
    """The key and the true records of blind results.

    Parameters
    ----------
    path : Path
        Never within the results.
    """

    path: Path

    @classmethod
    def beside(cls, results: str | os.PathLike[str], key: str | os.PathLike[str] | None = None) -> KeyFolder:
        """Folder of the key: as named, else beside the results.

        Raises
        ------
        ParameterError
            If it lies in the folder of the results, or that in it: whoever is given the results would have the key.

        Examples
        --------
        >>> KeyFolder.beside("results").path.name
        'results.key'
        """
        out = Path(results).absolute()
        path = Path(key).absolute() if key is not None else out.with_name(f"{out.name}.key")
        if path.resolve().is_relative_to(out.resolve()) or out.resolve().is_relative_to(path.resolve()):
            raise ParameterError(f"--key {path}: the key must lie apart from the results, {out}: choose another folder")
        return cls(path)

    @property
    def exists(self) -> bool:
        """Whether there is a key."""
        return (self.path / KEY).is_file()

    def blinding(self) -> Blinding:
        """Return the codes.

        Raises
        ------
        ParameterError
            If there is no key.
        FileFormatError
            If it is damaged.
        """
        path = self.path / KEY
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            if found["layout"] != LAYOUT:
                raise FileFormatError(f"{path}: layout {found['layout']!r}, and this version of ephys knows {LAYOUT}")
            return Blinding(found["id"], found["secret"], found["codes"])
        except FileNotFoundError:
            raise ParameterError(f"{self.path}: no key there ({KEY}); name the folder with --key") from None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise FileFormatError(f"{path}: not the key of blind results, or damaged: {error}") from error

    def open(self) -> Blinding:
        """Return the codes of the key that is there, or a new key; of two processes at once, one makes it."""
        self.path.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError), (self.path / KEY).open("x", encoding="utf-8", newline="\n") as file:
            file.write(_text(Blinding.new()))
        return self.blinding()

    def conclude(
        self, run: BlindRun, *, store: Store, executor: Executor | None = None, workers: int | None = None
    ) -> CohortAnalysis:
        """What the cells say together, under codes; keep codes and run.

        Parameters
        ----------
        run : BlindRun
        store, executor, workers
            As in `ephys.batch.cohort.conclude`.
        """
        blinding = given_drugs(known_names(self.open(), run.cohort, run.jobs), run.gathered.records)
        write_text(self.path / KEY, _text(blinding))
        write_value(self.path / RUN, run)
        cohort = masked_cohort(run.cohort, blinding)
        jobs = masked_jobs(run.jobs, cohort, blinding)
        gathered = masked_gathered(run.gathered, jobs, blinding)
        asked = masked_settings(run.settings)
        concluded = conclude(cohort, asked, jobs, gathered, store=store, executor=executor, workers=workers)
        return replace(concluded, answers=tuple(blind_answers(one, blinding) for one in concluded.answers))

    def run(self) -> BlindRun:
        """Return the run whose answers are blind.

        Raises
        ------
        ParameterError
            If there was none.
        """
        try:
            found = read_value(self.path / RUN)
        except FileNotFoundError:
            raise ParameterError(f"{self.path}: no blind run was kept there ({RUN}); run ephys batch --blind") from None
        if not isinstance(found, BlindRun):
            raise FileFormatError(f"{self.path / RUN}: holds no blind run")
        return found


def _settled(sources: tuple[Source, ...]) -> tuple[Source, ...]:
    """Sources with their checksums reckoned, as the files are now."""
    return tuple(Source(source.path, source.sha256) for source in sources)


def blind_answers(answers: GroupAnswers, blinding: Blinding) -> GroupAnswers:
    """Answers with their drugs in the order of codes, and without what would tell a drug.

    That is where its Emax comes from, and drugs amount for amount: that rests on their molar masses.
    """
    order = blinding.codes.get("drug", {})
    drugs = sorted(answers.drugs, key=lambda one: order.get(one.drug, one.drug))
    hidden = (f"relative potency: {HIDDEN}",) if answers.potencies else ()
    return replace(
        answers,
        drugs=tuple(replace(one, result=_unsourced(one.result)) for one in drugs),
        potencies=None,
        not_told=(*answers.not_told, *hidden),
    )


def _unsourced(result: GroupComparison | PopulationFit | None) -> GroupComparison | PopulationFit | None:
    """Result that does not say where its Emax comes from."""
    if isinstance(result, GroupComparison):
        return replace(result, fit=replace(result.fit, emax_source=unsourced(result.fit.emax_source)))
    return replace(result, emax_source=unsourced(result.emax_source)) if result else None


def _text(blinding: Blinding) -> str:
    """Key as a file has it."""
    found: Mapping[str, Any] = {
        "layout": LAYOUT, "id": blinding.id, "secret": blinding.secret, "codes": blinding.codes,
    }  # fmt: skip
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"
