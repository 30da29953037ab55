"""
Forest of ID50s
===============

Cells below each other, each with its ID50 and interval and the same in numbers. Where there is only a bound there is a
line with an arrow and no point. The diamond is the group's ID50 from one model of all cells: it is wider than a cell's
own interval, since n is animals.
"""

import ephys

# %%
# ID50s of simulated cells, by group.
responses = [
    ephys.dose_response(unit, simulated.session.protocol, subject=simulated.session.subject, beside=False)
    for simulated in ephys.simulate_cohort(0)
    for unit in simulated.session.units
    if simulated.session.protocol.drugs == ("ipsapirone",)
]
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
