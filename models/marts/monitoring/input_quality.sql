-- Counted where the rows are: at the input, in what is kept and in what is rejected.
{%- set inputs = customer_lifecycle.inputs() %}
{%- set reasons = customer_lifecycle.rejection_reasons() %}

with rejected_records as (

    select * from {{ ref('customer_lifecycle', 'rejected_records') }}

),

as_of as (

    select as_of_date from {{ ref('lifecycle_as_of') }}

),

rows_read as (

    {% for input in inputs -%}
    select
        '{{ input }}' as input,
        count(*) as rows_in
    from {{ ref('stg_lifecycle__' ~ input ~ '_read') }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

rows_kept as (

    -- What has no day of its own, like an order line, lies where the row does that it belongs to.
    {% for input in inputs -%}
    {%- set contract = customer_lifecycle.input_contract()[input] %}
    {%- set parent = customer_lifecycle.input_contract()[contract.belongs_to] %}
    {%- set day = 'kept.' ~ contract.day if contract.day
        else 'parent.' ~ parent.day if parent else 'null' %}
    select
        '{{ input }}' as input,
        count(*) as rows_kept,
        count(case when {{ day }} > as_of.as_of_date then 1 end) as rows_after_as_of
    from {{ ref('stg_lifecycle__' ~ input) }} as kept
    {% if parent -%}
    left join {{ ref('stg_lifecycle__' ~ contract.belongs_to) }} as parent
        on {{ customer_lifecycle.same_key('kept', 'parent', parent.row_key) }}
        {{ 'and parent.part_number = 1' if parent.has_parts }}
    {% endif -%}
    cross join as_of
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

optional_values as (

    {% for input in inputs -%}
    select
        '{{ input }}' as input,
        count(*) * 0
        {%- for name, kind in customer_lifecycle.input_contract()[input].optional.items()
            if kind not in ('key', 'text') %}
        + count({{ name }}_unread)
        {%- endfor %} as unread
    from {{ ref('stg_lifecycle__' ~ input ~ '_checked') }}
    where rejection_reason is null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

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

input_quality as (

    select
        rows_read.input,
        cast(rows_read.rows_in as bigint) as rows_in,
        cast(rows_kept.rows_kept as bigint) as rows_kept,
        cast(coalesce(rows_rejected.rows_rejected, 0) as bigint) as rows_rejected,
        {% for reason in reasons %}
        cast(coalesce(rows_rejected.{{ reason }}, 0) as bigint) as {{ reason }},
        {% endfor %}
        cast(optional_values.unread as bigint) as unreadable_optional_values,
        cast(rows_kept.rows_after_as_of as bigint) as rows_after_as_of
    from rows_read
    inner join optional_values on rows_read.input = optional_values.input
    inner join rows_kept on rows_read.input = rows_kept.input
    left join rows_rejected on rows_read.input = rows_rejected.input

)

select * from input_quality
