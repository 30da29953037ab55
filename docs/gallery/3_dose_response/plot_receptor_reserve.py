"""
Receptor reserve
================

An agonist's curves before and after part of the receptors was inactivated. Left, the operational model and the curve
with Furchgott's relation inside; right, doses of equal effect, on the line of the fit of all points. The data are
simulated: KA 400 µg/kg, a fifth of the receptors left.
"""

import csv

import ephys

with ephys.dataset_path("receptor_reserve").open(encoding="utf-8", newline="") as file:
    table = list(csv.DictReader(file))

# %%
# Doses are per kg, so that KA is apparent, in units of dose.
found = ephys.fit_receptor_reserve(
    [float(row["dose_ug_kg"]) for row in table],
    [float(row["inhibition_percent"]) for row in table],
    [row["curve"] for row in table],
    control="control",
    dose_unit="ug/kg",
    animal=[row["animal"] for row in table],
)
print(found)

# %%
# Curves, and Furchgott's plot.
ephys.plot_receptor_reserve(found, response_label="inhibition (%)")
