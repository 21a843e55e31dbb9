"""What two shops hand in: CDNOW's sample, and simulated customers with all that can be wrong."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from customer_lifecycle.shops.simulate import PRESETS, simulate_customers, simulate_orders

PROJECT = Path(__file__).resolve().parents[2]
CDNOW = PROJECT / "data" / "demo" / "cdnow" / "orders.parquet"
CDNOW_SAMPLE = PROJECT / "data" / "demo" / "cdnow_sample" / "orders.parquet"

# CDNOW's time, with some customers who buy often enough to be judged by their own gaps.
SHOP = replace(
    PRESETS["shop"],
    start=date(1997, 1, 1),
    end=date(1998, 6, 30),
    alpha=3.0,
    acquisition_days=500,
    margin=0.4,
)
SIMULATED_CUSTOMERS = 800
# The first build sees neither what comes after this day nor the late orders before it.
FIRST_LOAD_ENDS = date(1998, 5, 20)
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

# What came in: two shops in one. CDNOW's orders have no cost, discount or channel; the simulated
# ones also have refunds, late arrivals, repeated keys and rows that are to be rejected.
ORDERS = """
create table orders as
with simulated as (
    select
        order_id as number,
        customer_id,
        cast(ordered_at as timestamp) + to_minutes(cast(order_id % 1440 as integer)) as ordered_at,
        -- Means of two such amounts lie between two fourth decimals.
        cast(amount + 0.0001 * (order_id % 2) as decimal(18, 4)) as amount,
        cast(product_cost as decimal(18, 4)) as product_cost,
        case order_id % 4
            when 0 then cast(amount * 0.1 as decimal(18, 4))
            when 1 then cast(0 as decimal(18, 4))
        end as discount_amount,
        case order_id % 5 when 0 then 'shop' when 1 then 'app' when 2 then null else 'web' end
            as channel
    from simulated_orders
)
select 'C' || order_id as order_id, customer_id, cast(ordered_at as timestamp) as ordered_at,
    cast(amount as decimal(18, 4)) as amount, cast(null as decimal(18, 4)) as product_cost,
    cast(null as decimal(18, 4)) as discount_amount, cast(null as varchar) as channel,
    'USD' as currency, cast(null as timestamp) as updated_at
from read_parquet(?)
union all by name
select 'S' || number as order_id, * exclude (number), 'USD' as currency from simulated
union all by name
select 'R' || number as order_id, customer_id, ordered_at + to_days(9) as ordered_at,
    cast(-amount / (1 + number % 2) as decimal(18, 4)) as amount, channel, 'USD' as currency
from simulated
where number % 17 = 0 and ordered_at + to_days(9) < timestamp '1998-07-01'
union all by name
select 'S' || number as order_id, customer_id, ordered_at, 2 * amount as amount,
    ordered_at + to_days(1) as updated_at
from simulated
where number % 211 = 0
union all by name
select
    case number % 7 when 0 then null else 'X' || number end as order_id,
    case number % 7 when 1 then ' ' else customer_id end as customer_id,
    case number % 7 when 2 then null when 3 then {infinity} else ordered_at end as ordered_at,
    case number % 7
        when 4 then 'ten' when 5 then 'NaN' when 6 then null else cast(amount as varchar)
    end as amount,
    'a "quoted"' || chr(10) || 'channel, ' || chr(92) || ' and more' as channel
from simulated
where number % 97 = 0
"""

CUSTOMERS = """
create table customers as
select
    customer_id,
    -- As text: a day, and moments with and without an offset.
    strftime(registered_at, '%Y-%m-%d') || case row_number() over (order by customer_id) % 7
        when 0 then '' when 1 then ' 23:30:00' when 2 then 'T02:15Z' when 3 then ' 1:05:09.5 +0530'
        when 4 then ' 02:00:00-11:00' when 5 then ' 04:59 UTC' else ' 23:59:59.999'
    end as registered_at,
    case when row_number() over (order by customer_id) % 3 = 0 then 'search' else 'friends' end
        as acquisition_channel,
    cast(7.35 as decimal(18, 4)) as acquisition_cost,
    customer_id < 'C00000400' as marketing_consent,
    x_true_rate,
    x_dropped_out_on
from simulated_customers
where customer_id >= 'C00000100'
union all by name
select 'N' || number as customer_id,
    case number % 10
        when 3 then '1998-02-30' when 4 then '01/02/1998' when 5 then '1998-01-02 25:00Z'
        else strftime(date '1998-01-01' + cast(number as integer), '%Y/%m/%d')
    end as registered_at
