"""
Cells by how they fire
======================

Each point is a cell, by its rate and its regularity, with a shape and a colour for its call. An ellipse holds 95 % of a
group as a mixture of normal distributions found it, without having been told the calls.
"""

# %%
# Forty slow and regular cells and fifteen fast ones; the numbers are invented.
import numpy as np

import ephys

rng = np.random.default_rng(0)
slow = np.exp(rng.normal(np.log([1.4, 0.3]), [0.35, 0.25], (40, 2)))
fast = np.exp(rng.normal(np.log([11.0, 0.7]), [0.3, 0.2], (15, 2)))
cells = [{"rate_hz": rate, "cv": cv} for rate, cv in np.concatenate([slow, fast])]

# %%
# What the rules say of each, and which groups there are.
calls = [ephys.classify_features(cell).label for cell in cells]
clusters = ephys.cluster_cells(cells, features=("rate_hz", "cv"))
print(clusters)

# %%
ephys.plot_cell_clusters(clusters, cells, calls=calls)
