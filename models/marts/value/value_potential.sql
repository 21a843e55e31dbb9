{{ config(enabled=customer_lifecycle.has_room('value')) }}
{%- set high_realised = var('lifecycle_high_realised_value', none) %}
{%- set high_predicted = var('lifecycle_high_predicted_value', none) %}

with customer_value as (

    select * from {{ ref('customer_lifecycle', 'customer_value') }}
    where net_clv_365d is not null

),

quadrants as (

    select * from {{ ref('lifecycle_value_quadrants') }}

),

cuts as (

    select
        {% if high_realised is none -%}
        {{ customer_lifecycle.decimal_median('historic_value') }} as realised_value,
        {%- else -%}
        max(cast({{ high_realised }} as decimal(18, 4))) as realised_value,
        {%- endif %}
        {% if high_predicted is none -%}
        {{ customer_lifecycle.decimal_median('net_clv_365d') }} as predicted_value
        {%- else -%}
        max(cast({{ high_predicted }} as decimal(18, 4))) as predicted_value
        {%- endif %}
    from customer_value

),

compared as (

    select
        customer_value.customer_id,
        customer_value.historic_value as realised_value,
        customer_value.net_clv_365d as predicted_value,
        customer_value.historic_value > cuts.realised_value as is_realised_high,
        customer_value.net_clv_365d > cuts.predicted_value as is_predicted_high
    from customer_value
    cross join cuts

),

value_potential as (

    select
        compared.customer_id,
        cast(quadrants.quadrant as {{ dbt.type_string() }}) as quadrant,
        compared.realised_value,
        compared.predicted_value
    from compared
    left join quadrants
        on
            compared.is_realised_high = quadrants.is_realised_high
            and compared.is_predicted_high = quadrants.is_predicted_high

)

select * from value_potential
