{# Whether an amount lies in a bucket: the lower bound is in it, the last one is open above. #}
{% macro is_in_bucket(amount, bucket) -%}
    {{ customer_lifecycle.both_known(amount, bucket ~ '.lower_amount') }}
    {{ amount }} >= {{ bucket }}.lower_amount
    and ({{ bucket }}.upper_amount is null or {{ amount }} < {{ bucket }}.upper_amount)
{%- endmacro %}
