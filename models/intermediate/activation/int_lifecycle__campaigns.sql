-- The campaigns that have begun, with the window in which purchases count.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}

with campaigns as (

    select * from {{ ref('stg_lifecycle__campaigns') }}

),

begun as (

    select
        campaign_id,
        name,
        coalesce(kind, 'other') as kind,
        channel,
        unit_cost,
        cast(coalesce(fixed_cost, 0) as decimal(18, 4)) as fixed_cost,
        -- The day table has a row per day: a window is at most a thousand days.
        cast(
            least(greatest(coalesce(window_days, {{ var('lifecycle_campaign_window') }}), 1), 1000)
            as integer
        ) as window_days,
        is_randomised,
        starts_on,
        ends_on
    from campaigns
    where starts_on <= (select as_of.as_of_date from {{ ref('lifecycle_as_of') }} as as_of)

)

select * from begun
