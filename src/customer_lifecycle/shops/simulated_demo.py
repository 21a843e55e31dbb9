"""The second demo: a shop with costs whose law is known.

Run ``python -m customer_lifecycle.shops.simulated_demo [--output data/demo/simulated]``; it writes

- ``<output>/{orders,customers,order_lines,contact_costs,...}.parquet``: the inputs,
- ``<output>.truth.parquet``, beside the folder because it is no input: what is true of each
  customer,
- ``<output>.wave_truth.parquet``: what is true of each wave,
- ``<output>.vars.yml``: the vars that a build of it takes.

Notes
-----
Purchases are those of `simulate.SimulatedShop`: BG/NBD with gamma-gamma amounts. On top of them,
all constants being those of `SimulatedWorld`:

- *Margin* of an order: the customer's base margin, plus the customer's slope times the months since
  the month of the first purchase, plus noise. ``product_cost`` is amount x (1 - margin), to the
  cent. Some customers buy on discount almost always and have a lower base margin.
- *Order lines*: amount and product cost of an order are split over its lines to the cent. Some
  orders leave the product cost to their lines.
- *Refunds* come days after the purchase, of the whole order or of its first line, with the amount
  and the product cost that the purchase had.
- *Contacts* are monthly, from the month after registration on. A contact costs a rate times the
  purchases of the three months before, and never less than the channel's floor. E-mail goes to all
  who consented, the catalogue to those who bought in the month before and, each month, to those on
  its list, a call to those with large purchases in the three months before. Some customers are no
  longer contacted after half a year without a purchase; the others always.
- *Waves*, their members and offers: `simulated_waves`. They move no purchase; some of the e-mails
  belong to them.
- *Spend*: what a customer costs to get is in ``acquisition_cost``; beside it a brand budget that
  belongs to no channel, a club that keeps customers, and an agency's bill for each wave.
- *Faults*: a few rows that cannot be used.

Each part is drawn from a stream of its own, so that a change of one leaves the others as they are.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from customer_lifecycle.shops.cdnow import write_if_different
from customer_lifecycle.shops.simulate import (
    EPOCH,
    NEVER,
    ORDER_NUMBERS,
    SimulatedShop,
    money,
    simulate_customers,
    simulate_orders,
)
from customer_lifecycle.shops.simulated_waves import Shop, WaveTables, simulate_waves

__all__ = ["INPUTS", "WORLD", "ContactChannel", "SimulatedWorld", "simulate_world"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

INPUTS = (
    "orders",
    "customers",
    "order_lines",
    "contact_costs",
    "campaigns",
    "campaign_members",
    "offers",
    "redemptions",
    "marketing_spend",
)

SEED = 1
STREAMS = ("people", "profiles", "orders", "lines", "refunds", "waves")
# Refunds and rows without a customer get numbers behind those of the purchases.
REFUND_NUMBERS = 400_000
FAULT_NUMBERS = 800_000

REGIONS = ("north", "south", "east", "west")
CATEGORIES = ("books", "garden", "home", "kitchen", "sports", "toys")
# Prices, in cents, at which the next product of a category begins.
PRICE_STEPS = np.array([500, 1_000, 2_000, 4_000, 8_000])
PRODUCTS = tuple(f"{name}-{step}" for name in CATEGORIES for step in range(PRICE_STEPS.size + 1))


# Mean amount 44, mean rate 6.7 purchases a year, one purchase in six the last.
SHOP = SimulatedShop(
    start=date(2022, 7, 1),
    end=date(2024, 12, 31),
    acquisition_days=915,
    model="bg_nbd",
    r=0.9,
    alpha=7.0,
    a=0.7,
    b=3.5,
    p=4.0,
    q=4.5,
    k=38.5,
    integer_ids=True,
)


@dataclass(frozen=True)
class ContactChannel:
    """What a contact costs: ``rate`` times recent purchases, at least ``floor``; and its day."""

    floor: float
    rate: float
    day_of_month: int


@dataclass(frozen=True)
class SimulatedWorld:
    """The constants of the simulated world; shares lie between 0 and 1, money is in euros.

    Parameters
    ----------
    shop
        Purchase days and amounts. Customer ids must be whole numbers, times days.
    buyers, prospects
        Customers with and without purchases.
    early_share, early_days
        Share of the buyers who register before the first purchase, and how many days before on
        average (geometric; all others register with the purchase).
    consent_share
        Share of the customers who consent to marketing by e-mail.
    acquisition_costs
        What a customer costs, by acquisition channel; channels are equally frequent.
    margin_a, margin_b
        Base margins are Beta(margin_a, margin_b).
    slope_mean, slope_sd
        Change of a customer's margin per month: normal.
    margin_noise
        Standard deviation of an order's margin around the customer's line.
    margin_limit
        Margins lie within plus and minus this. (None reaches it in the demo.)
    bargain_share, bargain_margin_cut
        Share of the buyers who hunt for bargains, and what that takes off their base margin.
    discount_share, bargain_discount_share
        Chance that an order is discounted: usually, of a bargain hunter.
    discount_rates, bargain_discount_rate
        What is taken off the full price: one of these, equally often; of a bargain hunter.
    channel_shares
        Share of the customers at home in each channel.
    other_channel_share
        Chance that an order comes through another channel.
    more_lines, more_lines_chance
        An order has 1 + Binomial(more_lines, more_lines_chance) lines, but no more than one and
        another for every ``amount_per_line``.
    amount_per_line
        See above.
    favourite_share
        Chance that a line is of the customer's favourite category; else all are equally likely.
    cost_on_lines_share
        Share of the orders whose product cost is on their lines alone.
    refund_share, whole_refund_share, refund_days
        Share of the purchases that are refunded, share of those refunded whole, and the first and
        last number of days after which.
    email, catalogue, call
        The channels of contact.
    catalogue_list_share
        Share of the customers who get the catalogue every month.
    call_from
        Purchases in the three months before from which a customer is called.
    wave_window_days
        Days in which purchases count for a wave.
    stopping_share, stops_after_months
        Share of the customers whom contacts stop for, and after how many months without a purchase.
    brand_cost, club_cost
        What is spent each month on getting customers through no channel, and on keeping them.
    wave_cost
        The agency's bill for a wave, beside what the wave itself costs.
    repeated_orders, repeated_customers
        Rows that are there twice.
    orders_without_customer, orders_without_amount, contacts_without_customer
        Rows, beyond the others, in which that is missing.
    """

    shop: SimulatedShop = SHOP
    buyers: int = 18_500
    prospects: int = 1_500
    early_share: float = 0.3
    early_days: float = 20.0
    consent_share: float = 0.8
    acquisition_costs: tuple[tuple[str, float], ...] = (
        ("marketplace", 8.0),
        ("referral", 4.0),
        ("search", 6.0),
        ("social", 5.0),
    )

    margin_a: float = 7.0
    margin_b: float = 13.0
    slope_mean: float = -0.002
    slope_sd: float = 0.003
    margin_noise: float = 0.01
    margin_limit: float = 0.95
    bargain_share: float = 0.06
    bargain_margin_cut: float = 0.35

    discount_share: float = 0.15
    bargain_discount_share: float = 0.85
    discount_rates: tuple[float, ...] = (0.1, 0.15, 0.2)
    bargain_discount_rate: float = 0.4
    channel_shares: tuple[tuple[str, float], ...] = (("app", 0.3), ("store", 0.2), ("web", 0.5))
    other_channel_share: float = 0.08

    more_lines: int = 3
    more_lines_chance: float = 0.35
    amount_per_line: float = 10.0
    favourite_share: float = 0.5
    cost_on_lines_share: float = 0.1

    refund_share: float = 0.04
    whole_refund_share: float = 0.5
    refund_days: tuple[int, int] = (3, 21)

    email: ContactChannel = ContactChannel(floor=0.05, rate=0.001, day_of_month=3)
    catalogue: ContactChannel = ContactChannel(floor=1.20, rate=0.02, day_of_month=10)
    call: ContactChannel = ContactChannel(floor=6.00, rate=0.015, day_of_month=17)
    catalogue_list_share: float = 0.2
    call_from: float = 300.0
    wave_window_days: int = 30
    stopping_share: float = 0.5
    stops_after_months: int = 6

    brand_cost: int = 1_000
    club_cost: int = 1_500
    wave_cost: int = 400

    repeated_orders: int = 5
    orders_without_customer: int = 4
    orders_without_amount: int = 2
    repeated_customers: int = 2
    contacts_without_customer: int = 3


WORLD = SimulatedWorld()


class _People(NamedTuple):
    """Customers, the buyers first; days count from 1970-01-01, months from January 1970."""

    registered_days: Integers
    first_months: Integers
    weekly_rates: Floats
    dropout_days: Integers
    base_margins: Floats
    margin_slopes: Floats
    is_bargain_hunter: Flags
    home_channels: Integers
    favourites: Integers
    has_consent: Flags
    is_on_catalogue_list: Flags
    is_stopping: Flags


class _Orders(NamedTuple):
    """Orders; an owner is a customer's position, amounts are in cents."""

    ids: Integers
    owners: Integers
    days: Integers
    cents: Integers
    cost_cents: Integers
    discount_cents: Integers
    channels: Integers
    is_cost_on_lines: Flags


