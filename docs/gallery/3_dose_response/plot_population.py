"""
Every cell and the curve of its group
=====================================

Percent of baseline against cumulative dose: a thin line is one cell, as it was measured; a thick one is the mean over
the cells of a group's animals, with its 95 % band; the bar at half is the ID50 of the group with its interval. A
triangle is a cell whose rate was never halved.
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
# One likelihood over all cells; n is animals, not cells.
fit = ephys.fit_population(responses, reference="control")
ephys.plot_population(fit)
