-- Every transition of the capped state, with the model's probability and how many customers made it
-- in the periods of history. Both sides: what is possible but never seen, and what was seen while
-- there is no model.
{{ config(enabled=customer_lifecycle.has_room('markov')) }}
{%- set recency_cap = var('lifecycle_recency_cap') %}
{%- set frequency_cap = var('lifecycle_frequency_cap') %}
{%- set keys = [
    'from_recency', 'from_frequency', 'from_bucket', 'to_recency', 'to_frequency', 'to_bucket'
] %}

with rfm_states as (

    select * from {{ ref('customer_lifecycle', 'rfm_states') }}

),

modelled as (

    {{ customer_lifecycle.python_rows('int_lifecycle__markov_transitions', {
        'from_recency': 'bigint', 'from_frequency': 'bigint', 'from_bucket': 'bigint',
        'to_recency': 'bigint', 'to_frequency': 'bigint', 'to_bucket': 'bigint',
        'probability': customer_lifecycle.double_type(),
    }) }}

),

observed as (

    select
        least(previous_recency_periods, {{ recency_cap }}) as from_recency,
        least(previous_frequency, {{ frequency_cap }}) as from_frequency,
        previous_amount_bucket as from_bucket,
        least(recency_periods, {{ recency_cap }}) as to_recency,
        least(frequency, {{ frequency_cap }}) as to_frequency,
        amount_bucket as to_bucket,
        count(*) as customers
    from rfm_states
    where previous_frequency is not null
    group by
        least(previous_recency_periods, {{ recency_cap }}),
        least(previous_frequency, {{ frequency_cap }}),
        previous_amount_bucket,
        least(recency_periods, {{ recency_cap }}),
        least(frequency, {{ frequency_cap }}),
        amount_bucket

),

both_sides as (

    select
        {% for key in keys %}
        coalesce(modelled.{{ key }}, observed.{{ key }}) as {{ key }},
        {% endfor %}
        modelled.probability,
        coalesce(observed.customers, 0) as observed_count
    from modelled
    full outer join observed
        on
        {% for key in keys %}
            {{ 'and ' if not loop.first }}modelled.{{ key }} = observed.{{ key }}
        {% endfor %}

),

transition_counts as (

    select
        *,
        dense_rank() over (order by from_recency, from_frequency, from_bucket) as from_state,
        sum(observed_count) over (partition by from_recency, from_frequency, from_bucket)
            as from_count
    from both_sides

)

select * from transition_counts
