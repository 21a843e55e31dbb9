-- How long after the first purchase does the second come?
-- One row per limit in days. `share_of_buyers` is of all who have ever bought, so young customers
-- who have not had the time count against it. Where the curve goes flat, a welcome programme has
-- done what it can.
with

gaps as (

    select * from {{ ref('customer_lifecycle', 'purchase_gap_ranks') }}

),

buyers as (

    select count(*) as customers
    from {{ ref('customer_lifecycle', 'customer_silence') }}

),

first_gaps as (

    select gap_days
    from gaps
    where gap_number = 1 and not is_open_gap

),

limits as (

    select 7 as within_days
    union all
    select 30 as within_days
    union all
    select 90 as within_days
    union all
    select 180 as within_days
    union all
    select 365 as within_days

),

final as (

    select
        limits.within_days,
        sum(case when first_gaps.gap_days <= limits.within_days then 1 else 0 end) as customers,
        1.0 * sum(case when first_gaps.gap_days <= limits.within_days then 1 else 0 end)
        / max(buyers.customers) as share_of_buyers
    from limits
    cross join buyers
    cross join first_gaps
    group by limits.within_days

)

select * from final
order by within_days
