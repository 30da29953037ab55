"""
Before, under and after a drug
==============================

Each line is a cell: its rate at baseline, at the last dose of the agonist, and after the antagonist. The axis begins
at 0, so that silence is seen; an open sign is a window without a spike. A line that ends early is a cell that was not
measured any more, and the numbers under each state say how many there are.
"""

import ephys

# A simulated cohort: ipsapirone, in the control group alone. Cells that are serotonergic by their
# baseline alone; what became of each goes in, too, since a silent cell is not a lost one.
responses = []
for simulated in ephys.simulate_cohort(0):
    session, protocol = simulated.session, simulated.session.protocol
    for unit in session.units if "ipsapirone" in protocol.drugs and session.subject.group == "control" else ():
        if ephys.classify_unit(unit, within=protocol.baseline).is_serotonergic:
            fate = ephys.assess_quality(unit, within=protocol.baseline).fate
            responses.append(ephys.dose_response(unit, protocol, fate=fate, subject=session.subject, beside=False))

# %%
# Which window stands for which state is chosen once, and is a table.
paired = ephys.paired_rates(responses)
print(paired)

# %%
# In Hz, and as percent of each cell's own baseline.
ephys.plot_paired_rates(paired)

# %%
ephys.plot_paired_rates(paired, unit="percent")
