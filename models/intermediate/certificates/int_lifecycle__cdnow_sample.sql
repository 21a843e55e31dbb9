-- The customers of the papers' CDNOW sample, calibrated to 1997-09-30 and followed for 39 weeks:
-- how many share the same state. No rows where the demo's file is not at hand.
{{
    config(
        enabled=customer_lifecycle.has_room('certificates') and customer_lifecycle.has_python()
    )
}}
{%- set files = customer_lifecycle.demo_files('cdnow_sample') %}

with orders as (

    {% if files -%}
    select
        customer_id,
        cast(ordered_at as date) as ordered_on,
        cast(amount as {{ var('lifecycle_money_type') }}) as amount
    from {{ customer_lifecycle.read_parquet(files) }}
    {%- else -%}
    select
        cast(null as {{ dbt.type_string() }}) as customer_id,
        cast(null as date) as ordered_on,
        cast(null as {{ var('lifecycle_money_type') }}) as amount
    from (select 1 as number) as no_row
    where false
    {%- endif %}

),

purchase_days as (

    select
        customer_id,
        ordered_on,
        sum(amount) as amount,
        min(ordered_on) over (partition by customer_id) as first_purchase_on,
        ordered_on <= date '1997-09-30' as is_calibration
    from orders
    group by customer_id, ordered_on

),

customers as (

    select
        customer_id,
        count(case when is_calibration then 1 end) - 1 as repeat_purchases,
        {{ customer_lifecycle.days_between(
            'min(ordered_on)', 'max(case when is_calibration then ordered_on end)'
        ) }} as recency_days,
        {{ customer_lifecycle.days_between('min(ordered_on)', "date '1997-09-30'") }} as age_days,
        count(
            case when not is_calibration and ordered_on <= date '1998-06-30' then 1 end
        ) as holdout_purchases,
        count(
            case when is_calibration and ordered_on > first_purchase_on and amount > 0 then 1 end
        ) as paid_repeat_days,
        sum(
            case
                when is_calibration and ordered_on > first_purchase_on and amount > 0 then amount
                else 0
            end
        ) as paid_repeat_amount
    from purchase_days
    group by customer_id

),

cdnow_sample as (

    select
        repeat_purchases,
        recency_days,
        age_days,
        holdout_purchases,
        paid_repeat_days,
        paid_repeat_amount,
        count(*) as customers
    from customers
    group by
        repeat_purchases,
        recency_days,
        age_days,
        holdout_purchases,
        paid_repeat_days,
        paid_repeat_amount

)

select * from cdnow_sample
