"""
Ejections beside a cell
=======================

The rate around each ejection of a drug by a current, from its start. The broken line is the baseline before it, the
dotted one half of it; marks on that are T50 and RT50 with their intervals. The green line is where the cell had
recovered, and where the count of suppressed spikes ends. Beside: spikes suppressed per nA, which hold for this
electrode alone.
"""

import numpy as np

import ephys

# A simulated cell: compound-1 halves its rate at a charge of 150 nC, compound-2 at 300 nC. Both are invented.
ejected = [
    ("compound-1", 100.0, 5.0), ("compound-1", 260.0, 10.0), ("compound-1", 420.0, 20.0), ("compound-1", 580.0, 10.0),
    ("saline", 740.0, 10.0), ("compound-2", 900.0, 10.0), ("compound-2", 1060.0, 20.0),
]  # fmt: skip
given = tuple(
    ephys.Administration(
        drug, start_s, start_s + 50.0, dose=current, dose_unit="nA", route="iontophoresis", retention_na=-10.0,
        role="vehicle" if drug == "saline" else "agonist",
    )
    for drug, start_s, current in ejected
)  # fmt: skip
grid_s = np.arange(0.0, 1220.0, 0.01)
charge50_nc = {"compound-1": 150.0, "compound-2": 300.0}
rate_hz = ephys.simulation.ejection_rate(grid_s, given, rate_hz=1.5, charge50_nc=charge50_nc)
times_s = ephys.simulation.renewal_train(grid_s, rate_hz, cv=0.3, seed=1)
cell = ephys.Unit.from_times(times_s, support=ephys.Epoch(0.0, 1220.0))

# %%
# What each ejection did is a table.
found = ephys.measure_ejections(cell, ephys.DoseProtocol(given, cell.support), electrode="pipette 1")
print(found)

# %%
ephys.plot_ejections(found)
