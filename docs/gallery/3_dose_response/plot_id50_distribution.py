"""
How the ID50s of the cells are distributed
==========================================

The share of the cells whose ID50 is at most a dose, a step for each cell. A cell whose ID50 lies above its last dose is
a triangle there, and no step: the steps of its group end below 100 %. The thin line is the distribution that the
population's fit has.
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
fit = ephys.fit_population(responses, reference="control")
ephys.plot_id50_distribution(fit)
