-- Days of silence from which a customer counts as at risk, dormant, churned, at the as-of date and
-- at each period end: set by vars, or as the rule of the var says from what was known by then.
{%- set rule, double = var('lifecycle_threshold_rule'), customer_lifecycle.double_type() %}

with threshold_candidates as (

    select * from {{ ref('int_lifecycle__threshold_candidates') }}

),

with_source as (

    {% for threshold in ['at_risk_after', 'dormant_after', 'churned_after'] -%}
    {%- set days = var('lifecycle_' ~ threshold, none) -%}
    select
        as_of_date,
        threshold_number,
        threshold,
        {% if days is not none -%}
        {{ days }} as days,
        'var' as source,
        cast(null as {{ dbt.type_string() }}) as reason,
        cast(null as {{ double }}) as return_share
        {%- else -%}
        coalesce({{ rule }}_days, default_days) as days,
        case when {{ rule }}_days is null then 'default' else '{{ rule }}' end as source,
        cast({{ rule }}_reason as {{ dbt.type_string() }}) as reason,
        {% if rule == 'return_curve' -%}
        case when {{ rule }}_days is not null then return_share end as return_share
        {%- else -%}
        cast(null as {{ double }}) as return_share
        {%- endif %}
        {%- endif %}
    from threshold_candidates
    where threshold = '{{ threshold }}'
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

threshold_days as (

    -- A day more than the threshold before where the gaps are too alike to tell them apart.
    select
        as_of_date,
        threshold,
        threshold_number,
        max(days - threshold_number) over (
            partition by as_of_date
            order by threshold_number rows between unbounded preceding and current row
        ) + threshold_number as days,
        source,
        reason,
        return_share
    from with_source

)

select * from threshold_days
