"""References that findings name in their own sentences: authors and year stand in the text."""

from __future__ import annotations

from ephys.report.methods.reference import Reference

NAMED = (
    Reference(
        "arunlakshana", "Arunlakshana & Schild 1959", "Arunlakshana O, Schild HO", "1959",
        "Some quantitative uses of drug antagonists",
        "Br J Pharmacol Chemother 14:48-58",
    ),
    Reference(
        "banerjee", "Banerjee & Wellner 2001", "Banerjee M, Wellner JA", "2001",
        "Likelihood ratio tests for monotone functions",
        "Ann Stat 29:1699-1731",
    ),
    Reference(
        "black", "Black & Leff 1983", "Black JW, Leff P", "1983",
        "Operational models of pharmacological agonism",
        "Proc R Soc Lond B 220:141-162",
    ),
    Reference(
        "breslow", "Breslow 1970", "Breslow N", "1970",
        "A generalized Kruskal-Wallis test for comparing K samples subject to unequal patterns of censorship",
        "Biometrika 57:579-594",
    ),
    Reference(
        "brookmeyer", "Brookmeyer & Crowley 1982", "Brookmeyer R, Crowley J", "1982",
        "A confidence interval for the median survival time",
        "Biometrics 38:29-41",
    ),
    Reference(
        "cheng", "Cheng & Prusoff 1973", "Cheng Y, Prusoff WH", "1973",
        "Relationship between the inhibition constant (Ki) and the concentration of inhibitor which causes 50 "
        "per cent inhibition (I50) of an enzymatic reaction",
        "Biochem Pharmacol 22:3099-3108",
    ),
    Reference(
        "furchgott", "Furchgott 1966", "Furchgott RF", "1966",
        "The use of beta-haloalkylamines in the differentiation of receptors and in the determination of "
        "dissociation constants of receptor-agonist complexes",
        "Adv Drug Res 3:21-55",
    ),
    Reference(
        "gehan", "Gehan 1965", "Gehan EA", "1965",
        "A generalized Wilcoxon test for comparing arbitrarily singly-censored samples",
        "Biometrika 52:203-223",
    ),
    Reference(
        "geisser", "Geisser & Greenhouse 1958", "Geisser S, Greenhouse SW", "1958",
        "An extension of Box's results on the use of the F distribution in multivariate analysis",
        "Ann Math Stat 29:885-891",
    ),
    Reference(
        "grenander", "Grenander 1956", "Grenander U", "1956",
        "On the theory of mortality measurement, part II",
        "Skand Aktuarietidskr 39:125-153",
    ),
    Reference(
        "kaplan", "Kaplan & Meier 1958", "Kaplan EL, Meier P", "1958",
        "Nonparametric estimation from incomplete observations",
        "J Am Stat Assoc 53:457-481",
    ),
    Reference(
        "korn", "Korn & Graubard 1998", "Korn EL, Graubard BI", "1998",
        "Confidence intervals for proportions with small expected number of positive counts estimated from "
        "survey data",
        "Surv Methodol 24:193-201",
    ),
    Reference(
        "mantel", "Mantel 1966", "Mantel N", "1966",
        "Evaluation of survival data and two new rank order statistics arising in its consideration",
        "Cancer Chemother Rep 50:163-170",
    ),
    Reference(
        "przyborowski", "Przyborowski & Wilenski 1940", "Przyborowski J, Wilenski H", "1940",
        "Homogeneity of results in testing samples from Poisson series",
        "Biometrika 31:313-323",
    ),
    Reference(
        "vostrikova", "Vostrikova 1981", "Vostrikova LJ", "1981",
        "Detecting 'disorder' in multidimensional random processes",
        "Sov Math Dokl 24:55-59",
    ),
    Reference(
        "westfall", "Westfall & Young 1993", "Westfall PH, Young SS", "1993",
        "Resampling-based multiple testing",
        "Wiley, New York",
    ),
    Reference(
        "zou", "Zou & Donner 2008", "Zou GY, Donner A", "2008",
        "Construction of confidence limits about effect measures: a general approach",
        "Stat Med 27:1693-1702",
    ),
)  # fmt: skip
