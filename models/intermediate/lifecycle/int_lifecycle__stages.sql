-- The lifecycle stage of every known customer at the as-of date.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('lifecycle')) }}

with customers as (

    select * from {{ ref('int_lifecycle__customers') }}

),

purchase_history as (

    select * from {{ ref('int_lifecycle__purchase_history') }}

),

customer_silence as (

    select * from {{ ref('customer_lifecycle', 'customer_silence') }}

),

thresholds as (

    select * from {{ ref('int_lifecycle__thresholds') }}

),

with_purchases as (

    select
        customers.customer_id,
        customers.as_of_date,
        customers.known_since,
        purchase_history.purchase_days,
        purchase_history.days_since_first_purchase,
        purchase_history.days_since_last_purchase,
        purchase_history.longest_gap_ended_lately,
        customer_silence.silence_basis,
        customer_silence.silence_status
    from customers
    left join purchase_history on customers.customer_id = purchase_history.customer_id
    left join customer_silence on customers.customer_id = customer_silence.customer_id

),

stages as (

    {{ customer_lifecycle.lifecycle_stages('with_purchases', 'thresholds') }}

)

select * from stages
