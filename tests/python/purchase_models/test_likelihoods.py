import numpy as np
import pytest
from scipy.special import expit

from customer_lifecycle.purchase_models.likelihoods import mix_odds, total_by_run


def test_weights_are_added_over_runs_of_equal_values() -> None:
    values, weights = total_by_run(np.array([0, 0, 3, 3, 3, 0]), np.array([1, 2, 4, 8, 16, 32.0]))
    assert values.tolist() == [0, 3, 0]
    assert weights.tolist() == [3, 28, 32]


def test_no_rows_have_no_runs() -> None:
    assert [part.size for part in total_by_run(np.array([]), np.array([]))] == [0, 0]


def test_odds_of_every_size() -> None:
    log_odds = np.array([-np.inf, -1e9, -800, -40, -1, 0, 1, 40, 800, 1e9])
    log_total, share = mix_odds(log_odds)
    assert log_total == pytest.approx(np.logaddexp(0, log_odds), rel=1e-15)
    assert share == pytest.approx(expit(log_odds), rel=1e-15)


def test_odds_by_hand() -> None:
    log_total, share = mix_odds(np.log([3.0, 0.25]))
    assert log_total == pytest.approx(np.log([4, 1.25]))
    assert share == pytest.approx([0.75, 0.2])
