-- Buckets of the mean amount of a purchase day in an active period, the last one open above: cut at
-- quantiles of all active periods (equal cuts are one), or where the seed says.
{{ config(enabled=customer_lifecycle.has_room('markov')) }}
{%- set is_fixed = var('lifecycle_amount_cuts') == 'seed' %}
{%- set buckets = var('lifecycle_amount_bucket_count') | int(default=1) %}
{%- set money = var('lifecycle_money_type') %}

with active_periods as (

    select * from {{ ref('int_lifecycle__active_periods') }}

),

fixed_cuts as (

    select lower_amount from {{ ref('lifecycle_amount_buckets') }}

),

quantile_cuts as (

    {% for bucket in range(1, buckets) %}
    select
        cast(
            {{ customer_lifecycle.quantile('average_amount', bucket / buckets) }} as {{ money }}
        )
            as lower_amount
    from active_periods
    union all
    {% endfor %}
    select cast(null as {{ money }}) as lower_amount

),

lower_amounts as (

    select lower_amount from quantile_cuts
    where lower_amount > 0 and not {{ is_fixed }}
    union
    select cast(lower_amount as {{ money }}) as lower_amount from fixed_cuts
    where lower_amount > 0 and {{ is_fixed }}
    union
    select cast(0 as {{ money }}) as lower_amount

),

amount_buckets as (

    select
        cast(row_number() over (order by lower_amount) as integer) as amount_bucket,
        lower_amount,
        cast(lead(lower_amount) over (order by lower_amount) as {{ money }}) as upper_amount
    from lower_amounts

)

select * from amount_buckets
