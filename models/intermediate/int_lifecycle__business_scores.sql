-- A score by what the business cares about: the customer's percentile in each variable of the seed,
-- by its weight.
{%- set columns = {
    'recency': 'customer_rfm.recency_days desc',
    'frequency': 'customer_rfm.frequency',
    'monetary': 'customer_rfm.monetary',
    'average_amount': 'customer_rfm.average_amount',
    'tenure': 'customer_lifecycle.tenure_days',
} %}

with customer_rfm as (

    select * from {{ ref('customer_rfm') }}

),

customer_lifecycle as (

    select * from {{ ref('customer_lifecycle') }}

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
        customer_rfm.customer_id
    from customer_rfm
    inner join customer_lifecycle on customer_rfm.customer_id = customer_lifecycle.customer_id

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
