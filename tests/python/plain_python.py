"""The definitions once more, in plain Python: loops over one customer's days, fractions, no SQL."""

import csv
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import ceil, prod, sqrt

from dbt_project import PROJECT

from customer_lifecycle.shops.cdnow import find_source_folder

AS_OF = date(1998, 6, 30)

AmountByDay = dict[date, Decimal]

# Share of which fewer come back within the horizon (days), and days while that cannot be learnt.
THRESHOLDS = {
    "at_risk_after": (0.3, 90),
    "dormant_after": (0.2, 180),
    "churned_after": (0.1, 365),
}
HORIZON = 180
MINIMUM_GAPS = 40


def cdnow_purchases() -> dict[str, AmountByDay]:
    """Amount by customer and day of the full CDNOW log, from the text file itself."""
    path = find_source_folder() / "CDNOW_master.txt"
    purchases: dict[str, AmountByDay] = defaultdict(lambda: defaultdict(Decimal))
    for line in path.read_text().splitlines()[1:]:
        customer, day, _, amount = line.split()
        purchases[customer][datetime.strptime(day, "%Y%m%d").date()] += Decimal(amount)
    return purchases


def seed(name: str) -> list[dict[str, str]]:
    """Rows of a seed file."""
    (path,) = (PROJECT / "seeds").glob(f"*/{name}.csv")
    with path.open() as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class OwnSilence:
    """What a customer's own gaps say (formulas, section 2)."""

    gaps: list[int]
    open_gap: int
    rank_max: int
    rank_min: int
    ratio: Fraction | None
    score: Fraction | None
    band: str | None
    group: str | None
    level: int | None


def own_silence(days: Sequence[date], as_of: date = AS_OF) -> OwnSilence:
    """Rank the open gap among the gaps between the days."""
    days = sorted(days)
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    open_gap = (as_of - days[-1]).days
    rank_max = sum(gap <= open_gap for gap in [*gaps, open_gap])
    rank_min = 1 + sum(gap < open_gap for gap in gaps)
    if not gaps:
        return OwnSilence(gaps, open_gap, rank_max, rank_min, None, None, None, None, None)
    ratio, score = Fraction(rank_max, len(days)), Fraction(open_gap, max(gaps))
    band = band_of(ratio)
    level = "abcde".index(band)
    if ratio == 1:
        level = 6 if score >= 2 else 5
    group = "a" if score < 1 else "b" if score < 2 else "c"
    return OwnSilence(gaps, open_gap, rank_max, rank_min, ratio, score, band, group, level)


def band_of(share: Fraction | float) -> str:
    """The band [0, .4), [.4, .6), [.6, .8), [.8, .95), [.95, 1] of a share."""
    cuts = (Fraction(4, 10), Fraction(6, 10), Fraction(8, 10), Fraction(95, 100))
    return "abcde"[sum(share >= cut for cut in cuts)]


def share_of_ranks_at_least_as_high(own: OwnSilence) -> Fraction:
    """How many of the n ranks lie in the customer's band or above; the highest alone: 1."""
    n = len(own.gaps) + 1
    if own.rank_max == n:
        return Fraction(1, n)
    return Fraction(sum(band_of(Fraction(rank, n)) >= own.band for rank in range(1, n + 1)), n)


def time_away(last: date, as_of: date = AS_OF) -> tuple[int, int]:
    """Whole months (over on the same day of the next month) and days beyond."""
    months = 0
    while True:
        year, month = divmod(last.year * 12 + last.month - 1 + months + 1, 12)
        if (year, month + 1, last.day) > (as_of.year, as_of.month, as_of.day):
            break
        months += 1
    year, month = divmod(last.year * 12 + last.month - 1 + months, 12)
    begin = last_day_up_to(year, month + 1, last.day)
    return months, (as_of - begin).days


