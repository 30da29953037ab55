"""
Latencies with a cut-off
========================

How long animals stay, as in a bar test of catalepsy: each step is an animal that stepped down. Those that are still
there at the cut-off are an open triangle: their latency is longer than that, by an unknown time. Below the axis stands
how many of each group are still watched.
"""

import ephys

# Simulated: no drug is behind the groups.
latencies = ephys.read_latencies(ephys.dataset_path("latencies"))
compared = ephys.compare_latencies(latencies, reference="control")
print(compared)

# %%
ephys.plot_latencies(compared)
