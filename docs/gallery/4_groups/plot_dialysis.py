"""
Dialysate over time
===================

5-HT in fractions of a microdialysis probe, in percent of each animal's own baseline. Thin lines are animals, points
the means of their groups with an interval over animals. Times are those at the membrane: the dead volume of the outlet
is taken off, which leaves one fraction that straddles the drug (open). A star is a fraction that differs, adjusted for
all fractions of the course.
"""

import ephys

# Simulated: "test drug" is no drug.
dialyses = ephys.read_fractions(ephys.dataset_path("microdialysis"))
courses = [ephys.measure_dialysis(one) for one in dialyses]
compared = ephys.compare_dialysis(courses, reference="vehicle")
print(compared)

# %%
ephys.plot_dialysis(compared)

# %%
# One animal, with the noise of each fraction and of its baseline.
print(courses[-1])
ephys.plot_dialysis(courses[-1])
