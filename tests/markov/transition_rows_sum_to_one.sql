-- From each state the probabilities sum to 1, and those of a purchase to the closed form
-- 1 - ((b + 1 + r) / (b + 2 + r)) ** (a + f).
{{ config(enabled=customer_lifecycle.has_room('markov')) }}
{% if customer_lifecycle.are_built(['purchase_model_fits', 'rfm_transitions']) -%}
with rfm_transitions as (

    select * from {{ ref('customer_lifecycle', 'rfm_transitions') }}
    where probability is not null

),

parameters as (

    select
        max(case when parameter = 'a' then estimate end) as a,
        max(case when parameter = 'b' then estimate end) as b
    from {{ ref('customer_lifecycle', 'purchase_model_fits') }}
    where model = 'nbd_period' and segment = 'all'

),

states as (

    select
        from_recency,
        from_frequency,
        from_bucket,
        sum(probability) as total,
        sum(case when to_recency = 0 then probability else 0 end) as probability_buys
    from rfm_transitions
    group by from_recency, from_frequency, from_bucket

)

select states.*
from states
cross join parameters
where
    abs(states.total - 1) > 1e-9
    or abs(
        states.probability_buys - 1 + power(
            (parameters.b + 1 + states.from_recency) / (parameters.b + 2 + states.from_recency),
            parameters.a + states.from_frequency
        )
    ) > 1e-9
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
