"""
Every cell and the curve of its group
=====================================

Percent of baseline against cumulative dose: a thin line is one cell, as it was measured; a thick one is the mean over
the cells of a group's animals, with its 95 % band; the bar at half is the ID50 of the group with its interval. A
triangle is a cell whose rate was never halved.
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
# One likelihood over all cells; n is animals, not cells.
fit = ephys.fit_population(responses, reference="control")
ephys.plot_population(fit)
