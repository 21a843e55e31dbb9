-- History of periods that ended more than lifecycle_late_arrival_days ago is not written again when
-- their orders change. Where that has happened: dbt build --full-refresh, or more days.
{{ config(severity='warn', enabled=customer_lifecycle.has_room('history')) }}

{% if customer_lifecycle.are_built([
    'customer_silence_history', 'int_lifecycle__history_periods',
]) -%}
with stored as (

    select
        period_end,
        history_version,
        count(*) as customers
    from {{ ref('customer_lifecycle', 'customer_silence_history') }}
    group by period_end, history_version

),

history_periods as (

    select * from {{ ref('int_lifecycle__history_periods') }}

)

select
    stored.period_end,
    stored.history_version,
    stored.customers,
    history_periods.history_version as version_of_the_orders
from stored
inner join history_periods on stored.period_end = history_periods.period_end
where stored.history_version <> history_periods.history_version
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
