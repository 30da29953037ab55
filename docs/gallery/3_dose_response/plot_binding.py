"""
Competition binding
===================

Every tube, the one-site curve with its band, and the IC50 with its interval over the tubes. Total and non-specific
tubes stand beyond the breaks: they are data, too. A compound whose IC50 lies beyond the concentrations has an arrow,
and no number.
"""

import ephys

# Simulated tubes of two made-up compounds.
fits = [ephys.fit_binding(experiment) for experiment in ephys.read_binding(ephys.dataset_path("binding"))]
ephys.plot_binding(fits[:2])

# %%
# Three experiments of one compound. Their mean has an interval over experiments, not over tubes.
own = [fit for fit in fits if fit.experiment.compound == "compound A"]
print(ephys.summarise_binding(own).means[0])
ephys.plot_binding(own)
