-- What the package computes for each published number, also when its data set is not at hand and
-- nothing can be checked; no rows when no Python models are built.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('certificates')) }}

with published_numbers as (

    select * from {{ ref('lifecycle_published_numbers') }}

),

certificates as (

    {{ customer_lifecycle.python_rows('int_lifecycle__certificates', {
        'method': dbt.type_string(), 'dataset': dbt.type_string(), 'quantity': dbt.type_string(),
        'computed': customer_lifecycle.double_type(),
    }) }}

),

certificate_values as (

    select
        published_numbers.method,
        published_numbers.dataset,
        published_numbers.quantity,
        certificates.computed,
        certificates.quantity is not null as is_checked
    from published_numbers
    left join certificates
        on
            published_numbers.method = certificates.method
            and published_numbers.dataset = certificates.dataset
            and published_numbers.quantity = certificates.quantity
    where {{ 'true' if customer_lifecycle.has_python() else 'false' }}

)

select * from certificate_values
