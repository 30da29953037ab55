"""Write the sample data: one raw session, one cohort of sorted cells, their tables, and the truth about them.

The small tables of neighbouring protocols are written each by its own script in ``protocols``.

Run it as ``make sample-data`` or ``python sample_data/make_sample_data.py [FOLDER]``; the folder is this one unless
another is named. Arrays and tables are the same each time; the bytes of NWB are not, since it draws
identifiers.

Everything here is simulated: no recording of these drugs on raphe neurons is public. Every ID50 is invented, and says
nothing of any drug.
"""

from __future__ import annotations

import csv
import math
import runpy
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ephys.io import write_nwb
from ephys.model import Administration
from ephys.simulation import SimulatedSession, simulate_cohort, simulate_session

RAW_SEED = 0
COHORT_SEED = 0
RAW_SESSION = "raw_session"
PROTOCOLS = Path(__file__).resolve().parent / "protocols"

Cell = str | float | None


def main(folder: Path) -> None:
    """Write everything into `folder`."""
    raw = simulate_session(RAW_SEED, session_id=RAW_SESSION)
    cohort = simulate_cohort(COHORT_SEED)
    (folder / "cohort").mkdir(parents=True, exist_ok=True)
    for stale in (folder / "cohort").glob("*.nwb"):
        stale.unlink()
    write_nwb(raw.session, folder / f"{RAW_SESSION}.nwb")
    for simulated in cohort:
        write_nwb(simulated.session, folder / "cohort" / f"{simulated.session.id}.nwb")
    given = [administration_row(a) for a in raw.session.protocol.administrations]
    write_table(folder / "doses.csv", given)
    write_table(folder / "cohort_doses.csv", cohort_dose_rows(cohort))
    write_table(folder / "cohort.csv", cohort_rows(cohort))
    write_table(folder / "animals.csv", animal_rows(cohort))
    write_table(folder / "truth.csv", [cell.as_row() for simulated in (raw, *cohort) for cell in simulated.truth])
    write_protocols(folder / "protocols")
    written = [path for path in folder.rglob("*") if path.suffix in (".nwb", ".csv")]
    print(f"{len(written)} files, {sum(path.stat().st_size for path in written) / 1e6:.1f} MB, in {folder}")


def write_protocols(folder: Path) -> None:
    """Write the tables of neighbouring protocols: each script says what is true in its own."""
    folder.mkdir(exist_ok=True)
    for script in sorted(PROTOCOLS.glob("make_*.py")):
        runpy.run_path(str(script))["main"](folder)


def administration_row(given: Administration) -> dict[str, Cell]:
    """One row of a dose table."""
    return {
        "time_s": given.start_s,
        "drug": given.drug,
        "amount": given.amount,
        "unit": given.unit,
        "dose_kind": given.dose_kind,
        "form": given.form,
        "route": given.route,
        "role": given.role,
    }


def cohort_dose_rows(cohort: Sequence[SimulatedSession]) -> list[dict[str, Cell]]:
    """Rows of the dose table that serves all sessions of the cohort."""
    sessions = [simulated.session for simulated in cohort]
    return [{"session": s.id, **administration_row(given)} for s in sessions for given in s.protocol.administrations]


def cohort_rows(cohort: Sequence[SimulatedSession]) -> list[dict[str, Cell]]:
    """A row per cell; whether an earlier drug excludes it is for the analysis to find, from animal and order."""
    rows: list[dict[str, Cell]] = []
    for session in (simulated.session for simulated in cohort):
        started = session.started_at
        rows += [
            {
                "animal": session.subject.animal,
                "group": session.subject.group,
                "cell": f"{session.id}_{unit.id}",
                "file": f"cohort/{session.id}.nwb",
                "session": session.id,
                "unit": unit.id,
                "track": session.track,
                "depth_um": session.depth_um,
                "order": session.order,
                "date": f"{started:%Y-%m-%d}" if started else "",
                "time": f"{started:%H:%M}" if started else "",
                "doses": "cohort_doses.csv",
                "exclude": "",
            }
            for unit in session.units
        ]
    return rows


def animal_rows(cohort: Sequence[SimulatedSession]) -> list[dict[str, Cell]]:
    """A row per animal."""
    animals = {simulated.session.subject.animal: simulated.session.subject for simulated in cohort}
    return [
        {
            "animal": animal.animal,
            "group": animal.group,
            "sex": animal.sex,
            "species": animal.species,
            "weight_g": animal.weight_g,
            "treatment": animal.treatment,
            "note": "simulated",
        }
        for animal in animals.values()
    ]


def write_table(path: Path, rows: Sequence[Mapping[str, Cell]]) -> None:
    """Write rows as UTF-8 with commas; what is not known is left empty."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(rows[0])
        writer.writerows([_text(value) for value in row.values()] for row in rows)


def _text(value: Cell) -> str:
    """Text of a cell; numbers to six digits."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent)
