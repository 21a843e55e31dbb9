-- What the system that sends is given. Whoever was contacted or has bought since they were assigned
-- needs no contact any more.
{{ config(enabled=customer_lifecycle.has_room('activation')) }}
{%- set text = dbt.type_string() %}
{%- set fields = {
    'customer_id': 'customer_id',
    'absence': 'absence_text',
    'last_purchase_on': 'cast(last_purchase_on as ' ~ text ~ ')',
    'purchase_days': 'cast(purchase_days as ' ~ text ~ ')',
} %}

with contact_list as (

    select * from {{ ref('int_lifecycle__contact_list') }}

),

to_contact as (

    select * from contact_list
    where
        arm = 'treatment'
        and channel is not null
        and last_purchase_on <= in_wave_since
        and (last_contacted_on is null or last_contacted_on < in_wave_since)

),

wake_up_audience as (

    select
        customer_id,
        list_name,
        wave,
        channel,
        suggested_action,
        {% for column in ['subject', 'message'] -%}
        {%- set merged = namespace(text='cast(' ~ column ~ ' as ' ~ text ~ ')') -%}
        {%- for field, value in fields.items() -%}
        {%- set merged.text = dbt.replace(merged.text, "'{" ~ field ~ "}'", value) -%}
        {%- endfor -%}
        {{ merged.text }} as {{ column }},
        {% endfor -%}
        priority,
        in_wave_since as assigned_on,
        {{ customer_lifecycle.days_later(
            (var('lifecycle_campaign_window') | int) - 1, 'in_wave_since'
        ) }} as valid_until
    from to_contact

)

select * from wake_up_audience
