-- Where each customer stands in this build and stood in the last one, for lifecycle_build_log.
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        partition_by=customer_lifecycle.partitioned_by('build_number'),
        full_refresh=false,
        on_schema_change='append_new_columns',
        pre_hook="{{ customer_lifecycle.forget_older_states() }}",
    )
}}

with customer_360 as (

    select * from {{ ref('customer_lifecycle', 'customer_360') }}

),

build_states as (

    select
        customer_id,
        lifecycle_stage,
        silence_status,
        silence_level,
        cast({{ customer_lifecycle.last_build() + 1 }} as integer) as build_number
    from customer_360

)

select * from build_states
