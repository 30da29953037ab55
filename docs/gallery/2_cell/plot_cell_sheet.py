"""
A cell on one page
==================

Course, spike, intervals, call and dose-response together, as the supplement of a paper shows a cell, with what must be
known of it in words above. What does not exist has no panel.
"""

import ephys

session = ephys.simulate_session(1, with_voltage=False).session
analysis = ephys.analyse_session(session)

# %%
# A cell that the drug silences, and that returns with the antagonist.

ephys.plot_cell_sheet(analysis.cells[0], analysis)

# %%
# One that falls silent because the pipette moved away: its amplitude ran down first.

ephys.plot_cell_sheet(analysis.cells[1], analysis)
