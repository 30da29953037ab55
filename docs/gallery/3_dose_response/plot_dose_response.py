"""
Dose-response of one cell
=========================

Percent of baseline at each cumulative dose, with the exact interval of its count, and the Hill curve between the doses
given. The open diamond is the ID50 with its interval. Where the cell was not halved there is an arrow and no diamond.
"""

import ephys

# %%
# A cell with an ID50 within the doses.

session = ephys.simulate_session(1, with_voltage=False).session
held, lost, _fast = ephys.analyse_session(session).cells
print(held.fits[0])
ephys.plot_dose_response(held.fits[0])

# %%
# A cell that the electrode lost after its first doses: what came later is absence, and no point.

ephys.plot_dose_response(lost.fits[0])

# %%
# A cell that hardly responds: its ID50 is only known to lie above the last dose.

weak = ephys.simulation.CellSpec(name="weak", id50=900.0)
insensitive = ephys.simulate_session(3, cells=[weak], with_voltage=False).session
ephys.plot_dose_response(ephys.analyse_session(insensitive).cells[0].fits[0])
