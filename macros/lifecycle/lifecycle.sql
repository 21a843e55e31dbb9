{#
  Select: the lifecycle stage of every known customer as of a date, beside the columns that are there.
  `customers` has one row per customer and as-of date, with what they bought (null where nothing) and
  how silent they are, the thresholds one per date.
#}
{% macro lifecycle_stages(customers, thresholds) -%}
    select
        with_signs.*,
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
            customers.*,
            coalesce(
                customers.longest_gap_ended_lately >= thresholds.dormant_after, false
            ) as is_reactivated,
            customers.days_since_last_purchase >= thresholds.churned_after as is_churned,
            -- Own gaps say it where there are enough of them, the thresholds where there are not.
            case
                when customers.silence_basis = 'own_gaps' then customers.silence_status = 'silent'
                else customers.days_since_last_purchase >= thresholds.dormant_after
            end as is_dormant,
            case
                when customers.silence_basis = 'own_gaps' then customers.silence_status <> 'active'
                else customers.days_since_last_purchase >= thresholds.at_risk_after
            end as is_at_risk
        from {{ customers }} as customers
        inner join {{ thresholds }} as thresholds
            on customers.as_of_date = thresholds.as_of_date
    ) as with_signs
{%- endmacro %}
