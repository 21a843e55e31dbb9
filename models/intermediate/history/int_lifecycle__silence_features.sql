-- What silence_profile compares: each customer's silence of today, and numbers that describe the
-- customer. Flags are 1 or 0; what is not known is null.
{{ config(enabled=customer_lifecycle.has_room('history')) }}
{%- set double = customer_lifecycle.double %}

with customer_silence as (

    select * from {{ ref('customer_lifecycle', 'customer_silence') }}

),

customer_trends as (

    select * from {{ ref('customer_lifecycle', 'customer_trends') }}

),

customers as (

    select * from {{ ref('int_lifecycle__customers') }}

),

order_totals as (

    select * from {{ ref('int_lifecycle__order_totals') }}

),

discounts as (

    select
        customer_id,
        sum(discount_amount) as discount_amount,
        sum(full_amount) as full_amount
    from {{ ref('int_lifecycle__period_discounts') }}
    group by customer_id

),

silence_features as (

    select
        customer_silence.customer_id,
        customer_silence.silence_status,
        case when customer_silence.is_eligible then customer_silence.rank_band end as rank_band,
        case when customer_silence.is_eligible then customer_silence.score_group end
            as score_group,
        {{ customer_lifecycle.lowest_of_class(
            'customer_silence.purchase_days', 'lifecycle_alike_purchase_days', 1
        ) }} as purchase_days_from,
        {{ double('customer_silence.purchase_days') }} as purchase_days,
        customer_silence.mean_gap_days,
        {{ double('customer_trends.longest_gap_days') }} as longest_gap_days,
        customer_trends.regularity_k,
        {{ double(customer_lifecycle.days_between(
            'customer_silence.first_purchase_on', 'customer_silence.as_of_date'
        )) }} as tenure_days,
        {{ double('order_totals.average_order_value') }} as average_order_value,
        {{ double('customers.net_amount') }} as net_amount,
        {{ double('order_totals.refunded_amount') }}
        / nullif({{ double('order_totals.purchase_amount') }}, 0) as refund_share,
        {{ double('discounts.discount_amount') }}
        / nullif({{ double('discounts.full_amount') }}, 0) as discount_share,
        case when order_totals.refunded_amount > 0 then {{ double(1) }} else {{ double(0) }} end
            as has_refund,
        case
            when discounts.discount_amount > 0 then {{ double(1) }}
            when discounts.discount_amount is not null then {{ double(0) }}
        end as has_discount,
        {%- for flag in ['is_rising', 'is_eroding'] %}
        case
            when customer_trends.{{ flag }} then {{ double(1) }}
            when not customer_trends.{{ flag }} then {{ double(0) }}
        end as {{ flag }},
        {%- endfor %}
        customer_silence.as_of_date
    from customer_silence
    inner join customer_trends on customer_silence.customer_id = customer_trends.customer_id
    inner join customers on customer_silence.customer_id = customers.customer_id
    inner join order_totals on customer_silence.customer_id = order_totals.customer_id
    left join discounts on customer_silence.customer_id = discounts.customer_id

)

select * from silence_features
