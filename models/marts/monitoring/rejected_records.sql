{%- set inputs = customer_lifecycle.input_contract().keys() | list %}

with rejected as (

    {% for input in inputs -%}
    select
        '{{ input }}' as input,
        {{ input }}.*
    from {{ ref('stg_lifecycle__' ~ input ~ '_rejected') }} as {{ input }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

rejected_records as (

    -- Rows of files have a position; rows of warehouse tables are numbered among the rejected.
    select
        input,
        row_key,
        reason,
        row_json,
        coalesce(
            row_number,
            row_number() over (partition by input order by row_key, reason, row_json)
        ) as row_number
    from rejected

)

select * from rejected_records
