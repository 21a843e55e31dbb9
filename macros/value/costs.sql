{# Where the product cost of an order comes from, the weakest evidence first. #}
{% macro cost_bases() %}
    {% do return(['none', 'gross_margin_var', 'order_lines', 'product_cost']) %}
{% endmacro %}


{#
  Select: the margin of all orders together, for customers who have none of their own; 1, as without
  any cost, where the orders come to nothing.
#}
{% macro shop_margin(customer_costs) -%}
    select
        coalesce(
            cast(sum(amount) - sum(product_cost) as {{ customer_lifecycle.double_type() }})
            / nullif(cast(sum(amount) as {{ customer_lifecycle.double_type() }}), 0),
            1
        ) as margin
    from {{ customer_costs }}
{%- endmacro %}


{# The weakest of several cost bases, as an aggregate; nulls are left out. #}
{% macro weakest_cost_basis(column) -%}
    case
        {%- for basis in customer_lifecycle.cost_bases() %}
        when count(case when {{ column }} = '{{ basis }}' then 1 end) > 0 then '{{ basis }}'
        {%- endfor %}
    end
{%- endmacro %}


{#
  Which rule the contact cost of an expected amount follows: the customer's past cost per amount, but
  no less than their smallest past cost unless the amount is smaller still. `by_rate` is the cost by
  that rate.
#}
{% macro contact_cost_branch(amount, by_rate) -%}
    case
        when {{ amount }} is null then null
        when past_amount <= 0 then 'no_past_amount'
        when smallest_contact_cost is null then 'no_past_cost'
        when {{ by_rate }} > smallest_contact_cost then 'rate'
        when {{ amount }} < smallest_contact_cost then 'rate_below_floor'
        else 'floor'
    end
{%- endmacro %}


{# The contact cost by that rule. #}
{% macro contact_cost(branch, by_rate) -%}
    case
        when {{ branch }} in ('no_past_amount', 'no_past_cost') then 0
        when {{ branch }} in ('rate', 'rate_below_floor') then {{ by_rate }}
        when {{ branch }} = 'floor' then smallest_contact_cost
    end
{%- endmacro %}


{# Whether there is an input that may say what getting customers has cost, and through what they came. #}
{% macro has_acquisition() %}
    {% do return(
        customer_lifecycle.has_room('value')
        and (customer_lifecycle.has_input('customers') or customer_lifecycle.has_input('marketing_spend'))
    ) %}
{% endmacro %}


{# Select: what was spent up to the as-of date, with its goal in small letters and the first day of its
   period (lifecycle_period); nothing without the input. #}
{% macro spend_so_far() -%}
    select
        spend.campaign_id,
        coalesce(nullif(trim(spend.channel), ''), 'unknown') as channel,
        lower(trim(spend.goal)) as goal,
        spend.cost,
        {{ customer_lifecycle.period_start('spend.period_start') }} as period_started_on
    from (
        {{ customer_lifecycle.rows_if(
            customer_lifecycle.has_input('marketing_spend'), 'stg_lifecycle__marketing_spend', {
                'campaign_id': dbt.type_string(), 'channel': dbt.type_string(),
                'goal': dbt.type_string(), 'cost': 'decimal(18, 4)', 'period_start': 'date',
            }
        ) }}
    ) as spend
    inner join {{ ref('lifecycle_as_of') }} as as_of on spend.period_start <= as_of.as_of_date
{%- endmacro %}
