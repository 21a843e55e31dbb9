-- customer_360 with every x_ column of the customers input. The one mart without a contract, since
-- its columns are the user's.
{{ config(materialized='view', contract={'enforced': false}) }}
{%- set own_columns = [] %}
{%- if execute %}
{%- for column in adapter.get_columns_in_relation(ref('stg_lifecycle__customers')) %}
{%- if column.name.lower().startswith('x_') %}
{%- do own_columns.append(adapter.quote(column.name)) %}
{%- endif %}
{%- endfor %}
{%- endif %}

with customer_360 as (

    select * from {{ ref('customer_360') }}

),

customers as (

    select * from {{ ref('stg_lifecycle__customers') }}

),

extended as (

    select
        customer_360.*
        {%- for column in own_columns %},
        customers.{{ column }}
        {%- endfor %}
    from customer_360
    left join customers on customer_360.customer_id = customers.customer_id

)

select * from extended
