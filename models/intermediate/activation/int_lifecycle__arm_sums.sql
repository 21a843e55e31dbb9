-- The sums that everything said of an arm is made from: of a member's value y, of its square and
-- cube, and of what is known beside it (x). By stratum where arms are compared within strata, else
-- with the stratum ''.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set zero = customer_lifecycle.double(0) %}
{%- set measured = [] %}
{%- for values in customer_lifecycle.wave_metrics().values() if values[0] not in measured %}
{%- do measured.append(values[0]) %}
{%- endfor %}

with arm_cells as (

    select * from {{ ref('int_lifecycle__arm_cells') }}

),

facts as (

    select * from {{ ref('int_lifecycle__campaign_facts') }}

),

cells as (

    select
        arm_cells.*,
        {{ customer_lifecycle.compared_stratum() }} as compared_stratum
    from arm_cells
    inner join facts on arm_cells.campaign_id = facts.campaign_id

),

sums as (

    select
        campaign_id,
        arm,
        compared_stratum as stratum,
        is_control,
        {% for name in customer_lifecycle.wave_sums() %}
        sum({{ name }}) as {{ name }},
        {% endfor %}
        cast(sum(members) as bigint) as members
    from cells
    group by campaign_id, arm, compared_stratum, is_control

),

known as (

    -- Where a value is not known of everybody in an arm nothing is said.
    select
        {%- for y in measured %}
        sum({{ y }}_known) over (partition by campaign_id, arm)
        = sum(members) over (partition by campaign_id, arm) as is_{{ y }}_known,
        {%- endfor %}
        *
    from sums

),

arm_sums as (

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
        stratum,
        '{{ metric }}' as metric,
        members,
        {%- for part, total in parts.items() %}
        case when is_{{ y }}_known then {{ total }} end as sum_{{ part }},
        {%- endfor %}
        is_control
    from known
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select * from arm_sums
