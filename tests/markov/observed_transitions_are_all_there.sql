-- Every customer and period with a state before and after is counted once.
{{ config(enabled=customer_lifecycle.has_room('markov')) }}
{% if customer_lifecycle.are_built(['rfm_states', 'rfm_transitions']) -%}
with rfm_states as (

    select count(*) as customers from {{ ref('customer_lifecycle', 'rfm_states') }}
    where previous_frequency is not null

),

rfm_transitions as (

    select coalesce(sum(observed_count), 0) as customers from {{ ref('customer_lifecycle', 'rfm_transitions') }}

)

select
    rfm_states.customers as customers_in_states,
    rfm_transitions.customers as customers_in_transitions
from rfm_states
cross join rfm_transitions
where rfm_states.customers <> rfm_transitions.customers
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
