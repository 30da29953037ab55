"""
Spikes by their features
========================

Each spike whose shape was kept, by the two directions in which the shapes of all differ most. The legend counts the
spikes of each unit, and says which share of them look rather like another unit's by the sorter's account, with its 95 %
interval. Clouds that lie apart here are apart; clouds that touch may still differ in directions that are not drawn.
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
simulated = ephys.simulate_session(2, cells=cells, schedule=schedule)
units = ephys.sort_units(simulated.session.recording)

ephys.plot_feature_space(units)

# %%
# Over a longer stretch of the spike the slow phases count as well.

features = ephys.spike_features(units, window_ms=(-1.0, 4.0))
ephys.plot_feature_space(features)
