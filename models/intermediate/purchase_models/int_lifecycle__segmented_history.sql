-- The purchase history with the class of the open gap and the segment of lifecycle_model_segment
-- that each customer belongs to; all customers are one segment when the var is null.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('purchase_models')) }}

with purchase_history as (

    select * from {{ ref('int_lifecycle__purchase_history') }}

),

gap_cuts as (

    select * from {{ ref('int_lifecycle__gap_cuts') }}

),

{% if customer_lifecycle.is_segment_in_customers() -%}
customers as (

    select * from {{ ref('stg_lifecycle__customers') }}

),

{% endif -%}
segmented_history as (

    select
        purchase_history.*,
        {{ customer_lifecycle.gap_class('purchase_history', 'gap_cuts') }} as gap_class,
        {{ customer_lifecycle.model_segment('purchase_history', 'customers') }} as segment
    from purchase_history
    cross join gap_cuts
    {%- if customer_lifecycle.is_segment_in_customers() %}
    left join customers
        on
            purchase_history.customer_id = customers.customer_id
            and purchase_history.as_of_date >= customers.registered_on
    {%- endif %}

)

select * from segmented_history
