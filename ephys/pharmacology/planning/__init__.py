"""The plan of an experiment: how many animals and cells a shift, an equivalence or a rate needs."""