from range(100) as numbers (number)
union all by name
select 'N200' as customer_id
"""

# Of a third of CDNOW's orders; of one in three of those a line has no cost.
ORDER_LINES = """
create table order_lines as
with bought as (
    select
        order_id,
        cast(substr(order_id, 3) as integer) as number,
        line_number,
        cast(cast(amount as decimal(18, 4)) / 2 as decimal(18, 4)) as amount
    from orders
    cross join range(1, 3) as lines (line_number)
    where order_id like 'C%' and number % 3 = 0
)
select
    order_id,
    line_number,
    'P' || (number + line_number) % 50 as product_id,
    case number % 4 when 0 then null else 'category ' || number % 4 end as category,
    cast(1 + number % 5 as varchar) as quantity,
    amount,
    case when number % 9 > 0 or line_number = 1 then cast(0.47 * amount as decimal(18, 4)) end
        as product_cost
from bought
union all by name
select order_id, line_number, 'Q' as product_id, '2' as quantity, amount + number % 2 as amount
from bought
where number % 33 = 0
union all by name
select
    case number % 5 when 0 then null else order_id end as order_id,
    case number % 5 when 1 then null else 3 end as line_number,
    case number % 5 when 2 then 'ten' when 3 then 'NaN' when 4 then null else '1' end as quantity,
    amount
from bought
where number % 21 = 0 and line_number = 1
union all by name
select 'Z' || number as order_id, line_number, '1' as quantity, amount, amount as product_cost
from bought
where number % 99 = 0
"""

# Contacts before, between and after the orders, and of people of whom nothing else is known.
CONTACT_COSTS = """
create table contact_costs as
with people as (
    select
        customer_id,
        row_number() over (order by customer_id) as number,
        contact_number
    from (select distinct customer_id from orders where customer_id <> '')
    cross join range(3) as contacts (contact_number)
),

contacts as (
    select
        customer_id,
        number,
        timestamptz '1996-12-20 03:00:00+00' + to_days(cast((number * 7919) % 600 as integer))
            as contacted_on,
        case number % 3 when 0 then 'phone' else 'mail' end as channel,
        cast((number % 11) * 0.33 - 0.1 as decimal(18, 4)) as cost,
        case when number % 4 = 0 then 'K' || number % 9 end as campaign_id
    from people
)
select customer_id, contacted_on, channel, cast(cost as varchar) as cost, campaign_id from contacts
union all by name
select customer_id, contacted_on + to_hours(3) as contacted_on, channel,
    cast(cost + number % 2 as varchar) as cost
from contacts
where number % 37 = 0
union all by name
select 'V' || number as customer_id, contacted_on, channel, '0.5' as cost
from contacts
where number % 41 = 0
union all by name
select
    case number % 7 when 0 then null else 'W' || number end as customer_id,
    case number % 7 when 1 then null when 2 then {infinity} else contacted_on end as contacted_on,
    case number % 7 when 3 then ' ' else channel end as channel,
    case number % 7 when 4 then 'ten' when 5 then '-inf' when 6 then null else '1' end as cost
from contacts
where number % 31 = 0
"""

# Most of one kind, one without a word on chance, one with three arms, one that ends early, one with
# strata, one that begins after all orders; and what cannot be read.
CAMPAIGNS = """
create table campaigns as
select
    'K' || number as campaign_id,
    'wave ' || number as name,
    timestamptz '1997-08-01 12:00:00+00' + to_days(cast(31 * number as integer)) as starts_on,
    case when number = 7 then '1998-03-10' end as ends_on,
    case when number = 6 then null else 'letter' end as kind,
    case number % 2 when 0 then '0.35' else null end as unit_cost,
    cast(10 * number as decimal(18, 4)) as fixed_cost,
    case number when 3 then '14' when 4 then 'two' end as window_days,
    case when number <> 6 then number <> 5 end as is_randomised
from range(9) as waves (number)
union all by name
select 'K1' as campaign_id, 'again' as name, timestamptz '1999-01-01 12:00:00+00' as starts_on
union all by name
select 'K20' as campaign_id, 'after all' as name, timestamptz '1999-01-01 12:00:00+00' as starts_on
union all by name
select 'K21' as campaign_id, 'never' as name
"""

CAMPAIGN_MEMBERS = """
create table campaign_members as
with people as (
    select customer_id, row_number() over (order by customer_id) as number
    from (select distinct customer_id from orders where customer_id <> '')
),

