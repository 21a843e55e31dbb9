with gap_survival as (

    select * from {{ ref('int_lifecycle__gap_survival') }}
    where
        as_of_date is null
        or as_of_date = (select as_of.as_of_date from {{ ref('lifecycle_as_of') }} as as_of)

),

points as (

    {% for horizon_days in (var('lifecycle_return_horizons') if execute else []) %}
    select
        gap_days as silent_days,
        {{ horizon_days }} as horizon_days
    from gap_survival
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

return_probabilities as (

    {{ customer_lifecycle.return_probabilities('points', 'gap_survival') }}

),

return_curve as (

    select
        cast(silent_days as integer) as silent_days,
        cast(horizon_days as integer) as horizon_days,
        cast(at_risk as bigint) as at_risk,
        p_return,
        p_return_low,
        p_return_high
    from return_probabilities

)

select * from return_curve
