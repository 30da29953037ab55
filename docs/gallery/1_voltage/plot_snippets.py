"""
Spikes over one another
=======================

A hundred spikes of each unit, chosen by lot, with the mean of all that were kept. Scaled to one size, the means tell
shapes apart: the smaller second spike of a burst has the shape of the first, another cell has not.
"""

import ephys

# %%
# A minute and a half of one wire with three cells is simulated and sorted.

cell = ephys.simulation.CellSpec
cells = [
    cell(name="wide"),
    cell(name="small", rate_hz=1.2, cv=0.25, amplitude_uv=90.0, width=0.85, phases=2),
    cell(name="fast", cell_type="fast", rate_hz=12.0, cv=0.5, amplitude_uv=80.0, polarity=-1, emax_percent=0.0),
]
schedule = ephys.simulation.DoseSchedule(cumulative_ug_kg=(25.0,), baseline_s=30.0, interval_s=10.0, recovery_s=30.0)
units = ephys.sort_units(ephys.simulate_session(2, cells=cells, schedule=schedule).session.recording)

ephys.plot_snippets(units[:3])

# %%
# The means of the two slow cells, scaled; the bands are twice the standard error.

ephys.plot_scaled_means(units[:2])
