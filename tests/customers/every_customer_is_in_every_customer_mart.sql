-- Known customers are in customer_360, customer_value and customer_lifecycle; those who have bought
-- also in customer_silence, customer_rfm and customer_purchase_forecast. A row per mart that errs.
{%- set marts = {
    'customer_360': 'known', 'customer_value': 'known', 'customer_lifecycle': 'known',
    'customer_silence': 'buyers', 'customer_rfm': 'buyers', 'customer_purchase_forecast': 'buyers',
} %}
{%- set rooms = {
    'customer_lifecycle': 'lifecycle', 'customer_rfm': 'segments',
    'customer_purchase_forecast': 'purchase_models',
} %}

{% if customer_lifecycle.are_built(
    ['int_lifecycle__customers', 'int_lifecycle__purchase_history']
) -%}
with known as (

    select * from {{ ref('int_lifecycle__customers') }}

),

buyers as (

    select * from {{ ref('int_lifecycle__purchase_history') }}

),

counts as (

    {% for mart, expected in marts.items()
        if customer_lifecycle.has_room(rooms.get(mart, 'customers'))
        and customer_lifecycle.are_built([mart]) -%}
    select
        '{{ mart }}' as mart,
        (select count(*) from {{ ref('customer_lifecycle', mart) }}) as customers,
        (select count(*) from {{ expected }}) as expected
    union all
    {% endfor %}
    select
        'known' as mart,
        (select count(*) from known) as customers,
        (select count(distinct known.customer_id) from known) as expected

)

select * from counts
where customers <> expected
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
