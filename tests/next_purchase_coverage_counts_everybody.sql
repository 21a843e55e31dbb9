-- With an NBD everybody has an interval for the next purchase: judged or still open, they add up to
-- the customers of the period end.
with customers as (

    select
        period_end,
        count(*) as customers
    from {{ ref('customer_silence_history') }}
    where silence_probability is not null
    group by period_end

),

intervals as (

    select
        period_end,
        sum(customers + customers_open) as intervals
    from {{ ref('next_purchase_coverage') }}
    group by period_end

)

select
    customers.period_end,
    customers.customers,
    intervals.intervals
from customers
left join intervals on customers.period_end = intervals.period_end
where intervals.intervals is null or intervals.intervals <> customers.customers
