"""
Intervals between spikes
========================

How regularly a cell fires. A clock-like cell has one narrow hill; intervals that are longer than the axis are counted
in words. On a logarithmic axis bursts stand apart from the rhythm.
"""

import ephys

session = ephys.simulate_session(1, with_voltage=False).session
baseline = session.protocol.baseline
held, _lost, fast = session.units

# %%
# A slow, regular cell on its baseline.

ephys.plot_interval_histogram(ephys.interval_histogram(held, baseline))

# %%
# The same on a logarithmic axis: the few short intervals at the left are those within bursts.

ephys.plot_interval_histogram(ephys.log_interval_histogram(held, baseline))

# %%
# The fast cell of the same session, in narrower bins.

ephys.plot_interval_histogram(ephys.interval_histogram(fast, baseline, bin_ms=5.0, max_ms=500.0))
