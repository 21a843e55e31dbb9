-- What each customer has cost, and what that says of the next period: from the value ledger, in one
-- aggregate, with the last margin looked up. The past that the next period is judged by ends with
-- the last complete period. Sums are of decimals, so the slope is the same on every run.
{{ config(enabled=customer_lifecycle.has_room('value')) }}
{%- set margin = 'cast(margin as decimal(18, 6))' %}
{%- set money = var('lifecycle_money_type') %}

with customer_value_ledger as (

    select * from {{ ref('customer_lifecycle', 'customer_value_ledger') }}

),

periods_without_purchase as (

    select
        customer_id,
        period_end,
        value
    from {{ ref('customer_lifecycle', 'customer_value_ledger') }}
    where purchases = 0

),

margins as (

    select
        customer_id,
        period_end,
        margin
    from {{ ref('customer_lifecycle', 'customer_value_ledger') }}

),

as_of as (

    select
        {{ customer_lifecycle.period_start('first_order_on') }} as first_period_started_on,
        {{ customer_lifecycle.open_period_start('as_of_date') }} as open_period_started_on
    from {{ ref('lifecycle_as_of') }}

),

ledger as (

    select
        customer_value_ledger.*,
        customer_value_ledger.period_end < as_of.open_period_started_on as is_complete,
        customer_value_ledger.amount > 0
        and customer_value_ledger.period_end < as_of.open_period_started_on as is_paid,
        {{ customer_lifecycle.periods_between(
            'as_of.first_period_started_on',
            customer_lifecycle.period_start('customer_value_ledger.period_end')
        ) }} as period_number
    from customer_value_ledger
    cross join as_of

),

costs as (

    select
        customer_id,
        {{ customer_lifecycle.weakest_cost_basis('cost_basis') }} as cost_basis,
        sum(amount) as amount,
        sum(product_cost) as product_cost,
        sum(contact_cost) as contact_cost,
        sum(value) as value,
        sum(case when is_complete then amount else 0 end) as past_amount,
        sum(case when is_complete then contact_cost else 0 end) as past_contact_cost,
        min(case when is_complete and contact_cost > 0 then contact_cost end)
            as smallest_contact_cost,
        max(case when purchases > 0 then period_end end) as last_active_period,
        max(case when is_paid then period_end end) as last_paid_period,
        count(case when is_paid then 1 end) as margins,
        sum(case when is_paid then period_number end) as sum_t,
        sum(
            case
                when is_paid then cast(period_number as bigint) * cast(period_number as bigint)
            end
        ) as sum_tt,
        sum(case when is_paid then {{ margin }} end) as sum_m,
        sum(case when is_paid then period_number * {{ margin }} end) as sum_tm
    from ledger
    group by customer_id

),

after_last_purchase as (

    -- Few periods come after the last with a purchase: those with contacts or refunds.
    select
        periods_without_purchase.customer_id,
        sum(periods_without_purchase.value) as value
    from periods_without_purchase
    inner join costs
        on
            periods_without_purchase.customer_id = costs.customer_id
            and periods_without_purchase.period_end > costs.last_active_period
    group by periods_without_purchase.customer_id

),

customer_costs as (

    -- The slope is that of ordinary least squares of the margin on the number of the period; 0 from
    -- a single period.
    select
        costs.customer_id,
        costs.cost_basis,
        cast(costs.amount as {{ money }}) as amount,
        cast(costs.product_cost as {{ money }}) as product_cost,
        cast(costs.contact_cost as {{ money }}) as contact_cost,
        cast(costs.value as {{ money }}) as value,
        cast(
            case
                when costs.last_active_period is null then 0
                else costs.value - coalesce(after_last_purchase.value, 0)
            end as {{ money }}
        ) as value_to_last_active,
        cast(costs.past_amount as {{ money }}) as past_amount,
        cast(costs.past_contact_cost as {{ money }}) as past_contact_cost,
        cast(costs.smallest_contact_cost as {{ money }}) as smallest_contact_cost,
        cast(margins.margin as decimal(18, 6)) as last_margin,
        coalesce(
            cast(
                costs.margins * costs.sum_tm - costs.sum_t * costs.sum_m
                as {{ customer_lifecycle.double_type() }}
            )
            / nullif(
                cast(
                    costs.margins * costs.sum_tt - costs.sum_t * costs.sum_t
                    as {{ customer_lifecycle.double_type() }}
                ),
                0
            ),
            0
        ) as margin_slope
    from costs
    left join after_last_purchase on costs.customer_id = after_last_purchase.customer_id
    left join margins
        on
            costs.customer_id = margins.customer_id
            and costs.last_paid_period = margins.period_end

)

select * from customer_costs
