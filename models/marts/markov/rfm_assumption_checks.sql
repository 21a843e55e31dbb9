{{ config(enabled=customer_lifecycle.has_room('markov')) }}
{%- set double = customer_lifecycle.double_type() %}

with assumptions as (

    select * from {{ ref('lifecycle_assumptions') }}

),

assumption_tests as (

    {{ customer_lifecycle.python_rows('int_lifecycle__assumption_tests', {
        'assumption': dbt.type_string(), 'statistic': double, 'p_value': double,
        'departure': double, 'customers': 'bigint',
    }) }}

),

with_verdict as (

    select
        assumptions.assumption,
        assumptions.assumption_number,
        assumptions.holds_meaning,
        assumptions.nearly_meaning,
        assumptions.violated_meaning,
        assumption_tests.statistic,
        assumption_tests.p_value,
        assumption_tests.departure,
        assumption_tests.customers,
        case
            when assumption_tests.p_value is null then 'not_tested'
            when assumption_tests.p_value >= assumptions.significance then 'holds'
            when assumption_tests.departure <= assumptions.small_departure then 'nearly'
            else 'violated'
        end as verdict
    from assumptions
    left join assumption_tests on assumptions.assumption = assumption_tests.assumption

),

rfm_assumption_checks as (

    select
        cast(assumption as {{ dbt.type_string() }}) as assumption,
        verdict,
        cast(
            case
                when verdict = 'holds' then holds_meaning
                when verdict = 'nearly' then nearly_meaning
                when verdict = 'violated' then violated_meaning
                else 'Too little data to say, or no models are fitted'
            end as {{ dbt.type_string() }}
        ) as meaning,
        cast(assumption_number as integer) as assumption_number,
        cast(customers as bigint) as customers,
        statistic,
        p_value,
        departure
    from with_verdict

)

select * from rfm_assumption_checks
