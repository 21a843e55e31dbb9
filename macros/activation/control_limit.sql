{#
  What the first digits of a hash must be below for a customer to be left alone: lifecycle_control_share
  of the 16^8 texts of eight hexadecimal digits. Worked out by hand, since dbt v2 formats no numbers.
#}
{% macro control_limit() %}
    {% set share = customer_lifecycle.number_or_zero('lifecycle_control_share') %}
    {% set left = namespace(number=(share * 4294967296) | int) %}
    {% set digits = [] %}
    {% for _ in range(8) %}
        {% do digits.insert(0, '0123456789abcdef'[left.number % 16]) %}
        {% set left.number = left.number // 16 %}
    {% endfor %}
    {% do return(digits | join) %}
{% endmacro %}
