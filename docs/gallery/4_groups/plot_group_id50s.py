"""
ID50s by group
==============

Every cell of two groups, those of one animal above each other and joined. A triangle is a cell whose rate was never
halved: it stands at its last dose. Beside stands the group's ID50 with its interval, an arrow where that goes beyond
the doses; above, the shift between the groups.
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
fit = ephys.fit_population(responses, reference="control")
ephys.plot_group_id50s(fit)
