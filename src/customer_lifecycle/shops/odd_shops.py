"""Odd shops: small input files of shops that are unlike any other, for the tests.

Every shop must build, whatever it is like. `odd_orders` makes the orders of each of `ODD_SHOPS`;
`other_inputs` makes the other inputs that go with them. The same
name gives the same rows: what is drawn is drawn from a seed of the name.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from decimal import ROUND_DOWN, Context, Decimal
from zlib import crc32

import numpy as np
import pyarrow as pa

__all__ = ["ODD_SHOPS", "odd_orders", "other_inputs"]

Order = tuple[str, date, str]
"""Customer, day and amount."""

START = date(2020, 1, 1)
MONEY = pa.decimal128(18, 4)
WIDE = Context(prec=40)
LARGEST = "99999999999999.9999"


def _day(number: int) -> date:
    return START + timedelta(days=number)


def _generator(name: str) -> np.random.Generator:
    return np.random.default_rng(crc32(name.encode()))


def _ordinary(name: str, customers: int = 150, days: int = 700, factor: int = 1) -> list[Order]:
    """Gamma rates, geometric dropout, gamma amounts: what no rule has trouble with."""
    generator = _generator(name)
    orders = []
    for customer in range(customers):
        rate = generator.gamma(0.6, 1 / 20)
        day = float(generator.integers(days))
        while day < days:
            amount = factor * max(round(generator.gamma(2, 20), 2), 0.01)
            orders.append((f"c{customer:04}", _day(int(day)), f"{amount:.2f}"))
            if generator.random() < 0.15:
                break
            day += 1 + generator.exponential(1 / max(rate, 1e-6))
    return orders


def _regular(gap_days: int, customers: int, days: int, amount: str) -> list[Order]:
    """Everybody buys after so many days exactly; every fourth leaves half way."""
    return [
        (f"c{customer:04}", _day(day), amount)
        for customer in range(customers)
        for day in range(customer % gap_days, days // 2 if customer % 4 == 3 else days, gap_days)
    ]


def _one_row() -> list[Order]:
    return [("anna", START, "10.00")]


def _one_refund() -> list[Order]:
    return [("anna", START, "-10.00")]


def _one_customer() -> list[Order]:
    return [("anna", _day(number * number), f"{10 + number}.50") for number in range(25)]


def _one_day() -> list[Order]:
    return [(f"c{number:04}", START, f"{1 + number % 7}.99") for number in range(200)]


def _all_once() -> list[Order]:
    return [(f"c{number:04}", _day(number % 365), f"{1 + number % 90}.00") for number in range(300)]


def _daily_buyers() -> list[Order]:
    return _regular(1, customers=30, days=240, amount="3.20")


def _weekly_clockwork() -> list[Order]:
    return _regular(7, customers=60, days=730, amount="25.00")


def _subscriptions() -> list[Order]:
    return _regular(30, customers=120, days=800, amount="9.99")


def _one_giant() -> list[Order]:
    giant = [("giant", _day(number // 3), f"{5000 + number}.00") for number in range(2000)]
    return giant + _ordinary("one_giant", customers=60)


def _loyal_customer_left() -> list[Order]:
    loyal = [("loyal", _day(4 * number), "20.00") for number in range(100)]
    return loyal + _ordinary("loyal_customer_left", days=1000)


def _free_orders() -> list[Order]:
    return [(customer, day, "0.00") for customer, day, _ in _ordinary("free_orders")]


def _all_refunds() -> list[Order]:
    return [(customer, day, f"-{amount}") for customer, day, amount in _ordinary("all_refunds")]


def _refunds_first() -> list[Order]:
    orders = _ordinary("refunds_first")
    first_days: dict[str, Order] = {}
    for order in orders:
        first_days.setdefault(order[0], order)
    return orders + [
        (customer, day - timedelta(days=3), f"-{amount}")
        for customer, day, amount in first_days.values()
    ]


def _nets_to_nothing() -> list[Order]:
    orders = _ordinary("nets_to_nothing", customers=100)
    return orders + [(customer, day, f"-{amount}") for customer, day, amount in orders]


def _thirty_days() -> list[Order]:
    return _ordinary("thirty_days", customers=300, days=30)


def _newcomers_only() -> list[Order]:
    return [(f"c{number:04}", _day(number % 4), "12.00") for number in range(120)]


def _sentinel_dates() -> list[Order]:
    sentinels = [date(1900, 1, 1), date(1970, 1, 1), date(2099, 12, 31), date(9999, 12, 31)]
    return _ordinary("sentinel_dates", customers=250) + [
        ("nobody", day, "5.00") for day in sentinels
    ]


def _few_orders_and_a_sentinel() -> list[Order]:
    return [*_ordinary("few_orders")[:10], ("nobody", date(2099, 12, 31), "5.00")]


def _trillions() -> list[Order]:
    return _ordinary("trillions", customers=300, factor=10**11)


def _largest_amounts() -> list[Order]:
    return [(customer, day, LARGEST) for customer, day, _ in _ordinary("largest_amounts")]


def _smallest_amounts() -> list[Order]:
    return [(customer, day, "0.0001") for customer, day, _ in _ordinary("smallest_amounts")]


def _amounts_that_do_not_differ_much() -> list[Order]:
    return [
        (customer, day, f"9.9{number % 2}")
        for number, (customer, day, _) in enumerate(_ordinary("amounts_alike"))
    ]


def _two_worlds() -> list[Order]:
    """Half of the shop is twenty years older than the other half."""
    old = [(f"old_{customer}", day, amount) for customer, day, amount in _ordinary("old", 80)]
    new = [
        (customer, day + timedelta(days=7300), amount)
        for customer, day, amount in _ordinary("new", 80)
    ]
    return old + new


def _duplicates() -> list[Order]:
    """Every order twice, the second time for one more."""
    orders = _ordinary("duplicates")
    return orders + [(customer, day, str(Decimal(amount) + 1)) for customer, day, amount in orders]


ODD_SHOPS: Mapping[str, Callable[[], list[Order]]] = {
    "one_row": _one_row,
    "one_refund": _one_refund,
    "one_customer": _one_customer,
    "one_day": _one_day,
    "all_once": _all_once,
    "daily_buyers": _daily_buyers,
    "weekly_clockwork": _weekly_clockwork,
    "subscriptions": _subscriptions,
    "one_giant": _one_giant,
    "loyal_customer_left": _loyal_customer_left,
    "free_orders": _free_orders,
    "all_refunds": _all_refunds,
    "refunds_first": _refunds_first,
    "nets_to_nothing": _nets_to_nothing,
    "thirty_days": _thirty_days,
    "newcomers_only": _newcomers_only,
    "sentinel_dates": _sentinel_dates,
    "few_orders_and_a_sentinel": _few_orders_and_a_sentinel,
    "trillions": _trillions,
    "largest_amounts": _largest_amounts,
    "smallest_amounts": _smallest_amounts,
    "amounts_alike": _amounts_that_do_not_differ_much,
    "two_worlds": _two_worlds,
    "duplicates": _duplicates,
}


def odd_orders(name: str) -> pa.Table:
    """Make the orders of one of `ODD_SHOPS`; of duplicates the second half repeats the ids."""
    orders = ODD_SHOPS[name]()
    ids = len(orders) // 2 if name == "duplicates" else len(orders)
    customers, days, amounts = zip(*orders, strict=True)
    return pa.table(
        {
            "order_id": [f"o{number % ids}" for number in range(len(orders))],
            "customer_id": customers,
            "ordered_at": days,
            "amount": _money(amounts),
        }
    )


def _money(amounts: Iterable[str | Decimal | None]) -> pa.Array:
    smallest = Decimal("0.0001")
    return pa.array(
        [
            None if amount is None else Decimal(amount).quantize(smallest, ROUND_DOWN, WIDE)
            for amount in amounts
        ],
        MONEY,
    )


def _campaigns(first_days: Mapping[str, date]) -> dict[str, pa.Table]:
    """Make campaigns of customers with these first days, their members, offers and redemptions."""
    first, last = min(first_days.values(), default=START), max(first_days.values(), default=START)
    starts = {
        "first_days": first,
        "last_day": last,
        "later": date(2199, 1, 1),
        "no|controls": first,
        "no": first,
        "two_arms": first,
        "nobody": first,
    }
    customers = [*first_days, "never_0"]
    members = [
        (campaign, customer, "letter" if number % 2 or campaign == "no|controls" else "control")
        for campaign in starts
        if campaign not in ("no", "nobody")
        for number, customer in enumerate(customers)
    ]
    # With a line in between a campaign and its arm are those of another.
    members += [("no", customer, "controls|letter") for customer in customers]
    members += [
        ("two_arms", customer, ("letter", "control")[number % 2])
        for number, customer in enumerate(customers)
    ]
    return {
        "campaigns": pa.table(
            {
                "campaign_id": list(starts),
                "name": list(starts),
                "starts_on": list(starts.values()),
                "unit_cost": _money(["0.5"] * len(starts)),
                "fixed_cost": _money(["100"] * len(starts)),
            }
        ),
        "campaign_members": pa.table(
            {
                "campaign_id": [campaign for campaign, _, _ in members],
                "customer_id": [customer for _, customer, _ in members],
                "arm": [arm for _, _, arm in members],
                "assigned_on": pa.array(
                    [
                        first_days.get(customer) if campaign == "first_days" else None
                        for campaign, customer, _ in members
                    ],
                    pa.date32(),
                ),
                "planned_share": [0.5] * len(members),
            }
        ),
        "offers": pa.table(
            {
                "offer_id": ["gift"],
                "name": ["gift"],
                "campaign_id": ["first_days"],
                "unit_cost": _money(["5"]),
            }
        ),
        "redemptions": pa.table(
            {
                "redemption_id": pa.array(map(str, range(len(first_days))), pa.string()),
                "offer_id": pa.array(["gift"] * len(first_days), pa.string()),
                "customer_id": pa.array(list(first_days), pa.string()),
                "redeemed_on": pa.array(list(first_days.values()), pa.date32()),
            }
        ),
    }


def _spend(first_days: Mapping[str, date]) -> pa.Table:
    """Make spend for every goal on the first and the last of these days, before and after all."""
    first, last = min(first_days.values(), default=START), max(first_days.values(), default=START)
    days = (first, last, date(1990, 1, 1), date(2199, 1, 1))
    rows = [
        (day, goal, channel, campaign)
        for day in days
        for goal, channel, campaign in (
            ("acquire", None, None),
            ("acquire", "posters", None),
            ("retain", None, None),
            ("win_back", None, "first_days"),
            ("win_back", None, "no"),
        )
    ]
    periods, goals, channels, campaigns = zip(*rows, strict=True)
    return pa.table(
        {
            "spend_id": list(map(str, range(len(rows)))),
            "period_start": list(periods),
            "goal": list(goals),
            "channel": pa.array(channels, pa.string()),
            "campaign_id": pa.array(campaigns, pa.string()),
            "cost": _money(["0" if goal == "retain" else LARGEST for goal in goals]),
        }
    )


def other_inputs(orders: pa.Table) -> dict[str, pa.Table]:
    """Make every other input for the orders.

    Parameters
    ----------
    orders
        Columns order_id, customer_id, ordered_at, amount.

    Returns
    -------
    dict
        Tables by input. Customers have registered ten days before their first order, and three
        have never ordered; every order has two lines, of which the second has no cost for every
        third order; every customer has been contacted once, for more than many have ever paid.
        Of the campaigns one begins on each customer's first day, one on the last of these days,
        and one after the end of time; one has no controls, one no members, and all members of one
        are in two arms. Somebody who never ordered is in each, and all of the first campaign have
        taken up its offer. Spend is as large as it can be, and on some channels nobody was got.
    """
    rows = orders.to_pylist()
    first_days: dict[str, date] = {}
    for row in rows:
        customer, day = row["customer_id"], row["ordered_at"]
        first_days[customer] = min(day, first_days.get(customer, day))
    known = first_days | {f"never_{number}": START for number in range(3)}
    lines = [(row, line) for row in rows for line in (1, 2)]
    return {
        "customers": pa.table(
            {
                "customer_id": list(known),
                "registered_at": [day - timedelta(days=10) for day in known.values()],
                "acquisition_cost": _money(["4.50"] * len(known)),
            }
        ),
        "order_lines": pa.table(
            {
                "order_id": [row["order_id"] for row, _ in lines],
                "line_number": [str(line) for _, line in lines],
                "product_id": ["p"] * len(lines),
                "category": ["c"] * len(lines),
                "quantity": _money(["1"] * len(lines)),
                "amount": _money(row["amount"] / 2 for row, _ in lines),
                "product_cost": _money(
                    None if line == 2 and number % 3 == 0 else row["amount"] / 3
                    for number, (row, line) in enumerate(lines)
                ),
            }
        ),
        "contact_costs": pa.table(
            {
                "customer_id": list(first_days),
                "contacted_on": list(first_days.values()),
                "channel": ["mail"] * len(first_days),
                "cost": _money(["30"] * len(first_days)),
                "campaign_id": ["first_days"] * len(first_days),
            }
        ),
        **_campaigns(first_days),
        "marketing_spend": _spend(first_days),
    }
