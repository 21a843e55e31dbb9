-- Counted where the rows are: at the input, in what is kept and in what is rejected.
{%- set dates = {
    'orders': 'kept.ordered_on', 'customers': 'kept.registered_on',
    'order_lines': 'orders.ordered_on', 'contact_costs': 'kept.contacted_on',
} %}
{%- set reasons = [
    'missing_key', 'missing_customer', 'missing_date', 'unreadable_date', 'unreadable_amount',
    'not_finite', 'future_date', 'duplicate_key', 'malformed_row',
] %}

with rejected_records as (

    select * from {{ ref('rejected_records') }}

),

as_of as (

    select as_of_date from {{ ref('lifecycle_as_of') }}

),

{% for input in dates -%}
rows_in_of_{{ input }} as (

    select
        '{{ input }}' as input,
        count(*) as rows_in
    from {{ ref('base_lifecycle__' ~ input) }}

),

rows_kept_of_{{ input }} as (

    select
        '{{ input }}' as input,
        count(*) as rows_kept,
        count(case when {{ dates[input] }} > as_of.as_of_date then 1 end) as rows_after_as_of
    from {{ ref('stg_lifecycle__' ~ input) }} as kept
    {% if input == 'order_lines' %}
    -- A line lies where its order does.
    left join {{ ref('stg_lifecycle__orders') }} as orders on kept.order_id = orders.order_id
    {% endif %}
    cross join as_of

),

{% endfor -%}
rows_rejected as (

    select
        input,
        {% for reason in reasons %}
        count(case when reason = '{{ reason }}' then 1 end) as {{ reason }},
        {% endfor %}
        count(*) as rows_rejected
    from rejected_records
    group by input

),

counted as (

    {% for input in dates if input in (var('lifecycle_inputs') or ['orders']) -%}
    select
        rows_in_of_{{ input }}.input,
        rows_in_of_{{ input }}.rows_in,
        rows_kept_of_{{ input }}.rows_kept,
        rows_kept_of_{{ input }}.rows_after_as_of
    from rows_in_of_{{ input }}
    inner join rows_kept_of_{{ input }}
        on rows_in_of_{{ input }}.input = rows_kept_of_{{ input }}.input
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

input_quality as (

    select
        counted.input,
        cast(counted.rows_in as bigint) as rows_in,
        cast(counted.rows_kept as bigint) as rows_kept,
        cast(coalesce(rows_rejected.rows_rejected, 0) as bigint) as rows_rejected,
        {% for reason in reasons %}
        cast(coalesce(rows_rejected.{{ reason }}, 0) as bigint) as {{ reason }},
        {% endfor %}
        cast(counted.rows_after_as_of as bigint) as rows_after_as_of
    from counted
    left join rows_rejected on counted.input = rows_rejected.input

)

select * from input_quality
