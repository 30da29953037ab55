"""
Voltage with its spikes
=======================

The voltage of a stretch, from milliseconds to hours, with a row of ticks for each unit above it. A line runs through a
row where the unit could be seen: no tick on it is silence, no line is absence. What the sorter excised is shaded and
named; of a long stretch the lowest and the highest sample of each point are drawn, so that no spike is lost.
"""

import ephys

# %%
# A minute and a half of one wire is simulated, with a few pops of the electrode, and sorted.

cell = ephys.simulation.CellSpec
cells = [
    cell(name="wide"),
    cell(name="small", rate_hz=1.2, cv=0.25, amplitude_uv=90.0, width=0.85, phases=2),
    cell(name="fast", cell_type="fast", rate_hz=12.0, cv=0.5, amplitude_uv=80.0, polarity=-1, emax_percent=0.0),
]
schedule = ephys.simulation.DoseSchedule(cumulative_ug_kg=(25.0,), baseline_s=30.0, interval_s=10.0, recovery_s=30.0)
pops = ephys.simulation.Disturbances(pops=ephys.simulation.Pops(per_min=4.0))
simulated = ephys.simulate_session(2, cells=cells, schedule=schedule, disturbances=pops)
recording = simulated.session.recording

units = ephys.sort_units(recording)
artefacts = ephys.find_artefacts(recording)

# %%
# Half a second as it was recorded: each spike is in the colour of its unit.

spike_s = units[0].times_s[5]
ephys.plot_trace(recording, units, within=ephys.Epoch(spike_s - 0.1, spike_s + 0.4), artefacts=artefacts)

# %%
# The same in the band in which the sorter looked for spikes, with its threshold, and with bars in place of the axes.

ephys.plot_trace(
    recording,
    units,
    within=ephys.Epoch(spike_s - 0.1, spike_s + 0.4),
    artefacts=artefacts,
    sorting=ephys.Settings().sorting,
    scale_bars=True,
)

# %%
# All of it. The pops do not scale the axes: the caption says how far they reach.

whole = ephys.Epoch(recording.start_s, recording.stop_s)
ephys.plot_trace(recording, units, within=whole, artefacts=artefacts)
