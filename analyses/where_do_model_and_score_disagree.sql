-- Whom does the purchase model see quite otherwise than the business score?
-- Fifty customers, the largest disagreement first. The model knows dates and amounts, the score
-- whatever the seed lifecycle_business_weights says. A model high above the score: they buy
-- regularly, little at a time. Far below: they once brought much and have most likely gone.
{{ config(enabled=customer_lifecycle.has_room('value')) }}

with

customers as (

    select * from {{ ref('customer_lifecycle', 'customer_value') }}

),

final as (

    select
        customer_id,
        value_tier,
        historic_value,
        net_clv_365d,
        model_percentile,
        business_score,
        model_percentile - business_score as difference
    from customers
    where model_percentile is not null and business_score is not null

)

select * from final
order by abs(difference) desc, customer_id asc
limit 50
