{{ config(enabled=customer_lifecycle.has_campaigns()) }}

with wave_effects as (

    select * from {{ ref('int_lifecycle__wave_effects') }}

),

campaign_portfolio as (

    select
        kind,
        metric,
        waves as campaigns,
        mean_lift,
        mean_low as low,
        mean_high as high,
        sqrt(between_variance) as tau,
        heterogeneity,
        mean_lift - half_of_next as next_campaign_low,
        mean_lift + half_of_next as next_campaign_high
    from wave_effects
    where waves >= {{ var('lifecycle_portfolio_campaigns') }}

)

select * from campaign_portfolio
