"""What the pages show, works: their Python runs as it is printed, and their command lines are ones that there are."""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

import ephys
from ephys.batch import writing
from ephys.cli import app, completion
from ephys.model import DoseProtocol, Epoch, Session, Support, Unit

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(?P<fence>[^\n]*)\n(?P<text>.*?)^```", flags=re.MULTILINE | re.DOTALL)

SLOW = {
    "README.md", "batch.md", "cells.md", "classification.md", "command_line.md", "comparisons.md", "database.md",
    "index.md", "info.md", "learned.md", "marks.md", "methods.md", "nwb.md", "own_sorting.md", "phy.md", "planning.md",
    "populations.md", "pynapple.md", "smrx.md", "sorting.md", "spikeinterface.md",
}  # fmt: skip
"""Pages of more than a few seconds."""

NOT_RUN = {"scaling.md": "needs a SLURM cluster and dask_jobqueue"}
"""Pages with a block of Python that is marked ``no-run``, and why."""

OTHER_PROGRAMS = {"array", "cd", "export", "make", "phy", "pip", "sbatch", "source"}
"""First words of lines that are no business of ours."""

NO_CODE = {"", "csv", "json", "text", "toml", "{toctree}"}
"""Fences of what is looked at, or tested with what reads it."""

READ_ONLY = {
    r"^(batch|lock|unblind|reproduce) ": "analyses a cohort",
    r"^cohort template": "the study is there, filled in",
    r"^curate |--curation ": "is about units that the recording here has not",
    r"--units |--nwb-raw": "needs voltage",
    r"^doses .* -o ": "the table is there, corrected",
    r"rat07a\.smr": "needs two files that follow one another",
    r"^preset fit |my_rig": "needs twenty cells that somebody vouches for",
    r"^ask results --call serotonergic": "the results are not of the README's cohort",
}
"""Command lines whose options are held against the command's, and which are not run, and why."""

FOREIGN_WARNINGS = {"neo.md": ["ignore:The 'copy' argument in Quantity is deprecated"]}  # elephant


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: str
    line: int
    fence: str
    text: str

    @property
    def language(self) -> str:
        return self.fence.partition(" ")[0]

    @property
    def name(self) -> str:
        """What stands behind the language: the name of a file, or that the block is not run."""
        return self.fence.partition(" ")[2]


def _blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(page.name, text.count("\n", 0, found.start()) + 2, found["fence"].strip(), found["text"])
        for found in BLOCK.finditer(text)
    ]


BLOCKS = {page.name: _blocks(page) for page in PAGES}
RUN = [page for page, blocks in BLOCKS.items() if any(block.language in ("python", "sh", "bash") for block in blocks)]


def _of_page(page: str) -> Any:
    """A page with its marks."""
    warnings = [pytest.mark.filterwarnings(one) for one in FOREIGN_WARNINGS.get(page, [])]
    return pytest.param(page, marks=[*warnings, *([pytest.mark.slow] if page in SLOW else [])], id=page)


# --- what the pages find ---------------------------------------------------------------------------------------------


def _write_doses(path: Path) -> None:
    """Doses of the sample session of Spike2, as somebody corrected them."""
    given = [f"{300 + 120 * i},ipsapirone,{31.25 * 2**i},ug/kg,cumulative,base,i.v.,agonist" for i in range(4)]
    rows = ["time_s,drug,amount,unit,dose_kind,form,route,role", "180,saline,1,ml/kg,,,i.v.,vehicle", *given, ""]
    path.write_text("\n".join(rows), encoding="utf-8")


def _five_units() -> Session:
    """Five regular cells; the fourth has the first one's spikes, a millisecond later."""
    whole = Support.of(Epoch(0.0, 900.0))
    random = np.random.default_rng(1)
    trains = [np.cumsum(random.gamma(9.0, 1 / 9.0, 1000)) for _ in range(5)]
    trains[3] = trains[0] + 0.001
    units = [Unit.from_times(times[times < 899], support=whole, id=str(n)) for n, times in enumerate(trains, start=1)]
    return Session("rat07", DoseProtocol((), whole), units=tuple(units))


def _prepare_curation(_results: pytest.FixtureRequest) -> dict[str, Any]:
    session = _five_units()
    ephys.write_curation(ephys.CurationLog.begin(session.id, session.units), "results/rat07/curation.json")
    return {"session": session}


def _prepare_nwb(_results: pytest.FixtureRequest) -> dict[str, Any]:
    session = ephys.read_session("sample_data/cohort/rat01_1.nwb", doses="sample_data/cohort_doses.csv")
    ephys.write_nwb(session, "rat07.nwb")
    return {}


def _prepare_study(results: pytest.FixtureRequest) -> dict[str, Any]:
    folder = results.getfixturevalue("study")
    shutil.copytree(folder, ".", symlinks=True, dirs_exist_ok=True)
    return {}


PREPARED = {
    "batch.md": _prepare_study, "curation.md": _prepare_curation, "database.md": _prepare_study, "nwb.md": _prepare_nwb,
}  # fmt: skip
"""Pages that find more than the files of ``folder``, and names that they take from the page before."""


@pytest.fixture(scope="module")
def study(sample_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a study of six animals of the sample cohort, ``study``, and its ``results``."""
    folder = tmp_path_factory.mktemp("study")
    (folder / "study").mkdir()
    for name in ("cohort", "cohort_doses.csv", "animals.csv"):
        (folder / "study" / name).symlink_to(sample_data / name)
    animals = ("animal", "rat01", "rat02", "rat03", "rat06", "rat07", "rat08")
    rows = (sample_data / "cohort.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    chosen = "".join(row for row in rows if row.startswith(animals))
    (folder / "study" / "cohort.csv").write_text(chosen, encoding="utf-8")
    found = ephys.analyse_cohort(folder / "study" / "cohort.csv", out=folder / "results", jobs=1)
    with pytest.MonkeyPatch.context() as patch:  # figures take longer than all else
        patch.setattr(writing, "draw_cohort", lambda *_, **__: ())
        ephys.write_cohort(found, folder / "results", provenance=ephys.collect_cohort_provenance(found))
    return folder


@pytest.fixture
def folder(tmp_path: Path, sample_data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory of a page: the sample data, and recordings under the names that pages give to yours."""
    (tmp_path / "sample_data").symlink_to(sample_data)
    for name in ("rat07.smr", "rat07a.smr", "rat07b.smr", "rat08.smr"):
        (tmp_path / name).symlink_to(sample_data / "spike2_session.smrx")
    for name in ("rat07_doses.csv", "rat08_doses.csv"):
        _write_doses(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["page"])
    monkeypatch.setattr(completion, "_get_shell_name", lambda: "bash")  # pages are typed into one; make runs under sh
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")  # ephys is installed
    monkeypatch.setenv("EPHYS_SAMPLE_DATA", str(sample_data))
    for name, value in (("ARRAY_TASK_ID", "1"), ("ARRAY_TASK_COUNT", "20"), ("CPUS_PER_TASK", "2")):
        monkeypatch.setenv(f"SLURM_{name}", value)
    return tmp_path


@pytest.fixture(scope="module")
def kept() -> dict[str, ephys.SessionAnalysis]:
    """Analyses that several pages make."""
    return {}


@pytest.fixture
def once(kept: dict[str, ephys.SessionAnalysis], monkeypatch: pytest.MonkeyPatch) -> None:
    """Sort and analyse a sample recording once, whichever page asks first: values are frozen."""
    analyse = ephys.analyse_session

    def analyse_once(session: Session, *settings: Any, **options: Any) -> ephys.SessionAnalysis:
        if settings or options or session.units:
            return analyse(session, *settings, **options)
        key = repr((session.protocol, [source.sha256 for source in session.sources]))
        if key not in kept:
            kept[key] = analyse(session)
        return kept[key]

    monkeypatch.setattr(ephys, "analyse_session", analyse_once)


# --- how a block is run ----------------------------------------------------------------------------------------------


def _run_python(block: Block, names: dict[str, Any]) -> None:
    """Run a block as if it stood alone in the page, and hold what it prints against what it says it prints."""
    with redirect_stdout(io.StringIO()) as printed:
        exec(compile("\n" * (block.line - 1) + block.text, block.page, "exec"), names)
    output = " ".join(printed.getvalue().split())
    for said in _said(block.text):
        parts = (re.escape(part.strip()) for part in said.split("..."))
        assert re.search(".*?".join(parts), output), f"{block.page}, line {block.line}: not printed: {said}\n{output}"


def _said(text: str) -> Iterator[str]:
    """Comments on the lines after a print: what it prints, without line breaks."""
    after = False
    for line in map(str.strip, text.splitlines()):
        if after and line.startswith("# "):
            yield line.removeprefix("# ")
        else:
            after = line.startswith("print(")


def _commands(block: Block) -> Iterator[list[str]]:
    """Words of each line of a shell's block."""
    for line in block.text.replace("\\\n", " ").splitlines():
        words = shlex.split(os.path.expandvars(line), comments=True)
        if words:
            yield words


def _run_command(words: list[str]) -> None:
    """Run a command line of ours, or look whether the command takes it."""
    program, *arguments = words
    if program != "ephys":
        first = re.split(r"\W", program)[0]
        assert first in OTHER_PROGRAMS, f"{first!r} is neither ours nor among the programs that are left alone"
    elif any(re.search(pattern, " ".join(arguments)) for pattern in READ_ONLY):
        _parse(arguments)
    else:
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, f"{shlex.join(words)}\n{result.output}"


def _parse(arguments: list[str]) -> None:
    """Hold a command line against the options and arguments of its command."""
    command: Any = typer.main.get_command(app)
    name = "ephys"
    while hasattr(command, "commands") and arguments[0] in command.commands:
        name, *arguments = arguments
        command = command.commands[name]
    if hasattr(command, "commands"):  # an option before any command, which would be done as soon as it is parsed
        assert arguments[0] in {option for parameter in command.params for option in parameter.opts}, arguments
    else:
        command.make_context(name, list(arguments))


# --- the pages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [_of_page(page) for page in RUN])
@pytest.mark.usefixtures("folder", "once")
def test_a_page_runs_as_it_is_printed(page: str, request: pytest.FixtureRequest) -> None:
    names = {"__name__": "page", **(PREPARED[page](request) if page in PREPARED else {})}
    for block in BLOCKS[page]:
        if block.language == "python" and block.name != "no-run":
            _run_python(block, names)
        elif block.language in ("sh", "bash"):
            for words in _commands(block):
                _run_command(words)
        elif block.name:
            Path(block.name).write_text(block.text, encoding="utf-8")


def test_no_block_escapes_by_its_fence() -> None:
    blocks = [block for page in BLOCKS.values() for block in page]
    assert {block.language for block in blocks} - NO_CODE == {"python", "sh", "bash"}
    assert not [block for block in blocks if not block.language and "ephys " in block.text]


def test_blocks_that_are_not_run_are_few_and_known() -> None:
    marked = [block.page for blocks in BLOCKS.values() for block in blocks if block.name == "no-run"]
    assert marked == sorted(NOT_RUN)


def test_every_exception_is_needed() -> None:
    shells = [block for page in BLOCKS.values() for block in page if block.language in ("sh", "bash")]
    lines = [" ".join(words[1:]) for block in shells for words in _commands(block)]
    assert not [pattern for pattern in READ_ONLY if not any(re.search(pattern, line) for line in lines)]
    assert set(RUN) >= SLOW | set(PREPARED) | set(NOT_RUN) | set(FOREIGN_WARNINGS)


@pytest.mark.parametrize("line", ["analyse rat07.smr --dose doses.csv", "ask", "batch cohort.csv --jobs ten"])
@pytest.mark.usefixtures("folder")
def test_a_command_line_that_there_is_not_is_found_out(line: str) -> None:
    with pytest.raises(Exception, match=r"(?i)no such option|missing parameter|valid integer"):
        _parse(line.split())


def test_a_number_that_is_not_printed_is_found_out() -> None:
    with pytest.raises(AssertionError, match="not printed: 4 animals"):
        _run_python(Block("page.md", 1, "python", "print('3 animals')\n# 4 animals\n"), {})
