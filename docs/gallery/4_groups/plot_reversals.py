"""
Reversal by an antagonist
=========================

A cell that comes back after an antagonist might have come back without it. Returns are held against recoveries of
animals that got none: on the right, time runs from the last dose, a bar is the antagonist, a dot with its interval the
return, and an arrow a cell that was not back while it was watched. In the band a rate counts as back.
"""

import ephys
from ephys.simulation import CellSpec, DoseSchedule, Kinetics

# Simulated cells, silenced by two doses whose effect wears off within ten minutes. Three animals get an antagonist, in
# one of them it acts slowly; three get none. What is said of times here was invented.
cells = []
for number in range(6):
    treated = number < 3
    kinetics = Kinetics(half_life_s=200.0, reversal_s=300.0 if number == 2 else 12.0)
    schedule = DoseSchedule(
        cumulative_ug_kg=(125.0, 250.0),
        antagonist="antagonist" if treated else "",
        recovery_s=300.0 if treated else 520.0,
    )  # fmt: skip
    session = ephys.simulate_session(
        number, cells=[CellSpec(name="1", kinetics=kinetics)], schedule=schedule, with_voltage=False,
        subject=ephys.Subject(animal=f"rat {number + 1}"),
    ).session  # fmt: skip
    cell, protocol = session.units[0], session.protocol
    fate = ephys.assess_quality(cell, within=protocol.baseline).fate
    response = ephys.dose_response(cell, protocol, fate=fate, subject=session.subject, beside=False)
    cells.append((response, cell, protocol))

# %%
# The verdict of each cell, with what it rests on.
reversals = ephys.assess_reversals(cells)
print(reversals)
for one in reversals.cells:
    print(one)

# %%
# All of them, and the recoveries beside.
ephys.plot_reversals(reversals)

# %%
# One cell.
ephys.plot_reversal(reversals.cells[0])
