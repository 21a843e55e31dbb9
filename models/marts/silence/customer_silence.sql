with pooled_silence as (

    select * from {{ ref('int_lifecycle__pooled_silence') }}

),

thresholds as (

    select * from {{ ref('int_lifecycle__thresholds') }}

),

month_classes as (

    select
        absence_class,
        lower_months,
        lead(lower_months) over (order by lower_months) as upper_months
    from {{ ref('lifecycle_absence_classes') }}

),

silence_status as (

    {{ customer_lifecycle.silence_status('pooled_silence', 'thresholds') }}

),

with_months_absent as (

    select
        *,
        {{ customer_lifecycle.whole_months_between('last_purchase_on', 'as_of_date') }}
            as months_absent
    from silence_status

),

with_month_class as (

    select
        with_months_absent.*,
        month_classes.absence_class,
        {{ customer_lifecycle.days_between(
            dbt.dateadd(
                'month', 'with_months_absent.months_absent', 'with_months_absent.last_purchase_on'
            ),
            'with_months_absent.as_of_date'
        ) }} as days_beyond_months
    from with_months_absent
    left join month_classes
        on
            {{ customer_lifecycle.both_known(
                'with_months_absent.months_absent', 'month_classes.lower_months'
            ) }}
            with_months_absent.months_absent >= month_classes.lower_months
            and (
                month_classes.upper_months is null
                or with_months_absent.months_absent < month_classes.upper_months
            )

),

customer_silence as (

    select
        customer_id,
        cast(rank_band as {{ dbt.type_string() }}) as rank_band,
        cast(score_group as {{ dbt.type_string() }}) as score_group,
        cast(probability_band as {{ dbt.type_string() }}) as probability_band,
        silence_basis,
        silence_status,
        case
            when purchase_days = 1 then 'single_purchase'
            when not is_eligible then 'too_few_purchases'
        end as ineligible_reason,
        cast(absence_class as {{ dbt.type_string() }}) as absence_class,
        {{ customer_lifecycle.duration_text('months_absent', 'days_beyond_months') }}
            as absence_text,
        purchase_days,
        days_since_last_purchase,
        cast(max_gap_days as integer) as max_gap_days,
        cast(days_first_to_last as {{ customer_lifecycle.double_type() }})
        / nullif(purchase_days - 1, 0) as mean_gap_days,
        median_gap_days,
        rank_max,
        rank_min,
        rank_ratio,
        silence_score,
        cast(own_level as integer) as own_level,
        silence_probability,
        cast(silence_level as integer) as silence_level,
        case
            when silence_score > 1 then silence_score - 1
            when silence_score is not null then 0
        end as silence_degree,
        1 - cast(rank_min - 1 as {{ customer_lifecycle.double_type() }}) / purchase_days
            as conformal_p,
        false_alarm_rate,
        is_eligible,
        as_of_date,
        first_purchase_on,
        last_purchase_on
    from with_month_class

)

select * from customer_silence
