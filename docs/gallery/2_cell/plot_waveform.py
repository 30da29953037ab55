"""
The spike and its widths
========================

The mean spike with its SD over spikes, in a wide band and without a shift of phase. Each width stands with its 95 %
interval under the stretch that it measures. The band stands above, since a width means nothing without it.
"""

import ephys

session = ephys.simulate_session(1, with_voltage=False).session
held, _lost, fast = session.units

# %%
# A slow cell has a wide spike.

assert held.waveform is not None
ephys.plot_waveform(ephys.measure_shape(held.waveform))

# %%
# The fast cell beside it has a narrow one; a width that could not be measured is not drawn.

assert fast.waveform is not None
ephys.plot_waveform(ephys.measure_shape(fast.waveform))
