from __future__ import annotations

import math

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.pharmacology import CurveModel, curve_model
from ephys.pharmacology.curves import MODELS

DOSES = np.array([0.0, 1e-3, 0.5, 3.0, 10.0, 30.0, 1e3])
VALUES = {"b": 1.3, "c": 0.1, "d": 2.0, "e": 4.0, "f": 0.7}


def parameters(model: CurveModel, sign: float) -> dict[str, float]:
    values = {name: VALUES[name] for name in model.free}
    values["e"] = math.log(4.0) if model.log_e else 4.0
    return {name: value * (sign if name == "b" else 1.0) for name, value in values.items()}


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("name", MODELS)
def test_the_derivatives_are_those_of_the_curve(name: str, sign: float) -> None:
    model = curve_model(name)
    values = parameters(model, sign)
    gradient = model.gradient(DOSES, **values)
    assert tuple(gradient) == model.free
    for parameter in model.free:
        step = 1e-5 * max(abs(values[parameter]), 1.0)

        def at(shift: float, parameter: str = parameter, step: float = step) -> np.ndarray:
            return model(DOSES, **{**values, parameter: values[parameter] + shift * step})

        numeric = (8.0 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12.0 * step)
        rounding = 1e-10 * (np.abs(at(0)).max() + np.abs(numeric).max())
        np.testing.assert_allclose(gradient[parameter], numeric, rtol=1e-7, atol=rounding)


@pytest.mark.parametrize(("name", "sign"), [("LL.4", 1), ("W1.4", 1), ("W2.4", -1), ("LN.4", -1), ("LL.5", 1)])
def test_a_curve_that_falls_runs_from_d_at_dose_0_to_c(name: str, sign: float) -> None:
    model = curve_model(name)
    response = model([0.0, 1e30], **parameters(model, sign))
    np.testing.assert_allclose(response, [2.0, 0.1])


@pytest.mark.parametrize(
    ("name", "values", "dose", "response"),
    [
        ("LL.4", {"b": 2.0, "c": 1.0, "d": 5.0, "e": 10.0}, 20.0, 1.0 + 4.0 / (1.0 + 2.0**2)),
        ("LL2.4", {"b": 2.0, "c": 1.0, "d": 5.0, "e": math.log(10.0)}, 20.0, 1.0 + 4.0 / (1.0 + 2.0**2)),
        ("LL.5", {"b": 2.0, "c": 1.0, "d": 5.0, "e": 10.0, "f": 0.5}, 20.0, 1.0 + 4.0 / (1.0 + 2.0**2) ** 0.5),
        ("W1.4", {"b": 2.0, "c": 1.0, "d": 5.0, "e": 10.0}, 20.0, 1.0 + 4.0 * math.exp(-(2.0**2))),
        ("W2.4", {"b": 2.0, "c": 1.0, "d": 5.0, "e": 10.0}, 20.0, 1.0 + 4.0 * (1.0 - math.exp(-(2.0**2)))),
        ("LN.2", {"b": 1.0, "e": 10.0}, 10.0 * math.e, 0.8413447460685429),
        ("BC.5", {"b": 2.0, "c": 1.0, "d": 5.0, "e": 10.0, "f": 0.3}, 20.0, 1.0 + (4.0 + 0.3 * 20) / (1.0 + 2.0**2)),
        ("EMAX", {"c": 1.0, "d": 5.0, "e": 10.0}, 20.0, 1.0 + 4.0 * 20.0 / 30.0),
    ],
)
def test_the_formula_is_the_one_that_the_name_stands_for(
    name: str, values: dict[str, float], dose: float, response: float
) -> None:
    assert curve_model(name)([dose], **values)[0] == pytest.approx(response, rel=1e-14)


def test_a_curve_that_nobody_knows_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(ParameterError, match=r"LL\.2.*EMAX; got 'LL\.6'"):
        curve_model("LL.6")


def test_a_parameter_too_few_or_too_many_is_named() -> None:
    with pytest.raises(ParameterError, match=r"b, c, d, e; got b, d, e"):
        curve_model("LL.4")([1.0], b=1.0, d=1.0, e=1.0)
    with pytest.raises(ParameterError, match="e is a dose and must be positive, got -1"):
        curve_model("LL.4")([1.0], b=1.0, c=0.0, d=1.0, e=-1.0)
