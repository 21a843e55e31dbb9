{# The readings of the spend model: of the repeat days alone, as published, and of the first day too. #}
{% macro spend_models() %}{% do return(['gamma_gamma', 'gamma_gamma_all_days']) %}{% endmacro %}


{#
  Select: how many days the spend model sees of each customer, and the amount on them, in both readings.
  The first purchase of a customer may be larger or smaller than the later ones on average
  (macro first_amounts), so it counts as what it stands for.
#}
{% macro spend_days(history, first_amounts) -%}
    {%- set double = customer_lifecycle.double_type() -%}
    {%- set first_amount = 'cast(history.first_day_amount * first_amounts.ratio as ' ~ var('lifecycle_money_type') ~ ')' -%}
    select
        history.*,
        'gamma_gamma' as spend_model,
        history.paid_repeat_days as spend_days,
        history.paid_repeat_amount as spend_amount,
        history.paid_repeat_squares as spend_squares
    from {{ history }} as history
    union all
    select
        history.*,
        'gamma_gamma_all_days' as spend_model,
        history.paid_repeat_days + case when {{ first_amount }} > 0 then 1 else 0 end as spend_days,
        cast(history.paid_repeat_amount + {{ first_amount }} as {{ var('lifecycle_money_type') }}) as spend_amount,
        history.paid_repeat_squares
        + cast({{ first_amount }} as {{ double }}) * cast({{ first_amount }} as {{ double }})
            as spend_squares
    from {{ history }} as history
    cross join {{ first_amounts }} as first_amounts
{%- endmacro %}


{#
  Select, one row: what a customer spends on a repeat day on average, over what the same customer spent
  on the first; 1 where nobody has both.
#}
{% macro first_amounts(history) -%}
    {%- set double = customer_lifecycle.double_type() -%}
    select
        coalesce(
            cast(sum(
                {{ customer_lifecycle.rounded_quotient(
                    'paid_repeat_amount', 'nullif(paid_repeat_days, 0)'
                ) }}
            ) as {{ double }}) / nullif(cast(sum(first_day_amount) as {{ double }}), 0),
            1
        ) as ratio
    from {{ history }}
    where paid_repeat_days > 0 and first_day_amount > 0
{%- endmacro %}


{# Grouped rows of the spend model. #}
{% macro spend_states(spend_history, other_columns=[]) -%}
    {%- set columns = other_columns + ['spend_model', 'spend_days', 'spend_amount'] -%}
    select
        {{ columns | join(', ') }},
        sum(spend_squares) as spend_squares,
        count(*) as customers
    from {{ spend_history }}
    where spend_days > 0
    group by {{ columns | join(', ') }}
{%- endmacro %}


{#
  The expected amount on a paid purchase day, p (k + amount so far) / (p days + q - 1): the mean of the
  spend model given what was spent so far; null where that is infinite.
#}
{% macro expected_amount(parameters, days, amount) -%}
    case
        when {{ parameters }}.p * {{ days }} + {{ parameters }}.q > 1
            then
                {{ parameters }}.p * ({{ parameters }}.k + {{ amount }})
                / ({{ parameters }}.p * {{ days }} + {{ parameters }}.q - 1)
    end
{%- endmacro %}


{# Select: p, q and k side by side, one row per segment (and reading) with a fit that serves. #}
{% macro spend_parameters(fitted_parameters) -%}
    select
        model as spend_model,
        segment,
        max(case when parameter = 'p' then estimate end) as p,
        max(case when parameter = 'q' then estimate end) as q,
        max(case when parameter = 'k' then estimate end) as k
    from {{ fitted_parameters }}
    where
        model in ('{{ customer_lifecycle.spend_models() | join("', '") }}')
        and serves_forecasts
    group by model, segment
{%- endmacro %}
