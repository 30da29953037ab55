"""Cohorts of any size for the benchmark of the batch: the sample sessions under other names, as they are or as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

import ephys
from ephys.analysis import SessionRecord
from ephys.batch.jobs import SessionJob, plan_jobs
from ephys.batch.keys import code_version, record_key
from ephys.batch.store import FOLDER, Store
from ephys.batch.working import Workshop
from ephys.io import source_of

HOUR_S = 3600.0
Thing = TypeVar("Thing")


def copied_cohort(folder: Path, sessions: int) -> Path:
    """Table of so many NWB sessions: those of the sample, once, twice, and so on; each copy has animals of its own."""
    source = ephys.dataset_path("cohort").parent
    table, doses, animals = (_read(source / f"{name}.csv") for name in ("cohort", "cohort_doses", "animals"))
    (folder / "cohort").mkdir(parents=True)
    cells, given, owners = [], [], []
    for session, copy in _copies(list(dict.fromkeys(table["session"])), sessions):
        name, mine = f"{session}_{copy}", table[table["session"] == session]
        (folder / f"cohort/{name}.nwb").symlink_to((source / mine["file"].iloc[0]).absolute())
        renamed = {"animal": mine["animal"] + f"_{copy}", "cell": mine["cell"] + f"_{copy}"}
        cells.append(mine.assign(**renamed, file=f"cohort/{name}.nwb", session=name))
        given.append(doses[doses["session"] == session].assign(session=name))
        owner = animals[animals["animal"].isin(mine["animal"])]
        owners.append(owner.assign(animal=owner["animal"] + f"_{copy}"))
    pd.concat(given).to_csv(folder / "cohort_doses.csv", index=False)
    pd.concat(owners).drop_duplicates("animal").to_csv(folder / "animals.csv", index=False)
    pd.concat(cells).to_csv(folder / "cohort.csv", index=False)
    return folder / "cohort.csv"


def text_cohort(folder: Path, sessions: int) -> Path:
    """Table of so many files of spike times, one cell in each: what a laboratory has that kept nothing else."""
    source = ephys.dataset_path("cohort").parent
    table, doses = _read(source / "cohort.csv"), _read(source / "cohort_doses.csv")
    folder.mkdir(parents=True)
    cells, given = [], []
    for number, copy in _copies(range(len(table)), sessions):
        row = table.iloc[number]
        name, recorded = f"{row['cell']}_{copy}", ephys.read_session(source / row["file"])
        unit = next(unit for unit in recorded.units if unit.id == row["unit"])
        np.savetxt(folder / f"{name}.txt", unit.times_s, fmt="%.6f", header="time_s", comments="")
        (folder / f"{name}.toml").write_text(f"[reading]\nstop_s = {recorded.support.stop_s}\n")
        animal = {"animal": f"{row['animal']}_{copy}", "group": row["group"], "cell": name}
        files = {"file": f"{name}.txt", "session": name, "doses": "doses.csv", "settings": f"{name}.toml"}
        cells.append(animal | files)
        given.append(doses[doses["session"] == row["session"]].assign(session=name))
    pd.concat(given).to_csv(folder / "doses.csv", index=False)
    pd.DataFrame(cells).to_csv(folder / "cohort.csv", index=False)
    return folder / "cohort.csv"


def voltage_cohort(folder: Path) -> Path:
    """Table of one hour of one simulated wire at 20 kHz: one simulated session, again and again."""
    recording = ephys.simulate_session(0).session.recording
    assert recording is not None
    counts = np.rint(recording.read(0, recording.n_samples)[:, 0] / 0.1).astype(np.int16)
    folder.mkdir(parents=True)
    np.resize(counts, round(HOUR_S * recording.sampling_hz)).tofile(folder / "hour.raw")
    (folder / "hour.toml").write_text(
        f'sampling_hz = {recording.sampling_hz}\nn_channels = 1\ndtype = "int16"\ngain_uv = 0.1\n'
    )
    steps = "".join(f"{time_s},ipsapirone,20,ug/kg,iv,increment\n" for time_s in (300, 400, 500))
    (folder / "doses.csv").write_text(f"time_s,drug,amount,unit,route,dose_kind\n{steps}")
    (folder / "cohort.csv").write_text("animal,group,cell,file,doses\nrat1,control,1,hour.raw,doses.csv\n")
    return folder / "cohort.csv"


def keep_records(cohort: ephys.Cohort, out: Path) -> None:
    """Keep a record of every session as though it had been analysed: those of the first copy, under other names."""
    jobs, store = plan_jobs(cohort, ephys.Settings()), Store(out / FOLDER)
    workshop, known = Workshop(store, None, code_version()), dict[str, SessionRecord]()
    for job in jobs:
        original = job.name.rpartition("_")[0]
        if original in known:
            store.keep_record(replace(known[original], key=_key(job), session=job.name))
        else:
            found = workshop.work(job)
            assert isinstance(found, SessionRecord), found
            known[original] = found


def _key(job: SessionJob) -> str:
    """Digest of what a job depends on."""
    return record_key(job, [source_of(path) for path in job.files])


def _read(path: Path) -> pd.DataFrame:
    """Table as text."""
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def _copies(things: Sequence[Thing], count: int) -> Iterator[tuple[Thing, int]]:
    """So many of some things, each with the number of its copy."""
    yield from ((things[number % len(things)], number // len(things) + 1) for number in range(count))


def results_of(cohort: Path, workers: int) -> Path:
    """Folder of a cohort's results with so many workers."""
    return cohort.parent / f"results-{workers}"
