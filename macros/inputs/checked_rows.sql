{#
  Select: every row of an input as it was read, once, with the reason why it is not kept
  (rejection_reason), null when it is. Of the rows with one key that are sound by themselves one is
  kept (repeat_rank 1, see kept_first in the contract); the others are duplicate_key.
#}
{% macro checked_rows(input) -%}
    {%- set contract = customer_lifecycle.input_contract()[input] -%}
{%- set has_far_days = customer_lifecycle.has_far_days(input) %}
with {% if has_far_days -%}
near_days as (

    {{ customer_lifecycle.near_days(input, customer_lifecycle.screened_rows(input, false)) }}

),

{% endif -%}
repeated_keys as (

    -- The rows are read three times and not from one select: what is used twice is kept in memory
    -- with all its columns, and here the keys are enough.
    select {{ contract.row_key | join(', ') }}
    from ({{ customer_lifecycle.screened_rows(input, has_far_days) }}) as sound_keys
    where fault is null
    group by {{ contract.row_key | join(', ') }}
    having count(*) > 1

),

rows_of_own_key as (

    select
        screened.*,
        cast(1 as bigint) as repeat_rank
    from ({{ customer_lifecycle.screened_rows(input, has_far_days) }}) as screened
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
    from ({{ customer_lifecycle.screened_rows(input, has_far_days) }}) as screened
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
   itself or with its day among all the others (fault), if anything. #}
{% macro screened_rows(input, has_far_days) -%}
        select
            rows_read.*,
            {%- for name, kind in customer_lifecycle.input_contract()[input].required.items()
                if kind == 'moment' %}
            cast({{ name }} as date) as {{ name[:-3] }}_on,
            {%- endfor %}
            {{ customer_lifecycle.rejection_reason(input, has_far_days) }} as fault
        from {{ ref('stg_lifecycle__' ~ input ~ '_read') }} as rows_read
        {%- if has_far_days %}
        cross join near_days
        {%- endif %}
    {%- endmacro %}


{# Whether rows of an input are rejected for a day that is far from all others. #}
{% macro has_far_days(input) %}
    {% do return(
        customer_lifecycle.input_contract()[input].far_days
        and var('lifecycle_longest_pause_days', none) is not none
    ) %}
{% endmacro %}


{#
  Select: the first and the last day that are near the others, null where all are; one row. `screened`
  is a select of rows with their day and fault. What lies beyond a pause of more than
  lifecycle_longest_pause_days is far when it is few rows: fewer than half, and at most
  lifecycle_far_share for each time that the pause is as long as that, up to five times.
#}
{% macro near_days(input, screened) -%}
    {%- set day = customer_lifecycle.input_contract()[input].day -%}
    {%- set longest = var('lifecycle_longest_pause_days') -%}
    {%- set few -%}
        least(pause_days, {{ 5 * longest }}) * {{ var('lifecycle_far_share') }} * all_rows
    {%- endset -%}
    select
        max(
            case
                when 2 * rows_before < all_rows and {{ longest }} * rows_before <= {{ few }}
                    then day_after
            end
        ) as first_near_day,
        min(
            case
                when 2 * rows_after < all_rows and {{ longest }} * rows_after <= {{ few }}
                    then day_before
            end
        ) as last_near_day
    from (
        select
            day_before,
            {{ day }} as day_after,
            rows_up_to - rows_on_day as rows_before,
            all_rows - rows_up_to + rows_on_day as rows_after,
            all_rows,
            {{ customer_lifecycle.days_between('day_before', day) }} as pause_days
        from (
            select
                {{ day }},
                count(*) as rows_on_day,
                lag({{ day }}) over (order by {{ day }}) as day_before,
                sum(count(*)) over (order by {{ day }}) as rows_up_to,
                sum(count(*)) over () as all_rows
            from ({{ screened }}) as sound_days
            where fault is null
            group by {{ day }}
        ) as days
    ) as pauses
    where pause_days > {{ longest }}
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
