{#
  Select: every row of an input as it was read, once, with the reason why it is not kept
  (rejection_reason), null when it is. Rows that are sound by themselves and have one key, whatever their
  status: see
  repeated_rows. `rows_read` is where the rows stand, without it stg_lifecycle__<input>_read.
#}
{% macro checked_rows(input, rows_read=none) -%}
    {%- set contract = customer_lifecycle.input_contract()[input] -%}
    {%- set columns = customer_lifecycle.added_columns(input) -%}
    {%- set has_far_days = customer_lifecycle.has_far_days(input) -%}
    {%- set key_values = customer_lifecycle.key_values(input) -%}
    {%- set screened = customer_lifecycle.screened_rows(input, has_far_days, rows_read) %}
with {% if has_far_days -%}
near_days as (

    {{ customer_lifecycle.near_days(
        input, customer_lifecycle.screened_rows(input, false, rows_read)
    ) }}

),

{% endif -%}
repeated_keys as (

    -- The rows are read three times and not from one select: what is used twice is kept in memory
    -- with all its columns, and here the keys are enough.
    select
        {%- for value in key_values %}
        {{ value }} as key_{{ loop.index }}{{ ',' if not loop.last }}
        {%- endfor %}
    from ({{ screened }}) as sound_keys
    where {{ customer_lifecycle.is_comparable(input) }}
    group by {{ key_values | join(', ') }}
    having count(*) > 1

),

rows_of_own_key as (

    select
        screened.*,
        cast(1 as bigint) as {{ 'part_number' if contract.has_parts else 'repeat_rank' }},
        {%- for column in columns %}
        cast(null as {{ var('lifecycle_money_type') }}) as {{ column }}_added_up,
        {%- endfor %}
        {%- for column in contract.one_value or {} %}
        0 as differing_{{ column }},
        {%- endfor %}
        {% if contract.has_parts -%}
        case
            when is_excluded = 1 and coalesce(fault, '') <> 'malformed_row' then 'excluded_status'
            else fault
        end
        {%- else -%}
        fault
        {%- endif %} as rejection_reason
    from ({{ screened }}) as screened
    left join repeated_keys
        on {{ customer_lifecycle.is_key_repeated(input) }}
    where
        not {{ customer_lifecycle.is_comparable(input, 'screened') }}
        or repeated_keys.key_1 is null

),

rows_of_repeated_keys as (

    select screened.*
    from ({{ screened }}) as screened
    inner join repeated_keys
        on {{ customer_lifecycle.is_key_repeated(input) }}
    where {{ customer_lifecycle.is_comparable(input, 'screened') }}

),

{{ customer_lifecycle.repeated_rows(input) }}

checked as (

    select * from rows_of_own_key
    union all
    select * from told_apart

)

select * from checked
{%- endmacro %}


{#
  The CTE told_apart: which of the rows with one key are kept. One is, the first of kept_first, and the
  others are duplicate_key. Where rows have parts, that holds only of those that are the same in every
  column. Of others lifecycle_repeated_orders says what they are:
  replace   versions: one is kept, the others are replaced_row
  reject    an error: none is kept (conflicting_key)
  sum       told apart within a customer and currency. Negative amounts beside others are refunds, rows
            of their own. Rows whose updated_at differs, or the status of one and the same amount, are
            versions, as in replace. Of what is left the amounts are parts of one: they are added up in
            the first row, the others are added_up.
  What is kept then and has an excluded status is excluded_status: the order was taken back, and no earlier
  version comes back for it. Parts with such a status are not added up.
  part_number 1 is the order, or where there is none the first refund; refunds under its id follow, and
  what another customer has under it.
#}
{% macro repeated_rows(input) -%}
    {%- set contract = customer_lifecycle.input_contract()[input] -%}
    {%- set key = customer_lifecycle.key_values(input) | join(', ') -%}
    {%- set kept_first = contract.kept_first | join(', ') ~ ', row_number asc nulls last' -%}
    {%- if not contract.has_parts -%}
told_apart as (

    select
        ranked.*,
        case
            {%- for column, reason in (contract.one_value or {}).items() %}
            when differing_{{ column }} = 1 then '{{ reason }}'
            {%- endfor %}
            when repeat_rank > 1 then 'duplicate_key'
        end as rejection_reason
    from (
        select
            *,
            row_number() over (partition by {{ key }} order by {{ kept_first }}) as repeat_rank
            {%- for column in contract.one_value or {} %},
            case
                when
                    min({{ column }}) over (partition by {{ key }})
                    < max({{ column }}) over (partition by {{ key }})
                    then 1
                else 0
            end as differing_{{ column }}
            {%- endfor %}
        from rows_of_repeated_keys
    ) as ranked

),
    {%- else -%}
    {%- set what = var('lifecycle_repeated_orders') -%}
    {%- set over_own = 'over (partition by ' ~ key ~ ', customer_id, currency, is_refund, copy_number)' -%}
copies as (

    select
        *,
        case when amount < 0 then 1 else 0 end as is_refund,
        row_number() over (
            partition by {{ customer_lifecycle.input_columns(input).keys() | join(', ') }}
            order by row_number asc nulls last
        ) as copy_number
    from rows_of_repeated_keys

),

compared as (

    select
        *,
        max(copy_number) over (partition by {{ key }}) = count(*) over (partition by {{ key }})
            as are_all_the_same,
        row_number() over (
            partition by {{ key }}, copy_number order by {{ kept_first }}
        ) as version_number,
        row_number() over (
            partition by {{ key }}, customer_id, currency, is_refund, copy_number
            order by {{ kept_first }}
        ) as own_version_number,
        row_number() over (
            partition by {{ key }}, customer_id, currency, is_refund, copy_number
            order by is_excluded, ordered_at, {{ kept_first }}
        ) as own_part_number,
        min(is_refund) over (partition by {{ key }}, customer_id, currency, copy_number)
            as is_refund_alone,
        -- What is known of some rows only tells none apart.
        count(updated_at) {{ over_own }} = count(*) {{ over_own }}
            and min(updated_at) {{ over_own }} < max(updated_at) {{ over_own }} as was_updated,
        min(amount) {{ over_own }} = max(amount) {{ over_own }}
            and min(status) {{ over_own }} < max(status) {{ over_own }} as has_moved_on
    from copies

),

with_own_reasons as (

    select
        *,
        case
            when copy_number > 1 then 'duplicate_key'
            {%- if what == 'replace' %}
            when version_number > 1 then 'replaced_row'
            {%- elif what == 'reject' %}
            when not are_all_the_same then 'conflicting_key'
            {%- else %}
            when is_refund = 1 and is_refund_alone = 0 then null
            when was_updated or has_moved_on
                then case when own_version_number > 1 then 'replaced_row' end
            when is_refund = 0 and own_part_number > 1 then 'added_up'
            {%- endif %}
        end as own_reason
    from compared

),

with_reasons as (

    select
        *,
        case
            when
                is_excluded = 1
                and coalesce(own_reason, '') not in ('replaced_row', 'conflicting_key')
                then 'excluded_status'
            else own_reason
        end as rejection_reason
    from with_own_reasons

),

numbered as (

    select
        *,
        case when rejection_reason is null then row_number() over (
            partition by {{ key }}, case when rejection_reason is null then 0 else 1 end
            order by is_refund, customer_id nulls last, currency nulls last, ordered_at nulls last, {{ kept_first }}
        ) end as part_number,
        {%- for column in customer_lifecycle.added_columns(input) %}
        cast(sum(case when rejection_reason is null or rejection_reason = 'added_up' then {{ column }} end) over (
            partition by {{ key }}, customer_id, currency, is_refund
        ) as {{ var('lifecycle_money_type') }}) as {{ column }}_sum,
        {%- endfor %}
        max(case when rejection_reason = 'added_up' then 1 else 0 end) over (
            partition by {{ key }}, customer_id, currency, is_refund
        ) as has_added_up
    from with_reasons

),

told_apart as (

    select
        row_number,
        malformed_text,
        {%- for name, kind in customer_lifecycle.input_columns(input).items() %}
        {{ name }},
        {%- if kind not in ('key', 'text') %}
        {{ name }}_unread,
        {%- endif %}
        {%- endfor %}
        ordered_on,
        is_excluded,
        fault,
        cast(part_number as bigint) as part_number,
        {%- for column in customer_lifecycle.added_columns(input) %}
        case when rejection_reason is null and has_added_up = 1 then {{ column }}_sum end
            as {{ column }}_added_up,
        {%- endfor %}
        rejection_reason
    from numbered

),
    {%- endif -%}
{%- endmacro %}


{# The columns that are added up where rows of one key are parts of one thing. #}
{% macro added_columns(input) %}
    {%- set columns = [] -%}
    {%- if customer_lifecycle.input_contract()[input].has_parts -%}
        {%- for name, kind in customer_lifecycle.input_columns(input).items() if kind == 'money' -%}
            {%- do columns.append(name) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do return(columns) -%}
{% endmacro %}


{# Select: every row of an input as it was read, with its calendar day, whether its status is left out
   (is_excluded, of orders) and what else is wrong with the row by itself, with its day among all the others
   or with what it refers to (fault), if anything. #}
{% macro screened_rows(input, has_far_days, rows_read=none) -%}
        {%- set refers_to = customer_lifecycle.input_contract()[input].refers_to %}
        select
            rows_read.*,
            {%- for name, kind in customer_lifecycle.input_contract()[input].required.items()
                if kind == 'moment' %}
            cast({{ name }} as date) as {{ name[:-3] }}_on,
            {%- endfor %}
            {%- if customer_lifecycle.input_contract()[input].has_parts %}
            {{ customer_lifecycle.has_excluded_status() }} as is_excluded,
            {%- endif %}
            {{ customer_lifecycle.rejection_reason(input, has_far_days) }} as fault
        from {{ rows_read or ref('stg_lifecycle__' ~ input ~ '_read') }} as rows_read
        {%- if has_far_days %}
        cross join near_days
        {%- endif %}
        {%- if refers_to %}
        left join (
            select
                {%- for last_day in (refers_to.not_after or {}).values() %}
                {{ last_day }} as parent_{{ last_day }},
                {%- endfor %}
                {{ refers_to.key }} as parent_key
            from {{ ref('stg_lifecycle__' ~ refers_to.input) }}
        ) as parents on rows_read.{{ refers_to.key }} = parents.parent_key
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
                sum(count(*)) over (order by {{ day }} rows unbounded preceding) as rows_up_to,
                sum(count(*)) over () as all_rows
            from ({{ screened }}) as sound_days
            where fault is null{{ ' and is_excluded = 0' if customer_lifecycle.input_contract()[input].has_parts }}
            group by {{ day }}
        ) as days
    ) as pauses
    where pause_days > {{ longest }}
{%- endmacro %}


{# What tells the rows of an input apart, as a list of SQL. #}
{% macro key_values(input, alias=none) %}
    {%- set contract = customer_lifecycle.input_contract()[input] -%}
    {%- set prefix = alias ~ '.' if alias else '' -%}
    {%- set values = [] -%}
    {%- for column in contract.row_key -%}
        {%- do values.append(prefix ~ column) -%}
    {%- endfor -%}
    {%- for column in contract.told_apart_by or [] -%}
        {%- do values.append("coalesce(" ~ prefix ~ column ~ ", '')") -%}
    {%- endfor -%}
    {%- do return(values) -%}
{% endmacro %}


{% macro is_key_repeated(input) -%}
    {%- for value in customer_lifecycle.key_values(input, 'screened') -%}
    {{ value }} = repeated_keys.key_{{ loop.index }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
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
    {%- set added = customer_lifecycle.added_columns(input) -%}
select
    {%- if contract.passthrough %}
    *
    {%- else %}
    {%- for name, kind in customer_lifecycle.input_columns(input).items() %}
    {{ 'coalesce(' ~ name ~ '_added_up, ' ~ name ~ ') as ' ~ name if name in added else name }}
    {%- if kind == 'moment' and name in contract.required %},
    {{ name[:-3] }}_on
    {%- endif %}
    {{- ',' if not loop.last }}
    {%- endfor %}
    {%- if contract.has_parts %},
    cast(part_number as integer) as part_number
    {%- endif %}
    {%- endif %}
from {{ ref('stg_lifecycle__' ~ input ~ '_checked') }}
where rejection_reason is null
{%- endmacro %}
