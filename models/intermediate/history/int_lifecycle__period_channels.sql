-- How many channels a customer purchased through in a period, and how many of them for the first
-- time. Of the orders that make purchase days (so no refunds), those whose channel is known.
{{ config(enabled=customer_lifecycle.has_room('history')) }}

with orders as (

    select * from {{ ref('stg_lifecycle__orders') }}

),

used_channels as (

    select
        customer_id,
        channel,
        {{ customer_lifecycle.period_start('ordered_on') }} as period_started_on
    from orders
    where
        channel is not null
        and amount >= {{ var('lifecycle_minimum_purchase_amount') }}
        and ordered_on <= (select as_of.as_of_date from {{ ref('lifecycle_as_of') }} as as_of)
    group by customer_id, channel, {{ customer_lifecycle.period_start('ordered_on') }}

),

first_uses as (

    select
        customer_id,
        channel,
        min(period_started_on) as first_used_in
    from used_channels
    group by customer_id, channel

),

known_since as (

    select
        customer_id,
        min(first_used_in) as channels_known_since
    from first_uses
    group by customer_id

),

period_channels as (

    select
        used_channels.customer_id,
        used_channels.period_started_on,
        cast(count(*) as integer) as channels,
        cast(count(
            case when used_channels.period_started_on = first_uses.first_used_in then 1 end
        ) as integer) as new_channels,
        used_channels.period_started_on > known_since.channels_known_since
            as has_known_channel_before
    from used_channels
    inner join first_uses
        on
            used_channels.customer_id = first_uses.customer_id
            and used_channels.channel = first_uses.channel
    inner join known_since on used_channels.customer_id = known_since.customer_id
    group by
        used_channels.customer_id,
        used_channels.period_started_on,
        known_since.channels_known_since

)

select * from period_channels