members as (
    select
        'K' || wave as campaign_id,
        customer_id,
        number,
        wave,
        case when wave = 8 then case number % 2 when 1 then 'odd' else 'even' end end as stratum,
        (number * 7919 + wave * 104729) % 1000 as draw
    from people
    cross join range(9) as waves (wave)
    where (number + wave) % 3 = 0
)
select
    campaign_id,
    customer_id,
    case
        when draw < 300 or (stratum = 'odd' and draw < 500) then 'Control'
        when draw < 400 and wave = 2 then 'card'
        else 'letter'
    end as arm,
    stratum,
    case when wave = 7
        then timestamptz '1998-03-06 12:00:00+00' + to_days(cast(number % 7 as integer)) end
        as assigned_on,
    case
        when wave = 2 then null
        when stratum = 'odd' then '0.5'
        when draw < 300 then '0.3'
        else '0.7'
    end as planned_share,
    case when wave <> 4 then cast(((number * 31) % 100) / 400.0 as decimal(18, 4)) end
        as probability_purchase,
    cast((number * 17) % 23 as varchar) as expected_amount
from members
union all by name
select campaign_id, customer_id, 'control' as arm
from members
where number % 59 = 0
union all by name
select 'K' || number as campaign_id, case number % 3 when 0 then null else customer_id end
    as customer_id, case number % 3 when 1 then ' ' else 'letter' end as arm
from people
where number % 97 = 0
"""

OFFERS = """
create table offers as
select
    'F' || number as offer_id,
    'offer' as name,
    case number when 3 then null else 'K' || number end as campaign_id,
    cast(number as varchar) as unit_cost
from range(4) as offers (number)
"""

REDEMPTIONS = """
create table redemptions as
select
    row_number() over (order by campaign_id, customer_id) as redemption_id,
    'F' || (cast(substr(campaign_id, 2) as integer) % 5) as offer_id,
    customer_id,
    timestamp '1997-09-10' as redeemed_on,
    case when length(customer_id) % 2 = 0 then '1.5' end as cost
from campaign_members
where arm = 'letter' and hash(customer_id) % 9 = 0
"""

# Of channels with customers and without, and of all campaigns. Some lies beyond all orders, some is
# wrong.
MARKETING_SPEND = """
create table marketing_spend as
select
    number as spend_id,
    timestamptz '1997-01-01 12:00:00+00' + to_days(cast(number * 4 as integer)) as period_start,
    case number % 3 when 0 then 'acquire' when 1 then 'Retain' else 'win_back' end as goal,
    case number % 5 when 0 then 'search' when 1 then 'friends' when 2 then 'radio' end as channel,
    case when number % 3 = 2 then 'K' || number % 9 end as campaign_id,
    cast(cast(100 + (number * 7919) % 977 * 0.0137 as decimal(18, 4)) as varchar) as cost
from range(150) as bills (number)
union all by name
select number as spend_id, timestamptz '1998-01-01 12:00:00+00' as period_start, 'acquire' as goal,
    '0.5' as cost
from range(3) as bills (number)
union all by name
select
    case number when 0 then null else 1000 + number end as spend_id,
    case number when 1 then null when 2 then {infinity}
        else timestamptz '1998-01-01 12:00:00+00' end as period_start,
    case number when 3 then null when 4 then 'fun' else 'retain' end as goal,
    case number when 5 then '-1' when 6 then 'ten' when 7 then 'NaN' when 8 then null else '1' end
        as cost
from range(9) as bills (number)
"""

FIRST_ORDERS = f"""
from orders
where ordered_at is null or (
    ordered_at < timestamp '{FIRST_LOAD_ENDS}'
    and not (ordered_at >= timestamp '1998-02-01' and hash(order_id) % 50 = 0)
)
"""


def simulate_input(*, has_infinity: bool) -> duckdb.DuckDBPyConnection:
    """The inputs as tables in memory; moments may be infinite where a warehouse has such."""
    inputs = duckdb.connect()
    for name, batches in {
        "simulated_orders": simulate_orders(SHOP, SIMULATED_CUSTOMERS, 1),
        "simulated_customers": simulate_customers(SHOP, SIMULATED_CUSTOMERS, 1),
    }.items():
        inputs.register(name, pa.Table.from_batches(batches))
    infinity = "'infinity'" if has_infinity else "null"
    inputs.execute(ORDERS.replace("{infinity}", infinity), [str(CDNOW_SAMPLE)])
    for statement in (
        CUSTOMERS, ORDER_LINES, CONTACT_COSTS, CAMPAIGNS, CAMPAIGN_MEMBERS, OFFERS, REDEMPTIONS,
        MARKETING_SPEND,
    ):  # fmt: skip
        inputs.execute(statement.replace("{infinity}", infinity))
    return inputs


def queries(round_name: str) -> dict[str, str]:
    """What each input is read by in the first round, and in the one after late orders have come."""
    orders = FIRST_ORDERS if round_name == "first" else "from orders"
    return {name: orders if name == "orders" else f"from {name}" for name in INPUTS}
