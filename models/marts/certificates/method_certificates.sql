{{ config(enabled=customer_lifecycle.has_room('certificates')) }}

with published_numbers as (

    select * from {{ ref('lifecycle_published_numbers') }}

),

certificate_values as (

    select * from {{ ref('int_lifecycle__certificate_values') }}

),

compared as (

    select
        published_numbers.method,
        published_numbers.dataset,
        published_numbers.quantity,
        published_numbers.source,
        published_numbers.note,
        certificate_values.computed,
        certificate_values.is_checked,
        cast(published_numbers.published as {{ customer_lifecycle.double_type() }}) as published,
        -- Half a unit of the last digit printed, unless the seed says otherwise and why.
        coalesce(
            cast(published_numbers.tolerance as {{ customer_lifecycle.double_type() }}),
            0.5 * power(
                10.0,
                case
                    when published_numbers.published like '%.%'
                        then
                            {{ dbt.position("'.'", 'published_numbers.published') }}
                            - {{ dbt.length('published_numbers.published') }}
                    else 0
                end
            )
        ) as tolerance
    from published_numbers
    inner join certificate_values
        on
            published_numbers.method = certificate_values.method
            and published_numbers.dataset = certificate_values.dataset
            and published_numbers.quantity = certificate_values.quantity

),

method_certificates as (

    select
        method,
        dataset,
        quantity,
        source,
        note,
        published,
        computed,
        abs(computed - published) as absolute_error,
        tolerance,
        -- What should have been computed and was not is out as well.
        case
            when is_checked then coalesce(abs(computed - published) <= tolerance, false)
        end as is_within
    from compared

)

select * from method_certificates
