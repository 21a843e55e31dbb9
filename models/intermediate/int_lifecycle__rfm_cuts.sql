-- The four cuts of each RFM score, from the customers' values or from the seed of fixed cuts.
-- Decimals, since interpolation in floating point puts a cut between equal values a hair below
-- them, and then the value would count as above its own cut. Fifths between amounts are exact so.
with rfm_values as (

    select * from {{ ref('int_lifecycle__rfm_values') }}

),

fixed_cuts as (

    select
        measure,
        cut_number,
        cast(cut_value as decimal(24, 6)) as cut_value
    from {{ ref('lifecycle_rfm_fixed_cuts') }}

),

learnt_cuts as (

    {% for measure, column in [
        ('recency', 'recency_days'), ('frequency', 'frequency'), ('monetary', 'monetary')
    ] %}
    {% set is_last_measure = loop.last %}
    {% for cut_number in range(1, 5) %}
    select
        '{{ measure }}' as measure,
        {{ cut_number }} as cut_number,
        cast(
            {{ customer_lifecycle.quantile(column, cut_number / 5) }} as decimal(24, 6)
        ) as cut_value
    from rfm_values
    {% if not (loop.last and is_last_measure) %}union all{% endif %}
    {% endfor %}
    {% endfor %}

),

rfm_cuts as (

    select * from fixed_cuts
    where '{{ var("lifecycle_rfm_cuts") }}' = 'seed'
    union all
    select * from learnt_cuts
    where '{{ var("lifecycle_rfm_cuts") }}' = 'quantile'

)

select * from rfm_cuts
