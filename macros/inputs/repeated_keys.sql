{# Select: the sound rows of an input whose key occurs more than once, ranked by `order_by`. #}
{% macro repeated_rows(input, key, order_by) -%}
with sound_keys as (

    -- Read apart from the rows: a select that is used twice is kept in memory, all its columns.
    select {{ key | join(', ') }} from {{ ref('stg_lifecycle__' ~ input ~ '_screened') }}
    where rejection_reason is null

),

sound_rows as (

    select * from {{ ref('stg_lifecycle__' ~ input ~ '_screened') }}
    where rejection_reason is null

),

repeated_keys as (

    select {{ key | join(', ') }}
    from sound_keys
    group by {{ key | join(', ') }}
    having count(*) > 1

),

ranked as (

    select
        sound_rows.*,
        row_number() over (
            partition by
                {%- for column in key %}
                sound_rows.{{ column }}{{ ',' if not loop.last }}
                {%- endfor %}
            order by
                {%- for rule in order_by %}
                sound_rows.{{ rule }},
                {%- endfor %}
                sound_rows.row_number asc nulls last
        ) as repeat_rank
    from sound_rows
    inner join repeated_keys
        on {{ customer_lifecycle.same_key('sound_rows', 'repeated_keys', key) }}

)

select * from ranked
{%- endmacro %}


{# Select: the rows of an input that are kept, one for each key. #}
{% macro kept_rows(input, key, columns) -%}
with screened as (

    select * from {{ ref('stg_lifecycle__' ~ input ~ '_screened') }}

),

repeated as (

    select * from {{ ref('stg_lifecycle__' ~ input ~ '_repeated') }}

),

repeated_keys as (

    select distinct {{ key | join(', ') }} from repeated

),

kept as (

    select
        {%- for column in columns %}
        screened.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from screened
    left join repeated_keys
        on {{ customer_lifecycle.same_key('screened', 'repeated_keys', key) }}
    where screened.rejection_reason is null and repeated_keys.{{ key[0] }} is null
    union all
    select {{ columns | join(', ') }}
    from repeated
    where repeat_rank = 1

)

select * from kept
{%- endmacro %}


{% macro same_key(first, second, key) -%}
    {%- for column in key -%}
    {{ first }}.{{ column }} = {{ second }}.{{ column }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
