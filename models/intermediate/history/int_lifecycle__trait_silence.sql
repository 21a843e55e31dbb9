-- How many of those with a trait are silent, and how many of the others who have bought on as many
-- days would be.
{{ config(materialized='view', enabled=customer_lifecycle.has_drivers()) }}
{%- set double = customer_lifecycle.double %}

with customer_traits as (

    select * from {{ ref('int_lifecycle__customer_traits') }}

),

customer_silence as (

    select * from {{ ref('customer_lifecycle', 'customer_silence') }}

),

cells as (

    select
        customer_traits.trait,
        customer_traits.trait_value,
        {{ customer_lifecycle.lowest_of_class(
            'customer_silence.purchase_days', 'lifecycle_alike_purchase_days', 1
        ) }} as purchase_days_from,
        count(*) as customers,
        count(case when customer_silence.silence_status = 'silent' then 1 end) as silent_customers
    from customer_traits
    inner join customer_silence on customer_traits.customer_id = customer_silence.customer_id
    group by
        customer_traits.trait,
        customer_traits.trait_value,
        {{ customer_lifecycle.lowest_of_class(
            'customer_silence.purchase_days', 'lifecycle_alike_purchase_days', 1
        ) }}

),

with_others as (

    select
        *,
        sum(customers) over (partition by trait, purchase_days_from) - customers as other_customers,
        sum(silent_customers) over (partition by trait, purchase_days_from) - silent_customers
            as silent_others
    from cells

),

trait_silence as (

    select
        trait,
        trait_value,
        sum(customers) as customers,
        sum(silent_customers) as silent_customers,
        sum(other_customers) as other_customers,
        {{ double('sum(silent_others)') }} / nullif(sum(other_customers), 0)
            as silent_share_of_others,
        sum(
            case
                when other_customers > 0
                    then {{ double('customers') }} * silent_others / other_customers
            end
        ) / nullif(sum(case when other_customers > 0 then customers end), 0)
            as silent_share_alike
    from with_others
    group by trait, trait_value

)

select * from trait_silence
