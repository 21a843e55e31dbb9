-- Buckets of the mean amount of a purchase day in an active period, the last one open above: cut at
-- quantiles of all active periods (equal cuts are one), or where the seed says.
{{ config(enabled=customer_lifecycle.has_room('markov')) }}
{%- set is_fixed = var('lifecycle_amount_cuts') == 'seed' %}
{%- set buckets = var('lifecycle_amount_bucket_count') | int(default=1) %}
{%- set money = var('lifecycle_money_type') %}
{%- set shares = {} %}
{%- for bucket in range(1, buckets) %}{% do shares.update({'cut_' ~ bucket: bucket / buckets}) %}
{%- endfor %}

with active_periods as (

    select * from {{ ref('int_lifecycle__active_periods') }}

),

fixed_cuts as (

    select lower_amount from {{ ref('lifecycle_amount_buckets') }}

),

{% if shares -%}
quantiles as (

    {{ customer_lifecycle.quantiles('active_periods', 'average_amount', shares) }}

),

{% endif -%}
all_cuts as (

    select cast(0 as {{ money }}) as lower_amount
    union all
    select cast(lower_amount as {{ money }}) as lower_amount from fixed_cuts
    where {{ is_fixed }}
    {%- for cut in shares %}
    union all
    select cast({{ cut }} as {{ money }}) as lower_amount from quantiles
    where not {{ is_fixed }}
    {%- endfor %}

),

lower_amounts as (

    select distinct lower_amount from all_cuts
    where lower_amount >= 0

),

amount_buckets as (

    select
        cast(row_number() over (order by lower_amount) as integer) as amount_bucket,
        lower_amount,
        cast(lead(lower_amount) over (order by lower_amount) as {{ money }}) as upper_amount
    from lower_amounts

)

select * from amount_buckets
