"""What a Methods section may cite: programs, and the sources of methods that the code's own docstrings name."""

from __future__ import annotations

import ephys
from ephys.report.methods.named_references import NAMED
from ephys.report.methods.reference import Reference

_ALL = (
    Reference(
        "ephys", "The ephys developers", "The ephys developers", "",
        "ephys: single-unit electrophysiology pharmacology in Python", f"Version {ephys.__version__}",
    ),
    Reference(
        "allers", "Allers & Sharp 2003", "Allers KA, Sharp T", "2003",
        "Neurochemical and anatomical identification of fast- and slow-firing neurones in the rat dorsal raphe nucleus "
        "using juxtacellular labelling methods in vivo", "Neuroscience 122:193-204",
    ),
    Reference(
        "mlinar", "Mlinar et al. 2016", "Mlinar B, Montalbano A, Piszczek L, Gross C, Corradetti R", "2016",
        "Firing properties of genetically identified dorsal raphe serotonergic neurons in brain slices",
        "Front Cell Neurosci 10:195", "10.3389/fncel.2016.00195",
    ),
    Reference(
        "vandermaelen", "VanderMaelen & Aghajanian 1983", "VanderMaelen CP, Aghajanian GK", "1983",
        "Electrophysiological and pharmacological characterization of serotonergic dorsal raphe neurons recorded "
        "extracellularly and intracellularly in rat brain slices", "Brain Res 289:109-119",
    ),
    Reference(
        "quian_quiroga", "Quian Quiroga et al. 2004", "Quian Quiroga R, Nadasdy Z, Ben-Shaul Y", "2004",
        "Unsupervised spike detection and sorting with wavelets and superparamagnetic clustering",
        "Neural Comput 16:1661-1687", "10.1162/089976604774201631",
    ),
    Reference(
        "hill", "Hill et al. 2011", "Hill DN, Mehta SB, Kleinfeld D", "2011",
        "Quality metrics to accompany spike sorting of extracellular signals", "J Neurosci 31:8699-8705",
        "10.1523/JNEUROSCI.0971-11.2011",
    ),
    Reference("cox", "Cox 1962", "Cox DR", "1962", "Renewal theory", "Methuen, London"),
    Reference(
        "wedderburn", "Wedderburn 1974", "Wedderburn RWM", "1974",
        "Quasi-likelihood functions, generalized linear models, and the Gauss-Newton method",
        "Biometrika 61:439-447", "10.1093/biomet/61.3.439",
    ),
    Reference(
        "nelder", "Nelder & Pregibon 1987", "Nelder JA, Pregibon D", "1987",
        "An extended quasi-likelihood function", "Biometrika 74:221-232", "10.1093/biomet/74.2.221",
    ),
    Reference(
        "holm", "Holm 1979", "Holm S", "1979", "A simple sequentially rejective multiple test procedure",
        "Scand J Stat 6:65-70",
    ),
    Reference(
        "hesterberg", "Hesterberg 2015", "Hesterberg TC", "2015",
        "What teachers should know about the bootstrap: resampling in the undergraduate statistics curriculum",
        "Am Stat 69:371-386", "10.1080/00031305.2015.1089789",
    ),
    Reference(
        "schuirmann", "Schuirmann 1987", "Schuirmann DJ", "1987",
        "A comparison of the two one-sided tests procedure and the power approach for assessing the equivalence of "
        "average bioavailability", "J Pharmacokinet Biopharm 15:657-680",
    ),
    Reference(
        "patterson", "Patterson & Thompson 1971", "Patterson HD, Thompson R", "1971",
        "Recovery of inter-block information when block sizes are unequal", "Biometrika 58:545-554",
    ),
    Reference(
        "numpy", "Harris et al. 2020", "Harris CR, Millman KJ, van der Walt SJ, et al.", "2020",
        "Array programming with NumPy", "Nature 585:357-362", "10.1038/s41586-020-2649-2",
    ),
    Reference(
        "scipy", "Virtanen et al. 2020", "Virtanen P, Gommers R, Oliphant TE, et al.", "2020",
        "SciPy 1.0: fundamental algorithms for scientific computing in Python", "Nat Methods 17:261-272",
        "10.1038/s41592-019-0686-2",
    ),
    Reference(
        "scikit-learn", "Pedregosa et al. 2011", "Pedregosa F, Varoquaux G, Gramfort A, et al.", "2011",
        "Scikit-learn: machine learning in Python", "J Mach Learn Res 12:2825-2830",
    ),
    Reference(
        "neo", "Garcia et al. 2014", "Garcia S, Guarino D, Jaillet F, et al.", "2014",
        "Neo: an object model for handling electrophysiology data in multiple formats", "Front Neuroinform 8:10",
        "10.3389/fninf.2014.00010",
    ),
    Reference(
        "pynwb", "Rübel et al. 2022", "Rübel O, Tritt A, Ly R, et al.", "2022",
        "The Neurodata Without Borders ecosystem for neurophysiological data science", "eLife 11:e78362",
        "10.7554/eLife.78362",
    ),
    Reference(
        "spikeinterface", "Buccino et al. 2020", "Buccino AP, Hurwitz CL, Garcia S, et al.", "2020",
        "SpikeInterface, a unified framework for spike sorting", "eLife 9:e61834", "10.7554/eLife.61834",
    ),
)  # fmt: skip

REFERENCES = {reference.key: reference for reference in (*_ALL, *NAMED)}
"""Every reference, by its key."""

SAID_IN_SOURCES = {
    "Allers & Sharp 2003": "allers",
    "Mlinar et al. 2016": "mlinar",
    "VanderMaelen & Aghajanian 1983": "vandermaelen",
}
"""How the sources of limits, in their data files, name some of them."""
