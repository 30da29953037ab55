"""
An antagonist shifts the curve
==============================

An agonist's curves without and with an antagonist in a bath, and Schild's plot: each concentration's dose ratio with
its interval, on the line of the fit of all points. The data are simulated; the true pKB is 8.30.
"""

import csv

import ephys

with ephys.dataset_path("schild").open(encoding="utf-8", newline="") as file:
    table = list(csv.DictReader(file))

# %%
# Intervals are over animals, each left out in turn.
found = ephys.fit_schild(
    [float(row["agonist_nM"]) for row in table],
    [float(row["percent_of_baseline"]) for row in table],
    [float(row["antagonist_nM"]) for row in table],
    antagonist_unit="nM",
    dose_unit="nM",
    animal=[row["animal"] for row in table],
)
print(found)

# %%
# Curves, and Schild's plot.
ephys.plot_schild(found, response_label="firing rate (% of baseline)")
