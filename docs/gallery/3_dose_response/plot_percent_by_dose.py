"""
Percent of baseline at each dose
================================

What papers print: the mean at each dose with its 95 % t interval over animals, groups side by side. Points are cells,
open signs animals; below each dose stand the animals and, in brackets, the cells behind the mean. Silent cells are in
it.
"""

import ephys

# A simulated cohort: ipsapirone, in three control and three chronically treated animals.
cohort = ephys.simulate_cohort(0, settings=ephys.simulation.CohortSettings(animals_per_arm=3))
responses = [
    ephys.dose_response(unit, simulated.session.protocol, subject=simulated.session.subject, beside=False)
    for simulated in cohort
    if "ipsapirone" in simulated.session.protocol.drugs
    for unit in simulated.session.units
]

# %%
# The mean of each animal's cells, then the mean over animals.
percents = ephys.percent_by_dose(responses, reference="control")
print(percents)

# %%
ephys.plot_percent_by_dose(percents)
