-- With an NBD everybody has an interval for the next purchase: judged or still open, they add up to
-- the customers of the period end.
{{ config(enabled=customer_lifecycle.has_room('history')) }}
{% if customer_lifecycle.are_built(['customer_silence_history', 'next_purchase_coverage']) -%}
with customers as (

    select
        period_end,
        count(*) as customers
    from {{ ref('customer_lifecycle', 'customer_silence_history') }}
    where silence_probability is not null
    group by period_end

),

intervals as (

    select
        period_end,
        sum(customers + customers_open) as intervals
    from {{ ref('customer_lifecycle', 'next_purchase_coverage') }}
    group by period_end

)

select
    customers.period_end,
    customers.customers,
    intervals.intervals
from customers
left join intervals on customers.period_end = intervals.period_end
where intervals.intervals is null or intervals.intervals <> customers.customers
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
