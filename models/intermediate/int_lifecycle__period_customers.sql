-- int_lifecycle__customers as it was at each period end: one row per customer known by then.
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="{{ customer_lifecycle.forget_changed_periods('as_of_date') }}",
    )
}}

with missing_periods as (

    {{ customer_lifecycle.missing_periods('as_of_date') }}

),

orders as (

    select
        kept.*,
        missing_periods.period_end as as_of_date
    from {{ ref('stg_lifecycle__orders') }} as kept
    inner join missing_periods on kept.ordered_on <= missing_periods.period_end

),

registered as (

    select
        kept.*,
        missing_periods.period_end as as_of_date
    from {{ ref('stg_lifecycle__customers') }} as kept
    inner join missing_periods on kept.registered_on <= missing_periods.period_end

),

customers as (

    {{ customer_lifecycle.known_customers('orders', 'registered') }}

),

period_customers as (

    select
        customers.*,
        missing_periods.history_version
    from customers
    inner join missing_periods on customers.as_of_date = missing_periods.period_end

)

select * from period_customers
