"""
Forest of ID50s
===============

Cells below each other, each with its ID50 and interval and the same in numbers. Where there is only a bound there is a
line with an arrow and no point. The diamond is the group's ID50 from one model of all cells: it is wider than a cell's
own interval, since n is animals.
"""

import ephys

# A simulated cohort: ipsapirone, in five control and five treated animals. Cells that are serotonergic by their
# baseline alone; what became of each goes in, too, since a silent cell is not a lost one.
responses = []
for simulated in ephys.simulate_cohort(0):
    session, protocol = simulated.session, simulated.session.protocol
    for unit in session.units if "ipsapirone" in protocol.drugs else ():
        if ephys.classify_unit(unit, within=protocol.baseline).is_serotonergic:
            fate = ephys.assess_quality(unit, within=protocol.baseline).fate
            responses.append(ephys.dose_response(unit, protocol, fate=fate, subject=session.subject, beside=False))

# %%
# The ID50 of each, by group.
fits = {
    group: ephys.fit_dose_responses([response for response in responses if response.subject.group == group])
    for group in ("control", "chronic")
}
population = ephys.fit_population(responses, reference="control")

# %%
# The figure grows with its rows.
ephys.plot_forest(fits, summary=population)

# %%
# Rows can be numbers alone, such as those of published studies (these are invented). They must be told what they are;
# a bound is a row without a value.
studies = [
    ("study A", 36.0, 25.0, 52.0),
    ("study B", 48.0, 30.0, 75.0),
    ("study C, never halved", float("nan"), 100.0, float("inf")),
]
ephys.plot_forest(studies, quantity="ID50 of ipsapirone (µg/kg i.v.)")
