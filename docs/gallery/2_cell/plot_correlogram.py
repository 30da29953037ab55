"""
Correlograms
============

How many pairs of spikes lie how far apart. A cell has no pair with itself closer than its refractory period, and a
rhythmic one has hills at each multiple of its interval. Two cells that have nothing to do with each other stay at the
dashed level of chance.
"""

import ephys

session = ephys.simulate_session(1, with_voltage=False).session
baseline = session.protocol.baseline
held, _lost, fast = session.units

# %%
# A slow cell against itself, on its baseline.

ephys.plot_correlogram(ephys.autocorrelogram(held, baseline))

# %%
# A fast cell, near 0: the band is its refractory period.

ephys.plot_correlogram(ephys.autocorrelogram(fast, baseline, bin_ms=1.0, max_lag_ms=50.0))

# %%
# One after the other, with the number of pairs that chance alone would give.

ephys.plot_correlogram(ephys.crosscorrelogram(held, fast, baseline, bin_ms=5.0))
