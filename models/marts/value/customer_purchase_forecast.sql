-- Forecasts of BG/NBD, joined to the customers by their state (x, t_x, T), and the expected amount
-- per purchase day of the gamma-gamma model. The next purchase has its own basis.
{%- set purchase_model = 'bg_nbd' %}

with purchase_history as (

    select * from {{ ref('int_lifecycle__next_purchase') }}

),

purchase_forecasts as (

    select * from {{ ref('int_lifecycle__purchase_forecasts') }}

),

fitted_parameters as (

    select * from {{ ref('int_lifecycle__fitted_parameters') }}

),

purchase_model_state as (

    select
        count(*) as fitted_rows,
        max(not_fitted_reason) as not_fitted_reason,
        max(case when is_at_boundary then 1 else 0 end) as is_at_boundary,
        min(case when serves_forecasts then 1 else 0 end) as serves_forecasts
    from fitted_parameters
    where model = '{{ purchase_model }}' and segment = 'all'

),

served_forecasts as (

    select purchase_forecasts.*
    from purchase_forecasts
    cross join purchase_model_state
    where purchase_model_state.serves_forecasts = 1

),

spend_model as (

    select
        max(case when parameter = 'p' then estimate end) as p,
        max(case when parameter = 'q' then estimate end) as q,
        max(case when parameter = 'k' then estimate end) as k
    from fitted_parameters
    where model = 'gamma_gamma' and segment = 'all' and serves_forecasts

),

joined as (

    select
        purchase_history.customer_id,
        purchase_history.next_purchase_basis,
        purchase_history.next_purchase_on_low,
        purchase_history.next_purchase_on,
        purchase_history.next_purchase_on_high,
        purchase_history.purchase_days - 1 as repeat_purchases,
        {{ customer_lifecycle.weeks('purchase_history.days_first_to_last') }} as recency_weeks,
        {{ customer_lifecycle.weeks('purchase_history.days_since_first_purchase') }} as age_weeks,
        served_forecasts.probability_alive,
        served_forecasts.expected_purchases_30d,
        served_forecasts.expected_purchases_90d,
        served_forecasts.expected_purchases_365d,
        served_forecasts.discounted_purchases_365d,
        -- p (k + x m) / (p x + q - 1), where the amount on paid repeat days is x m; without a
        -- finite mean there is none to show.
        case
            when spend_model.p * purchase_history.paid_repeat_days + spend_model.q > 1
                then
                    spend_model.p * (spend_model.k + purchase_history.paid_repeat_amount)
                    / (spend_model.p * purchase_history.paid_repeat_days + spend_model.q - 1)
        end as expected_average_amount,
        case
            when purchase_model_state.fitted_rows = 0 then 'purchase_models_off'
            when purchase_model_state.not_fitted_reason is not null
                then purchase_model_state.not_fitted_reason
            when purchase_model_state.is_at_boundary = 1 then 'model_at_boundary'
            when purchase_model_state.serves_forecasts = 0 then 'model_not_converged'
        end as withheld_reason
    from purchase_history
    cross join purchase_model_state
    cross join spend_model
    left join served_forecasts
        on
            purchase_history.purchase_days - 1 = served_forecasts.repeat_purchases
            and purchase_history.days_first_to_last = served_forecasts.recency_days
            and purchase_history.days_since_first_purchase = served_forecasts.age_days

),

customer_purchase_forecast as (

    select
        customer_id,
        cast(
            case when withheld_reason is null then '{{ purchase_model }}' end
            as {{ dbt.type_string() }}
        ) as purchase_model,
        cast(case when withheld_reason is null then 'all' end as {{ dbt.type_string() }})
            as model_segment,
        withheld_reason,
        cast(next_purchase_basis as {{ dbt.type_string() }}) as next_purchase_basis,
        cast(repeat_purchases as integer) as repeat_purchases,
        cast(expected_average_amount as decimal(18, 4)) as expected_average_amount,
        recency_weeks,
        age_weeks,
        probability_alive,
        expected_purchases_30d,
        expected_purchases_90d,
        expected_purchases_365d,
        discounted_purchases_365d,
        next_purchase_on_low,
        next_purchase_on,
        next_purchase_on_high
    from joined

)

select * from customer_purchase_forecast
