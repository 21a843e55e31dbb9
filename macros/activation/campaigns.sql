{# Whether there are campaigns to measure: those of the inputs, or our own waves. #}
{% macro has_campaigns() %}
    {% do return(
        customer_lifecycle.logs_waves() or customer_lifecycle.has_room('activation')
        and customer_lifecycle.has_input('campaigns') and customer_lifecycle.has_input('campaign_members')
    ) %}
{% endmacro %}


{# Whether there are others than our own waves. #}
{% macro has_campaign_inputs() %}
    {% do return(
        customer_lifecycle.has_input('campaigns') and customer_lifecycle.has_input('campaign_members')
    ) %}
{% endmacro %}


{#
  What arms are compared in: the value of a member (y) and what is known of it from the day of assignment
  (x, null for nothing), by their names in wave_values. amount_per_order is a ratio of sums, its x the
  denominator. Those that begin with before_ compare what was before anybody was contacted.
#}
{% macro wave_metrics() %}
    {% do return({
        'conversion': ['bought', 'chance'],
        'orders_per_member': ['orders', 'chance'],
        'spend': ['amount', 'expectation'],
        'margin': ['margin', 'expectation'],
        'value': ['value', 'expectation'],
        'amount_per_order': ['amount', 'orders'],
        'before_orders': ['orders_before', none],
        'before_amount': ['amount_before', none],
        'before_recency': ['recency', none],
        'before_forecast': ['forecast', none],
    }) %}
{% endmacro %}


{# Those values, as SQL over int_lifecycle__member_results. #}
{% macro wave_values() %}
    {% do return({
        'bought': 'case when first_purchase_day is not null then 1 else 0 end',
        'orders': 'orders',
        'amount': 'amount',
        'margin': 'amount - product_cost',
        'value': 'value',
        'orders_before': 'orders_before',
        'amount_before': 'amount_before',
        'recency': 'days_since_last_order',
        'forecast': 'probability_purchase',
        'chance': 'chance',
        'expectation': 'expectation',
    }) %}
{% endmacro %}


{#
  The sums that the moments of the metrics are made from, each once, by name: how many members have a value y,
  the sums of it, of its square and cube, those of x and its square, and that of x times y.
#}
{% macro wave_sums() %}
    {% set sums = {} %}
    {% for values in customer_lifecycle.wave_metrics().values() %}
        {% set y, x = values[0], values[1] %}
        {% set y_value, x_value = y ~ '_value', x ~ '_value' %}
        {% do sums.update({
            y ~ '_known': 'count(' ~ y_value ~ ')',
            y ~ '_sum': 'sum(' ~ y_value ~ ')',
            y ~ '_sum_2': 'sum(' ~ y_value ~ ' * ' ~ y_value ~ ')',
            y ~ '_sum_3': 'sum(' ~ y_value ~ ' * ' ~ y_value ~ ' * ' ~ y_value ~ ')',
        }) %}
        {% if x %}
            {% do sums.update({
                x ~ '_sum': 'sum(' ~ x_value ~ ')',
                x ~ '_sum_2': 'sum(' ~ x_value ~ ' * ' ~ x_value ~ ')',
                y ~ '_' ~ x ~ '_sum': 'sum(' ~ x_value ~ ' * ' ~ y_value ~ ')',
            }) %}
        {% endif %}
    {% endfor %}
    {% do return(sums) %}
{% endmacro %}


{# Whether an arm is left alone, whatever the case of its name: var lifecycle_control_arms. #}
{% macro is_control_arm(arm) -%}
    lower(trim({{ arm }})) in ({{ customer_lifecycle.lower_texts((var('lifecycle_control_arms') if execute else []) or ['control']) }})
{%- endmacro %}


{# The stratum within which a row of arm_cells is compared, beside facts of its campaign: '' where whole arms are. #}
{% macro compared_stratum() -%}
    case when facts.compares_within_strata then arm_cells.stratum else '' end
{%- endmacro %}


{# Days of a member's life that are looked at from the assignment on. #}
{% macro longest_return_days() %}
    {#- The list is looked at when the model runs: config_check comes before that. -#}
    {% do return((var('lifecycle_return_days') | map('int') | max) if execute else 1) %}
{% endmacro %}


{# The day so many days after a date, or before it. #}
{% macro days_later(days, date) -%}
    cast({{ dbt.dateadd('day', days, date) }} as date)
{%- endmacro %}
