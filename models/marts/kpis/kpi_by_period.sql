-- The measures of each complete period, each defined in a sentence in its description.
{{ config(enabled=customer_lifecycle.has_room('kpis')) }}
{%- set could_not_churn = "('churned', 'potential', 'not_known')" %}
{%- set money = var('lifecycle_money_type') %}

with history_periods as (

    select * from {{ ref('int_lifecycle__history_periods') }}

),

customer_periods as (

    select * from {{ ref('int_lifecycle__customer_periods') }}

),

order_periods as (

    select * from {{ ref('int_lifecycle__order_periods') }}

),

purchase_history as (

    select * from {{ ref('int_lifecycle__purchase_history') }}

),

stage_moves as (

    select * from {{ ref('int_lifecycle__stage_moves') }}

),

thresholds as (

    select * from {{ ref('int_lifecycle__thresholds') }}

),

buyers as (

    select
        history_periods.period_end,
        customer_periods.customer_id,
        customer_periods.purchase_days,
        purchase_history.first_purchase_on >= history_periods.period_started_on as is_new,
        in_period_before.customer_id is not null as bought_in_the_period_before
    from history_periods
    inner join customer_periods
        on history_periods.period_started_on = customer_periods.period_started_on
    inner join purchase_history on customer_periods.customer_id = purchase_history.customer_id
    left join customer_periods as in_period_before
        on
            customer_periods.customer_id = in_period_before.customer_id
            and {{ customer_lifecycle.add_periods('-1', 'customer_periods.period_started_on') }}
            = in_period_before.period_started_on

),

buyers_by_period as (

    select
        period_end,
        count(*) as active_customers,
        count(case when is_new then 1 end) as new_customers,
        count(case when bought_in_the_period_before then 1 end) as retained_customers,
        count(case when purchase_days >= 2 then 1 end) as repeat_buyers
    from buyers
    group by period_end

),

buyers_of_the_period_before as (

    select
        history_periods.period_end,
        count(*) as customers
    from history_periods
    inner join customer_periods
        on
            customer_periods.period_started_on
            = {{ customer_lifecycle.add_periods('-1', 'history_periods.period_started_on') }}
    group by history_periods.period_end

),

orders_by_period as (

    select
        history_periods.period_end,
        sum(order_periods.purchases) as orders,
        sum(order_periods.purchase_amount) as purchase_amount,
        sum(order_periods.net_amount) as net_amount,
        sum(
            case
                when purchase_history.first_purchase_on < history_periods.period_started_on
                    then order_periods.purchase_amount
                else 0
            end
        ) as repeat_amount
    from history_periods
    inner join order_periods
        on history_periods.period_started_on = order_periods.period_started_on
    left join purchase_history on order_periods.customer_id = purchase_history.customer_id
    group by history_periods.period_end

),

reactivated_by_period as (

    select
        history_periods.period_end,
        count(*) as reactivated_customers
    from history_periods
    inner join order_periods
        on history_periods.period_started_on = order_periods.period_started_on
    inner join thresholds
        on history_periods.period_end = thresholds.as_of_date
    where order_periods.longest_gap_days >= thresholds.dormant_after
    group by history_periods.period_end

),

churn_by_period as (

    -- Who first bought within the period and has been away for long since has churned too, but is
    -- not among those who could have when it began.
    select
        period_end,
        sum(case when to_stage = 'churned' and from_stage <> 'churned' then customers else 0 end)
            as churned_customers,
        sum(
            case
                when to_stage = 'churned' and from_stage not in {{ could_not_churn }} then customers
                else 0
            end
        ) as churned_of_those_who_could,
        sum(case when from_stage not in {{ could_not_churn }} then customers else 0 end)
            as customers_who_could_churn
    from stage_moves
    group by period_end

),

kpi_by_period as (

    select
        history_periods.period_end,
        cast(coalesce(buyers_by_period.active_customers, 0) as bigint) as active_customers,
        cast(coalesce(buyers_by_period.new_customers, 0) as bigint) as new_customers,
        cast(coalesce(reactivated_by_period.reactivated_customers, 0) as bigint)
            as reactivated_customers,
        cast(churn_by_period.churned_customers as bigint) as churned_customers,
        cast(coalesce(orders_by_period.orders, 0) as bigint) as orders,
        cast(coalesce(orders_by_period.net_amount, 0) as {{ money }}) as net_amount,
        {{ customer_lifecycle.rounded_quotient(
            'orders_by_period.purchase_amount', 'nullif(orders_by_period.orders, 0)'
        ) }} as average_order_value,
        cast(
            coalesce(buyers_by_period.retained_customers, 0)
            as {{ customer_lifecycle.double_type() }}
        ) / nullif(buyers_of_the_period_before.customers, 0) as retention_rate,
        cast(buyers_by_period.repeat_buyers as {{ customer_lifecycle.double_type() }})
        / nullif(buyers_by_period.active_customers, 0) as repurchase_rate,
        cast(churn_by_period.churned_of_those_who_could as {{ customer_lifecycle.double_type() }})
        / nullif(churn_by_period.customers_who_could_churn, 0) as churn_rate,
        cast(orders_by_period.repeat_amount as {{ customer_lifecycle.double_type() }})
        / nullif(orders_by_period.purchase_amount, 0) as repeat_amount_share
    from history_periods
    left join buyers_by_period on history_periods.period_end = buyers_by_period.period_end
    left join buyers_of_the_period_before
        on history_periods.period_end = buyers_of_the_period_before.period_end
    left join orders_by_period on history_periods.period_end = orders_by_period.period_end
    left join reactivated_by_period
        on history_periods.period_end = reactivated_by_period.period_end
    left join churn_by_period on history_periods.period_end = churn_by_period.period_end

)

select * from kpi_by_period
