-- Whether the forecasts can be trusted: each check with what was measured and the range in which
-- it passes.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}
{%- set double = customer_lifecycle.double_type() %}
{%- set highest = 1 + var('lifecycle_forecast_tolerance') if execute else 1 %}

with as_of as (

    select as_of_date from {{ ref('lifecycle_as_of') }}

),

comparison as (

    select * from {{ ref('customer_lifecycle', 'purchase_model_comparison') }}
    where is_chosen

),

tracking as (

    select tracking.* from {{ ref('customer_lifecycle', 'purchase_model_tracking') }} as tracking
    inner join comparison on tracking.model = comparison.model

),

holdout_errors as (

    select errors.* from {{ ref('int_lifecycle__holdout_errors') }} as errors
    inner join comparison on errors.model = comparison.model

),

spend_errors as (

    select spend_errors.* from {{ ref('int_lifecycle__spend_errors') }} as spend_errors
    inner join {{ ref('int_lifecycle__spend_choice') }} as spend_choice
        on spend_errors.spend_model = spend_choice.spend_model

),

weeks as (

    select
        tracking.actual,
        tracking.expected,
        tracking.week_start >= comparison.holdout_start as is_in_holdout,
        {{ customer_lifecycle.days_between('tracking.week_start', 'as_of.as_of_date') }} as days_ago
    from tracking
    cross join comparison
    cross join as_of

),

totals as (

    -- In the holdout, in its last weeks, and in the 13 weeks that followed the as-of date a year
    -- ago.
    select
        sum(case when is_in_holdout then actual end) as holdout_actual,
        sum(case when is_in_holdout then expected end) as holdout_expected,
        sum(case when days_ago < 28 then actual end) as recent_actual,
        sum(case when days_ago < 28 then expected end) as recent_expected,
        sum(case when days_ago between 274 and 364 then actual end) as year_ago_actual,
        sum(case when days_ago between 274 and 364 then expected end) as year_ago_expected,
        max(days_ago) as days_of_history
    from weeks

),

ratios as (

    select
        holdout_actual / nullif(holdout_expected, 0) as holdout,
        recent_actual / nullif(recent_expected, 0) as last_weeks,
        case
            when days_of_history >= 364 then year_ago_actual / nullif(year_ago_expected, 0)
        end as season
    from totals

),

returns as (

    select
        sum(expected_returned) as expected_returned,
        sum(purchases) / nullif(sum(expected_purchases), 0) as actual_over_expected
    from holdout_errors

),

measured as (

    select
        1 as check_number,
        'holdout_bias' as check_name,
        returns.actual_over_expected as measured,
        1 / {{ highest }} as lower_bound,
        {{ highest }} as upper_bound
    from returns
    union all
    select
        2 as check_number,
        'few_returns' as check_name,
        returns.expected_returned as measured,
        cast({{ var('lifecycle_forecast_minimum_returns') }} as {{ double }}) as lower_bound,
        cast(null as {{ double }}) as upper_bound
    from returns
    union all
    {%- for ratio in ['last_weeks', 'season'] %}
    select
        {{ loop.index + 2 }} as check_number,
        '{{ ratio }}' as check_name,
        {{ ratio }} / nullif(holdout, 0) as measured,
        1 / {{ highest }} as lower_bound,
        {{ highest }} as upper_bound
    from ratios
    union all
    {%- endfor %}
    select
        5 as check_number,
        'amounts' as check_name,
        max(spend_errors.actual_mean / nullif(spend_errors.expected_mean, 0)) as measured,
        1 / {{ highest }} as lower_bound,
        {{ highest }} as upper_bound
    from spend_errors

),

forecast_checks as (

    -- Nothing is checked where there is no forecast.
    select
        cast(measured.check_name as {{ dbt.type_string() }}) as check_name,
        measured.check_number,
        cast(measured.measured as {{ double }}) as measured,
        cast(measured.lower_bound as {{ double }}) as lower_bound,
        cast(measured.upper_bound as {{ double }}) as upper_bound,
        measured.measured >= measured.lower_bound
        and (measured.upper_bound is null or measured.measured <= measured.upper_bound)
            as is_passed
    from measured
    where exists (select 1 from comparison)

)

select * from forecast_checks
