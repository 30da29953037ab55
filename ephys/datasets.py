"""Sample data by name: in the folder that ``EPHYS_SAMPLE_DATA`` names, else beside the package in a checkout."""

from __future__ import annotations

import os
from pathlib import Path

from ephys.errors import DatasetError
from ephys.io import read_session
from ephys.model import Session

FOLDER_VARIABLE = "EPHYS_SAMPLE_DATA"

_PROTOCOLS = (
    "recoveries", "schild", "receptor_reserve", "iontophoresis_spikes", "iontophoresis_doses", "slice_spikes",
    "slice_doses", "binding", "microdialysis", "latencies",
)  # fmt: skip
_DATASETS = {
    "raw_session": "raw_session.nwb",
    "cohort": "cohort.csv",
    **{name: f"protocols/{name}.csv" for name in _PROTOCOLS},
}
_RAW_DOSES = "doses.csv"


def dataset_path(name: str) -> Path:
    """Path of a sample data set.

    Parameters
    ----------
    name : str
        ``"raw_session"`` (one simulated session with its voltage, NWB), ``"cohort"`` (the table of the simulated
        cohort; its sessions, animals, doses and truth lie beside it), or a small simulated table of another protocol:
        ``"recoveries"``, ``"schild"``, ``"receptor_reserve"``, ``"iontophoresis_spikes"``, ``"iontophoresis_doses"``,
        ``"slice_spikes"``, ``"slice_doses"``, ``"binding"``, ``"microdialysis"``, ``"latencies"``. The script that
        writes a table lies beside it, and says what is true in it.

    Returns
    -------
    Path

    Raises
    ------
    DatasetError
        If there is no such data set, or its folder is not here.
    """
    if name not in _DATASETS:
        raise DatasetError(f"no sample data called {name!r}; there are {', '.join(_DATASETS)}")
    folders = _folders()
    for folder in folders:
        if (folder / _DATASETS[name]).is_file():
            return folder / _DATASETS[name]
    searched = " and ".join(str(folder) for folder in folders)
    raise DatasetError(
        f"sample data {name!r} not found in {searched}: it comes with the source, not with an installed package; set "
        f"{FOLDER_VARIABLE} to the folder sample_data of a checkout, or make it there with make_sample_data.py"
    )


def open_dataset(name: str) -> Session:
    """Open a sample session by name.

    Parameters
    ----------
    name : str
        ``"raw_session"``, or the name of a session of the cohort.

    Returns
    -------
    Session
        With its dose table.

    Raises
    ------
    DatasetError
        If there is no such session, or the folder is not here.
    """
    if name == "raw_session":
        file = dataset_path(name)
        return read_session(file, doses=file.with_name(_RAW_DOSES))
    sessions = dataset_path("cohort").parent / "cohort"
    file = sessions / f"{name}.nwb"
    if not file.is_file():
        known = ", ".join(["raw_session", *sorted(path.stem for path in sessions.glob("*.nwb"))])
        raise DatasetError(f"no sample session called {name!r}; there are {known}")
    return read_session(file, doses=sessions.parent / "cohort_doses.csv")


def load_raw_session() -> Session:
    """Open the raw sample session: one wire, 20 kHz, with its dose table.

    Returns
    -------
    Session

    Raises
    ------
    DatasetError
        If the sample data are not here.
    """
    return open_dataset("raw_session")


def _folders() -> tuple[Path, ...]:
    """Where sample data may lie, in the order in which it is looked for."""
    named = os.environ.get(FOLDER_VARIABLE)
    beside = Path(__file__).resolve().parent.parent / "sample_data"
    return (Path(named), beside) if named else (beside,)
