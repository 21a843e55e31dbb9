-- Written after what may stop a run.
-- depends_on: {{ ref('lifecycle_as_of') }}
with rejected as (

    {% for input in customer_lifecycle.inputs() -%}
    select
        '{{ input }}' as input,
        row_number,
        {{ customer_lifecycle.row_key_text(input) }} as row_key,
        rejection_reason as reason,
        {{ customer_lifecycle.row_json(input) }} as row_json
    from {{ ref('stg_lifecycle__' ~ input ~ '_checked') }}
    where rejection_reason is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

rejected_records as (

    -- Rows of files have a position; rows of warehouse tables are numbered among the rejected.
    select
        input,
        coalesce(
            row_number,
            row_number() over (
                partition by input order by row_key nulls last, reason, row_json nulls last
            )
        ) as row_number,
        row_key,
        reason,
        row_json
    from rejected

)

select * from rejected_records
