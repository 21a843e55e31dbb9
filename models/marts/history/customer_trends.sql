-- Does a customer buy more or less often than before, and spend more or less? The logarithms of the
-- gaps, and of the amounts, on their number in the customer's history: a line through them, and the
-- test of its slope. For customers who have not changed, gaps are in no order, whatever their
-- distribution, and the test holds. The open gap is not over and takes no part.
{{ config(enabled=customer_lifecycle.has_room('history')) }}
{%- set double = customer_lifecycle.double %}
{%- set false_rate = customer_lifecycle.number_or_zero('lifecycle_false_discovery_rate') %}
{%- set kinds = ['gap', 'amount'] %}

with purchase_days as (

    select * from {{ ref('int_lifecycle__purchase_days') }}

),

purchase_history as (

    select
        *,
        purchase_days - 1 as gaps,
        paid_repeat_days + case when first_day_amount > 0 then 1 else 0 end as paid_days,
        paid_repeat_amount + case when first_day_amount > 0 then first_day_amount else 0 end
            as paid_amount
    from {{ ref('int_lifecycle__purchase_history') }}

),

thresholds as (

    select * from {{ ref('int_lifecycle__thresholds') }}

),

trend_names as (

    select * from {{ ref('lifecycle_trend_names') }}

),

purchases as (

    -- About the middle of the history and about the means, so that sums of squares lose no digits.
    select
        purchase_days.customer_id,
        purchase_days.gap_days,
        {{ double('purchase_days.purchase_number') }}
        - {{ double('purchase_history.purchase_days + 1') }} / 2 as place,
        ln(
            {{ double('purchase_days.gap_days') }} * purchase_history.gaps
            / purchase_history.days_first_to_last
        ) as gap,
        case
            when purchase_days.amount > 0
                then ln(
                    {{ double('purchase_days.amount') }} * purchase_history.paid_days
                    / {{ double('purchase_history.paid_amount') }}
                )
        end as amount,
        ({{ double('purchase_days.gap_days') }} - 0.5) * purchase_history.gaps
        / purchase_history.days_first_to_last as gap_less_half_a_day
    from purchase_days
    inner join purchase_history on purchase_days.customer_id = purchase_history.customer_id
    where purchase_history.purchase_days > {{ var('lifecycle_minimum_trend_gaps') }}

),

sums as (

    select
        customer_id,
        {%- for kind in kinds %}
        {{ double('count(' ~ kind ~ ')') }} as {{ kind }}_n,
        sum(case when {{ kind }} is not null then place end) as {{ kind }}_x,
        sum(case when {{ kind }} is not null then place * place end) as {{ kind }}_xx,
        sum(place * {{ kind }}) as {{ kind }}_xy,
        sum({{ kind }}) as {{ kind }}_y,
        sum({{ kind }} * {{ kind }}) as {{ kind }}_yy,
        {%- endfor %}
        sum(gap_less_half_a_day) as gap_sum,
        sum(ln(gap_less_half_a_day)) as gap_log_sum,
        sum(gap_less_half_a_day * ln(gap_less_half_a_day)) as gap_product_sum,
        min(gap_days) as shortest_gap_days,
        max(gap_days) as longest_gap_days
    from purchases
    group by customer_id

),

shapes as (

    -- The shape of a gamma distribution in closed form (Ye & Chen 2017), 1 for random buyers.
    select
        customer_id,
        gap_n,
        case
            when shortest_gap_days < longest_gap_days
                then
                    gap_n * gap_sum
                    / nullif(gap_n * gap_product_sum - gap_log_sum * gap_sum, 0)
        end as shape
    from sums

),

regularity as (

    -- Less its bias (Louzada, Ramos & Ramos 2019), which a few gaps make large.
    select
        customer_id,
        shape - (
            3 * shape - 2 * shape / (3 * (1 + shape)) - 4 * shape / (5 * power(1 + shape, 2))
        ) / gap_n as regularity_k
    from shapes

),

