"""
Integrated rate histogram
=========================

Spikes per 10 s through a session, as the field prints them. An arrow stands where something was given at once, with the
cumulative dose of an agonist; a bar stands over what lasted, with its current or concentration. Bands are the baseline
and the read-out windows, the line in each its mean rate; a window in outline is not fitted.
"""

import numpy as np

import ephys

# %%
# Bolus injections: a simulated cell of the raphe, six doses of ipsapirone and WAY-100635.
session = ephys.simulate_session(0, with_voltage=False).session
cell = session.units[0]
response = ephys.dose_response(cell, session.protocol, drug="ipsapirone")
windows = (response.baseline, *response.windows)
ephys.plot_rate_histogram(ephys.rate_histogram(cell), session.protocol, windows=windows)

# %%
# The same with a time bar in place of the axis, where the clock of the session says nothing.
ephys.plot_rate_histogram(ephys.rate_histogram(cell), session.protocol, windows=windows, time_bar=True)

# %%
# Microiontophoresis: an ejection has a start, a stop, a current in nA and a barrel. Every drug has its own row.
recorded = ephys.Support.of(ephys.Epoch(0.0, 1000.0))
ejections = [
    ephys.Administration(
        "5-ht", 180.0 + 120.0 * i, 230.0 + 120.0 * i, dose=current, dose_unit="nA", route="iontophoresis", barrel="2"
    )
    for i, current in enumerate((5.0, 10.0, 20.0, 40.0, 20.0, 20.0))
]
blocker = ephys.Administration(
    "way-100635", 600.0, 850.0, dose=20.0, dose_unit="nA", route="iontophoresis", barrel="3", role="antagonist"
)
protocol = ephys.DoseProtocol((*ejections, blocker), recorded)

# %%
# A regular cell of 1.5 Hz that each ejection slows, the more so the higher the current, until the blocker is there.
clock_s = np.arange(0.0, 1000.0, 0.01)
rate_hz = np.full(clock_s.shape, 1.5)
for given in ejections[:4]:
    rate_hz[(clock_s >= given.start_s) & (clock_s < given.end_s)] /= 1.0 + given.dose / 10.0
fired = np.diff(np.floor(np.cumsum(rate_hz) * 0.01), prepend=0.0) > 0
ejected = ephys.Unit.from_times(clock_s[fired], support=recorded)
ephys.plot_rate_histogram(ephys.rate_histogram(ejected), protocol, time_bar=True)
