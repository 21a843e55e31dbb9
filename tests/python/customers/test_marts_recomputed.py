"""RFM, thresholds, lifecycle and value of all CDNOW customers, worked out again in plain Python."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest
from dbt_project import Run, build_inputs
from plain_python import AS_OF, AmountByDay, own_silence, quantile_between, seed, stage


def test_quantiles_of_the_completed_gaps(
    cdnow_run: Run, cdnow_days: dict[str, AmountByDay]
) -> None:
    gaps = [gap for days in cdnow_days.values() for gap in own_silence(list(days)).gaps]
    days = np.quantile(gaps, [0.8, 0.9, 0.975], method="inverted_cdf")
    assert cdnow_run.rows(
        "select quantile_days from main_internal.int_lifecycle__threshold_candidates "
        f"where as_of_date = '{AS_OF}' order by threshold_number"
    ) == [(day,) for day in days]


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        # .8, .9 and .975 of forty gaps are whole numbers of gaps: the 32nd, 36th and 39th shortest.
        (range(1, 41), [("quantile", 32), ("quantile", 36), ("quantile", 39)]),
        # All alike: a day more each.
        ([7] * 40, [("quantile", 7), ("quantile", 8), ("quantile", 9)]),
        # One gap too few.
        (range(1, 40), [("default", 90), ("default", 180), ("default", 365)]),
    ],
)
def test_thresholds_of_few_gaps(
    tmp_path: Path, gaps: Sequence[int], expected: list[tuple[str, int]]
) -> None:
    days = accumulate(gaps, lambda day, gap: day + timedelta(gap), initial=date(2020, 1, 1))
    orders = [f"{number},anna,{day},10" for number, day in enumerate(days)]
    run = build_inputs(
        tmp_path,
        {"orders.csv": "\n".join(["order_id,customer_id,ordered_at,amount", *orders])},
        {"lifecycle_threshold_rule": "quantile"},
        select=("+dormancy_thresholds",),
    )
    assert run.rows("select source, days from dormancy_thresholds order by days") == expected


def test_rfm_of_every_customer(cdnow_run: Run, cdnow_days: dict[str, AmountByDay]) -> None:
    measures = {
        customer: ((AS_OF - max(days)).days, len(days), sum(days.values()))
        for customer, days in cdnow_days.items()
    }
    fifths = [Fraction(number, 5) for number in range(1, 5)]
    recency_cuts, frequency_cuts, monetary_cuts = (
        [quantile_between([Fraction(value) for value in values], fifth) for fifth in fifths]
        for values in zip(*measures.values(), strict=True)
    )
    segments = {
        (row["r_score"], row["fm_score"]): row["rfm_segment"]
        for row in seed("lifecycle_rfm_segments")
    }
    groups = {
        (row["m_score"], row["silence_status"]): row["value_activity_group"]
        for row in seed("lifecycle_value_activity_groups")
    }
    statuses = cdnow_run.by_key("select customer_id, silence_status from customer_silence")
    rows = cdnow_run.records("from customer_rfm")
    assert len(rows) == 23_570
    scores = Counter()
    for row in rows:
        recency, frequency, monetary = measures[row["customer_id"]]
        r_score = 5 - sum(cut < recency for cut in recency_cuts)
        f_score = 1 + sum(cut < frequency for cut in frequency_cuts)
        m_score = 1 + sum(cut < Fraction(monetary) for cut in monetary_cuts)
        fm_score = (f_score + m_score + 1) // 2
        average_amount = Fraction(row.pop("average_amount"))
        assert abs(average_amount - Fraction(monetary) / frequency) <= Fraction(5, 10**5), row
        assert row == {
            "customer_id": row["customer_id"],
            "recency_days": recency,
            "frequency": frequency,
            "monetary": monetary,
            "r_score": r_score,
            "f_score": f_score,
            "m_score": m_score,
            "fm_score": fm_score,
            "rfm_cell": f"{r_score}{f_score}{m_score}",
            "rfm_segment": segments[str(r_score), str(fm_score)],
            "value_activity_group": groups[str(m_score), statuses[row["customer_id"]]],
        }
        scores.update([("r", r_score), ("m", m_score)])
    # A fifth of the customers each, but for ties.
    assert all(3_000 < customers < 6_500 for customers in scores.values())
    assert len(scores) == 10


def test_quantiles_of_numpy_agree_with_the_exact_ones(cdnow_days: dict[str, AmountByDay]) -> None:
    amounts = [sum(days.values()) for days in cdnow_days.values()]
    exact = [quantile_between([Fraction(a) for a in amounts], Fraction(n, 5)) for n in range(1, 5)]
    numpy_quantiles = np.quantile(np.array(amounts, float), [0.2, 0.4, 0.6, 0.8])
    assert [float(cut) for cut in exact] == pytest.approx(numpy_quantiles.tolist(), rel=1e-12)


def test_lifecycle_stage_of_every_customer(
    cdnow_run: Run, cdnow_days: dict[str, AmountByDay], cdnow_thresholds: dict[str, int]
) -> None:
    statuses = cdnow_run.by_key(
        "select customer_id, silence_status, is_eligible from customer_silence"
    )
    classical = {row["lifecycle_stage"]: row["classical_stage"] for row in seed("lifecycle_stages")}
    rows = cdnow_run.rows(
        "select customer_id, lifecycle_stage, classical_stage, tenure_days, is_reactivated "
        "from customer_lifecycle"
    )
    assert len(rows) == 23_570
    for customer_id, *found in rows:
        days = list(cdnow_days[customer_id])
        name, came_back = stage(days, *statuses[customer_id], cdnow_thresholds)
        assert found == [name, classical[name], (AS_OF - min(days)).days, came_back], customer_id
    # All were acquired more than a year ago, and all have bought.
    assert set(classical) - {found[1] for found in rows} == {"potential", "acquired"}


def test_historic_amounts_are_those_of_the_log_to_the_cent(
    cdnow_run: Run, cdnow_days: dict[str, AmountByDay]
) -> None:
    assert cdnow_run.by_key("select customer_id, historic_amount from customer_value") == {
        customer: sum(days.values()) for customer, days in cdnow_days.items()
    }


def test_days_without_an_amount_leave_the_spend_model(
    cdnow_run: Run, cdnow_days: dict[str, AmountByDay]
) -> None:
    """In both readings; CDNOW uses the one that counts the first day, as what it stands for."""
    first = {customer: float(days[min(days)]) for customer, days in cdnow_days.items()}
    paid = {
        customer: [float(days[day]) for day in sorted(days)[1:] if days[day] > 0]
        for customer, days in cdnow_days.items()
    }
    both = [customer for customer in paid if paid[customer] and first[customer] > 0]
    ratio = sum(sum(paid[customer]) / len(paid[customer]) for customer in both) / sum(
        first[customer] for customer in both
    )
    with_first = {
        customer: amounts + [first[customer] * ratio] * (first[customer] > 0)
        for customer, amounts in paid.items()
    }
    fits = cdnow_run.rows("select model, parameter, estimate, customers from purchase_model_fits")
    for model, amounts_of in (("gamma_gamma", paid), ("gamma_gamma_all_days", with_first)):
        customers = {count for name, _, _, count in fits if name == model}
        assert customers == {sum(map(bool, amounts_of.values()))}
    fit = {name: value for model, name, value, _ in fits if model == "gamma_gamma_all_days"}
    p, q, k = (fit[name] for name in "pqk")
    expected = {
        customer: p * (k + sum(amounts)) / (p * len(amounts) + q - 1)
        for customer, amounts in with_first.items()
    }
    found = cdnow_run.by_key(
        "select customer_id, expected_average_amount::double from customer_purchase_forecast"
    )
    # The first amount is rounded to four places, and so is what is shown.
    assert found == pytest.approx(expected, rel=0, abs=0.0002)
    # There are such days to be left out.
    assert any(len(days) - 1 > len(paid[customer]) > 0 for customer, days in cdnow_days.items())
