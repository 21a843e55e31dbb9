-- Who brought little and will bring much, and the other way round: value so far and expected net
-- value of each customer with a forecast, against the median of all or the vars.
{{ config(enabled=customer_lifecycle.has_room('value')) }}
{%- set high_realised = var('lifecycle_high_realised_value', none) %}
{%- set high_predicted = var('lifecycle_high_predicted_value', none) %}

with expected_values as (

    select * from {{ ref('int_lifecycle__expected_values') }}
    where net_clv_365d is not null

),

customer_costs as (

    select * from {{ ref('int_lifecycle__customer_costs') }}

),

quadrants as (

    select * from {{ ref('lifecycle_value_quadrants') }}

),

customer_values as (

    select
        expected_values.customer_id,
        customer_costs.value as realised_value,
        expected_values.net_clv_365d as predicted_value
    from expected_values
    inner join customer_costs on expected_values.customer_id = customer_costs.customer_id

),

high_realised as (

    {% if high_realised is none -%}
    {{ customer_lifecycle.decimal_median('customer_values', 'realised_value', 'cut') }}
    {%- else -%}
    select cast({{ high_realised }} as {{ var('lifecycle_money_type') }}) as cut
    {%- endif %}

),

high_predicted as (

    {% if high_predicted is none -%}
    {{ customer_lifecycle.decimal_median('customer_values', 'predicted_value', 'cut') }}
    {%- else -%}
    select cast({{ high_predicted }} as {{ var('lifecycle_money_type') }}) as cut
    {%- endif %}

),

compared as (

    select
        customer_values.customer_id,
        customer_values.realised_value > high_realised.cut as is_realised_high,
        customer_values.predicted_value > high_predicted.cut as is_predicted_high
    from customer_values
    cross join high_realised
    cross join high_predicted

),

value_quadrants as (

    select
        compared.customer_id,
        cast(quadrants.quadrant as {{ dbt.type_string() }}) as value_quadrant
    from compared
    left join quadrants
        on
            compared.is_realised_high = quadrants.is_realised_high
            and compared.is_predicted_high = quadrants.is_predicted_high

)

select * from value_quadrants
