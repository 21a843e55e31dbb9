-- What each build found. It tells what happened on this warehouse, which nothing else could tell
-- again: a full refresh keeps it.
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        partition_by=customer_lifecycle.partitioned_by('build_number'),
        full_refresh=false,
        on_schema_change='append_new_columns',
    )
}}
{%- set last_build = customer_lifecycle.last_build() %}

with input_quality as (

    select * from {{ ref('customer_lifecycle', 'input_quality') }}

),

customer_360 as (

    select * from {{ ref('customer_lifecycle', 'customer_360') }}

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

last_states as (

    select * from {{ ref('int_lifecycle__build_states') }}
    where build_number = {{ last_build }}

),

input_rows as (

    select
        sum(case when input = 'orders' then rows_kept - rows_after_as_of end) as orders,
        sum(rows_rejected) as rejected_rows
    from input_quality

),

customers_now as (

    select count(*) as customers from customer_360

),

at_risk as (

    select sum(value_at_risk) as value_at_risk from wake_up_list

),

moves as (

    -- Of those who were there before. Without a build to compare with, sums are null and not 0.
    select
        count(*) as customers_before,
        sum(
            case
                when
                    coalesce(customer_360.silence_level, -1)
                    <> coalesce(last_states.silence_level, -1)
                    then 1
                else 0
            end
        ) as changed_silence_level,
        sum(
            case
                when
                    customer_360.silence_status = 'silent'
                    and coalesce(last_states.silence_status, '') <> 'silent'
                    then 1
                else 0
            end
        ) as fell_silent,
        sum(
            case
                when
                    last_states.silence_status = 'silent'
                    and coalesce(customer_360.silence_status, '') <> 'silent'
                    then 1
                else 0
            end
        ) as came_back,
        sum(
            case
                when customer_360.lifecycle_stage <> last_states.lifecycle_stage then 1
                when customer_360.lifecycle_stage = last_states.lifecycle_stage then 0
            end
        ) as changed_lifecycle_stage
    from customer_360
    inner join last_states on customer_360.customer_id = last_states.customer_id

),

lifecycle_build_log as (

    select
        cast({{ last_build + 1 }} as integer) as build_number,
        cast('{{ customer_lifecycle.project_version() }}' as {{ dbt.type_string() }})
            as project_version,
        cast(model_choice.purchase_model as {{ dbt.type_string() }}) as purchase_model,
        cast(input_rows.orders as bigint) as orders,
        cast(
            {% if is_incremental() -%}
            input_rows.orders
            - (
                select build_log.orders from {{ this }} as build_log
                where build_log.build_number = {{ last_build }}
            )
            {%- else -%}
            null
            {%- endif %} as bigint
        ) as new_orders,
        cast(input_rows.rejected_rows as bigint) as rejected_rows,
        cast(customers_now.customers as bigint) as customers,
        cast(
            customers_now.customers - nullif(moves.customers_before, 0) as bigint
        ) as new_customers,
        cast(moves.changed_silence_level as bigint) as changed_silence_level,
        cast(moves.fell_silent as bigint) as fell_silent,
        cast(moves.came_back as bigint) as came_back,
        cast(moves.changed_lifecycle_stage as bigint) as changed_lifecycle_stage,
        cast(
            {% if customer_lifecycle.has_room('value') -%}
            case
                when model_choice.purchase_model is not null
                    then coalesce(at_risk.value_at_risk, 0)
            end
            {%- else -%}
            null
            {%- endif %} as {{ var('lifecycle_money_type') }}
        ) as value_at_risk,
        as_of.as_of_date
    from input_rows
    cross join customers_now
    cross join moves
    cross join at_risk
    left join model_choice
        on
            {{ customer_lifecycle.both_known(
                'customers_now.customers', 'model_choice.purchase_model'
            ) }}
            model_choice.purchase_model is not null
    cross join as_of

)

select * from lifecycle_build_log
