-- The sums that everything said of an arm is made from: of a member's value y, of its square and
-- cube, and of what is known beside it (x).
{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set zero = customer_lifecycle.double(0) %}

with arm_cells as (

    select * from {{ ref('int_lifecycle__arm_cells') }}

),

sums as (

    select
        campaign_id,
        arm,
        is_control,
        {% for name in customer_lifecycle.wave_sums() %}
        sum({{ name }}) as {{ name }},
        {% endfor %}
        cast(sum(members) as bigint) as members
    from arm_cells
    group by campaign_id, arm, is_control

),

arm_sums as (

    -- Where a value is not known of everybody nothing is said.
    {% for metric, values in customer_lifecycle.wave_metrics().items() %}
    {%- set y, x = values[0], values[1] %}
    {%- set parts = {
        'y': y ~ '_sum', 'yy': y ~ '_sum_2', 'yyy': y ~ '_sum_3',
        'x': x ~ '_sum' if x else zero, 'xx': x ~ '_sum_2' if x else zero,
        'xy': y ~ '_' ~ x ~ '_sum' if x else zero,
    } %}
    select
        campaign_id,
        arm,
        '{{ metric }}' as metric,
        members,
        {%- for part, total in parts.items() %}
        case when {{ y }}_known = members then {{ total }} end as sum_{{ part }},
        {%- endfor %}
        is_control
    from sums
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select * from arm_sums