moments as (

    {% for kind in kinds -%}
    select
        customer_id,
        '{{ kind }}' as kind,
        {{ kind }}_n as n,
        {{ kind }}_xx - {{ kind }}_x * {{ kind }}_x / {{ kind }}_n as squares_x,
        {{ kind }}_xy - {{ kind }}_x * {{ kind }}_y / {{ kind }}_n as products,
        {{ kind }}_yy - {{ kind }}_y * {{ kind }}_y / {{ kind }}_n as squares_y
    from sums
    where {{ kind }}_n >= {{ var('lifecycle_minimum_trend_gaps') }}{{ ' + 1' if kind == 'amount' }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

slopes as (

    -- What varies by less than a millionth of itself does not vary: then slope 0, and p is 1.
    select
        customer_id,
        kind,
        n - 2 as degrees,
        case when squares_y > 1e-12 * n then products / squares_x else {{ double(0) }} end as slope,
        case
            when squares_y > 1e-12 * n
                then
                    -ln(greatest(
                        1 - products * products / (squares_x * squares_y), {{ double(1e-12) }}
                    ))
            else {{ double(0) }}
        end as log_term
    from moments

),

with_p as (

    {{ customer_lifecycle.with_student_p('slopes') }}

),

with_q as (

    {{ customer_lifecycle.with_q('with_p', ['customer_id'], ['kind']) }}

),

trends as (

    select
        customer_id,
        {%- for kind in kinds %}
        max(case when kind = '{{ kind }}' then exp(slope) - 1 end) as {{ kind }}_trend,
        max(case when kind = '{{ kind }}' then p_value end) as {{ kind }}_p_value,
        max(case when kind = '{{ kind }}' then q_value end) as {{ kind }}_q_value,
        {%- endfor %}
        count(*) as tests
    from with_q
    group by customer_id

),

verdicts as (

    select
        *,
        case
            when gap_q_value > {{ false_rate }} then 'steady'
            when gap_trend > 0 then 'slower'
            when gap_trend < 0 then 'faster'
            else 'steady'
        end as pace,
        case
            when amount_q_value is null then 'unknown'
            when amount_q_value > {{ false_rate }} then 'steady'
            when amount_trend > 0 then 'up'
            when amount_trend < 0 then 'down'
            else 'steady'
        end as amounts
    from trends

),

customer_trends as (

    select
        purchase_history.customer_id,
        cast(trend_names.trend as {{ dbt.type_string() }}) as trend,
        case
            when purchase_history.max_gap_days >= thresholds.churned_after then 'churned'
            when purchase_history.max_gap_days >= thresholds.dormant_after then 'dormant'
            when purchase_history.max_gap_days >= thresholds.at_risk_after then 'at_risk'
            when purchase_history.max_gap_days is not null then 'below_at_risk'
        end as gap_class,
        cast(purchase_history.gaps as integer) as gaps,
        verdicts.gap_trend,
        verdicts.gap_p_value,
        verdicts.gap_q_value,
        verdicts.amount_trend,
        verdicts.amount_p_value,
        verdicts.amount_q_value,
        -- With shorter gaps, whole days alone look regular.
        case when purchase_history.median_gap_days >= 7 then regularity.regularity_k end
            as regularity_k,
        cast(purchase_history.max_gap_days as integer) as longest_gap_days,
        cast(purchase_history.days_since_last_purchase as integer) as open_gap_days,
        cast(
            purchase_history.max_gap_days - purchase_history.days_since_last_purchase as integer
        ) as days_to_silence,
        verdicts.pace = 'faster' or verdicts.amounts = 'up' as is_rising,
        verdicts.pace = 'slower' or verdicts.amounts = 'down' as is_eroding,
        cast(
            {{ dbt.dateadd(
                'day', 'purchase_history.max_gap_days', 'purchase_history.last_purchase_on'
            ) }} as date
        ) as wake_on
    from purchase_history
    inner join thresholds on purchase_history.as_of_date = thresholds.as_of_date
    left join regularity on purchase_history.customer_id = regularity.customer_id
    left join verdicts on purchase_history.customer_id = verdicts.customer_id
    left join trend_names
        on
            coalesce(verdicts.pace, 'unknown') = trend_names.pace
            and coalesce(verdicts.amounts, 'unknown') = trend_names.amounts

)

select * from customer_trends
