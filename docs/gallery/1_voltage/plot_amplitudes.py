"""
Amplitudes through the session
==============================

Each point is a spike, the dashed line the threshold of detection. A cell that is inhibited becomes sparse and keeps its
amplitude; one that drifts away comes down to the threshold first, and what follows is absence, not silence.
"""

import ephys

session = ephys.simulate_session(1, with_voltage=False).session
held, lost, _fast = session.units

# %%
# A cell that the drug silences: its spikes keep their size, and return with the antagonist.

ephys.plot_amplitudes(held, session.protocol)

# %%
# One whose spikes ran down to the threshold. From then on it is lost.

ephys.plot_amplitudes(lost, session.protocol)
