"""
A 5-HT call and what it rests on
================================

Each criterion has a strip of its own: filled where a value passes, hatched where it is borderline, empty where it
fails, with the limits beneath and the cell's value and interval on it. The probability by the published distributions
stands beside and starts from its prior. What could not be judged has no regions, and says why.
"""

import ephys

# %%
# A slow and regular cell with wide spikes, as a faultless sorter would give it, judged by its baseline alone.

session = ephys.simulate_session(1, with_voltage=False).session
calls = [ephys.classify_unit(unit, within=session.protocol.baseline) for unit in session.units]

ephys.plot_classification(calls[0])

# %%
# The fast cell of the same session fails two criteria; one is enough.

ephys.plot_classification(calls[-1])

# %%
# A width through an unknown filter is no width: it is shown, and not judged.

ephys.plot_classification(ephys.classify_features({"rate_hz": 1.4, "cv": 0.3, "width_ms": 2.1}))

# %%
# Several cells side by side.

ephys.plot_classification_table(calls)
