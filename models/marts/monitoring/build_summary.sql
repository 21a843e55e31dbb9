-- What a person wants to know first after a build, a line each.
with input_quality as (

    select * from {{ ref('customer_lifecycle', 'input_quality') }}

),

customer_360 as (

    select * from {{ ref('customer_lifecycle', 'customer_360') }}

),

dormancy_thresholds as (

    select * from {{ ref('customer_lifecycle', 'dormancy_thresholds') }}

),

silence_levels as (

    select * from {{ ref('lifecycle_silence_levels') }}

),

lifecycle_stages as (

    {% if customer_lifecycle.has_room('lifecycle') -%}
    select
        lifecycle_stage,
        stage_number
    from {{ ref('lifecycle_stages') }}
    {%- else -%}
    select
        cast(null as {{ dbt.type_string() }}) as lifecycle_stage,
        cast(null as integer) as stage_number
    from (select 1 as number) as no_row
    where false
    {%- endif %}

),

wake_up_list as (

    select * from {{ ref('customer_lifecycle', 'wake_up_list') }}

),

model_choice as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_room('purchase_models'), 'int_lifecycle__model_choice',
        {'purchase_model': dbt.type_string(), 'withheld_reason': dbt.type_string()}
    ) }}

),

as_of as (

    select as_of_date from {{ ref('lifecycle_as_of') }}

),

currencies as (

    select currency
    from {{ ref('stg_lifecycle__orders') }}
    where currency is not null
    group by currency

),

customers_by_level as (

    select
        silence_level,
        count(*) as customers
    from customer_360
    where purchase_days > 0
    group by silence_level

),

customers_by_stage as (

    select
        lifecycle_stage,
        count(*) as customers
    from customer_360
    group by lifecycle_stage

),

lines as (

    select
        100 as line_number,
        'input' as topic,
        'as-of date' as item,
        cast(as_of_date as {{ dbt.type_string() }}) as value
    from as_of
    union all
    select
        101 as line_number,
        'input' as topic,
        'orders' as item,
        cast(rows_kept - rows_after_as_of as {{ dbt.type_string() }}) as value
    from input_quality
    where input = 'orders'
    union all
    select
        102 as line_number,
        'input' as topic,
        'rejected rows' as item,
        cast(coalesce(sum(rows_rejected), 0) as {{ dbt.type_string() }}) as value
    from input_quality
    union all
    select
        103 as line_number,
        'input' as topic,
        'customers' as item,
        cast(count(*) as {{ dbt.type_string() }}) as value
    from customer_360
    {%- for input in customer_lifecycle.inputs() %}
    union all
    select
        {{ 110 + loop.index }} as line_number,
        'look at this first' as topic,
        'rejected rows of {{ input }}' as item,
        cast(
            cast(100.0 * {{ customer_lifecycle.faulty_rows() }} / rows_in as decimal(5, 1))
            as {{ dbt.type_string() }}
        ) || ' %' as value
    from input_quality
    where input = '{{ input }}' and 20 * {{ customer_lifecycle.faulty_rows() }} > rows_in
    union all
    select
        {{ 120 + loop.index }} as line_number,
        'look at this first' as topic,
        'unreadable optional values of {{ input }}' as item,
        cast(unreadable_optional_values as {{ dbt.type_string() }}) as value
    from input_quality
    where input = '{{ input }}' and unreadable_optional_values > 0
    {%- endfor %}
    union all
    select
        130 as line_number,
        'look at this first' as topic,
        'currencies added up as they are' as item,
        cast(count(*) as {{ dbt.type_string() }}) as value
    from currencies
    having count(*) > 1
    union all
    -- On purpose, but an export that was loaded twice after a change would look like this, too.
    select
        131 as line_number,
        'look at this first' as topic,
        'further rows of an order, added up' as item,
        cast(added_up as {{ dbt.type_string() }}) as value
    from input_quality
    where input = 'orders' and 20 * added_up > rows_in
    union all
    select
        140 + threshold_number as line_number,
        'days of silence' as topic,
        replace(threshold, '_', ' ') as item,
        case
            when reason = 'share_not_reached' then 'nobody yet: ' || reason
            else
                cast(days as {{ dbt.type_string() }})
                || coalesce(', the ' || source || ': ' || reason, '')
        end as value
    from dormancy_thresholds
    union all
    select
        200 + silence_levels.silence_level as line_number,
        'silence level' as topic,
        cast(silence_levels.silence_level as {{ dbt.type_string() }})
        || ' ' || silence_levels.silence_status as item,
        cast(coalesce(customers_by_level.customers, 0) as {{ dbt.type_string() }}) as value
    from silence_levels
    left join customers_by_level on silence_levels.silence_level = customers_by_level.silence_level
    union all
    select
        299 as line_number,
        'silence level' as topic,
        'none, judged by days alone' as item,
        cast(customers as {{ dbt.type_string() }}) as value
    from customers_by_level
    where silence_level is null
    union all
    select
        300 + lifecycle_stages.stage_number as line_number,
        'lifecycle stage' as topic,
        lifecycle_stages.lifecycle_stage as item,
        cast(coalesce(customers_by_stage.customers, 0) as {{ dbt.type_string() }}) as value
    from lifecycle_stages
    left join customers_by_stage
        on lifecycle_stages.lifecycle_stage = customers_by_stage.lifecycle_stage
    union all
    select
        400 as line_number,
        'next 365 days' as topic,
        'purchase model' as item,
        coalesce(purchase_model, 'none: ' || withheld_reason) as value
    from model_choice
    union all
    select
        401 as line_number,
        'next 365 days' as topic,
        'expected purchase days' as item,
        coalesce(
            cast(
                cast(sum(expected_purchases_365d) as {{ customer_lifecycle.decimal_type(38, 0) }})
                as {{ dbt.type_string() }}
            ),
            'none: ' || max(forecast_withheld_reason)
        ) as value
    from customer_360
    union all
    select
        402 as line_number,
        'next 365 days' as topic,
        'expected value, discounted' as item,
        coalesce(
            cast(
                cast(sum(clv_365d) as {{ customer_lifecycle.decimal_type(38, 2) }})
                as {{ dbt.type_string() }}
            ),
            'none: ' || max(value_withheld_reason)
        ) as value
    from customer_360
    where purchase_days > 0
    union all
    select
        500 as line_number,
        'wake-up list' as topic,
        'customers' as item,
        cast(count(*) as {{ dbt.type_string() }}) as value
    from wake_up_list
    union all
    select
        501 as line_number,
        'wake-up list' as topic,
        'value at risk' as item,
        case
            when count(*) > 0 and count(value_at_risk) = 0 then 'not known'
            else cast(
                cast(
                    coalesce(sum(value_at_risk), 0) as {{ customer_lifecycle.decimal_type(38, 2) }}
                ) as {{ dbt.type_string() }}
            )
        end as value
    from wake_up_list

),

build_summary as (

    select
        topic,
        item,
        value,
        cast(line_number as integer) as line_number
    from lines

)

select * from build_summary
