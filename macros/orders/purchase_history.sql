{#
  Select: what the marts need from the purchase days of a customer up to a date, in one aggregate.
  `purchase_days` has one row per customer, as-of date and purchase day up to it, with the open gap
  (open_gap_days). The rank of the open gap among the customer's own gaps counts the open gap itself.
  The median needs the gaps numbered (gap_number of gaps).
#}
{% macro purchase_history(purchase_days, has_median=false) -%}
    select
        customer_id,
        as_of_date,
        cast(count(*) as integer) as purchase_days,
        cast(count(
            case
                when {{ customer_lifecycle.is_in_rfm_window('purchased_on', 'as_of_date') }} then 1
            end
        ) as integer) as purchase_days_in_window,
        min(purchased_on) as first_purchase_on,
        max(purchased_on) as last_purchase_on,
        max(open_gap_days) as days_since_last_purchase,
        {{ customer_lifecycle.days_between('min(purchased_on)', 'max(purchased_on)') }}
            as days_first_to_last,
        {{ customer_lifecycle.days_between('min(purchased_on)', 'max(as_of_date)') }}
            as days_since_first_purchase,
        max(gap_days) as max_gap_days,
        -- Ties rank high in the first and low in the second.
        cast(1 + count(case when gap_days <= open_gap_days then 1 end) as integer) as rank_max,
        cast(1 + count(case when gap_days < open_gap_days then 1 end) as integer) as rank_min,
        max(
            case
                when {{ customer_lifecycle.is_lately('purchased_on', 'as_of_date') }} then gap_days
            end
        ) as longest_gap_ended_lately
        {%- if has_median %},
        {{ customer_lifecycle.median_of_numbered('gap_days', 'gap_number', 'gaps') }} as median_gap_days
        {%- endif %},
        {{ customer_lifecycle.spend_columns() }}
    from {{ purchase_days }}
    group by customer_id, as_of_date
{%- endmacro %}


{# Whether a day is one of the last lifecycle_reactivated_days up to a date. #}
{% macro is_lately(day, date) -%}
    {{ customer_lifecycle.days_between(day, date) }} < {{ var('lifecycle_reactivated_days') }}
{%- endmacro %}


{#
  What the spend model sees of a customer's purchase days: the first apart from the repeat days, and no
  days without an amount. The sum of squares is of doubles: only variances come of it.
#}
{% macro spend_columns() -%}
    {%- set double = customer_lifecycle.double_type() -%}
        cast(count(case when gap_days is not null and amount > 0 then 1 end) as integer)
            as paid_repeat_days,
        cast(
            coalesce(sum(case when gap_days is not null and amount > 0 then amount end), 0)
            as {{ var('lifecycle_money_type') }}
        ) as paid_repeat_amount,
        coalesce(sum(
            case
                when gap_days is not null and amount > 0
                    then cast(amount as {{ double }}) * cast(amount as {{ double }})
            end
        ), 0) as paid_repeat_squares,
        cast(coalesce(max(case when gap_days is null then amount end), 0) as {{ var('lifecycle_money_type') }})
            as first_day_amount
{%- endmacro %}
