-- Who has a trait with which customers leave sooner, and how silent they are today.
{{ config(enabled=customer_lifecycle.has_drivers()) }}

with silence_drivers as (

    select * from {{ ref('customer_lifecycle', 'silence_drivers') }}
    where verdict = 'leaves_sooner'

),

customer_traits as (

    select * from {{ ref('int_lifecycle__customer_traits') }}

),

customer_silence as (

    select * from {{ ref('customer_lifecycle', 'customer_silence') }}

),

silence_driver_customers as (

    select
        customer_traits.customer_id,
        silence_drivers.trait,
        silence_drivers.trait_value,
        silence_drivers.dropout_ratio,
        customer_silence.silence_status,
        customer_silence.purchase_days,
        customer_silence.last_purchase_on
    from silence_drivers
    inner join customer_traits
        on
            silence_drivers.trait = customer_traits.trait
            and silence_drivers.trait_value = customer_traits.trait_value
    inner join customer_silence on customer_traits.customer_id = customer_silence.customer_id

)

select * from silence_driver_customers