class _Lines(NamedTuple):
    """Lines, sorted by order, which is given by its position."""

    orders: Integers
    numbers: Integers
    products: Integers
    quantities: Integers
    cents: Integers
    cost_cents: Integers


class _Contacts(NamedTuple):
    """Contacts of one channel."""

    owners: Integers
    days: Integers
    cents: Integers


def _stream(seed: int, name: str) -> np.random.Generator:
    return np.random.default_rng([seed, STREAMS.index(name)])


def _days(column: pa.ChunkedArray) -> Integers:
    """Days since 1970-01-01, or NEVER."""
    days: Integers = column.cast(pa.int32()).fill_null(NEVER).to_numpy().astype(np.int64)
    return days


def _months(days: Integers) -> Integers:
    months: Integers = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months


def _draw_people(world: SimulatedWorld, seed: int) -> _People:
    rng = _stream(seed, "people")
    size = world.buyers + world.prospects
    truth = pa.Table.from_batches(simulate_customers(world.shop, world.buyers, seed))
    first_days = _days(truth["registered_at"])
    early_days = rng.geometric(1 / world.early_days, world.buyers)
    is_early = rng.random(world.buyers) < world.early_share
    start = (world.shop.start - EPOCH).days
    prospect_days = start + rng.integers(0, world.shop.window_days, world.prospects)
    never = np.full(world.prospects, NEVER)
    is_bargain_hunter = rng.random(size) < world.bargain_share
    base_margins = rng.beta(world.margin_a, world.margin_b, size)
    channel_shares = [share for _, share in world.channel_shares]
    return _People(
        registered_days=np.concatenate([first_days - early_days * is_early, prospect_days]),
        first_months=np.concatenate([_months(first_days), never]),
        weekly_rates=np.concatenate([truth["x_true_rate"].to_numpy(), never * np.nan]),
        dropout_days=np.concatenate([_days(truth["x_dropped_out_on"]), never]),
        base_margins=base_margins - world.bargain_margin_cut * is_bargain_hunter,
        margin_slopes=rng.normal(world.slope_mean, world.slope_sd, size),
        is_bargain_hunter=is_bargain_hunter,
        home_channels=rng.choice(len(channel_shares), size, p=channel_shares),
        favourites=rng.integers(0, len(CATEGORIES), size),
        has_consent=rng.random(size) < world.consent_share,
        is_on_catalogue_list=rng.random(size) < world.catalogue_list_share,
        is_stopping=rng.random(size) < world.stopping_share,
    )


