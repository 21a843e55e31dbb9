-- At the last period end each customer had brought what they have brought today, less what came
-- since.
{{ config(
    enabled=customer_lifecycle.has_room('history') and customer_lifecycle.has_room('value')
) }}
{% if customer_lifecycle.are_built([
    'customer_value_history', 'customer_value', 'customer_value_ledger',
]) -%}
with customer_value_history as (

    select * from {{ ref('customer_lifecycle', 'customer_value_history') }}

),

last_period as (

    select max(period_end) as period_end from customer_value_history

),

since as (

    select
        ledger.customer_id,
        sum(ledger.value) as value
    from {{ ref('customer_lifecycle', 'customer_value_ledger') }} as ledger
    inner join last_period on ledger.period_end > last_period.period_end
    group by ledger.customer_id

)

select
    history.customer_id,
    history.value_so_far,
    since.value as value_since,
    today.historic_value
from customer_value_history as history
inner join last_period on history.period_end = last_period.period_end
inner join {{ ref('customer_lifecycle', 'customer_value') }} as today
    on history.customer_id = today.customer_id
left join since on history.customer_id = since.customer_id
where history.value_so_far + coalesce(since.value, 0) <> today.historic_value
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
