-- The four cuts of each RFM score, side by side, from the customers' values or from the seed.
{{ config(enabled=customer_lifecycle.has_room('segments')) }}

with rfm_values as (

    select * from {{ ref('int_lifecycle__rfm_values') }}

),

rfm_cuts as (

    {{ customer_lifecycle.rfm_cuts('rfm_values') }}

)

select * from rfm_cuts
