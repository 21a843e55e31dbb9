-- What the package computes for each published number, also when its data set is not at hand and
-- nothing can be checked; no rows when no Python models are built.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('certificates')) }}

with published_numbers as (

    select * from {{ ref('lifecycle_published_numbers') }}

),

certificate_values as (

    {% if customer_lifecycle.has_python() -%}
    select
        published_numbers.method,
        published_numbers.dataset,
        published_numbers.quantity,
        certificates.computed,
        certificates.quantity is not null as is_checked
    from published_numbers
    left join {{ ref('int_lifecycle__certificates') }} as certificates
        on
            published_numbers.method = certificates.method
            and published_numbers.dataset = certificates.dataset
            and published_numbers.quantity = certificates.quantity
    {%- else -%}
    select
        method,
        dataset,
        quantity,
        cast(null as {{ var('lifecycle_double_type') }}) as computed,
        false as is_checked
    from published_numbers
    where false
    {%- endif %}

)

select * from certificate_values
