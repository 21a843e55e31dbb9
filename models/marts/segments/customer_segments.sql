-- Two ways to group customers that do not rank them: what they bring against how regularly they
-- come, and how often they come.
{{ config(enabled=customer_lifecycle.has_room('segments')) }}
{%- set periods_since_first = customer_lifecycle.periods_between(
    customer_lifecycle.period_start('purchase_history.first_purchase_on'),
    customer_lifecycle.period_start('purchase_history.as_of_date')
) %}

with customers as (

    select * from {{ ref('int_lifecycle__customers') }}

),

purchase_history as (

    select * from {{ ref('int_lifecycle__purchase_history') }}

),

visits as (

    select * from {{ ref('int_lifecycle__visits') }}

),

customer_silence as (

    select * from {{ ref('customer_lifecycle', 'customer_silence') }}

),

attendance_kinds as (

    select * from {{ ref('lifecycle_attendance_kinds') }}

),

visit_rate_kinds as (

    select
        visit_rate_kind,
        lower_visits,
        lower_months_visited,
        row_number() over (order by lower_visits, lower_months_visited) as kind_number
    from {{ ref('lifecycle_visit_rate_kinds') }}

),

with_measures as (

    -- Decimals, so that what equals the median is not above it by a rounding error.
    select
        purchase_history.customer_id,
        {{ customer_lifecycle.rounded_quotient('customers.net_amount', 'visits.active_periods') }}
            as contribution,
        {{ customer_lifecycle.rounded_quotient(
            'visits.active_periods', '(' ~ periods_since_first ~ ' + 1)', 6
        ) }} as attendance,
        visits.visits_last_12_months,
        visits.months_visited
    from purchase_history
    inner join customers on purchase_history.customer_id = customers.customer_id
    inner join visits on purchase_history.customer_id = visits.customer_id

),

median_contribution as (

    {{ customer_lifecycle.decimal_median('with_measures', 'contribution', 'contribution') }}

),

median_attendance as (

    {{ customer_lifecycle.decimal_median(
        'with_measures', 'attendance', 'attendance', decimals=6
    ) }}

),

with_levels as (

    select
        with_measures.*,
        case
            when
                with_measures.contribution
                > coalesce(
                    {{ customer_lifecycle.number_or_null('lifecycle_high_contribution') }},
                    median_contribution.contribution
                )
                then 'high'
            else 'low'
        end as contribution_level,
        case
            when
                with_measures.attendance
                > coalesce(
                    {{ customer_lifecycle.number_or_null('lifecycle_high_attendance') }},
                    median_attendance.attendance
                )
                then 'high'
            else 'low'
        end as attendance_level
    from with_measures
    cross join median_contribution
    cross join median_attendance

),

highest_visit_kind as (

    select
        with_levels.customer_id,
        max(visit_rate_kinds.kind_number) as kind_number
    from with_levels
    inner join visit_rate_kinds
        on
            with_levels.visits_last_12_months >= visit_rate_kinds.lower_visits
            and with_levels.months_visited >= visit_rate_kinds.lower_months_visited
    group by with_levels.customer_id

),

customer_segments as (

    select
        with_levels.customer_id,
        cast(attendance_kinds.attendance_kind as {{ dbt.type_string() }}) as attendance_kind,
        cast(visit_rate_kinds.visit_rate_kind as {{ dbt.type_string() }}) as visit_rate_kind,
        customer_silence.absence_class,
        with_levels.contribution,
        cast(with_levels.attendance as {{ customer_lifecycle.double_type() }}) as attendance,
        with_levels.visits_last_12_months
    from with_levels
    inner join customer_silence on with_levels.customer_id = customer_silence.customer_id
    left join attendance_kinds
        on
            with_levels.contribution_level = attendance_kinds.contribution_level
            and with_levels.attendance_level = attendance_kinds.attendance_level
    left join highest_visit_kind on with_levels.customer_id = highest_visit_kind.customer_id
    left join visit_rate_kinds on highest_visit_kind.kind_number = visit_rate_kinds.kind_number

)

select * from customer_segments
