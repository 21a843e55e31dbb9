-- What each customer has cost, and what that says of the next period: from the value ledger, in one
-- aggregate. The past that the next period is judged by ends with the last complete period. Sums
-- are of decimals, so the slope is the same on every run.
{{ config(enabled=customer_lifecycle.has_room('value')) }}
{%- set margin = 'cast(margin as decimal(18, 6))' %}
{%- set money = var('lifecycle_money_type') %}

with customer_value_ledger as (

    select * from {{ ref('customer_lifecycle', 'customer_value_ledger') }}

),

as_of as (

    select
        {{ customer_lifecycle.period_start('first_order_on') }} as first_period_started_on,
        {{ customer_lifecycle.open_period_start('as_of_date') }} as open_period_started_on
    from {{ ref('lifecycle_as_of') }}

),

last_periods as (

    -- The last period with a purchase, and the last complete one with an amount.
    select
        ledger.customer_id,
        max(case when ledger.purchases > 0 then ledger.period_end end) as last_active_period,
        max(
            case
                when ledger.amount > 0 and ledger.period_end < as_of.open_period_started_on
                    then ledger.period_end
            end
        ) as last_paid_period
    from customer_value_ledger as ledger
    cross join as_of
    group by ledger.customer_id

),

numbered as (

    select
        ledger.*,
        last_periods.last_active_period,
        last_periods.last_paid_period,
        ledger.period_end < as_of.open_period_started_on as is_complete,
        {{ customer_lifecycle.periods_between(
            'as_of.first_period_started_on', customer_lifecycle.period_start('ledger.period_end')
        ) }} as period_number
    from customer_value_ledger as ledger
    inner join last_periods on ledger.customer_id = last_periods.customer_id
    cross join as_of

),

customer_costs as (

    select
        customer_id,
        {{ customer_lifecycle.weakest_cost_basis('cost_basis') }} as cost_basis,
        cast(sum(amount) as {{ money }}) as amount,
        cast(sum(product_cost) as {{ money }}) as product_cost,
        cast(sum(contact_cost) as {{ money }}) as contact_cost,
        cast(sum(value) as {{ money }}) as value,
        cast(
            sum(case when period_end <= last_active_period then value else 0 end)
            as {{ money }}
        ) as value_to_last_active,
        cast(sum(case when is_complete then amount else 0 end) as {{ money }}) as past_amount,
        cast(sum(case when is_complete then contact_cost else 0 end) as {{ money }})
            as past_contact_cost,
        cast(
            min(case when is_complete and contact_cost > 0 then contact_cost end)
            as {{ money }}
        ) as smallest_contact_cost,
        cast(max(case when period_end = last_paid_period then margin end) as decimal(18, 6))
            as last_margin,
        count(case when is_complete and amount > 0 then 1 end) as margins,
        sum(case when is_complete and amount > 0 then period_number end) as sum_t,
        sum(
            case
                when is_complete and amount > 0
                    then cast(period_number as bigint) * cast(period_number as bigint)
            end
        ) as sum_tt,
        sum(case when is_complete and amount > 0 then {{ margin }} end) as sum_m,
        sum(case when is_complete and amount > 0 then period_number * {{ margin }} end) as sum_tm
    from numbered
    group by customer_id

),

with_slope as (

    -- Ordinary least squares of the margin on the number of the period; 0 from a single period.
    select
        customer_id,
        cost_basis,
        amount,
        product_cost,
        contact_cost,
        value,
        value_to_last_active,
        past_amount,
        past_contact_cost,
        smallest_contact_cost,
        last_margin,
        coalesce(
            cast(margins * sum_tm - sum_t * sum_m as {{ customer_lifecycle.double_type() }})
            / nullif(
                cast(margins * sum_tt - sum_t * sum_t as {{ customer_lifecycle.double_type() }}), 0
            ),
            0
        ) as margin_slope
    from customer_costs

)

select * from with_slope
