"""Experiments whose data are in the open: what is in print of them comes out of the statistics.

The data are those of the PyPI package causaldata 0.1.5, which is read as it was downloaded.
"""

import tarfile
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from dbt_project import PROJECT

from customer_lifecycle.statistics import proportions, welch
from customer_lifecycle.statistics.covariates import Sums, adjusted, slope

PACKAGE = PROJECT / ".cache" / "demo" / "causaldata-0.1.5.tar.gz"
# Dehejia & Wahba (1999), Journal of the American Statistical Association 94(448), table 3.
KNOWN_BEFORE = ["age", "age_2", "educ", "nodegree", "black", "hisp", "re74", "re75"]


def read(name: str) -> pd.DataFrame:
    """A data set of the package, all numbers as doubles."""
    if not PACKAGE.is_file():
        pytest.skip(f"{PACKAGE.name} is not there: `make test-data` downloads it")
    with tarfile.open(PACKAGE) as archive:
        file = archive.extractfile(f"causaldata-0.1.5/causaldata/{name}/{name}.dta")
        assert file is not None
        frame = pd.read_stata(file)
    numbers = frame.select_dtypes("number").columns
    return frame.astype(dict.fromkeys(numbers, float))


@pytest.fixture(scope="module")
def trained() -> pd.DataFrame:
    """The National Supported Work experiment: earnings of 1978 with and without the training."""
    frame = read("nsw_mixtape")
    return frame.assign(age_2=frame["age"] ** 2)


def least_squares(y: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Coefficients, their usual standard errors, and those of White with correction HC2."""
    x = np.column_stack([np.ones(len(y)), columns])
    inverse = np.linalg.inv(x.T @ x)
    coefficients = inverse @ x.T @ y
    left = y - x @ coefficients
    usual = inverse * (left @ left) / (len(y) - x.shape[1])
    leverage = np.einsum("ij,jk,ik->i", x, inverse, x)
    robust = inverse @ (x.T * (left**2 / (1 - leverage))) @ x @ inverse
    return coefficients, np.sqrt(np.diag(usual)), np.sqrt(np.diag(robust))


def sums(frame: pd.DataFrame, covariate: str) -> Sums:
    y, x = frame["re78"].to_numpy(), frame[covariate].to_numpy()
    return Sums(y.size, y.sum(), x.sum(), y @ y, x @ x, x @ y)


def arms(trained: pd.DataFrame, covariate: str = "re75") -> tuple[Sums, Sums]:
    is_treated = trained["treat"] == 1
    return sums(trained[is_treated], covariate), sums(trained[~is_treated], covariate)


def test_the_experiment_is_the_one_in_print(trained: pd.DataFrame, printed: Callable) -> None:
    """1,794 (633), and adjusted for what was known before 1,672 (638)."""
    y = trained["re78"].to_numpy()
    effects, errors, _ = least_squares(y, trained[["treat"]].to_numpy())
    assert (trained["treat"] == 1).sum() == 185
    assert (trained["treat"] == 0).sum() == 260
    assert (effects[1], errors[1]) == (printed("1794"), printed("633"))
    assert (effects[1], errors[1]) == (printed("1794.34"), printed("632.85"))
    effects, errors, _ = least_squares(y, trained[["treat", *KNOWN_BEFORE]].to_numpy())
    assert (effects[1], errors[1]) == (printed("1672"), printed("638"))
    assert (effects[1], errors[1]) == (printed("1672.20"), printed("638.40"))


def test_the_difference_of_the_arms_and_its_error_are_those_of_least_squares(
    trained: pd.DataFrame, printed: Callable
) -> None:
    """Welch's error is White's with HC2; the usual one takes both arms to vary alike."""
    treated, controls = arms(trained)
    low, high = welch.intervals(
        *(treated.y / treated.members, treated.variances[0], treated.members),
        *(controls.y / controls.members, controls.variances[0], controls.members),
    )
    assert (low + high) / 2 == printed("1794.34")
    effects, _, robust = least_squares(trained["re78"].to_numpy(), trained[["treat"]].to_numpy())
    error = np.sqrt(
        treated.variances[0] / treated.members + controls.variances[0] / controls.members
    )
    assert error == pytest.approx(robust[1], rel=1e-12)
    assert (low + high) / 2 == pytest.approx(effects[1], rel=1e-12)
    assert low > 0


@pytest.mark.parametrize("covariate", ["re74", "re75", "educ", "age"])
def test_the_adjusted_effect_is_within_what_little_the_covariate_foretells(
    trained: pd.DataFrame, covariate: str
) -> None:
    """y - theta x by arm, on the 445 people themselves."""
    treated, controls = arms(trained, covariate)
    theta = np.polyfit(trained[covariate], trained["re78"], 1)[0]
    assert slope(treated, controls) == pytest.approx(theta, rel=1e-9)
    rest = trained["re78"] - theta * trained[covariate]
    by_arm = rest.groupby(trained["treat"])
    first, second = adjusted(treated, controls), adjusted(controls, treated)
    assert first.mean - second.mean == pytest.approx(by_arm.mean()[1] - by_arm.mean()[0], rel=1e-9)
    assert [second.variance, first.variance] == pytest.approx(by_arm.var().tolist(), rel=1e-9)


def test_an_incentive_drawn_by_lot_brings_45_more_of_a_hundred() -> None:
    """Thornton (2008): who came for the result of a test, with any incentive and with none."""
    asked = read("thornton_hiv").dropna(subset=["any", "got"])
    came = asked.groupby("any")["got"].agg(["sum", "count"])
    assert came.loc[1].tolist() == [1745, 2211]
    assert came.loc[0].tolist() == [211, 623]
    low, high = proportions.newcombe_interval(1745, 2211, 211, 623)
    assert (low, high) == pytest.approx((0.40867, 0.49022), abs=5e-6)
    # "34 percent" without an incentive.
    assert round(211 / 623, 2) == 0.34
