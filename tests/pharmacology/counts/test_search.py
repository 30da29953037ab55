import numpy as np

from ephys.pharmacology.counts.model import CellCounts, HillModel
from ephys.pharmacology.counts.profile import begin
from ephys.pharmacology.counts.search import climb, climb_from_all

FREE = ("ln_id50", "ln_rate", "ln_hill")


def cells(n_cells: int) -> CellCounts:
    """Cells with a baseline and six doses, of which each is told something else by chance."""
    dose = np.tile([0.0, 12.5, 25.0, 50.0, 100.0, 200.0, 400.0], (n_cells, 1))
    exposure_s = np.full(dose.shape, 60.0)
    count = np.random.default_rng(0).poisson(exposure_s * 1.5 / (1.0 + (dose / 60.0) ** 1.8)).astype(np.float64)
    nothing = np.zeros(dose.shape)
    return CellCounts(dose, count, exposure_s, nothing, nothing, np.ones(n_cells))


def test_all_starts_at_once_give_what_each_gives_alone_to_the_last_bit() -> None:
    some, model = cells(5), HillModel(0.1, ln_hill_mean=0.5, ln_hill_sd=0.5)
    full = np.ones(5)
    starts = [
        begin(some, model, ln_id50=np.full(5, ln_id50), ln_hill=np.full(5, ln_hill), emax=full)
        for ln_id50 in (1.0, 4.0, 8.0)
        for ln_hill in (0.0, 1.2)
    ]
    values, height = climb_from_all(some, model, starts, FREE)
    alone = [climb(some, model, start, FREE) for start in starts]
    heights = np.array([high for _, high in alone])
    best = np.argmax(heights, axis=0)
    assert height.tolist() == heights.max(axis=0).tolist()
    for name in FREE:
        assert values[name].tolist() == [alone[start][0][name][cell] for cell, start in enumerate(best.tolist())]
