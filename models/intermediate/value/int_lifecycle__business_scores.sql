-- A score by what the business cares about: the customer's percentile in each variable of the seed,
-- by its weight.
{{ config(enabled=customer_lifecycle.has_room('value')) }}
{%- set columns = {
    'recency': 'rfm_values.recency_days desc',
    'frequency': 'rfm_values.frequency',
    'monetary': 'rfm_values.monetary',
    'average_amount': 'rfm_values.average_amount',
    'tenure': 'customers.known_since desc',
} %}

with rfm_values as (

    select * from {{ ref('int_lifecycle__rfm_values') }}

),

customers as (

    select * from {{ ref('int_lifecycle__customers') }}

),

weights as (

    select
        {% for variable in columns -%}
        coalesce(sum(case when variable = '{{ variable }}' then weight end), 0) as {{ variable }},
        {% endfor -%}
        sum(weight) as total
    from {{ ref('lifecycle_business_weights') }}

),

percentiles as (

    select
        {% for variable, column in columns.items() -%}
        percent_rank() over (order by {{ column }}) as {{ variable }},
        {% endfor -%}
        rfm_values.customer_id
    from rfm_values
    inner join customers on rfm_values.customer_id = customers.customer_id

),

business_scores as (

    select
        percentiles.customer_id,
        (
            {% for variable in columns -%}
            {{ '+ ' if not loop.first }}weights.{{ variable }} * percentiles.{{ variable }}
            {% endfor %}
        ) / nullif(weights.total, 0) as business_score
    from percentiles
    cross join weights

)

select * from business_scores
