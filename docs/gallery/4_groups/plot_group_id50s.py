"""
ID50s by group
==============

Every cell of two groups, those of one animal above each other and joined. A triangle is a cell whose rate was never
halved: it stands at its last dose. Beside stands the group's ID50 with its interval, an arrow where that goes beyond
the doses; above, the shift between the groups.
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
ephys.plot_group_id50s(fit)
