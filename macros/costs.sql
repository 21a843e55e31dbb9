{# Where the product cost of an order comes from, the weakest evidence first. #}
{% macro cost_bases() %}
    {% do return(['none', 'gross_margin_var', 'order_lines', 'product_cost']) %}
{% endmacro %}


{# The weakest of several cost bases, as an aggregate; nulls are left out. #}
{% macro weakest_cost_basis(column) -%}
    case
        {%- for basis in customer_lifecycle.cost_bases() %}
        when count(case when {{ column }} = '{{ basis }}' then 1 end) > 0 then '{{ basis }}'
        {%- endfor %}
    end
{%- endmacro %}
