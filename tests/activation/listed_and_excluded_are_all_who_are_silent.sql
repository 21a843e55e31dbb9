-- Listed + excluded = near silent + silent, and nobody is both.
{{ config(enabled=customer_lifecycle.has_room('activation')) }}

{% if customer_lifecycle.are_built(['wake_up_list', 'wake_up_exclusions', 'customer_silence']) -%}
with either as (

    select customer_id from {{ ref('customer_lifecycle', 'wake_up_list') }}
    union all
    select customer_id from {{ ref('customer_lifecycle', 'wake_up_exclusions') }}

),

counted as (

    select
        customer_id,
        count(*) as times
    from either
    group by customer_id

),

silent as (

    select customer_id
    from {{ ref('customer_lifecycle', 'customer_silence') }}
    where silence_status in ('near_silent', 'silent')

)

select
    coalesce(silent.customer_id, counted.customer_id) as customer_id,
    coalesce(counted.times, 0) as times
from silent
full outer join counted on silent.customer_id = counted.customer_id
where
    silent.customer_id is null
    or counted.customer_id is null
    or counted.times <> 1
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
