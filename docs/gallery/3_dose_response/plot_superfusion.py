"""
A slice, application by application
===================================

Filled points are percent of the session's baseline, open ones percent of the rate just before each application;
squares say how far the wash brought the cell back, against the dashed line from which on it counts as recovered. Where
the open points lie above the filled ones, the cell had not come back: desensitisation, run-down, or drug that is left.
"""

import ephys
from ephys import simulation

# A simulated slice: five concentrations with washes between, solutions 45 s late, and a cell that runs down by 1 % a
# minute. All of it is invented.
schedule = simulation.SuperfusionSchedule(drug="agonist", design="separate", wash_s=420.0, bath_delay_s=45.0)
cell = simulation.CellSpec(name="1", rate_hz=2.0, id50=100.0, drift_percent_per_min=-1.0, fate="unstable")
session = ephys.simulate_session(
    2, cells=[cell], schedule=schedule, with_voltage=False, subject=simulation.SIMULATED_SLICE
).session

# %%
# The dead time of the bath is a setting: measure it with a dye.
settings = ephys.Settings().override("readout.bath_delay_s", "45").readout
response = ephys.dose_response(session.units[0], session.protocol, settings=settings)
print(response.superfusion)
print(*response.superfusion.notes, sep="\n")
ephys.plot_superfusion(response.superfusion)

# %%
# The curve says IC50, since the steps are concentrations.
fit = ephys.fit_dose_response(response)
print(fit)
ephys.plot_dose_response(fit)
