-- customer_360 with every x_ column of the customers input. The one mart without a contract, since
-- its columns are the user's.
{{ config(materialized='view', contract={'enforced': false}) }}
{%- set has_customers = customer_lifecycle.has_input('customers') %}

with customer_360 as (

    select * from {{ ref('customer_lifecycle', 'customer_360') }}

),

{% if has_customers -%}
customers as (

    select * from {{ ref('stg_lifecycle__customers') }}

),

{% endif -%}
extended as (

    {#- Not asked for further above: dbt v2 counts references, and warns of another one. #}
    {%- set own_columns = customer_lifecycle.passthrough_columns(
        'stg_lifecycle__customers', 'customers'
    ) if has_customers else '' %}
    select {{ 'customer_360.*' ~ own_columns }}
    from customer_360
    {%- if has_customers %}
    left join customers on customer_360.customer_id = customers.customer_id  -- noqa: ST11
    {%- endif %}

)

select * from extended
