-- Forecasts of the chosen purchase model, joined to the customers by their state (x, t_x, T), and
-- the expected amount per purchase day of the gamma-gamma model; each from the fit of the
-- customer's segment where it serves.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}
{%- set money = var('lifecycle_money_type') %}

with purchase_history as (

    select * from {{ ref('int_lifecycle__next_purchase') }}

),

purchase_forecasts as (

    select * from {{ ref('int_lifecycle__purchase_forecasts') }}

),

spend_history as (

    select * from {{ ref('int_lifecycle__spend_history') }}

),

amount_intervals as (

    select * from {{ ref('int_lifecycle__amount_intervals') }}

),

segment_models as (

    select * from {{ ref('int_lifecycle__segment_models') }}

),

customer_silence as (

    select * from {{ ref('customer_lifecycle', 'customer_silence') }}

),

forecast_checks as (

    select * from {{ ref('customer_lifecycle', 'forecast_checks') }}

),

cautions as (

    {{ customer_lifecycle.forecast_cautions('forecast_checks') }}

),

thresholds as (

    select * from {{ ref('int_lifecycle__thresholds') }}

),

joined as (

    select
        purchase_history.customer_id,
        purchase_history.next_purchase_basis,
        coalesce(
            customer_silence.silence_status = 'silent'
            or purchase_history.days_since_last_purchase >= thresholds.churned_after, false
        ) as has_been_away_too_long,
        purchase_history.next_purchase_on_low,
        purchase_history.next_purchase_on,
        purchase_history.next_purchase_on_high,
        purchase_history.purchase_days - 1 as repeat_purchases,
        {{ customer_lifecycle.weeks('purchase_history.days_first_to_last') }} as recency_weeks,
        {{ customer_lifecycle.weeks('purchase_history.days_since_first_purchase') }} as age_weeks,
        purchase_forecasts.probability_alive,
        purchase_forecasts.probability_purchase_90d,
        purchase_forecasts.expected_purchases_30d,
        purchase_forecasts.expected_purchases_90d,
        purchase_forecasts.expected_purchases_365d,
        purchase_forecasts.discounted_purchases_365d,
        purchase_forecasts.discounted_purchases_lifetime,
        purchase_forecasts.purchases_365d_if_no_dropout,
        purchase_forecasts.discounted_purchases_365d_if_no_dropout,
        purchase_forecasts.lost_purchases_365d_variance,
        purchase_forecasts.purchases_365d_low,
        purchase_forecasts.purchases_365d_high,
        {{ customer_lifecycle.expected_amount(
            'segment_models', 'spend_history.spend_days', 'spend_history.spend_amount'
        ) }} as expected_average_amount,
        (segment_models.k + spend_history.spend_amount)
        * amount_intervals.amount_ratio_low as amount_365d_low,
        (segment_models.k + spend_history.spend_amount)
        * amount_intervals.amount_ratio_high as amount_365d_high,
        segment_models.spend_model,
        segment_models.purchase_model,
        segment_models.model_segment,
        segment_models.spend_segment,
        segment_models.withheld_reason,
        case when segment_models.withheld_reason is null then cautions.forecast_caution end
            as forecast_caution
    from purchase_history
    cross join cautions
    inner join segment_models on purchase_history.segment = segment_models.segment
    left join customer_silence on purchase_history.customer_id = customer_silence.customer_id
    left join thresholds on purchase_history.as_of_date = thresholds.as_of_date
    left join spend_history
        on
            purchase_history.customer_id = spend_history.customer_id
            and segment_models.spend_model = spend_history.spend_model
    left join purchase_forecasts
        on
            segment_models.model_segment = purchase_forecasts.model_segment
            and purchase_history.purchase_days - 1 = purchase_forecasts.repeat_purchases
            and purchase_history.days_first_to_last = purchase_forecasts.recency_days
            and purchase_history.days_since_first_purchase = purchase_forecasts.age_days
            and purchase_history.gap_class
            = purchase_forecasts.gap_class
    left join amount_intervals
        on
            segment_models.model_segment = amount_intervals.model_segment
            and segment_models.spend_segment = amount_intervals.spend_segment
            and purchase_history.purchase_days - 1 = amount_intervals.repeat_purchases
            and purchase_history.days_first_to_last = amount_intervals.recency_days
            and purchase_history.days_since_first_purchase = amount_intervals.age_days
            and purchase_history.gap_class
            = amount_intervals.gap_class
            and spend_history.spend_days = amount_intervals.spend_days

),

with_reasons as (

    -- BG/NBD lets nobody leave before their first repeat purchase, and NBD nobody at all, so
    -- their 1 says nothing of a one-time buyer. Dates of the next purchase go by the gaps so far,
    -- so they are those of customers who are more likely still there than not, and not away for
    -- longer than such gaps explain.
    select
        *,
        case
            when withheld_reason is not null then withheld_reason
            when repeat_purchases = 0 and probability_alive >= 1 then 'one_purchase'
        end as probability_alive_withheld_reason,
        case
            when next_purchase_basis is null then 'no_basis'
            when probability_alive < 0.5 then 'most_likely_left'
            when has_been_away_too_long then 'unusually_silent'
            when next_purchase_on is null then 'too_far_ahead'
        end as next_purchase_withheld_reason
    from joined

),

customer_purchase_forecast as (

    select
        customer_id,
        cast(purchase_model as {{ dbt.type_string() }}) as purchase_model,
        cast(model_segment as {{ dbt.type_string() }}) as model_segment,
        cast(spend_segment as {{ dbt.type_string() }}) as spend_segment,
        withheld_reason,
        cast(forecast_caution as {{ dbt.type_string() }}) as forecast_caution,
        cast(probability_alive_withheld_reason as {{ dbt.type_string() }})
            as probability_alive_withheld_reason,
        cast(next_purchase_withheld_reason as {{ dbt.type_string() }})
            as next_purchase_withheld_reason,
        cast(next_purchase_basis as {{ dbt.type_string() }}) as next_purchase_basis,
        cast(repeat_purchases as integer) as repeat_purchases,
        cast(purchases_365d_low as integer) as purchases_365d_low,
        cast(purchases_365d_high as integer) as purchases_365d_high,
        cast(expected_average_amount as {{ money }}) as expected_average_amount,
        cast(amount_365d_low as {{ money }}) as amount_365d_low,
        cast(amount_365d_high as {{ money }}) as amount_365d_high,
        recency_weeks,
        age_weeks,
        case when probability_alive_withheld_reason is null then probability_alive end
            as probability_alive,
        probability_purchase_90d,
        expected_purchases_30d,
        expected_purchases_90d,
        expected_purchases_365d,
        discounted_purchases_365d,
        discounted_purchases_lifetime,
        purchases_365d_if_no_dropout,
        discounted_purchases_365d_if_no_dropout,
        lost_purchases_365d_variance,
        case when next_purchase_withheld_reason is null then next_purchase_on_low end
            as next_purchase_on_low,
        case when next_purchase_withheld_reason is null then next_purchase_on end
            as next_purchase_on,
        case when next_purchase_withheld_reason is null then next_purchase_on_high end
            as next_purchase_on_high
    from with_reasons

)

select * from customer_purchase_forecast
