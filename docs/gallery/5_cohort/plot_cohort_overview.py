"""
A cohort at a glance
====================

Every animal of a cohort with each of its cells, in the order in which they were recorded. The shape of a mark and the
word beside it tell what the cell is; an open mark is a cell that a rule leaves out, and the rule is named. At the right
stand its rate and its ID50: a point with its interval, or an arrow where only a bound is known.
"""

# %%
# Two animals of the simulated cohort, so that this takes seconds; one of the cells was lost early.
from dataclasses import replace

import ephys

cohort = ephys.read_cohort(ephys.dataset_path("cohort"))
chosen = ("rat02", "rat07")
few = replace(
    cohort,
    cells=tuple(cell for cell in cohort.cells if cell.animal in chosen),
    animals=tuple(animal for animal in cohort.animals if animal.subject.animal in chosen),
)
analysis = ephys.analyse_cohort(few, settings=ephys.Settings().override("cohort.desensitised", "false"), jobs=1)

# %%
figure = ephys.plot_cohort_overview(analysis)
