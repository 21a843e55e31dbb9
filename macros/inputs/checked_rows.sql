{#
  Select: every row of an input as it was read, once, with the reason why it is not kept
  (rejection_reason), null when it is. Of the rows with one key that are sound by themselves one is
  kept (repeat_rank 1, see kept_first in the contract); the others are duplicate_key.
#}
{% macro checked_rows(input) -%}
    {%- set contract = customer_lifecycle.input_contract()[input] -%}
with repeated_keys as (

    -- The rows are read three times and not from one select: what is used twice is kept in memory
    -- with all its columns, and here the keys are enough.
    select {{ contract.row_key | join(', ') }}
    from ({{ customer_lifecycle.screened_rows(input) }}) as sound_keys
    where fault is null
    group by {{ contract.row_key | join(', ') }}
    having count(*) > 1

),

rows_of_own_key as (

    select
        screened.*,
        cast(1 as bigint) as repeat_rank
    from ({{ customer_lifecycle.screened_rows(input) }}) as screened
    left join repeated_keys
        on {{ customer_lifecycle.same_key('screened', 'repeated_keys', contract.row_key) }}
    where
        screened.fault is not null
        or repeated_keys.{{ contract.row_key[0] }} is null

),

rows_of_repeated_keys as (

    select
        screened.*,
        row_number() over (
            partition by
                {%- for column in contract.row_key %}
                screened.{{ column }}{{ ',' if not loop.last }}
                {%- endfor %}
            order by
                {%- for rule in contract.kept_first %}
                screened.{{ rule }},
                {%- endfor %}
                screened.row_number asc nulls last
        ) as repeat_rank
    from ({{ customer_lifecycle.screened_rows(input) }}) as screened
    inner join repeated_keys
        on {{ customer_lifecycle.same_key('screened', 'repeated_keys', contract.row_key) }}
    where screened.fault is null

),

ranked as (

    select * from rows_of_own_key
    union all
    select * from rows_of_repeated_keys

),

checked as (

    select
        ranked.*,
        case when repeat_rank > 1 then 'duplicate_key' else fault end as rejection_reason
    from ranked

)

select * from checked
{%- endmacro %}


{# Select: every row of an input as it was read, with its calendar day and what is wrong with the row by
   itself (fault), if anything. #}
{% macro screened_rows(input) -%}
        select
            rows_read.*,
            {%- for name, kind in customer_lifecycle.input_contract()[input].required.items()
                if kind == 'moment' %}
            cast({{ name }} as date) as {{ name[:-3] }}_on,
            {%- endfor %}
            {{ customer_lifecycle.rejection_reason(input) }} as fault
        from {{ ref('stg_lifecycle__' ~ input ~ '_read') }} as rows_read
    {%- endmacro %}


{% macro same_key(first, second, key) -%}
    {%- for column in key -%}
    {{ first }}.{{ column }} = {{ second }}.{{ column }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{# Select: the rows of an input that are kept, in the columns of the contract and its calendar days; all
   columns where the user's own are among them. #}
{% macro kept_rows(input) -%}
    {%- set contract = customer_lifecycle.input_contract()[input] -%}
select
    {%- if contract.passthrough %}
    *
    {%- else %}
    {%- for name, kind in customer_lifecycle.input_columns(input).items() %}
    {{ name }}
    {%- if kind == 'moment' and name in contract.required %},
    {{ name[:-3] }}_on
    {%- endif %}
    {{- ',' if not loop.last }}
    {%- endfor %}
    {%- endif %}
from {{ ref('stg_lifecycle__' ~ input ~ '_checked') }}
where rejection_reason is null
{%- endmacro %}
