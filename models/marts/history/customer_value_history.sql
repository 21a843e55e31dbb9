-- What each customer had brought by each period end, in all and in the year before, and who was
-- worth most by that. It is what was, and no forecast: purchase_model_history keeps the models of
-- the time, but not what they expected of each customer.
{{ config(
    enabled=customer_lifecycle.has_room('history') and customer_lifecycle.has_room('value')
) }}
{%- set money = var('lifecycle_money_type') %}

with history_periods as (

    select
        period_end,
        -- 12 months, 4 quarters or 52 weeks: what ended before lies 364 days back at the least.
        cast({{ dbt.dateadd('day', -364, 'period_end') }} as date) as year_before
    from {{ ref('int_lifecycle__history_periods') }}

),

customers as (

    select * from {{ ref('int_lifecycle__customers') }}

),

purchase_history as (

    select * from {{ ref('int_lifecycle__purchase_history') }}

),

customer_value_ledger as (

    select * from {{ ref('customer_lifecycle', 'customer_value_ledger') }}

),

tiers as (

    select
        value_tier,
        customer_share,
        tier_number = max(case when customer_share is not null then tier_number end) over ()
            as is_last,
        sum(customer_share) over (order by tier_number rows unbounded preceding) as share_up_to_here
    from {{ ref('lifecycle_value_tiers') }}

),

so_far as (

    -- What they had brought from each period of theirs up to the next.
    select
        customer_id,
        period_end,
        sum(value) over (
            partition by customer_id order by period_end rows unbounded preceding
        ) as value_so_far,
        lead(period_end) over (partition by customer_id order by period_end) as next_period_end
    from customer_value_ledger

),

{% for relation, day in [('by_then', 'period_end'), ('a_year_before', 'year_before')] -%}
{{ relation }} as (

    select
        so_far.customer_id,
        history_periods.period_end,
        so_far.value_so_far
    from so_far
    inner join history_periods
        on
            so_far.period_end <= history_periods.{{ day }}
            and (
                so_far.next_period_end is null
                or so_far.next_period_end > history_periods.{{ day }}
            )

),

{% endfor -%}
known as (

    select
        customers.customer_id,
        history_periods.period_end,
        coalesce(purchase_history.first_purchase_on <= history_periods.period_end, false)
            as has_bought
    from customers
    inner join history_periods on customers.known_since <= history_periods.period_end
    left join purchase_history on customers.customer_id = purchase_history.customer_id

),

with_values as (

    select
        known.*,
        cast(coalesce(by_then.value_so_far, 0) as {{ money }}) as value_so_far,
        cast(
            coalesce(by_then.value_so_far, 0) - coalesce(a_year_before.value_so_far, 0)
            as {{ money }}
        ) as value_of_year
    from known
    left join by_then
        on known.customer_id = by_then.customer_id and known.period_end = by_then.period_end
    left join a_year_before
        on
            known.customer_id = a_year_before.customer_id
            and known.period_end = a_year_before.period_end

),

ranked as (

    -- As in value_tiers: equal values are in the same tier, that of the first of them. Only those
    -- who have brought nothing, often most of them, are in the last tier.
    select
        *,
        row_number() over (
            partition by period_end, has_bought
            order by value_of_year desc, value_so_far desc, customer_id asc
        ) as place,
        cast(
            rank() over (partition by period_end, has_bought order by value_of_year desc) - 1
            as {{ customer_lifecycle.double_type() }}
        ) / count(*) over (partition by period_end, has_bought) as share_above
    from with_values

),

customer_value_history as (

    select
        ranked.customer_id,
        ranked.period_end,
        cast(tiers.value_tier as {{ dbt.type_string() }}) as realised_tier,
        ranked.value_so_far,
        ranked.value_of_year,
        cast(case when ranked.has_bought then ranked.place end as integer) as realised_rank
    from ranked
    left join tiers
        on
            {{ customer_lifecycle.both_known('ranked.customer_id', 'tiers.value_tier') }}
            ranked.has_bought
            and (
                (ranked.value_of_year < 0 and tiers.customer_share is null)
                or (ranked.value_of_year = 0 and tiers.is_last)
                or (
                    ranked.value_of_year > 0
                    and tiers.share_up_to_here - tiers.customer_share <= ranked.share_above
                    and ranked.share_above < tiers.share_up_to_here
                )
            )

)

select * from customer_value_history
