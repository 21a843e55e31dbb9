"""Waves of the simulated demo whose effects are known, without a purchase being moved.

A wave turns some of the monthly e-mails of a day into a letter of its own: to the treated among
those who have not bought for a while. Members of the other arm get the usual one.

Notes
-----
Who is in which arm is drawn from its law given what the members did. Let a member buy within the
window with probability ``p0`` without the letter and ``p1 = R p0`` with it, and let chance treat a
share ``s`` of the members. Seen together they buy with probability ``p = s p1 + (1 - s) p0``, and
by Bayes' rule a member is treated with probability

- ``s p1 / p`` when they bought, which is ``s R / (1 - s + s R)`` for everybody,
- ``s (1 - p1) / (1 - p)`` when they did not.

With ``p`` that of the simulated purchases, arms and purchases come out as in a shop in which the
letter works, and the orders are those that they were. ``p`` is known: 0 after the dropout, before
it ``1 - exp(-rate x weeks)``. The arms are independent of all that was before.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from customer_lifecycle.shops.simulate import EPOCH, NEVER, money

__all__ = ["WAVES", "Shop", "Wave", "WaveTables", "simulate_waves"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

TREATMENT, CONTROL = "letter", "control"


@dataclass(frozen=True)
class Wave:
    """A wave and what is true of it; shares lie between 0 and 1, money is in euros.

    Parameters
    ----------
    campaign_id, name, kind
        What the shop calls it.
    starts_on
        Day of assignment, one of e-mails.
    ratio
        Chance to buy within the window with the letter, as a multiple of that without.
    treated_share
        Share of the members that chance treats.
    silent_days
        Members have not bought for so many days.
    most_members
        Members are at most so many, drawn from those there are. None: all.
    window_days
        Days in which purchases count; None: what the shop's var says.
    fixed_cost
        What it costs beside the e-mails.
    leaked_share
        Share of the controls who get the letter all the same.
    lost_share
        Share of the treated who did not buy and of whom no record was kept.
    is_aimed
        Chance draws nothing: the letter goes to the half who bought most in the half year before.
    offer_cost, redeemed_share
        What an offer in the letter costs each time, and the share of those buyers who take it who
        got the letter.
    """

    campaign_id: str
    name: str
    starts_on: date
    ratio: float = 1.0
    kind: str = "win_back"
    treated_share: float = 0.5
    silent_days: int = 60
    most_members: int | None = None
    window_days: int | None = None
    fixed_cost: float = 150.0
    leaked_share: float = 0.0
    lost_share: float = 0.0
    is_aimed: bool = False
    offer_cost: float = 0.0
    redeemed_share: float = 0.0


WAVES = (
    Wave("W01", "We miss you", date(2023, 11, 3)),
    Wave("W02", "Ten euros off", date(2024, 1, 3), 1.5, offer_cost=10.0, redeemed_share=0.6),
    Wave("W03", "Spring letter", date(2024, 3, 3), 1.6),
    Wave("W04", "Last chance", date(2024, 4, 3), 0.6),
    Wave("W05", "Letter with lost replies", date(2024, 5, 3), lost_share=0.12),
    Wave("W06", "Early summer letter", date(2024, 6, 3), 1.25, treated_share=0.8),
    Wave("W07", "Letter from two systems", date(2024, 7, 3), 1.6, leaked_share=0.2),
    Wave("W08", "For our best", date(2024, 8, 3), is_aimed=True, kind="loyalty", silent_days=0),
    Wave(
        "W09", "A small test", date(2024, 9, 3), 1.3, treated_share=0.9, most_members=300,
        fixed_cost=20.0,
    ),
    Wave("W10", "Autumn letter", date(2024, 10, 3), 1.4, treated_share=0.7),
    Wave("W11", "Christmas letter", date(2024, 12, 3), 1.8),
)  # fmt: skip


class Shop(NamedTuple):
    """What waves are drawn from; an owner is a customer's position, days count from 1970-01-01.

    Attributes
    ----------
    ids
        Customer ids as the inputs have them.
    weekly_rates, dropout_days
        Purchases per week while active, NaN for those who never buy; day of the last one, or NEVER.
    owners, days, cents
        Purchases, sorted by owner and day.
    mailed_owners, mailed_days
        E-mails.
    last_day
        Last day of the shop.
    window_days
        Days in which purchases count, of waves that do not say.
    dropout_a, dropout_b
        A repeat purchase is the last one with a chance that is Beta(dropout_a, dropout_b).
    """

    ids: pa.Array
    weekly_rates: Floats
    dropout_days: Integers
    owners: Integers
    days: Integers
    cents: Integers
    mailed_owners: Integers
    mailed_days: Integers
    last_day: int
    window_days: int
    dropout_a: float
    dropout_b: float


class WaveTables(NamedTuple):
    """The inputs of the waves, whose e-mail belongs to which, and what is true.

    Attributes
    ----------
    campaigns, members, offers, redemptions
        Inputs.
    mailed_campaigns
        Position of the wave of each e-mail, or NEVER.
    truth
        Per wave: campaign_id, members, treated_rate and control_rate (chances to buy as the members
        were treated, on average), ratio, leaked_share, lost_share, is_randomised.
    """

    campaigns: pa.Table
    members: pa.Table
    offers: pa.Table
    redemptions: pa.Table
    mailed_campaigns: Integers
    truth: pa.Table


class _Members(NamedTuple):
    """Members of a wave: owners and their arms, and what a forecast had said of them."""

    owners: Integers
    is_treated: Flags
    is_contacted: Flags
    has_bought: Flags
    rates: Floats
    probabilities: Floats
    amounts: Floats


class _Past(NamedTuple):
    """What each customer had done before a day, and does in the days from then on."""

    last_days: Integers
    cents: Integers
    purchases: Integers
    recent_cents: Integers
    has_bought: Flags


def _number_of_day(day: date) -> int:
    return (day - EPOCH).days


def _past(shop: Shop, day: int, window_days: int) -> _Past:
    size = len(shop.ids)
    is_before = shop.days < day
    last_days = np.full(size, NEVER)
    np.maximum.at(last_days, shop.owners[is_before], shop.days[is_before])
    is_recent = is_before & (shop.days >= day - 182)
    is_within = (shop.days >= day) & (shop.days < day + window_days)
    return _Past(
        last_days=last_days,
        cents=np.bincount(shop.owners[is_before], shop.cents[is_before], size).astype(np.int64),
        purchases=np.bincount(shop.owners[is_before], minlength=size),
        recent_cents=np.bincount(shop.owners[is_recent], shop.cents[is_recent], size).astype(
            np.int64
        ),
        has_bought=np.bincount(shop.owners[is_within], minlength=size) > 0,
    )


def _chances(shop: Shop, wave: Wave, past: _Past, owners: Integers, days: int) -> Floats:
    """Return the chance of each to buy in the days that are seen, as purchases were drawn."""
    day = _number_of_day(wave.starts_on)
    is_active = (shop.dropout_days[owners] == NEVER) | (shop.dropout_days[owners] >= day)
    rates = np.nan_to_num(shop.weekly_rates[owners])
    chances: Floats = np.where(is_active, 1 - np.exp(-rates * days / 7), 0.0)
    return np.where(past.has_bought[owners], np.maximum(chances, 1e-9), chances)


def _treat(
    rng: np.random.Generator, share: float, ratio: float, chances: Floats, has_bought: Flags
) -> tuple[Flags, Floats]:
    """Draw who is treated given who bought; and the chances without treatment."""
    lift = (ratio - 1) / (1 - share + share * ratio)
    without = chances * (1 - share * lift)
    treated = np.minimum(chances * (1 + (1 - share) * lift), 1.0)
    given_none = share * (1 - treated) / np.maximum(1 - chances, 1e-12)
    given_purchase = share * (1 + (1 - share) * lift)
    draws = rng.random(chances.size)
    return draws < np.where(has_bought, given_purchase, given_none), without


def _draw_members(shop: Shop, wave: Wave, position: int, seed: int) -> _Members:
    rng = np.random.default_rng([seed, position])
    day = _number_of_day(wave.starts_on)
    window = wave.window_days or shop.window_days
    days_seen = min(window, shop.last_day - day + 1)
    past = _past(shop, day, days_seen)

    owners = np.unique(shop.mailed_owners[shop.mailed_days == day])
    owners = owners[past.purchases[owners] > 0]
    owners = owners[past.last_days[owners] <= day - wave.silent_days]
    if wave.most_members is not None and owners.size > wave.most_members:
        owners = np.sort(rng.choice(owners, wave.most_members, replace=False))
    chances = _chances(shop, wave, past, owners, days_seen)
    has_bought = past.has_bought[owners]

    if wave.is_aimed:
        recent = past.recent_cents[owners]
        is_treated = recent > np.median(recent)
        without = chances
        is_contacted = is_treated
    else:
        # With a leak the controls buy as a mixture: arms are drawn by the ratio that is left.
        leaked = wave.leaked_share
        ratio = wave.ratio / (1 - leaked + leaked * wave.ratio)
        is_treated, without = _treat(rng, wave.treated_share, ratio, chances, has_bought)
        without = without / (1 - leaked + leaked * wave.ratio)
        with_letter = np.minimum(without * wave.ratio, 1.0)
        mixed = (1 - leaked) * without + leaked * with_letter
        given_purchase = leaked * wave.ratio / (1 - leaked + leaked * wave.ratio)
        given_none = leaked * (1 - with_letter) / np.maximum(1 - mixed, 1e-12)
        is_leaked = rng.random(owners.size) < np.where(has_bought, given_purchase, given_none)
        is_contacted = is_treated | is_leaked
    is_lost = is_treated & ~has_bought & (rng.random(owners.size) < wave.lost_share)

    # A forecast knows how often they buy and how long they have been silent, not whether they left.
    rates = np.nan_to_num(shop.weekly_rates[owners])
    silent_weeks = (day - past.last_days[owners]) / 7
    repeats = past.purchases[owners] - 1
    last_chance = shop.dropout_a / (shop.dropout_b + np.maximum(repeats - 1, 0)) * (repeats > 0)
    alive = 1 / (1 + last_chance * np.exp(np.minimum(rates * silent_weeks, 700)))
    # What it says is without the letter, which has moved the mean of all members.
    moved = 1.0
    if not wave.is_aimed:
        reached = wave.treated_share + (1 - wave.treated_share) * wave.leaked_share
        moved = 1 - reached + reached * wave.ratio
    mean_cents = past.cents[owners] / past.purchases[owners]
    kept = ~is_lost
    return _Members(
        owners=owners[kept],
        is_treated=is_treated[kept],
        is_contacted=is_contacted[kept],
        has_bought=has_bought[kept],
        rates=np.where(is_treated, without * (1.0 if wave.is_aimed else wave.ratio), without)[kept],
        probabilities=(alive * (1 - np.exp(-rates * window / 7)) / moved)[kept],
        amounts=(alive * rates * window / 7 * mean_cents / 100 / moved)[kept],
    )


def _days_column(days: list[int | None]) -> pa.Array:
    return pa.array(days, pa.int32()).cast(pa.date32())


def _campaign_table(waves: tuple[Wave, ...]) -> pa.Table:
    return pa.table(
        {
            "campaign_id": [wave.campaign_id for wave in waves],
            "name": [wave.name for wave in waves],
            "starts_on": [wave.starts_on for wave in waves],
            "ends_on": [wave.starts_on for wave in waves],
            "kind": [wave.kind for wave in waves],
            "channel": ["email" for _ in waves],
            "unit_cost": pa.nulls(len(waves), pa.decimal128(18, 2)),
            "fixed_cost": money(np.array([round(wave.fixed_cost * 100) for wave in waves])),
            "window_days": pa.array([wave.window_days for wave in waves], pa.int32()),
            "is_randomised": [not wave.is_aimed for wave in waves],
        }
    )


def _member_table(shop: Shop, waves: tuple[Wave, ...], members: list[_Members]) -> pa.Table:
    tables = []
    for wave, group in zip(waves, members, strict=True):
        size = group.owners.size
        shares = np.where(group.is_treated, wave.treated_share, 1 - wave.treated_share)
        is_known = not wave.is_aimed
        tables.append(
            pa.table(
                {
                    "campaign_id": pa.repeat(pa.scalar(wave.campaign_id), size),
                    "customer_id": shop.ids.take(pa.array(group.owners)),
                    "arm": np.where(group.is_treated, TREATMENT, CONTROL).tolist(),
                    "assigned_on": pa.repeat(pa.scalar(wave.starts_on, pa.date32()), size),
                    "planned_share": pa.array(
                        np.round(shares, 4), pa.float64(), mask=np.full(size, not is_known)
                    ),
                    "probability_purchase": np.round(group.probabilities, 4),
                    "expected_amount": money(np.rint(group.amounts * 100).astype(np.int64)),
                }
            )
        )
    return pa.concat_tables(tables)


def _faulty_members(members: pa.Table, waves: tuple[Wave, ...]) -> pa.Table:
    """Rows that cannot be used: in both arms, of no wave, late, without an arm, and repeated."""

    def changed(start: int, rows: int, column: str, value: str | date | None) -> pa.Table:
        part = members.slice(start, rows)
        place = part.schema.get_field_index(column)
        kind = part.schema.field(column).type
        return part.set_column(
            place, part.schema.field(column), pa.repeat(pa.scalar(value, kind), rows)
        )

    arms = members["arm"].to_pylist()
    other = CONTROL if arms[0] == TREATMENT else TREATMENT
    late = waves[0].starts_on + timedelta(days=9)
    return pa.concat_tables(
        [
            changed(0, 1, "arm", other),
            changed(100, 2, "campaign_id", "W99"),
            changed(200, 2, "assigned_on", late),
            changed(300, 1, "arm", None),
            members.slice(400, 1),
        ]
    )


def _offer_tables(
    shop: Shop, waves: tuple[Wave, ...], members: list[_Members], seed: int
) -> tuple[pa.Table, pa.Table]:
    """Offers of the waves, and one of none; who took them up on the day of the first purchase."""
    with_offer = [position for position, wave in enumerate(waves) if wave.offer_cost]
    offers = pa.table(
        {
            "offer_id": [
                *(f"O{waves[position].campaign_id[1:]}" for position in with_offer),
                "O99",
            ],
            "name": [*(waves[position].name for position in with_offer), "Birthday gift"],
            "campaign_id": [*(waves[position].campaign_id for position in with_offer), None],
            "kind": [*("voucher" for _ in with_offer), "gift"],
            "unit_cost": money(
                np.array([*(round(100 * waves[place].offer_cost) for place in with_offer), 300])
            ),
        }
    )
    columns: dict[str, list] = {name: [] for name in ("offer_id", "owner", "day")}
    for position in with_offer:
        wave, group = waves[position], members[position]
        rng = np.random.default_rng([seed, position, 1])
        takes = group.is_contacted & group.has_bought
        takes &= rng.random(group.owners.size) < wave.redeemed_share
        day = _number_of_day(wave.starts_on)
        is_after = shop.days >= day
        first = np.full(len(shop.ids), np.iinfo(np.int64).max)
        np.minimum.at(first, shop.owners[is_after], shop.days[is_after])
        owners = group.owners[takes]
        columns["offer_id"] += [f"O{wave.campaign_id[1:]}"] * owners.size
        columns["owner"] += owners.tolist()
        columns["day"] += first[owners].tolist()
    # Two of the gift that belongs to no wave, and one of an offer that nobody knows.
    columns["offer_id"] += ["O99", "O99", "O98"]
    columns["owner"] += [0, 1, 2]
    columns["day"] += [_number_of_day(waves[0].starts_on)] * 3
    size = len(columns["owner"])
    redemptions = pa.table(
        {
            "redemption_id": [f"R{number:05d}" for number in range(1, size + 1)],
            "offer_id": columns["offer_id"],
            "customer_id": shop.ids.take(pa.array(columns["owner"], pa.int64())),
            "redeemed_on": _days_column(columns["day"]),
        }
    )
    return offers, redemptions


def simulate_waves(shop: Shop, seed: int, waves: tuple[Wave, ...] = WAVES) -> WaveTables:
    """Draw the waves of a shop.

    Parameters
    ----------
    shop
        Its customers, purchases and e-mails, which stay as they are.
    seed
        Whole number from 0 on; each wave has a stream of its own.
    waves
        What is true of each.

    Returns
    -------
    WaveTables
    """
    members = [_draw_members(shop, wave, position, seed) for position, wave in enumerate(waves)]
    mailed_campaigns = np.full(shop.mailed_owners.size, NEVER)
    for position, (wave, group) in enumerate(zip(waves, members, strict=True)):
        is_day = shop.mailed_days == _number_of_day(wave.starts_on)
        is_contacted = np.isin(shop.mailed_owners, group.owners[group.is_contacted])
        mailed_campaigns[is_day & is_contacted] = position
    offers, redemptions = _offer_tables(shop, waves, members, seed)
    member_rows = _member_table(shop, waves, members)
    truth = pa.table(
        {
            "campaign_id": [wave.campaign_id for wave in waves],
            "members": [group.owners.size for group in members],
            "treated_rate": [float(group.rates[group.is_treated].mean()) for group in members],
            "control_rate": [float(group.rates[~group.is_treated].mean()) for group in members],
            "ratio": [wave.ratio for wave in waves],
            "leaked_share": [wave.leaked_share for wave in waves],
            "lost_share": [wave.lost_share for wave in waves],
            "is_randomised": [not wave.is_aimed for wave in waves],
        }
    )
    return WaveTables(
        campaigns=_campaign_table(waves),
        members=pa.concat_tables([member_rows, _faulty_members(member_rows, waves)]),
        offers=offers,
        redemptions=redemptions,
        mailed_campaigns=mailed_campaigns,
        truth=truth,
    )
