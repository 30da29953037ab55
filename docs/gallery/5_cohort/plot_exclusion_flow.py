"""
Who was left out, and why
=========================

How many cells of how many animals were recorded, which rule took how many, and what was analysed, by group. The rules
are stated before the analysis, and every one that took a cell is drawn.
"""

import ephys

# %%
# What is known of twelve cells; `ephys.analyse_cohort` gathers this by itself.
calls = ("serotonergic", "serotonergic", "serotonergic", "uncertain")
fates = ("held", "held", "lost")
facts = [
    ephys.SeriesFacts(
        session=f"rat{n // 2:02}",
        animal=f"rat{n // 2:02}",
        group="control" if n < 6 else "chronic",
        cell=str(n % 2),
        unit="1",
        drug="ipsapirone",
        label=calls[n % 4],
        stability="stable" if n != 5 else "unstable",
        fate=fates[n % 3],
        n_doses=5,
    )
    for n in range(12)
]

# %%
exclusions = ephys.apply_exclusions(facts)
print(exclusions)
ephys.plot_exclusion_flow(exclusions)
