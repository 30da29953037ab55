"""
Cells on one scale
==================

A cell of a control and one of a treated animal under each other, on one scale of rate and one of time, so that they can
be compared: the first dose of the drug is 0 in both. What was not recorded is hatched. Above each stands what it is,
and n: one cell of one animal, an example of its group and no more.
"""

import numpy as np

import ephys

# %%
# The first cell of each group of a simulated cohort.
sessions = [simulated.session for simulated in ephys.simulate_cohort(0)]
panels = []
for group in ("control", "chronic"):
    session = next(s for s in sessions if s.subject.group == group and s.protocol.drugs == ("ipsapirone",))
    cell = session.units[0]
    response = ephys.dose_response(cell, session.protocol, drug="ipsapirone")
    panels.append(
        ephys.RatePanel(
            ephys.rate_histogram(cell),
            session.protocol,
            (response.baseline, *response.windows),
            label=group,
            animal=session.subject.animal,
        )
    )
ephys.plot_rate_panels(panels, align="ipsapirone")

# %%
# One cell with the amplitude of each spike and the pressure beneath: a fall of either would counterfeit inhibition.
session = ephys.simulate_session(0, with_voltage=False).session
cell = session.units[0]
clock_s = np.arange(0.0, session.support.stop_s, 0.02)
pressure = ephys.Monitor("arterial", 100.0 + 10.0 * np.sin(2 * np.pi * 6.0 * clock_s), 50.0, unit="mmHg")
ephys.plot_rate_panels(
    [
        ephys.RatePanel(
            ephys.rate_histogram(cell),
            session.protocol,
            animal=session.subject.animal,
            amplitudes=cell,
            monitors=[pressure],
        )
    ],
    time_bar=True,
)
