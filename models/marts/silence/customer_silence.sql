with purchase_history as (

    select * from {{ ref('int_lifecycle__purchase_history') }}

),

own_silence as (

    select * from {{ ref('int_lifecycle__own_silence') }}

),

pooled_silence as (

    select * from {{ ref('int_lifecycle__pooled_silence') }}

),

thresholds as (

    select * from {{ ref('int_lifecycle__thresholds') }}

),

silence_levels as (

    select * from {{ ref('lifecycle_silence_levels') }}

),

month_classes as (

    select
        dormant_month_class,
        lower_months,
        lead(lower_months) over (order by lower_months) as upper_months
    from {{ ref('lifecycle_dormant_month_classes') }}

),

with_basis as (

    select
        purchase_history.*,
        own_silence.rank_ratio,
        own_silence.rank_band,
        own_silence.silence_score,
        own_silence.score_group,
        own_silence.own_level,
        own_silence.false_alarm_rate,
        pooled_silence.silence_probability,
        pooled_silence.probability_band,
        pooled_silence.probability_level,
        purchase_history.purchase_days >= {{ var('lifecycle_minimum_purchases') }} as is_eligible,
        case
            when purchase_history.purchase_days >= {{ var('lifecycle_minimum_purchases') }}
                then 'own_gaps'
            when
                purchase_history.purchase_days >= 2
                and pooled_silence.silence_probability is not null
                then 'pooled'
            else 'thresholds'
        end as silence_basis,
        case
            when purchase_history.days_since_last_purchase < thresholds.at_risk_after
                then 'active'
            when purchase_history.days_since_last_purchase < thresholds.dormant_after
                then 'near_silent'
            else 'silent'
        end as status_by_days,
        {{ customer_lifecycle.whole_months_between(
            'purchase_history.last_purchase_on', 'purchase_history.as_of_date'
        ) }} as months_absent
    from purchase_history
    cross join thresholds
    left join own_silence on purchase_history.customer_id = own_silence.customer_id
    left join pooled_silence on purchase_history.customer_id = pooled_silence.customer_id

),

with_level as (

    -- "Longer than ever" needs own gaps: the pooled probability reaches level 4 at most.
    select
        *,
        case
            when silence_basis = 'own_gaps' then own_level
            when silence_basis = 'pooled' then probability_level
        end as silence_level,
        {{ customer_lifecycle.days_between(
            dbt.dateadd('month', 'months_absent', 'last_purchase_on'), 'as_of_date'
        ) }} as days_beyond_months
    from with_basis

),

with_status as (

    select
        with_level.*,
        month_classes.dormant_month_class,
        case
            when with_level.silence_basis = 'thresholds' then with_level.status_by_days
            -- The highest level that the pooled probability can give is silent once it lasts.
            when
                with_level.silence_basis = 'pooled'
                and with_level.silence_level = 4
                and with_level.status_by_days = 'silent'
                then 'silent'
            else silence_levels.silence_status
        end as silence_status
    from with_level
    left join silence_levels on with_level.silence_level = silence_levels.silence_level
    left join month_classes
        on
            with_level.months_absent >= month_classes.lower_months
            and (
                month_classes.upper_months is null
                or with_level.months_absent < month_classes.upper_months
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
        cast(dormant_month_class as {{ dbt.type_string() }}) as dormant_month_class,
        {{ customer_lifecycle.duration_text('months_absent', 'days_beyond_months') }}
            as absence_text,
        purchase_days,
        days_since_last_purchase,
        cast(max_gap_days as integer) as max_gap_days,
        cast(days_first_to_last as {{ var('lifecycle_double_type') }})
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
        1 - cast(rank_min - 1 as {{ var('lifecycle_double_type') }}) / purchase_days
            as conformal_p,
        false_alarm_rate,
        is_eligible,
        as_of_date,
        first_purchase_on,
        last_purchase_on
    from with_status

)

select * from customer_silence
