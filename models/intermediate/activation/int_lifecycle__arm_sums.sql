-- The sums that everything said of an arm is made from: of a member's value y, of its square and
-- cube, and of what is known beside it (x). One aggregate over the members; doubles, since only
-- moments come of it.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set metrics = customer_lifecycle.wave_metrics() %}
{%- set zero = customer_lifecycle.double(0) %}

with member_results as (

    select * from {{ ref('int_lifecycle__member_results') }}

),

member_values as (

    select
        campaign_id,
        arm,
        {% for metric, parts in metrics.items() %}
        {{ customer_lifecycle.double(parts[0]) }} as {{ metric }}_y,
        {{ customer_lifecycle.double(parts[1]) if parts[1] else zero }} as {{ metric }}_x,
        {% endfor %}
        is_control
    from member_results

),

sums as (

    select
        campaign_id,
        arm,
        is_control,
        {% for metric in metrics %}
        count({{ metric }}_y) as {{ metric }}_known,
        sum({{ metric }}_y) as {{ metric }}_y,
        sum({{ metric }}_y * {{ metric }}_y) as {{ metric }}_yy,
        sum({{ metric }}_y * {{ metric }}_y * {{ metric }}_y) as {{ metric }}_yyy,
        sum({{ metric }}_x) as {{ metric }}_x,
        sum({{ metric }}_x * {{ metric }}_x) as {{ metric }}_xx,
        sum({{ metric }}_x * {{ metric }}_y) as {{ metric }}_xy,
        {% endfor %}
        count(*) as members
    from member_values
    group by campaign_id, arm, is_control

),

arm_sums as (

    -- Where a value is not known of everybody nothing is said.
    {% for metric in metrics %}
    select
        campaign_id,
        arm,
        '{{ metric }}' as metric,
        members,
        {%- for part in ['y', 'yy', 'yyy', 'x', 'xx', 'xy'] %}
        case when {{ metric }}_known = members then {{ metric }}_{{ part }} end as sum_{{ part }},
        {%- endfor %}
        is_control
    from sums
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select * from arm_sums
