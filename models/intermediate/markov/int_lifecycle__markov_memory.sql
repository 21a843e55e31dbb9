-- Whether the past before an active period says more about the next one: customers by purchase days
-- of the period (as the present state), periods since the active one before (as the past), and
-- whether they bought in the period after. Complete periods only.
{{ config(enabled=customer_lifecycle.has_room('markov')) }}

with active_periods as (

    select * from {{ ref('int_lifecycle__active_periods') }}

),

with_memory as (

    select
        least(frequency, {{ var('lifecycle_frequency_cap') }}) as frequency,
        least(
            {{ customer_lifecycle.periods_between(
                'previous_period_started_on', 'period_started_on'
            ) }}, 3
        ) as periods_since_previous,
        case
            when
                next_period_started_on
                = {{ customer_lifecycle.add_periods('1', 'period_started_on') }}
                then 1
            else 0
        end as bought_next
    from active_periods
    where
        previous_period_started_on is not null
        and {{ customer_lifecycle.add_periods('1', 'period_started_on') }} < open_period_started_on

),

markov_memory as (

    select
        cast(frequency as integer) as frequency,
        cast(periods_since_previous as integer) as periods_since_previous,
        cast(bought_next as integer) as bought_next,
        count(*) as customer_periods
    from with_memory
    group by frequency, periods_since_previous, bought_next

)

select * from markov_memory
