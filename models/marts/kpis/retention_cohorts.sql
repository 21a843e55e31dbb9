-- Of those who first bought in a period, how many buy again in the periods after it, and what they
-- have brought. A cell whose period is not over yet is null: it would only look low.
{{ config(enabled=customer_lifecycle.has_room('kpis')) }}

with purchase_history as (

    select * from {{ ref('int_lifecycle__purchase_history') }}

),

customer_periods as (

    select * from {{ ref('int_lifecycle__customer_periods') }}

),

order_periods as (

    select * from {{ ref('int_lifecycle__order_periods') }}

),

as_of as (

    select
        {{ customer_lifecycle.period_start('as_of_date') }} as period_started_on,
        {{ customer_lifecycle.period_start(dbt.dateadd('day', 1, 'as_of_date')) }}
            as first_incomplete_period
    from {{ ref('lifecycle_as_of') }}

),

cohort_customers as (

    select
        customer_id,
        {{ customer_lifecycle.period_start('first_purchase_on') }} as cohort_period
    from purchase_history

),

cohorts as (

    select
        cohort_period,
        count(*) as customers
    from cohort_customers
    group by cohort_period

),

numbers as (

    {{ dbt.generate_series((var('lifecycle_cohort_periods') | int(default=1)) + 1) }}

),

cells as (

    select
        cohorts.cohort_period,
        cohorts.customers,
        numbers.generated_number - 1 as periods_since,
        {{ customer_lifecycle.add_periods(
            'cast(numbers.generated_number as integer) - 1', 'cohorts.cohort_period'
        ) }} as period_started_on
    from cohorts
    cross join numbers

),

cells_so_far as (

    select
        cells.*,
        cells.period_started_on < as_of.first_incomplete_period as is_mature
    from cells
    inner join as_of on cells.period_started_on <= as_of.period_started_on

),

retained as (

    select
        cohort_customers.cohort_period,
        customer_periods.period_started_on,
        count(*) as customers
    from cohort_customers
    inner join customer_periods on cohort_customers.customer_id = customer_periods.customer_id
    group by cohort_customers.cohort_period, customer_periods.period_started_on

),

amounts as (

    -- A refund before the first purchase belongs to the first period.
    select
        cohort_customers.cohort_period,
        greatest(order_periods.period_started_on, cohort_customers.cohort_period)
            as period_started_on,
        sum(order_periods.net_amount) as net_amount
    from cohort_customers
    inner join order_periods on cohort_customers.customer_id = order_periods.customer_id
    group by
        cohort_customers.cohort_period,
        greatest(order_periods.period_started_on, cohort_customers.cohort_period)

),

joined as (

    select
        cells_so_far.*,
        coalesce(retained.customers, 0) as retained,
        coalesce(amounts.net_amount, 0) as net_amount
    from cells_so_far
    left join retained
        on
            cells_so_far.cohort_period = retained.cohort_period
            and cells_so_far.period_started_on = retained.period_started_on
    left join amounts
        on
            cells_so_far.cohort_period = amounts.cohort_period
            and cells_so_far.period_started_on = amounts.period_started_on

),

with_cumulative_amount as (

    select
        *,
        sum(net_amount) over (
            partition by cohort_period
            order by periods_since rows between unbounded preceding and current row
        ) as cumulative_amount
    from joined

),

retention_cohorts as (

    select
        {{ customer_lifecycle.period_end('cohort_period') }} as cohort_period_end,
        cast(periods_since as integer) as periods_since,
        cast(customers as bigint) as customers,
        cast(case when is_mature then retained end as bigint) as retained,
        cast(
            case when is_mature then net_amount end as {{ var('lifecycle_money_type') }}
        ) as net_amount,
        {{ customer_lifecycle.rounded_quotient(
            'case when is_mature then cumulative_amount end', 'customers'
        ) }} as cumulative_amount_per_customer,
        case
            when is_mature
                then cast(retained as {{ customer_lifecycle.double_type() }}) / customers
        end as retention_rate,
        is_mature
    from with_cumulative_amount

)

select * from retention_cohorts
