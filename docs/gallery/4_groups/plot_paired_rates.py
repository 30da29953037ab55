"""
Before, under and after a drug
==============================

Each line is a cell: its rate at baseline, at the last dose of the agonist, and after the antagonist. The axis begins
at 0, so that silence is seen; an open sign is a window without a spike. A line that ends early is a cell that was not
measured any more, and the numbers under each state say how many there are.
"""

import ephys

# %%
# Responses of simulated cells to ipsapirone, of the control group alone.
responses = [
    ephys.dose_response(unit, simulated.session.protocol, subject=simulated.session.subject, beside=False)
    for simulated in ephys.simulate_cohort(0)
    for unit in simulated.session.units
    if simulated.session.protocol.drugs == ("ipsapirone",) and simulated.session.subject.group == "control"
]

# %%
# Which window stands for which state is chosen once, and is a table.
paired = ephys.paired_rates(responses)
print(paired)

# %%
# In Hz, and as percent of each cell's own baseline.
ephys.plot_paired_rates(paired)

# %%
ephys.plot_paired_rates(paired, unit="percent")
