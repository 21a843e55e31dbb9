-- How many customers with a trait share the same history, in weeks: what Python sees of them.
{{ config(enabled=customer_lifecycle.has_drivers()) }}

with customer_traits as (

    select * from {{ ref('int_lifecycle__customer_traits') }}

),

purchase_history as (

    select * from {{ ref('int_lifecycle__purchase_history') }}

),

trait_states as (

    -- To the nearest week.
    select
        customer_traits.trait,
        customer_traits.trait_value,
        purchase_history.purchase_days - 1 as repeat_purchases,
        cast(floor((purchase_history.days_first_to_last + 3) / 7.0) as integer) as recency_weeks,
        cast(floor((purchase_history.days_since_first_purchase + 3) / 7.0) as integer) as age_weeks,
        count(*) as customers
    from customer_traits
    inner join purchase_history on customer_traits.customer_id = purchase_history.customer_id
    group by
        customer_traits.trait,
        customer_traits.trait_value,
        purchase_history.purchase_days - 1,
        cast(floor((purchase_history.days_first_to_last + 3) / 7.0) as integer),
        cast(floor((purchase_history.days_since_first_purchase + 3) / 7.0) as integer)

)

select * from trait_states
