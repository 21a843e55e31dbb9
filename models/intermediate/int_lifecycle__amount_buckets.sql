-- Buckets of the mean amount of a purchase day in an active period, the last one open above: cut at
-- quantiles of all active periods (equal cuts are one), or where the seed says.
{%- set buckets = var('lifecycle_amount_bucket_count') | int(1) %}

with {% if var('lifecycle_amount_cuts') == 'seed' -%}
cuts as (

    select distinct cast(lower_amount as decimal(18, 4)) as lower_amount
    from {{ ref('lifecycle_amount_buckets') }}
    where lower_amount > 0

),
{%- else -%}
active_periods as (

    select * from {{ ref('int_lifecycle__active_periods') }}

),

quantiles as (

    {% for bucket in range(1, buckets) %}
    select
        cast({{ customer_lifecycle.quantile('average_amount', bucket / buckets) }} as decimal(18, 4))
            as lower_amount
    from active_periods
    union all
    {% endfor %}
    select cast(null as decimal(18, 4)) as lower_amount

),

cuts as (

    select distinct lower_amount from quantiles
    where lower_amount > 0

),
{%- endif %}

with_zero as (

    select lower_amount from cuts
    union all
    select cast(0 as decimal(18, 4)) as lower_amount

),

amount_buckets as (

    select
        cast(row_number() over (order by lower_amount) as integer) as amount_bucket,
        lower_amount,
        lead(lower_amount) over (order by lower_amount) as upper_amount
    from with_zero

)

select * from amount_buckets
