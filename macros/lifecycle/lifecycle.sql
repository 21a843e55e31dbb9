{#
  Select: the lifecycle stage of every known customer as of a date. All four relations have one row
  per customer and as-of date, but the thresholds, which have one per date.
#}
{% macro lifecycle_stages(customers, purchase_history, silence, thresholds) -%}
    select
        with_signs.customer_id,
        with_signs.as_of_date,
        with_signs.known_since,
        with_signs.net_amount,
        with_signs.is_reactivated,
        -- The first that holds. Whoever reaches acquired or beyond is active.
        case
            when with_signs.purchase_days is null then 'potential'
            when with_signs.is_reactivated then 'reactivated'
            when with_signs.is_churned then 'churned'
            when with_signs.is_dormant then 'dormant'
            when with_signs.is_at_risk then 'at_risk'
            when
                with_signs.purchase_days = 1
                and with_signs.days_since_first_purchase <= {{ var('lifecycle_acquired_days') }}
                then 'acquired'
            when with_signs.purchase_days >= {{ var('lifecycle_loyal_purchases') }} then 'loyal'
            else 'growing'
        end as lifecycle_stage
    from (
        select
            customers.customer_id,
            customers.as_of_date,
            customers.known_since,
            customers.net_amount,
            history.purchase_days,
            history.days_since_first_purchase,
            coalesce(
                history.longest_gap_ended_this_period >= thresholds.dormant_after, false
            ) as is_reactivated,
            history.days_since_last_purchase >= thresholds.churned_after as is_churned,
            -- Own gaps say it where there are enough of them, the thresholds where there are not.
            case
                when silence.silence_basis = 'own_gaps' then silence.silence_status = 'silent'
                else history.days_since_last_purchase >= thresholds.dormant_after
            end as is_dormant,
            case
                when silence.silence_basis = 'own_gaps' then silence.silence_status <> 'active'
                else history.days_since_last_purchase >= thresholds.at_risk_after
            end as is_at_risk
        from {{ customers }} as customers
        inner join {{ thresholds }} as thresholds
            on customers.as_of_date = thresholds.as_of_date
        left join {{ purchase_history }} as history
            on
                customers.customer_id = history.customer_id
                and customers.as_of_date = history.as_of_date
        left join {{ silence }} as silence
            on
                customers.customer_id = silence.customer_id
                and customers.as_of_date = silence.as_of_date
    ) as with_signs
{%- endmacro %}