def last_day_up_to(year: int, month: int, day: int) -> date:
    """The day of the month, or the month's last day where it is shorter."""
    next_month = date(year + month // 12, month % 12 + 1, 1)
    return min(date(year, month, 1) + timedelta(day - 1), next_month - timedelta(1))


def time_away_text(months: int, days: int) -> str:
    """2 months 7 days, 1 month, 3 days, 0 days."""
    words = [
        f"{count} {unit}" if count == 1 else f"{count} {unit}s"
        for count, unit in ((months, "month"), (days, "day"))
        if count
    ]
    return " ".join(words) or "0 days"


def quantile_between(values: Sequence[Fraction | int], share: Fraction) -> Fraction:
    """Quantile with linear interpolation between neighbours, exactly."""
    values = sorted(values)
    place = share * (len(values) - 1)
    below = int(place)
    if place == below:
        return Fraction(values[below])
    return values[below] + (place - below) * (Fraction(values[below + 1]) - values[below])


def learn_thresholds(
    days_of: Mapping[str, AmountByDay], as_of: date, horizon: int = HORIZON
) -> dict[str, int]:
    """Days from which a customer is at risk, dormant, churned, by the gaps known at a date."""
    ended, is_open = Counter(), Counter()
    for days in days_of.values():
        past = sorted(day for day in days if day <= as_of)
        ended.update((later - earlier).days for earlier, later in pairwise(past))
        is_open.update((as_of - day).days for day in past[-1:])
    longest = max([*ended, *is_open])
    at_risk = [0] * (longest + 2)
    for day in range(longest, -1, -1):
        at_risk[day] = at_risk[day + 1] + ended[day] + is_open[day]
    last = max(day for day in range(longest + 1) if at_risk[day] >= MINIMUM_GAPS) - horizon
    judged = range(last + 1)
    returns, highs = [], []
    for day in judged:
        ahead = [(at_risk[t], ended[t]) for t in range(day + 1, day + horizon + 1)]
        stay = prod(1 - back / there for there, back in ahead)
        greenwood = sum(back / (there * (there - back)) for there, back in ahead if there > back)
        returns.append(1 - stay)
        highs.append(1 - stay + 1.959963984540054 * stay * sqrt(greenwood))
    gaps = sorted(ended.elements())
    found, before = {}, 0
    for name, (share, default) in THRESHOLDS.items():
        is_low = (
            highs[day] < share
            and sum((returns[t] - share) * at_risk[t + 1] for t in judged[day:]) < 0
            for day in judged
        )
        first = next((day for day, low in enumerate(is_low) if low), None)
        if len(gaps) < MINIMUM_GAPS or (first is None and last < default):
            days = default
        elif first is None:
            days = longest + 1
        else:
            most_are_back = gaps[len(gaps) - int(Decimal(str(share)) * len(gaps)) - 1]
            days = max(first, most_are_back, 1)
        before = found[name] = max(days, before + 1)
    return found


def stage(
    days: Sequence[date],
    status: str,
    is_eligible: bool,
    thresholds: Mapping[str, int],
    as_of: date = AS_OF,
) -> tuple[str, bool]:
    """Lifecycle stage (formulas, section 4) and whether the customer came back in 30 days."""
    days = sorted(days)
    open_gap = (as_of - days[-1]).days
    came_back = any(
        (later - earlier).days >= thresholds["dormant_after"] and (as_of - later).days < 30
        for earlier, later in pairwise(days)
    )
    if is_eligible:
        is_dormant, is_at_risk = status == "silent", status == "near_silent"
    else:
        is_dormant = open_gap >= thresholds["dormant_after"]
        is_at_risk = open_gap >= thresholds["at_risk_after"]
    if came_back:
        name = "reactivated"
    elif open_gap >= thresholds["churned_after"]:
        name = "churned"
    elif is_dormant:
        name = "dormant"
    elif is_at_risk:
        name = "at_risk"
    elif len(days) == 1 and (as_of - days[0]).days <= 90:
        name = "acquired"
    elif len(days) >= 7:
        name = "loyal"
    else:
        name = "growing"
    return name, came_back


@dataclass(frozen=True)
class NextPurchase:
    """When a customer buys next, if they are still there (formulas, section 2)."""

    basis: str | None
    low: date | None
    on: date | None
    high: date | None


def next_purchase(
    days: Sequence[date],
    nbd: tuple[float, float] | None,
    as_of: date = AS_OF,
    minimum_longer_gaps: int = 9,
) -> NextPurchase:
    """Own gaps longer than the open one, or the posterior of the NBD with r and alpha (weeks)."""
    days = sorted(days)
    own = own_silence(days, as_of)
    longer = sorted(gap for gap in own.gaps if gap > own.open_gap)
    if len(longer) >= minimum_longer_gaps:
        gaps = own_next_gap(longer)
        return NextPurchase("own_gaps", *(days[-1] + timedelta(gap) for gap in gaps))
    if nbd is None:
        return NextPurchase(None, None, None, None)
    r, alpha = nbd
    weight = 7 * alpha + (as_of - days[0]).days
    dates = []
    for share in (0.1, 0.5, 0.9):
        after = weight * ((1 - share) ** (-1 / (r + len(own.gaps))) - 1)
        is_near = own.open_gap + after <= 36_525
        dates.append(as_of + timedelta(ceil(after)) if is_near else None)
    return NextPurchase("pooled", *dates)


def own_next_gap(longer: Sequence[int]) -> tuple[int, int, int]:
    """The (m + 1) p-th shortest of m gaps for p = .1, .5, .9, between two of them in proportion."""
    tenths_of_days = []
    for tenths in (1, 5, 9):
        below, part = divmod(tenths * (len(longer) + 1), 10)
        step = longer[below] - longer[below - 1] if part else 0
        tenths_of_days.append(10 * longer[below - 1] + part * step)
    low, middle, high = tenths_of_days
    return low // 10, (middle + 5) // 10, -(-high // 10)
