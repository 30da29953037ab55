"""Second pass: every crossing against every template, accepted spikes subtracted, what they hid looked at again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from ephys.sorting.detection import detect_peaks
from ephys.sorting.faint import strongest_apart
from ephys.sorting.filters import FloatTraces
from ephys.sorting.islands import Islands
from ephys.sorting.matches import Matcher, Matches, MatchingSettings
from ephys.sorting.pairing import find_pairs
from ephys.sorting.templates import Template
from ephys.sorting.waveforms import SHIFT_MARGIN, Window, aligned_snippets, cut_snippets, shift_snippets

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

GIANT = 16.0
"""A spike of so many times another's energy dwarfs it over its whole length (convention)."""


def match_islands(islands: Islands, matcher: Matcher) -> Matches:
    """Take every crossing of a chunk for a unit's spike, or for none.

    Parameters
    ----------
    islands : Islands
        Of one chunk; those in its margins are searched too, so that a spike on the border is seen whole.
    matcher : Matcher
        Templates and settings.
    """
    residual = islands.traces_uv.copy()
    found = [_match_pairs(residual, islands, matcher), _match_round(residual, islands, None, matcher)]
    for _ in range(1, matcher.settings.rounds):
        taken = np.concatenate([rows[which >= 0] for rows, _, which, _ in found])
        found.append(_match_round(residual, islands, np.sort(taken), matcher))
    if len(matcher.filters):
        found.append(_match_faint(residual, islands, matcher))
    rows, offsets, which, scales = (np.concatenate(part) for part in zip(*found, strict=True))
    inside = islands.own(rows)
    return _confirm(residual, islands, rows[inside], offsets[inside], which[inside], scales[inside], matcher)


def _match_pairs(
    residual: FloatTraces, islands: Islands, matcher: Matcher
) -> tuple[IntArray, FloatArray, IntArray, FloatArray]:
    """Take apart what is two spikes at once, and subtract both."""
    rows = detect_peaks(residual, matcher.noise_uv, sampling_hz=matcher.sampling_hz, settings=matcher.detection)
    found = find_pairs(
        residual,
        rows,
        islands.numbers(rows).astype(np.float64),
        templates=matcher.templates,
        solver=matcher.solver,
        template_window=matcher.long_window,
        settings=matcher.overlaps,
    )
    _subtract(residual, found.rows, found.offsets, found.which, found.scales, matcher)
    return found.rows, found.offsets, found.which, found.scales


def _match_round(
    residual: FloatTraces, islands: Islands, near: IntArray | None, matcher: Matcher
) -> tuple[IntArray, FloatArray, IntArray, FloatArray]:
    """Match what crosses the threshold (only beside the rows `near`, if given), and subtract what matched."""
    rows = detect_peaks(residual, matcher.noise_uv, sampling_hz=matcher.sampling_hz, settings=matcher.detection)
    if near is not None:
        rows = rows[_within(rows, near, matcher.long_window.samples)]
    snippets, offsets = aligned_snippets(residual, rows, matcher.window)
    features = matcher.space.features(snippets)
    samples = islands.numbers(rows) + offsets
    which, scales = _best_template(features, samples, matcher)
    which[_overshadowed(rows, which, scales, matcher)] = -1
    offsets = _placed(features, offsets, which, matcher)
    _subtract(residual, rows, offsets, which, scales, matcher)
    if near is not None:
        kept = which >= 0
        return rows[kept], offsets[kept], which[kept], scales[kept]
    return rows, offsets, which, scales


def _match_faint(
    residual: FloatTraces, islands: Islands, matcher: Matcher
) -> tuple[IntArray, FloatArray, IntArray, FloatArray]:
    """Match what stands out in a matched filter alone, and subtract it."""
    rows, offsets, outputs = matcher.filters.peaks(residual)
    chosen = strongest_apart(rows, outputs, matcher.filters.apart)
    rows, offsets = rows[chosen], offsets[chosen]
    features = matcher.space.features(_shifted_snippets(residual, rows, offsets, matcher))
    which, scales = _best_template(features, islands.numbers(rows) + offsets, matcher)
    kept = which >= 0
    kept &= scales >= matcher.least[which]
    offsets = _placed(features, offsets, which, matcher)
    rows, offsets, which, scales = rows[kept], offsets[kept], which[kept], scales[kept]
    _subtract(residual, rows, offsets, which, scales, matcher)
    return rows, offsets, which, scales


def _shifted_snippets(residual: FloatTraces, rows: IntArray, offsets: FloatArray, matcher: Matcher) -> FloatTraces:
    """Snippets over the matcher's window, each read at its peak between the samples."""
    snippets = shift_snippets(cut_snippets(residual, rows, matcher.window.widened()), offsets)
    return snippets[:, SHIFT_MARGIN : SHIFT_MARGIN + matcher.window.samples]


def _placed(features: FloatArray, offsets: FloatArray, which: IntArray, matcher: Matcher) -> FloatArray:
    """Offsets of the spikes from their rows, moved to where the shape of their template lies best."""
    moved = offsets.copy()
    for number, template in enumerate(matcher.templates):
        mine = which == number
        moved[mine] += template.misplacements(features[mine], sampling_hz=matcher.sampling_hz)
    return moved


