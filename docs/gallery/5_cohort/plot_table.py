"""
A table for a paper
===================

A table as a journal prints it: three rules, no vertical lines, headings that wrap, notes beneath. In brackets behind
each interval stand the animals and cells that it rests on. `ephys.group_table` and `ephys.id50_table` make such tables
of a cohort that `ephys.analyse_cohort` has analysed; this one is made by hand, of six animals.
"""

# %%
# Firing of two groups, with cells in animals.
import ephys

found = ephys.compare_firing({
    "animal": ["r1", "r1", "r2", "r3", "r4", "r4", "r5", "r6"],
    "group": ["control"] * 4 + ["chronic"] * 4,
    "baseline_rate_hz": [1.2, 1.5, 1.1, 1.4, 0.8, 0.9, 1.0, 0.7],
    "cv_collapsed": [0.31, 0.28, 0.35, 0.30, 0.27, 0.33, 0.29, 0.36],
})  # fmt: skip

# %%
# A row per group, a column per measure; what is printed is rounded, the numbers behind are kept.
numbers = [
    {row["measure"]: row for row in found.as_rows() if row["group"] == group} for group in ("control", "chronic")
]
rows = tuple(
    (group, *(f"{m['value']:.2f} ({m['low']:.2f} to {m['high']:.2f}) [{m['n_animals']}, {m['n_cells']}]"
              for m in (of_group["rate"], of_group["cv"])))
    for group, of_group in zip(("control", "chronic"), numbers, strict=True)
)  # fmt: skip
table = ephys.PaperTable(
    "Firing on the baseline.",
    ("group", "firing rate (Hz)", "CV of intervals"),
    rows,
    tuple(numbers),
    ("Means (of rates geometric) with 95 % confidence intervals; in brackets animals and cells. n is animals.",),
)
ax = ephys.plot_table(table)

# %%
# Many measures of few groups fit into one column of a journal the other way round.
ax = ephys.plot_table(table.turned())
