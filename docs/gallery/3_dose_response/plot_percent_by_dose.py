"""
Percent of baseline at each dose
================================

What papers print: the mean at each dose with its 95 % t interval over animals, groups side by side. Points are cells,
open signs animals; below each dose stand the animals and, in brackets, the cells behind the mean. Silent cells are in
it.
"""

import ephys

# A simulated cohort: ipsapirone, in three control and three treated animals. Cells that are serotonergic by their
# baseline alone; what became of each goes in, too, since a silent cell is not a lost one.
responses = []
for simulated in ephys.simulate_cohort(0, settings=ephys.simulation.CohortSettings(animals_per_arm=3)):
    session, protocol = simulated.session, simulated.session.protocol
    for unit in session.units if "ipsapirone" in protocol.drugs else ():
        if ephys.classify_unit(unit, within=protocol.baseline).is_serotonergic:
            fate = ephys.assess_quality(unit, within=protocol.baseline).fate
            responses.append(ephys.dose_response(unit, protocol, fate=fate, subject=session.subject, beside=False))

# %%
# The mean of each animal's cells, then the mean over animals.
percents = ephys.percent_by_dose(responses, reference="control")
print(percents)

# %%
ephys.plot_percent_by_dose(percents)
