{#
  Pre-hook of lifecycle_as_of. Where money has 18 digits a sum of 100 trillion stops the warehouse in the
  middle of a build, with a message that does not say what to do. So orders that come to a tenth of that
  stop the run before any mart is written; what is left is for forecasts.
#}
{% macro stop_where_money_does_not_fit() %}
    {% if not execute or var('lifecycle_money_type') != 'decimal(18, 4)' %}{% do return('') %}{% endif %}
    {% set total = run_query(
        'select sum(abs(kept.amount)) from ' ~ ref('stg_lifecycle__orders') ~ ' as kept'
    ).rows[0][0] %}
    {% if total is not none and total >= 10 ** 13 %}
        {% do exceptions.raise_compiler_error(
            'customer_lifecycle: lifecycle_money_type is "decimal(18, 4)", and all orders together come to '
            ~ total ~ ', which is too much for it; write decimal(24, 4), and build once with --full-refresh.'
        ) %}
    {% endif %}
{% endmacro %}