def _overshadowed(rows: IntArray, which: IntArray, scales: FloatArray, matcher: Matcher) -> NDArray[np.bool_]:
    """Which matches lie within a larger one's window: they wait until that one is taken off.

    Far from its peak a spike is small, but that of a giant is as large as another's peak.
    """
    energies = np.array([template.energy for template in matcher.templates] + [0.0])[which] * scales**2
    order = np.argsort(rows, kind="stable")
    larger = np.zeros(len(rows), dtype=bool)
    for step in (1, 2):
        for one, other in ((order[:-step], order[step:]), (order[step:], order[:-step])):
            apart = np.abs(rows[one] - rows[other])
            near = (apart < matcher.window.samples) & (energies[other] > energies[one])
            near |= (apart < matcher.long_window.samples) & (energies[other] > GIANT * energies[one])
            larger[one] |= near & (which[one] >= 0)
    return larger


def _within(rows: IntArray, known: IntArray, reach: int) -> NDArray[np.bool_]:
    """Which rows lie within `reach` of one of `known` (in order)."""
    close: NDArray[np.bool_] = np.searchsorted(known, rows + reach) > np.searchsorted(known, rows - reach)
    return close


def _best_template(features: FloatArray, samples: FloatArray, matcher: Matcher) -> tuple[IntArray, FloatArray]:
    """Likeliest template of each crossing (-1: rather background, or a poor likeness), and its size."""
    settings = matcher.settings
    best = matcher.background.log_likelihood(features)
    which = np.full(len(features), -1, dtype=np.int64)
    scales = np.zeros(len(features))
    energy = (features**2).sum(axis=1)
    for number, template in enumerate(matcher.templates):
        likely = template.log_likelihood(features, samples)
        fits = template.residuals(features) < np.maximum(template.gate, (1.0 - settings.explained) * energy)
        fits &= _size_fits(template, features, samples, settings) & (likely > best)
        best = np.where(fits, likely, best)
        which[fits] = number
        scales[fits] = template.scales(features)[fits]
    return which, scales


def _size_fits(
    template: Template, features: FloatArray, samples: FloatArray, settings: MatchingSettings
) -> NDArray[np.bool_]:
    """Whether each spike has about the size that the unit has at that moment."""
    limit = max(settings.size_sd, settings.size_share / template.spread)
    near: NDArray[np.bool_] = np.abs(template.deviations(features, samples)) < limit
    return near


def _shifted_means(offsets: FloatArray, template: Template, window: Window) -> FloatTraces:
    """Mean spike of a template as it would be sampled if its peak lay `offsets` after a sample."""
    padded = np.pad(template.mean_uv, ((SHIFT_MARGIN, window.widened().post - window.post), (0, 0)))
    shifted = shift_snippets(padded[np.newaxis].astype(np.float32), -offsets)
    return shifted[:, SHIFT_MARGIN : SHIFT_MARGIN + window.samples]


def _subtract(
    residual: FloatTraces, rows: IntArray, offsets: FloatArray, which: IntArray, scales: FloatArray, matcher: Matcher
) -> None:
    """Take the matched spikes out of the residual, in place: it is the islands' own copy."""
    window = matcher.long_window
    for number, template in enumerate(matcher.templates):
        mine = which == number
        columns = rows[mine, np.newaxis] + np.arange(-window.pre, window.post)
        inside = (columns >= 0) & (columns < len(residual))
        spikes = _shifted_means(offsets[mine], template, window) * scales[mine].astype(np.float32)[:, None, None]
        np.subtract.at(residual, columns[inside], spikes[inside])


def _confirm(
    residual: FloatTraces,
    islands: Islands,
    rows: IntArray,
    offsets: FloatArray,
    which: IntArray,
    scales: FloatArray,
    matcher: Matcher,
) -> Matches:
    """Judge each match again once its neighbours are taken off, beside what else it could be."""
    cleaned = _shifted_snippets(residual, rows, offsets, matcher)
    inner = matcher.long_window.columns_of(matcher.window)
    for number, template in enumerate(matcher.templates):
        mine = which == number
        cleaned[mine] += template.mean_uv[inner] * scales[mine].astype(np.float32)[:, None, None]
    features, samples = matcher.space.features(cleaned), islands.numbers(rows) + offsets
    likely = _likelihoods(features, samples, matcher)
    everyone = np.arange(len(which))
    confirmed = np.where(likely[which, everyone] > likely[-1], which, -1)
    sizes = np.zeros(len(which))
    for number, template in enumerate(matcher.templates):
        mine = confirmed == number
        sizes[mine] = template.scales(features[mine])
    units = np.array([template.unit for template in matcher.templates] + [-1])
    others = np.where(units[:, np.newaxis] == units[confirmed], -np.inf, likely)
    rival = others.argmax(axis=0)
    with np.errstate(invalid="ignore"):  # what fits nothing is in no doubt
        doubt = np.nan_to_num(expit(others[rival, everyone] - likely[confirmed, everyone]))
    rival[rival == len(matcher.templates)] = -1
    peaks_uv = cleaned[:, matcher.window.pre].copy()  # a view would keep every snippet in memory
    return Matches(samples, confirmed, sizes, peaks_uv, features.astype(np.float32), rival, doubt.astype(np.float32))


def _likelihoods(features: FloatArray, samples: FloatArray, matcher: Matcher) -> FloatArray:
    """Log-likelihoods (templates + 1, spikes): of each template that the spike fits, and last of the background."""
    likely = [matcher.background.log_likelihood(features)]
    for template in reversed(matcher.templates):
        fits = template.residuals(features) < template.gate
        fits &= _size_fits(template, features, samples, matcher.settings)
        likely.insert(0, np.where(fits, template.log_likelihood(features, samples), -np.inf))
    return np.stack(likely)
