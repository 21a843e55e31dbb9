"""Every number in print that this package can be held to, computed again.

A quantity is named by its method, its data set and what it is. The data set is the CDNOW 1/10
sample, calibrated to 1997-09-30 and followed for 39 weeks, or the parameters at which a formula is
taken. Numbers are read out of the names, so that no name can say one thing and the code do another.
The published numbers themselves stand in a seed of the dbt project.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import isfinite

import numpy as np
import pyarrow as pa

from customer_lifecycle.markov import state_value
from customer_lifecycle.purchase_models import gamma_gamma
from customer_lifecycle.purchase_models.bg_nbd import BG_NBD
from customer_lifecycle.purchase_models.family import PURCHASE_MODELS
from customer_lifecycle.purchase_models.mbg_nbd import MBG_NBD
from customer_lifecycle.purchase_models.pareto_nbd import PARETO_NBD
from customer_lifecycle.statistics import (
    covariates,
    early_looks,
    many_waves,
    power,
    proportions,
    sample_ratio,
    welch,
)

Key = tuple[str, str, str]
"""Method, data set, quantity."""

SAMPLE = "cdnow_sample"
HOLDOUT_WEEKS = 39

CERTIFICATE_SCHEMA = pa.schema(
    [
        ("method", pa.string()),
        ("dataset", pa.string()),
        ("quantity", pa.string()),
        ("computed", pa.float64()),
    ]
)

_BG_NBD_WALKTHROUGH = "r .2425967 alpha 4.413659 a .7929869 b 2.426164"
_PARETO_NBD_WALKTHROUGH = "r .55337084 alpha 10.57951886 s .60590725 beta 11.65811012"
_LARGE_COUNTS = "r .25 alpha 4 a .8 b 2.5"
_LARGE_COUNTS_PARETO_NBD = "r .55315 alpha 10.57633 s .60625 beta 11.67150"
_PARETO_NBD_MAXIMUM = "r .55328 alpha 10.5777 s .60624 beta 11.6687"
_FEW_DROP_OUT = "r .5143 alpha 2.8845 s .2856 beta 14.1087"
_RESIDUAL = "r .5629966 alpha 12.5590370 s .4081095 beta 10.5148048"

_FIVE_STATES = "d .2 p0 .3 p1 .2 p2 .15 p3 .05 p4 0 R0 36 R1 -4 R2 -4 R3 -4 R4 0"
_FOUR_STATES = "d .1 p0 .5 p1 .2 p2 .1 p3 0 R0 100 R1 0 R2 0 R3 0"

_TWO_SHARES = (
    "56/70 48/80",
    "9/10 3/10",
    "6/7 2/7",
    "5/56 0/29",
    "0/10 0/20",
    "10/10 0/20",
    "10/10 0/10",
)
_BY_SCORE = ("56/70 48/80", "9/10 3/10", "10/10 0/20")
_INCENTIVE = "1745/2211 211/623"
_ONE_SHARE = ("81/263", "15/148", "0/20", "1/29")
_TWO_SUMS = "n 3461 y 2422.7 yy 134698.29, n 3407 y 1396.87 yy 52377.9767"
_ORDERS_BY_SESSIONS = (
    "n 1977 y 1133 x 3920 yy 2121 xx 9698 xy 2730, n 2023 y 1073 x 4038 yy 2073 xx 10098 xy 2648"
)
_REVENUE_BEFORE = (
    "n 1977 y 11328.43 x 9331.96 yy 278029.8889 xx 284676.8592 xy 172016.7183, "
    "n 2023 y 10602.60 x 10678.43 yy 243736.4268 xx 405481.0443 xy 193410.1949"
)
_THREE_DAYS = "30/4500 1/500, 25/4470 2/499, 28/4445 0/497"
_FIFTEEN_TESTS = (
    ".0001 .0004 .0019 .0095 .0201 .0278 .0298 .0344 .0459 .3240 .4262 .5719 .6528 .7590 1.0000"
)
_BCG = (
    "4/123 11/139, 6/306 29/303, 3/231 11/220, 62/13598 248/12867, 33/5069 47/5808, "
    "180/1541 372/1451, 8/2545 10/629, 505/88391 499/88391, 29/7499 45/7277, 17/1716 65/1665, "
    "186/50634 141/27338, 5/2498 3/2341, 27/16913 29/17854"
)
_EIGHT_SCHOOLS = "28 15, 8 10, -3 16, 7 11, -1 9, 1 11, 18 10, 12 18"
_EIGHTEEN_BATTERS = "18 17 16 15 14 14 13 12 11 11 10 10 10 10 10 9 8 7 of 45"


@dataclass(frozen=True)
class Sample:
    """Grouped customers of a calibration period, and what they did in the weeks after it.

    Attributes
    ----------
    frequency, recency, age : ndarray, shape (n,)
        Repeat purchase days, weeks from the first to the last, weeks observed since the first.
    holdout : ndarray, shape (n,)
        Purchase days within :data:`HOLDOUT_WEEKS` after the calibration period.
    spend_frequency, spend : ndarray, shape (n,)
        Repeat purchase days with a positive amount, and the amount on them, in US dollars.
    customers : ndarray, shape (n,)
        Customers per row.
    """

    frequency: np.ndarray
    recency: np.ndarray
    age: np.ndarray
    holdout: np.ndarray
    spend_frequency: np.ndarray
    spend: np.ndarray
    customers: np.ndarray


def certificates(sample: Sample | None = None) -> dict[Key, float]:
    """Compute every quantity that has a published number.

    Parameters
    ----------
    sample : Sample, optional
        The CDNOW 1/10 sample; without it what rests on it is left out.

    Returns
    -------
    dict
        Value by method, data set and quantity; NaN where a fit has none.
    """
    values = _at_stated_parameters() | _state_values() | _waves()
    if sample is not None:
        values |= _on_sample(sample)
    return {key: float(value) for key, value in values.items()}


def certificate_table(values: Mapping[Key, float]) -> pa.Table:
    """Lay out computed quantities as rows.

    Parameters
    ----------
    values : mapping
        As from :func:`certificates`.

    Returns
    -------
    pyarrow.Table
        With :data:`CERTIFICATE_SCHEMA`. A number that does not exist is null, never NaN.
    """
    rows = [(*key, value if isfinite(value) else None) for key, value in values.items()]
    return pa.Table.from_pylist(
        [dict(zip(CERTIFICATE_SCHEMA.names, row, strict=True)) for row in rows],
        schema=CERTIFICATE_SCHEMA,
    )


def _numbers(name: str) -> tuple[float, ...]:
    """Read the numbers out of a name like "x 26 t_x 216/7 T 31"."""
    return tuple(float(Fraction(number)) for number in name.split()[1::2])


def _on_sample(sample: Sample) -> dict[Key, float]:
    weights = sample.customers
    values: dict[tuple[str, str], float] = {
        ("data", "customers"): weights.sum(),
        ("data", "customers with paid repeat purchases"): weights[sample.spend_frequency > 0].sum(),
        ("data", "holdout purchases"): weights @ sample.holdout,
        ("no_purchases", "holdout MAE"): np.average(sample.holdout, weights=weights),
    }
    states = (sample.frequency, sample.recency, sample.age)
    fits = {name: model.fit(*states, weights) for name, model in PURCHASE_MODELS.items()}
    for name, fit in fits.items():
        expected = np.full(sample.holdout.shape, np.nan)
        if fit.not_fitted_reason is None:
            expected = PURCHASE_MODELS[name].expected_purchases(
                fit.estimates, HOLDOUT_WEEKS, *states
            )
        errors = np.abs(expected - sample.holdout)
        values[name, "holdout purchases"] = weights @ expected
        values[name, "holdout MAE"] = np.average(errors, weights=weights)

    maximum, state = fits["bg_nbd"].estimates, "x 2 t_x 30.43 T 38.86"
    values["bg_nbd", f"E[X(39) | {state}]"] = BG_NBD.expected_purchases(
        maximum, 39, *_numbers(state)
    )
    for weeks in (".1429", "1", "3", "31.8571", "32", "78"):
        values["bg_nbd", f"E[X({weeks})]"] = BG_NBD.expected_purchases_new(maximum, float(weeks))

    mean_amount = sample.spend / np.maximum(sample.spend_frequency, 1)
    fits["gamma_gamma"] = gamma_gamma.fit(sample.spend_frequency, mean_amount, weights)
    for name, fit in fits.items():
        values[name, "ln L"] = fit.log_likelihood
        for parameter, estimate, error in zip(
            fit.parameters, fit.estimates, fit.standard_errors, strict=True
        ):
            values[name, parameter] = estimate
            if name == "pareto_nbd":  # no other model's are in print
                values[name, f"SE of {parameter}"] = error
    return {(method, SAMPLE, quantity): value for (method, quantity), value in values.items()}


def _at_stated_parameters() -> dict[Key, float]:
    values: dict[Key, float] = {}

    for model, parameters, state in (
        (BG_NBD, _LARGE_COUNTS, "x 0 t_x 0 T 40"),
        (BG_NBD, _LARGE_COUNTS, "x 200 t_x 38 T 40"),
        (MBG_NBD, _LARGE_COUNTS, "x 0 t_x 0 T 40"),
        (MBG_NBD, _LARGE_COUNTS, "x 200 t_x 38 T 40"),
        (PARETO_NBD, _LARGE_COUNTS_PARETO_NBD, "x 170 t_x 70.857 T 70.857"),
    ):
        rows = [[number] for number in (*_numbers(state), 1)]
        values[model.NAME, parameters, f"ln L({state})"] = model.log_likelihood(
            _numbers(parameters), *rows
        )

    for model, parameters, state in (
        (BG_NBD, _BG_NBD_WALKTHROUGH, "x 26 t_x 216/7 T 31"),
        (PARETO_NBD, _PARETO_NBD_WALKTHROUGH, "x 26 t_x 216/7 T 31"),
        (PARETO_NBD, _PARETO_NBD_MAXIMUM, "x 170 t_x 70.857 T 70.857"),
        (PARETO_NBD, _FEW_DROP_OUT, "x 221 t_x 103.42857 T 103.57143"),
        (PARETO_NBD, _FEW_DROP_OUT, "x 254 t_x 97.14286 T 97.28571"),
        (PARETO_NBD, _FEW_DROP_OUT, "x 161 t_x 94.71429 T 98"),
        (PARETO_NBD, _FEW_DROP_OUT, "x 204 t_x 98.57143 T 99.42857"),
    ):
        values[model.NAME, parameters, f"P(alive | {state})"] = model.probability_alive(
            _numbers(parameters), *_numbers(state)
        )

    for model, parameters in (
        (BG_NBD, _BG_NBD_WALKTHROUGH),
        (PARETO_NBD, _PARETO_NBD_WALKTHROUGH),
    ):
        values[model.NAME, parameters, "E[X(52)]"] = model.expected_purchases_new(
            _numbers(parameters), 52
        )
        for state in (
            "x 26 t_x 216/7 T 31",
            "x 10 t_x 20 T 39",
            "x 15 t_x 20 T 39",
            "x 20 t_x 20 T 39",
            "x 25 t_x 20 T 39",
        ):
            values[model.NAME, parameters, f"E[X(52) | {state}]"] = model.expected_purchases(
                _numbers(parameters), 52, *_numbers(state)
            )

    state = "x 7 t_x 35 T 77.86"
    values["pareto_nbd", _RESIDUAL, f"DERT(.0027 | {state})"] = (
        PARETO_NBD.discounted_expected_residual_transactions(
            _numbers(_RESIDUAL), 0.0027, *_numbers(state)
        )
    )
    return values


def _state_values() -> dict[Key, float]:
    rate, *numbers = _numbers(_FIVE_STATES)
    buys, rewards = np.reshape(numbers, (2, -1))
    rate_of_four, *numbers = _numbers(_FOUR_STATES)
    buys_of_four, rewards_of_four = np.reshape(numbers, (2, -1))
    first_negative = 3
    stopped = state_value.stop_from(buys, rewards, first_negative)
    vectors = {
        (_FIVE_STATES, "V for ever"): state_value.value_infinite(buys, rewards, rate),
        (_FIVE_STATES, "V to t = 4"): state_value.value_horizon(buys, rewards, rate, periods=4),
        # The states behind the first that is given up are never reached.
        (_FIVE_STATES, f"V when stopping at {first_negative}"): (
            state_value.value_infinite(*stopped, rate)[: first_negative + 1]
        ),
        (_FOUR_STATES, "V for ever"): state_value.value_infinite(
            buys_of_four, rewards_of_four, rate_of_four
        ),
    }
    return {
        ("state_value", dataset, f"{quantity}, from {state}"): value
        for (dataset, quantity), vector in vectors.items()
        for state, value in enumerate(vector)
    }


def _counts(name: str) -> list[int]:
    """Read the counts out of a name like "56/70 48/80"."""
    return [int(count) for count in name.replace("/", " ").split()]


def _rows(name: str) -> list[list[float]]:
    """Read the numbers out of a name like "28 15, 8 10"."""
    return [[float(number) for number in row.split()] for row in name.split(", ")]


def _waves() -> dict[Key, float]:
    """Compute what measures a wave."""
    values: dict[Key, float] = {}
    for method, interval, names in (
        ("wilson", proportions.wilson_interval, _ONE_SHARE),
        ("newcombe", proportions.newcombe_interval, (*_TWO_SHARES, _INCENTIVE)),
        ("miettinen_nurminen", proportions.miettinen_nurminen_interval, _BY_SCORE),
    ):
        for name in names:
            values[method, name, "low"], values[method, name, "high"] = interval(*_counts(name))
    # What is 0 or 1 without any rounding is no test of a method.
    for key in (
        ("wilson", "0/20", "low"),
        ("newcombe", "10/10 0/20", "high"),
        ("newcombe", "10/10 0/10", "high"),
        ("miettinen_nurminen", "10/10 0/20", "high"),
    ):
        del values[key]
    came, members, came_without, controls = _counts(_INCENTIVE)
    values["newcombe", _INCENTIVE, "difference"] = came / members - came_without / controls
    return values | _means() | _evidence() | _pooled() | _sizes()


def _means() -> dict[Key, float]:
    values: dict[Key, float] = {}
    treated, controls = (
        covariates.Sums(n, y, 0, yy, 0, 0)
        for n, y, yy in (_numbers(arm) for arm in _TWO_SUMS.split(", "))
    )
    first, second = covariates.adjusted(treated, controls), covariates.adjusted(controls, treated)
    for quantity, value in _difference(first, second).items():
        values["welch", _TWO_SUMS, quantity] = value
    values["welch", _TWO_SUMS, "relative"], _ = covariates.relative_lift(first, second)
    for method, name, reading in (
        ("ratio_of_means", _ORDERS_BY_SESSIONS, lambda arm, _: covariates.ratio(arm)),
        ("cuped", _REVENUE_BEFORE, covariates.adjusted),
    ):
        one, other = (covariates.Sums(*_numbers(arm)) for arm in name.split(", "))
        for quantity, value in _difference(reading(one, other), reading(other, one)).items():
            values[method, name, quantity] = value
        if method == "cuped":
            values[method, name, "theta"] = covariates.slope(one, other)
    del values["welch", _TWO_SUMS, "difference"]
    return values


def _difference(
    first: covariates.MeanAndVariance, second: covariates.MeanAndVariance
) -> dict[str, float]:
    numbers = [first.mean, first.variance, first.members]
    numbers += [second.mean, second.variance, second.members]
    low, high = welch.intervals(*numbers)
    (p,) = welch.p_values(*([number] for number in numbers))
    return {"difference": first.mean - second.mean, "low": low, "high": high, "p": p}


def _evidence() -> dict[Key, float]:
    _, p = sample_ratio.chi_square([821_588, 815_482], [0.5, 0.5])
    days = np.array([_counts(day) for day in _THREE_DAYS.split(", ")]).T
    return {
        ("sample_ratio", "821588 815482 at .5 .5", "p"): p,
        ("sample_ratio", "4400 600 at .9 .1", "E"): np.exp(
            sample_ratio.log_e_value([4400, 600], [0.9, 0.1])
        ),
        ("sample_ratio", "60 40 at .5 .5", "E"): np.exp(
            sample_ratio.log_e_value([60, 40], [0.5, 0.5])
        ),
        ("early_looks", _THREE_DAYS, "E"): early_looks.e_values(*days)[-1],
    }


def _pooled() -> dict[Key, float]:
    (tests,) = _rows(_FIFTEEN_TESTS)
    trials = np.array([_counts(trial) for trial in _BCG.split(", ")], dtype=float).T
    cases, vaccinated, cases_without, others = trials
    log_ratios = np.log(cases / vaccinated) - np.log(cases_without / others)
    bcg = many_waves.random_effects(
        log_ratios, 1 / cases - 1 / vaccinated + 1 / cases_without - 1 / others
    )
    effects, errors = np.array(_rows(_EIGHT_SCHOOLS)).T
    schools = many_waves.random_effects(effects, errors**2)
    kept, first_batter = _batters()
    return {
        ("benjamini_hochberg", _FIFTEEN_TESTS, "rejected at .05"): (
            many_waves.q_values(tests) <= 0.05
        ).sum(),
        ("bonferroni", _FIFTEEN_TESTS, "rejected at .05"): (
            np.array(tests) <= 0.05 / len(tests)
        ).sum(),
        ("random_effects", _BCG, "tau^2"): bcg.between_variance,
        ("random_effects", _BCG, "mean"): bcg.mean,
        ("random_effects", _BCG, "SE of mean"): bcg.standard_error,
        ("random_effects", _BCG, "Q"): bcg.heterogeneity,
        ("random_effects", _EIGHT_SCHOOLS, "tau^2"): schools.between_variance,
        ("random_effects", _EIGHT_SCHOOLS, "mean"): schools.mean,
        ("random_effects", _EIGHT_SCHOOLS, "SE of mean"): schools.standard_error,
        ("shrunken", _EIGHTEEN_BATTERS, "c"): kept,
        ("shrunken", _EIGHTEEN_BATTERS, "Clemente"): first_batter,
    }


def _batters() -> tuple[float, float]:
    """Shrink batting averages with Stein's constant, k - 3 where DerSimonian & Laird have k - 1."""
    hits, bats = _EIGHTEEN_BATTERS.split(" of ")
    averages = np.array([float(number) for number in hits.split()]) / float(bats)
    mean = averages.mean()
    variances = np.full(averages.size, mean * (1 - mean) / float(bats))
    common = many_waves.random_effects(averages, variances)
    kept = 1 - (averages.size - 3) / common.heterogeneity
    between = variances[0] * kept / (1 - kept)
    common = replace(common, between_variance=float(between))
    return kept, many_waves.shrunken(averages, variances, common)[0]


def _sizes() -> dict[Key, float]:
    return {
        ("power", "p1 .50 p2 .75 power .90", "n"): power.members_per_arm(0.50, 0.75, power=0.9),
        ("power", "p1 .05 p2 .0525 power .80", "n"): power.members_per_arm(0.05, 0.0525),
        ("power", "n 20 delta 1 sd 1", "power"): power.power_of_means(20, 1),
        ("power", "delta 1 sd 1 power .90", "n"): power.members_per_arm_for_means(1, power=0.9),
    }