def _draw_purchases(world: SimulatedWorld, people: _People, seed: int) -> _Orders:
    rng = _stream(seed, "orders")
    table = pa.Table.from_batches(simulate_orders(world.shop, world.buyers, seed))
    ids = table["order_id"].to_numpy()
    owners = ids // ORDER_NUMBERS - 1
    days = _days(table["ordered_at"])
    cents = np.rint(table["amount"].cast(pa.float64()).to_numpy() * 100).astype(np.int64)
    size = ids.size

    months = _months(days) - people.first_months[owners]
    margins = people.base_margins[owners] + people.margin_slopes[owners] * months
    margins += rng.normal(0, world.margin_noise, size)
    margins = np.clip(margins, -world.margin_limit, world.margin_limit)

    is_bargain = people.is_bargain_hunter[owners]
    chances = np.where(is_bargain, world.bargain_discount_share, world.discount_share)
    rates = np.where(
        is_bargain, world.bargain_discount_rate, rng.choice(world.discount_rates, size)
    )
    rates *= rng.random(size) < chances

    channels = len(world.channel_shares)
    steps = rng.integers(1, channels, size) * (rng.random(size) < world.other_channel_share)
    return _Orders(
        ids=ids,
        owners=owners,
        days=days,
        cents=cents,
        cost_cents=np.rint(cents * (1 - margins)).astype(np.int64),
        discount_cents=np.rint(cents * rates / (1 - rates)).astype(np.int64),
        channels=(people.home_channels[owners] + steps) % channels,
        is_cost_on_lines=rng.random(size) < world.cost_on_lines_share,
    )


