"""
Firing of groups
================

How cells of two groups fire, a panel for each measure. Cells of one animal stand above each other in a column with the
animal's mean, since n is animals; the square is the group's value with its interval. A silent cell has no logarithm of
a rate: it stands below the axis, and is counted.
"""

import ephys

# %%
# A table with a row per cell, as ``units.csv`` is, here from a simulated cohort. The simulated treatment does nothing
# to the baseline.
cells = []
for simulated in ephys.simulate_cohort(0):
    session = simulated.session
    for unit in session.units:
        firing = ephys.measure_firing(unit, within=session.protocol.baseline)
        cells.append(
            {
                "animal": session.subject.animal,
                "group": session.subject.group,
                "session": session.id,
                "unit": unit.id,
                "baseline_rate_hz": firing.rate_hz.value,
                "cv_collapsed": firing.regularity.cv.value,
                "burst_share": firing.bursts.share,
            }
        )

# %%
# Rates are compared as a ratio, CVs as a difference, both with cells in animals in groups.
found = ephys.compare_firing(cells, reference="control")
print(found)

# %%
# The figure says the same in words above each panel, and what is not shown below.
ephys.plot_firing_groups(found)
