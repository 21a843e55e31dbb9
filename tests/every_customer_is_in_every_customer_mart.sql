-- Known customers are in customer_lifecycle, customer_value, customer_360; those who have bought
-- also in customer_silence, customer_rfm and customer_purchase_forecast. A row per mart that errs.
with buyers as (

    select * from {{ ref('customer_lifecycle') }}
    where lifecycle_stage <> 'potential'

),

counts as (

    {% for mart in ['customer_lifecycle', 'customer_value', 'customer_360'] %}
    select
        '{{ mart }}' as mart,
        (select count(*) from {{ ref(mart) }}) as customers,
        (select count(*) from {{ ref('int_lifecycle__customers') }}) as expected
    union all
    {% endfor %}
    {% for mart in ['customer_silence', 'customer_rfm', 'customer_purchase_forecast'] %}
    select
        '{{ mart }}' as mart,
        (select count(*) from {{ ref(mart) }}) as customers,
        (select count(*) from buyers) as expected
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select * from counts
where customers <> expected
