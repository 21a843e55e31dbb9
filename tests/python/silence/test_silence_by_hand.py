"""Silence of the CDNOW customers: twenty of them worked out by hand, and all in plain Python."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import pytest
from dbt_project import Run
from plain_python import (
    AS_OF,
    AmountByDay,
    band_of,
    own_silence,
    share_of_ranks_at_least_as_high,
    time_away,
    time_away_text,
)


@dataclass(frozen=True)
class ByHand:
    """A customer as of 1998-06-30."""

    customer_id: str
    days: str
    gaps: str
    open_gap: int
    ranks: str
    """rank_max / n, and rank_min / n where ties make it another."""
    band: str | None
    score: str | None
    group: str | None
    own_level: int | None
    status: str | None
    """Where it rests on own gaps or on days alone."""
    away: str


BY_HAND = [
    # one purchase day: no gap, no rank; 545 days are more than those of dormant_after
    ByHand("00001", "1997-01-01", "", 545, "", None, None, None, None, "silent",
           "17 months 29 days"),
    # two purchase days: shorter, equal and longer than the only gap
    ByHand("00024", "1997-01-01 1998-01-20", "384", 161, "1/2", "b", "161/384", "a", 1, None,
           "5 months 10 days"),
    ByHand("22080", "1997-03-19 1997-11-08", "234", 234, "2/2 1/2", "e", "234/234", "b", 5, None,
           "7 months 22 days"),
    ByHand("00019", "1997-01-01 1997-06-10", "160", 385, "2/2", "e", "385/160", "c", 6, None,
           "12 months 20 days"),
    # three: as long as the shorter gap; as long as the longer one
    ByHand("02909", "1997-01-12 1998-04-15 1998-05-23", "458 38", 38, "2/3 1/3", "c", "38/458",
           "a", 2, None, "1 month 7 days"),
    ByHand("02500", "1997-01-11 1997-05-24 1997-12-11", "133 201", 201, "3/3 2/3", "e", "201/201",
           "b", 5, None, "6 months 19 days"),
    # five, on the cuts .4, .6 and .8 by a tie: each cut belongs to the band above
    ByHand("16712", "1997-03-02 1997-03-26 1997-04-14 1998-03-11 1998-06-11", "24 19 331 92",
           19, "2/5 1/5", "b", "19/331", "a", 1, None, "19 days"),
    ByHand("04057", "1997-01-17 1997-08-04 1997-11-17 1997-12-12 1998-03-22", "199 105 25 100",
           100, "3/5 2/5", "c", "100/199", "a", 2, None, "3 months 8 days"),
    ByHand("07515", "1997-01-29 1997-04-12 1997-05-31 1998-02-05 1998-04-18", "73 49 250 72",
           73, "4/5 3/5", "d", "73/250", "a", 3, None, "2 months 12 days"),
    # fourteen, one too few: 75 ties with 75, only 105 is longer
    ByHand("08393",
           "1997-02-01 1997-02-21 1997-06-06 1997-07-08 1997-07-22 1997-07-24 1997-08-26 "
           "1997-10-02 1997-10-27 1997-11-30 1997-12-07 1997-12-14 1998-02-27 1998-04-16",
           "20 105 32 14 2 33 37 25 34 7 7 75 48", 75, "13/14 12/14", "d", "75/105", "a", 3, None,
           "2 months 14 days"),
    # fifteen, enough: 2 ties with 2, only 1 is shorter
    ByHand("00790",
           "1997-01-07 1997-04-19 1997-07-06 1997-07-07 1997-08-06 1997-08-22 1997-10-13 "
           "1997-11-11 1997-11-23 1998-01-10 1998-04-28 1998-05-21 1998-05-23 1998-06-16 "
           "1998-06-28",
           "102 78 1 30 16 52 29 12 48 108 23 2 24 12", 2, "3/15 2/15", "a", "2/108", "a", 0,
           "active", "2 days"),
    # 1 3 7 8 9 10 are shorter than 13, 13 ties
    ByHand("07801",
           "1997-01-30 1997-03-03 1997-03-10 1997-03-13 1997-03-21 1997-04-11 1997-09-22 "
           "1997-12-30 1998-01-12 1998-02-02 1998-02-03 1998-02-13 1998-03-06 1998-06-08 "
           "1998-06-17",
           "32 7 3 8 21 164 99 13 21 1 10 21 94 9", 13, "8/15 7/15", "b", "13/164", "a", 1,
           "active", "13 days"),
    # three are longer than 14 (30, 36, 305), one ties: 12/15 is the cut .8
    ByHand("19500",
           "1997-03-10 1997-04-09 1997-04-16 1998-02-15 1998-02-28 1998-03-03 1998-03-13 "
           "1998-03-26 1998-04-04 1998-04-09 1998-04-23 1998-04-30 1998-05-03 1998-05-11 "
           "1998-06-16",
           "30 7 305 13 3 10 13 9 5 14 7 3 8 36", 14, "12/15 11/15", "d", "14/305", "a", 3,
           "near_silent", "14 days"),
    # never away for longer, but not for twice as long
    ByHand("01108",
           "1997-01-05 1997-02-14 1997-03-05 1997-03-26 1997-04-13 1997-07-24 1997-08-04 "
           "1997-08-24 1997-09-03 1997-09-09 1997-09-10 1997-10-07 1997-11-18 1998-03-01 "
           "1998-03-06",
           "40 19 21 18 102 11 20 10 6 1 27 42 103 5", 116, "15/15", "e", "116/103", "b", 5,
           "silent", "3 months 24 days"),
    # for more than three times as long
    ByHand("03065",
           "1997-01-13 1997-01-15 1997-01-24 1997-02-19 1997-03-07 1997-04-17 1997-05-13 "
           "1997-06-06 1997-06-10 1997-07-28 1997-10-02 1997-10-05 1997-10-10 1997-10-28 "
           "1997-11-06",
           "2 9 26 16 41 26 24 4 48 66 3 5 18 9", 236, "15/15", "e", "236/66", "c", 6,
           "silent", "7 months 24 days"),
    # sixteen: a tie with the longest gap is a ratio of 1 and a score of 1
    ByHand("07377",
           "1997-02-01 1997-02-15 1997-03-11 1997-04-13 1997-06-18 1997-07-02 1997-08-11 "
           "1997-09-20 1997-09-24 1997-10-27 1997-11-21 1997-12-04 1998-02-01 1998-02-18 "
           "1998-03-04 1998-04-25",
           "14 24 33 66 14 40 40 4 33 25 13 59 17 14 52", 66, "16/16 15/16", "e", "66/66", "b", 5,
           "silent", "2 months 5 days"),
    # twenty: 2 3 8 9 10 14 16 16 are shorter than 17, 17 ties
    ByHand("04171",
           "1997-01-17 1997-01-20 1997-03-02 1997-03-12 1997-03-14 1997-03-22 1997-04-07 "
           "1997-04-27 1997-06-27 1997-07-13 1997-09-25 1997-10-16 1997-11-09 1997-12-03 "
           "1997-12-17 1998-01-24 1998-02-15 1998-03-04 1998-03-13 1998-06-13",
           "3 41 10 2 8 16 20 61 16 74 21 24 24 14 38 22 17 9 92", 17, "10/20 9/20", "b", "17/92",
           "a", 1, "active", "17 days"),
    # four are longer than 22 (36, 48, 61, 163), one ties: 16/20 is the cut .8
    ByHand("09206",
           "1997-02-03 1997-03-11 1997-03-27 1997-04-12 1997-06-12 1997-07-01 1997-07-06 "
           "1997-07-22 1997-08-03 1997-08-14 1997-09-05 1997-09-19 1997-09-23 1997-10-09 "
           "1997-10-20 1997-11-04 1997-11-05 1997-11-09 1998-04-21 1998-06-08",
           "36 16 16 61 19 5 16 12 11 22 14 4 16 11 15 1 4 163 48", 22, "16/20 15/20", "d",
           "22/163", "a", 3, "near_silent", "22 days"),
    # only 159 is longer than 98: 19/20 is the cut .95, and the one way to level 4
    ByHand("05055",
           "1997-01-20 1997-01-25 1997-01-31 1997-02-01 1997-02-09 1997-03-13 1997-04-08 "
           "1997-04-13 1997-04-15 1997-04-29 1997-10-05 1997-10-15 1997-10-26 1997-10-27 "
           "1997-10-31 1997-11-02 1997-11-20 1997-12-08 1998-01-24 1998-03-24",
           "5 6 1 8 32 26 5 2 14 159 10 11 1 4 2 18 18 47 59", 98, "19/20", "e", "98/159", "a", 4,
           "near_silent", "3 months 6 days"),
    # the longest gap, 61, twice
    ByHand("00411",
           "1997-01-02 1997-01-06 1997-01-22 1997-02-05 1997-02-12 1997-02-17 1997-02-27 "
           "1997-03-13 1997-03-19 1997-04-16 1997-04-28 1997-05-25 1997-06-25 1997-07-17 "
           "1997-09-16 1997-10-08 1997-10-13 1997-10-24 1997-11-02 1998-01-02",
           "4 16 14 7 5 10 14 6 28 12 27 31 22 61 22 5 11 9 61", 179, "20/20", "e", "179/61", "c",
           6, "silent", "5 months 28 days"),
]  # fmt: skip


def test_there_are_twenty_with_the_cases_that_matter() -> None:
    counts = [len(customer.days.split()) for customer in BY_HAND]
    assert len(counts) == len({customer.customer_id for customer in BY_HAND}) == 20
    assert {1, 2, 15, 20} <= set(counts)
    assert sum(len(customer.ranks.split()) == 2 for customer in BY_HAND) >= 5
    assert {customer.own_level for customer in BY_HAND} == {None, 0, 1, 2, 3, 4, 5, 6}


@pytest.mark.parametrize("by_hand", BY_HAND, ids=lambda customer: customer.customer_id)
def test_customer_worked_out_by_hand(
    cdnow_run: Run, cdnow_days: dict[str, AmountByDay], by_hand: ByHand
) -> None:
    days = [date.fromisoformat(day) for day in by_hand.days.split()]
    assert sorted(cdnow_days[by_hand.customer_id]) == days
    gaps = [int(gap) for gap in by_hand.gaps.split()]
    n = len(days)
    ranks = [Fraction(rank) for rank in by_hand.ranks.split()]

    (row,) = cdnow_run.records(f"from customer_silence where customer_id = '{by_hand.customer_id}'")
    assert row["purchase_days"] == n
    assert row["is_eligible"] == (n >= 15)
    assert (row["first_purchase_on"], row["last_purchase_on"]) == (days[0], days[-1])
    assert row["days_since_last_purchase"] == by_hand.open_gap
    assert row["rank_ratio"] == (pytest.approx(float(ranks[0]), rel=1e-12) if ranks else None)
    share_of_shorter_gaps = (ranks[-1] if ranks else 1) - Fraction(1, n)
    assert row["conformal_p"] == pytest.approx(float(1 - share_of_shorter_gaps), rel=1e-12)
    assert row["rank_band"] == by_hand.band
    score = float(Fraction(by_hand.score)) if by_hand.score else None
    assert row["silence_score"] == (pytest.approx(score, rel=1e-12) if by_hand.score else None)
    assert row["score_group"] == by_hand.group
    assert row["own_level"] == by_hand.own_level
    assert row["absence_text"] == by_hand.away
    if by_hand.status:
        assert row["silence_status"] == by_hand.status
        assert row["silence_level"] == by_hand.own_level
    assert row["silence_basis"] == ("own_gaps" if n >= 15 else "thresholds" if n == 1 else "pooled")

    listed = cdnow_run.rows(
        "select gap_number, gap_days, gap_rank, is_open_gap from purchase_gap_ranks "
        f"where customer_id = '{by_hand.customer_id}' order by gap_number"
    )
    assert [gap for _, gap, _, _ in listed] == [*gaps, by_hand.open_gap]
    assert [number for number, _, _, _ in listed] == list(range(1, n + 1))
    assert [is_open for _, _, _, is_open in listed] == [False] * (n - 1) + [True]
    if ranks:
        assert listed[-1][2] == ranks[0] * n


def test_every_customer_has_the_ranks_of_plain_python(
    cdnow_run: Run, cdnow_days: dict[str, AmountByDay]
) -> None:
    rows = cdnow_run.records("from customer_silence")
    assert len(rows) == 23_570
    assert {row["customer_id"] for row in rows} == set(cdnow_days)
    for row in rows:
        days = cdnow_days[row["customer_id"]]
        own = own_silence(list(days))
        n = len(days)
        months, days_beyond = time_away(max(days))
        assert [
            row[name]
            for name in (
                *("as_of_date", "purchase_days", "first_purchase_on", "last_purchase_on"),
                *("days_since_last_purchase", "max_gap_days", "rank_max", "rank_min"),
                *("rank_band", "score_group", "own_level", "is_eligible", "ineligible_reason"),
                *("absence_class", "absence_text"),
            )
        ] == [
            *(AS_OF, n, min(days), max(days)),
            *(own.open_gap, max(own.gaps, default=None), own.rank_max, own.rank_min),
            *(own.band, own.group, own.level, n >= 15),
            "single_purchase" if n == 1 else "too_few_purchases" if n < 15 else None,
            "under_1_month" if months == 0 else "ABCD"[min(months, 4) - 1],
            time_away_text(months, days_beyond),
        ], row
        numbers = [
            row[name]
            for name in (
                *("rank_ratio", "silence_score", "silence_degree", "false_alarm_rate"),
                *("mean_gap_days", "median_gap_days", "conformal_p"),
            )
        ]
        if n == 1:
            assert numbers == [None] * 6 + [1], row
            continue
        ordered = sorted(own.gaps)
        expected = [
            *(own.ratio, own.score, max(own.score - 1, 0), share_of_ranks_at_least_as_high(own)),
            Fraction(sum(own.gaps), n - 1),
            Fraction(ordered[(n - 2) // 2] + ordered[(n - 1) // 2], 2),
            1 - Fraction(own.rank_min - 1, n),
        ]
        assert numbers == pytest.approx([float(number) for number in expected], rel=1e-12), row


def test_rank_ratio_is_1_exactly_when_the_score_is_1_or_more(cdnow_run: Run) -> None:
    rows = cdnow_run.rows(
        "select rank_ratio, silence_score from customer_silence where purchase_days > 1"
    )
    both = [(ratio == 1, score >= 1) for ratio, score in rows]
    assert all(is_longest == is_score_1 for is_longest, is_score_1 in both)
    assert 0 < sum(is_longest for is_longest, _ in both) < len(both)


def test_levels_and_statuses_of_every_customer_follow_from_the_ranks(
    cdnow_run: Run, cdnow_days: dict[str, AmountByDay], cdnow_thresholds: dict[str, int]
) -> None:
    parameters = cdnow_run.by_key(
        "select parameter, estimate from purchase_model_fits where model = 'nbd'"
    )
    r, alpha = parameters["r"], parameters["alpha"]
    at_risk_after, dormant_after, _ = cdnow_thresholds.values()
    rows = cdnow_run.records("from customer_silence")
    assert len(rows) == 23_570
    for row in rows:
        days = sorted(cdnow_days[row["customer_id"]])
        own, n = own_silence(days), len(days)
        seen, unseen = (days[-1] - days[0]).days / 7, own.open_gap / 7
        probability = 1 - ((alpha + seen) / (alpha + seen + unseen)) ** (r + n - 1)
        assert row["silence_probability"] == pytest.approx(probability, rel=1e-9, abs=1e-12), row
        assert row["probability_band"] == band_of(probability), row
        by_days = (own.open_gap >= at_risk_after) + (own.open_gap >= dormant_after)
        if n >= 15:
            basis, level = "own_gaps", own.level
        elif n >= 2:
            basis, level = "pooled", "abcde".index(band_of(probability))
        else:
            basis, level = "thresholds", None
        if level is None:
            status = ("active", "near_silent", "silent")[by_days]
        elif basis == "pooled" and level == 4 and by_days == 2:
            status = "silent"
        else:
            status = "active" if level <= 2 else "near_silent" if level <= 4 else "silent"
        assert [row[name] for name in ("silence_basis", "silence_level", "silence_status")] == [
            basis,
            level,
            status,
        ], row