def _split(totals: Integers, counts: Integers, weights: Floats) -> Integers:
    """Split each total into ``counts`` whole parts that add up to it, by weight."""
    ends = np.cumsum(counts)
    sums = np.cumsum(weights)
    before = np.concatenate([[0.0], sums[ends[:-1] - 1]])
    shares = (sums - np.repeat(before, counts)) / np.repeat(sums[ends - 1] - before, counts)
    reached = np.rint(np.repeat(totals, counts) * shares).astype(np.int64)
    parts: Integers = np.diff(reached, prepend=0)
    starts = ends - counts
    parts[starts] = reached[starts]
    return parts


def _draw_lines(world: SimulatedWorld, people: _People, orders: _Orders, seed: int) -> _Lines:
    rng = _stream(seed, "lines")
    most = 1 + orders.cents // round(world.amount_per_line * 100)
    more = rng.binomial(world.more_lines, world.more_lines_chance, orders.ids.size)
    counts = np.minimum(1 + more, most)
    size = int(counts.sum())
    positions = np.repeat(np.arange(counts.size), counts)
    weights = rng.uniform(0.5, 1.5, size)
    cents = _split(orders.cents, counts, weights)
    quantities = rng.choice([1, 1, 1, 2, 3], size)
    categories = np.where(
        rng.random(size) < world.favourite_share,
        people.favourites[orders.owners[positions]],
        rng.integers(0, len(CATEGORIES), size),
    )
    steps = np.searchsorted(PRICE_STEPS, cents // quantities, side="right")
    return _Lines(
        orders=positions,
        numbers=np.arange(size) - np.repeat(np.cumsum(counts) - counts, counts) + 1,
        products=categories * (PRICE_STEPS.size + 1) + steps,
        quantities=quantities,
        cents=cents,
        cost_cents=_split(orders.cost_cents, counts, weights),
    )


def _draw_refunds(
    world: SimulatedWorld, orders: _Orders, lines: _Lines, seed: int
) -> tuple[_Orders, _Lines]:
    """Draw refunds as orders and lines of their own, with negative amounts and quantities."""
    rng = _stream(seed, "refunds")
    size = orders.ids.size
    first, last = world.refund_days
    days = orders.days + rng.integers(first, last + 1, size)
    is_refunded = rng.random(size) < world.refund_share
    is_refunded &= days <= (world.shop.end - EPOCH).days
    is_whole = rng.random(size) < world.whole_refund_share

    kept = is_refunded[lines.orders] & (is_whole[lines.orders] | (lines.numbers == 1))
    refunds = np.flatnonzero(is_refunded)
    positions = np.searchsorted(refunds, lines.orders[kept])
    cents = -np.bincount(positions, lines.cents[kept]).astype(np.int64)
    cost_cents = -np.bincount(positions, lines.cost_cents[kept]).astype(np.int64)
    refund_orders = _Orders(
        ids=orders.ids[refunds] + REFUND_NUMBERS,
        owners=orders.owners[refunds],
        days=days[refunds],
        cents=cents,
        cost_cents=cost_cents,
        discount_cents=np.zeros(refunds.size, np.int64),
        channels=orders.channels[refunds],
        is_cost_on_lines=orders.is_cost_on_lines[refunds],
    )
    refund_lines = _Lines(
        orders=positions,
        numbers=lines.numbers[kept],
        products=lines.products[kept],
        quantities=-lines.quantities[kept],
        cents=-lines.cents[kept],
        cost_cents=-lines.cost_cents[kept],
    )
    return refund_orders, refund_lines


def _draw_contacts(
    world: SimulatedWorld, people: _People, purchases: _Orders
) -> dict[str, _Contacts]:
    """Work out the contacts of each channel from a table of customers x months."""
    first_month, last_month = _months(
        np.array([(day - EPOCH).days for day in (world.shop.start, world.shop.end)])
    )
    months = np.arange(first_month, last_month + 1)
    customers = people.registered_days.size
    cells = purchases.owners * months.size + _months(purchases.days) - first_month
    cents = np.bincount(cells, purchases.cents, customers * months.size)
    cents = cents.reshape(customers, months.size)
    has_bought = cents > 0

    registered = _months(people.registered_days)[:, None]
    recent_cents = np.zeros_like(cents)
    for lag in (1, 2, 3):
        recent_cents[:, lag:] += cents[:, :-lag]
    # The last month with a purchase before each month, else that of the registration.
    last_bought = np.maximum.accumulate(np.where(has_bought, months, registered), axis=1)
    last_bought = np.hstack([registered, last_bought[:, :-1]])
    bought_month_before = np.hstack([np.zeros_like(registered, bool), has_bought[:, :-1]])

    silent_months = months - last_bought
    has_stopped = people.is_stopping[:, None] & (silent_months > world.stops_after_months)
    is_contacted = (registered < months) & ~has_stopped
    receives = {
        "email": people.has_consent[:, None],
        "catalogue": people.is_on_catalogue_list[:, None] | bought_month_before,
        "call": recent_cents >= 100 * world.call_from,
    }
    month_starts = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    contacts = {}
    for name, is_receiver in receives.items():
        channel: ContactChannel = getattr(world, name)
        owners, columns = np.nonzero(is_contacted & is_receiver)
        costs = np.rint(recent_cents[owners, columns] * channel.rate).astype(np.int64)
        contacts[name] = _Contacts(
            owners=owners,
            days=month_starts[columns] + channel.day_of_month - 1,
            cents=np.maximum(costs, round(channel.floor * 100)),
        )
    return contacts


def _dates(days: Integers) -> pa.Array:
    return pa.array(days.astype(np.int32), pa.date32(), mask=days == NEVER)


def _texts(names: Sequence[str], positions: Integers) -> pa.Array:
    return pa.array(names).take(pa.array(positions))


def _without(values: pa.Array, is_missing: Flags) -> pa.Array:
    return pc.if_else(pa.array(is_missing), pa.scalar(None, values.type), values)


def _order_table(world: SimulatedWorld, ids: pa.Array, orders: _Orders) -> pa.Table:
    names = [name for name, _ in world.channel_shares]
    return pa.table(
        {
            "order_id": orders.ids,
            "customer_id": ids.take(pa.array(orders.owners)),
            "ordered_at": _dates(orders.days),
            "amount": money(orders.cents),
            "product_cost": _without(money(orders.cost_cents), orders.is_cost_on_lines),
            "discount_amount": money(orders.discount_cents),
            "channel": _texts(names, orders.channels),
        }
    )


def _line_table(orders: _Orders, lines: _Lines) -> pa.Table:
    categories = lines.products // (PRICE_STEPS.size + 1)
    return pa.table(
        {
            "order_id": orders.ids[lines.orders],
            "line_number": lines.numbers,
            "product_id": _texts(PRODUCTS, lines.products),
            "category": _texts(CATEGORIES, categories),
            "quantity": lines.quantities,
            "amount": money(lines.cents),
            "product_cost": money(lines.cost_cents),
        }
    )


def _customer_table(world: SimulatedWorld, ids: pa.Array, people: _People, seed: int) -> pa.Table:
    rng = _stream(seed, "profiles")
    size = len(ids)
    channels, costs = zip(*world.acquisition_costs, strict=True)
    acquired_by = rng.integers(0, len(channels), size)
    cost_cents = np.rint(100 * np.array(costs)).astype(np.int64)
    return pa.table(
        {
            "customer_id": ids,
            "registered_at": _dates(people.registered_days),
            "acquisition_channel": _texts(channels, acquired_by),
            "acquisition_cost": money(cost_cents[acquired_by]),
            "region": _texts(REGIONS, rng.integers(0, len(REGIONS), size)),
            "marketing_consent": people.has_consent,
            "x_favourite_category": _texts(CATEGORIES, people.favourites),
        }
    )


def _contact_table(
    ids: pa.Array, contacts: dict[str, _Contacts], mailed_campaigns: pa.Array
) -> pa.Table:
    return pa.concat_tables(
        pa.table(
            {
                "customer_id": ids.take(pa.array(channel.owners)),
                "contacted_on": _dates(channel.days),
                "channel": pa.repeat(pa.scalar(name), channel.owners.size),
                "cost": money(channel.cents),
                "campaign_id": (
                    mailed_campaigns
                    if name == "email"
                    else pa.nulls(channel.owners.size, pa.string())
                ),
            }
        )
        for name, channel in contacts.items()
    )


def _draw_waves(
    world: SimulatedWorld,
    ids: pa.Array,
    people: _People,
    purchases: _Orders,
    emails: _Contacts,
    seed: int,
) -> WaveTables:
    shop = Shop(
        ids=ids,
        weekly_rates=people.weekly_rates,
        dropout_days=people.dropout_days,
        owners=purchases.owners,
        days=purchases.days,
        cents=purchases.cents,
        mailed_owners=emails.owners,
        mailed_days=emails.days,
        last_day=(world.shop.end - EPOCH).days,
        window_days=world.wave_window_days,
        dropout_a=world.shop.a,
        dropout_b=world.shop.b,
    )
    return simulate_waves(shop, int(_stream(seed, "waves").integers(2**32)))


def _truth_table(ids: pa.Array, people: _People) -> pa.Table:
    return pa.table(
        {
            "customer_id": ids,
            "weekly_rate": pa.array(people.weekly_rates, from_pandas=True),
            "dropped_out_on": _dates(people.dropout_days),
            "base_margin": people.base_margins,
            "margin_slope": people.margin_slopes,
            "is_bargain_hunter": people.is_bargain_hunter,
            "is_on_catalogue_list": people.is_on_catalogue_list,
            "is_stopping": people.is_stopping,
        }
    )


def _spend_table(world: SimulatedWorld, campaigns: pa.Table) -> pa.Table:
    """Return what was spent each month and on each wave, and two rows that cannot be used."""
    first, last = (np.datetime64(day, "M") for day in (world.shop.start, world.shop.end))
    months = np.arange(first, last + 1).astype("datetime64[D]").tolist()
    waves = campaigns.select(["campaign_id", "starts_on", "kind"]).to_pylist()
    goals = {"win_back": "win_back", "loyalty": "retain"}
    rows: list[tuple[date, str, str | None, int]] = [
        *((month, "acquire", None, world.brand_cost) for month in months),
        *((month, "retain", None, world.club_cost) for month in months),
        *(
            (wave["starts_on"], goals[wave["kind"]], wave["campaign_id"], world.wave_cost)
            for wave in waves
        ),
        # A credit note, and a bill for what is none of the three.
        (months[-1], "acquire", None, -world.brand_cost),
        (months[-1], "brand", None, world.brand_cost),
    ]
    days, names, campaign_ids, costs = zip(*rows, strict=True)
    return pa.table(
        {
            "spend_id": [f"S{number:03d}" for number in range(1, len(rows) + 1)],
            "period_start": pa.array(days, pa.date32()),
            "goal": list(names),
            "channel": pa.nulls(len(rows), pa.string()),
            "campaign_id": pa.array(campaign_ids, pa.string()),
            "cost": money(np.array(costs) * 100),
        }
    )


def _blanked(table: pa.Table, column: str) -> pa.Table:
    """Return the rows without the values of a column."""
    position = table.schema.get_field_index(column)
    empty = pa.nulls(table.num_rows, table.schema.field(column).type)
    return table.set_column(position, column, empty)


def _spread(table: pa.Table, rows: int) -> pa.Table:
    """Return this many rows from all over a table."""
    return table.take(pa.array(np.arange(rows) * (table.num_rows // rows)))


def _faulty_orders(world: SimulatedWorld, orders: pa.Table) -> pa.Table:
    """Return rows that cannot be used: some again, and new ones with a value missing."""
    new = _spread(orders, world.orders_without_customer + world.orders_without_amount)
    new = new.set_column(0, "order_id", pc.add(new["order_id"], FAULT_NUMBERS))
    return pa.concat_tables(
        [
            _spread(orders, world.repeated_orders),
            _blanked(new.slice(0, world.orders_without_customer), "customer_id"),
            _blanked(new.slice(world.orders_without_customer), "amount"),
        ]
    )


def _concatenate(first: tuple[np.ndarray, ...], second: tuple[np.ndarray, ...]) -> list[np.ndarray]:
    return [np.concatenate(columns) for columns in zip(first, second, strict=True)]


def simulate_world(world: SimulatedWorld = WORLD, seed: int = SEED) -> dict[str, pa.Table]:
    """Simulate the inputs of a shop with costs.

    Parameters
    ----------
    world
        The constants.
    seed
        Whole number from 0 on; the same seed gives the same tables.

    Returns
    -------
    dict of pyarrow.Table
        The inputs, ``wave_truth`` as in `simulated_waves.WaveTables`, and ``truth``: per customer
        customer_id, weekly_rate (purchases per week, null without a purchase), dropped_out_on
        (null when it did not happen), base_margin, margin_slope (per month), is_bargain_hunter,
        is_on_catalogue_list, is_stopping.
    """
    people = _draw_people(world, seed)
    purchases = _draw_purchases(world, people, seed)
    purchase_lines = _draw_lines(world, people, purchases, seed)
    refunds, refund_lines = _draw_refunds(world, purchases, purchase_lines, seed)
    refund_lines = refund_lines._replace(orders=refund_lines.orders + purchases.ids.size)
    orders = _Orders(*_concatenate(purchases, refunds))
    lines = _Lines(*_concatenate(purchase_lines, refund_lines))

    ids = pa.array([f"C{number:05d}" for number in range(1, people.has_consent.size + 1)])
    order_rows = _order_table(world, ids, orders)
    customer_rows = _customer_table(world, ids, people, seed)
    contacts = _draw_contacts(world, people, purchases)
    waves = _draw_waves(world, ids, people, purchases, contacts["email"], seed)
    names = waves.campaigns["campaign_id"].combine_chunks()
    is_of_none = waves.mailed_campaigns == NEVER
    mailed_campaigns = names.take(pa.array(waves.mailed_campaigns, mask=is_of_none))
    contact_rows = _contact_table(ids, contacts, mailed_campaigns)
    nobodys_contacts = _blanked(
        _spread(contact_rows, world.contacts_without_customer), "customer_id"
    )
    return {
        "orders": pa.concat_tables([order_rows, _faulty_orders(world, order_rows)]),
        "customers": pa.concat_tables(
            [customer_rows, _spread(customer_rows, world.repeated_customers)]
        ),
        "order_lines": _line_table(orders, lines),
        "contact_costs": pa.concat_tables([contact_rows, nobodys_contacts]),
        "campaigns": waves.campaigns,
        "campaign_members": waves.members,
        "offers": waves.offers,
        "redemptions": waves.redemptions,
        "marketing_spend": _spend_table(world, waves.campaigns),
        "truth": _truth_table(ids, people),
        "wave_truth": waves.truth,
    }


def dbt_vars(folder: Path) -> dict[str, object]:
    """Return the vars of a build of the world that is in a folder."""
    return {"lifecycle_input_dir": folder.as_posix(), "lifecycle_inputs": list(INPUTS)}


def write_world(output: Path, world: SimulatedWorld = WORLD, seed: int = SEED) -> dict[Path, bool]:
    """Write the inputs of a simulated shop, and beside them its truth and the vars of a build.

    Parameters
    ----------
    output
        Folder of the inputs.
    world
        The constants.
    seed
        Whole number from 0 on; the same seed gives the same bytes (with the same versions of numpy
        and pyarrow).

    Returns
    -------
    dict
        Each file and whether it was written (false: it was there and right).
    """
    beside = f"{output}."
    contents = {Path(f"{beside}vars.yml"): json.dumps(dbt_vars(output)).encode()}
    for name, table in simulate_world(world, seed).items():
        place = output / name if name in INPUTS else Path(beside + name)
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd")
        contents[Path(f"{place}.parquet")] = sink.getvalue().to_pybytes()
    return {path: write_if_different(path, content) for path, content in contents.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the demo from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m customer_lifecycle.shops.simulated_demo",
        description="Write the inputs of a simulated shop with costs.",
        epilog=f"Its law: {SimulatedWorld.__doc__}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--output", type=Path, default=Path("data/demo/simulated"))
    parser.add_argument("--seed", type=int, default=SEED, help=f"default {SEED}")
    options = parser.parse_args(arguments)
    for path, is_new in write_world(options.output, seed=options.seed).items():
        print(f"{'written' if is_new else 'unchanged'}: {path}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
