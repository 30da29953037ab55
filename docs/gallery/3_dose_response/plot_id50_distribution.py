"""
How the ID50s of the cells are distributed
==========================================

The share of the cells whose ID50 is at most a dose, a step for each cell. A cell whose ID50 lies above its last dose is
a triangle there, and no step: the steps of its group end below 100 %. The thin line is the distribution that the
population's fit has.
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
ephys.plot_id50_distribution(fit)
