-- What each channel's customers have cost and brought, by the period in which they came. Those who
-- never bought have cost something, too: that belongs to those who did.
{{ config(enabled=customer_lifecycle.has_acquisition()) }}
{%- set double, money = customer_lifecycle.double, var('lifecycle_money_type') %}
{%- set mature_days = var('lifecycle_mature_cohort_days') | int(default=0) %}
{%- set added_up = [
    'customers', 'registered', 'bought', 'registered_buyers', 'days_to_first_purchase',
    'customers_without_cost', 'forecasts', 'cost', 'spend_set_aside', 'value_so_far', 'net_clv_365d'
] %}

with customers as (

    select * from {{ ref('int_lifecycle__customers') }}

),

purchase_history as (

    select * from {{ ref('int_lifecycle__purchase_history') }}

),

registrations as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_input('customers'), 'stg_lifecycle__customers', {
            'customer_id': dbt.type_string(), 'acquisition_channel': dbt.type_string(),
            'acquisition_cost': 'decimal(18, 4)', 'registered_on': 'date',
        }
    ) }}

),

customer_value as (

    select * from {{ ref('customer_lifecycle', 'customer_value') }}

),

customer_value_ledger as (

    select * from {{ ref('customer_lifecycle', 'customer_value_ledger') }}

),

spend as (

    {{ customer_lifecycle.spend_so_far() }}

),

as_of as (

    select
        as_of_date,
        {{ customer_lifecycle.open_period_start('as_of_date') }} as open_period_started_on
    from {{ ref('lifecycle_as_of') }}

),

people as (

    -- Who registers after the as-of date has not registered yet.
    select
        customers.customer_id,
        coalesce(nullif(trim(registrations.acquisition_channel), ''), 'unknown') as channel,
        {{ customer_lifecycle.period_start(
            'coalesce(customers.registered_on, purchase_history.first_purchase_on, '
            ~ 'customers.first_order_on)'
        ) }} as cohort_period,
        registrations.acquisition_cost,
        customer_value.net_clv_365d,
        customers.registered_on,
        purchase_history.first_purchase_on,
        case
            when customers.registered_on < purchase_history.first_purchase_on
                then
                    {{ customer_lifecycle.days_between(
                        'customers.registered_on', 'purchase_history.first_purchase_on'
                    ) }}
            when customers.registered_on >= purchase_history.first_purchase_on then 0
        end as days_to_first_purchase
    from customers
    left join purchase_history on customers.customer_id = purchase_history.customer_id
    left join registrations
        on
            customers.customer_id = registrations.customer_id
            and customers.registered_on = registrations.registered_on
    left join customer_value on customers.customer_id = customer_value.customer_id

),

people_by_cohort as (

    select
        channel,
        cohort_period,
        count(*) as customers,
        count(registered_on) as registered,
        count(first_purchase_on) as bought,
        count(days_to_first_purchase) as registered_buyers,
        sum(days_to_first_purchase) as days_to_first_purchase,
        count(acquisition_cost) as known_costs,
        count(case when acquisition_cost <> 0 then 1 end) as costs_other_than_0,
        sum(acquisition_cost) as acquisition_cost,
        count(net_clv_365d) as forecasts,
        sum(net_clv_365d) as net_clv_365d
    from people
    group by channel, cohort_period

),

spend_by_cohort as (

    select
        channel,
        period_started_on as cohort_period,
        sum(cost) as spend
    from spend
    where goal = 'acquire'
    group by channel, period_started_on

),

joined as (

    select
        coalesce(people.channel, spend.channel) as channel,
        coalesce(people.cohort_period, spend.cohort_period) as cohort_period,
        people.acquisition_cost,
        people.days_to_first_purchase,
        people.net_clv_365d,
        spend.spend,
        {%- for count in [
            'customers', 'registered', 'bought', 'registered_buyers', 'known_costs',
            'costs_other_than_0', 'forecasts'
        ] %}
        coalesce(people.{{ count }}, 0) as {{ count }},
        {%- endfor %}
        spend.spend is not null as has_spend
    from people_by_cohort as people
    full outer join spend_by_cohort as spend
        on people.channel = spend.channel and people.cohort_period = spend.cohort_period

),

with_source as (

    -- What is known of a cohort's customers goes before what was spent on them, which would count
    -- the same money again. Costs that are all 0 are no costs where something was spent. A channel
    -- whose bills are there costs nothing in a period without one, but before its first bill nobody
    -- knows what it has cost.
    select
        *,
        case
            when costs_other_than_0 > 0 then 'acquisition_cost'
            when has_spend then 'marketing_spend'
            when sum(costs_other_than_0) over (partition by channel) > 0 then 'acquisition_cost'
            when
                cohort_period
                >= min(case when has_spend then cohort_period end) over (partition by channel)
                then 'marketing_spend'
            when known_costs > 0 then 'acquisition_cost'
            else 'none'
        end as cost_source
    from joined

),

values_by_period as (

    -- What came before the cohort's period, as of guests who registered later, counts in it.
    select
        people.channel,
        people.cohort_period,
        greatest(
            {{ customer_lifecycle.period_start('ledger.period_end') }}, people.cohort_period
        ) as period_started_on,
        sum(ledger.value) as value
    from customer_value_ledger as ledger
    inner join people on ledger.customer_id = people.customer_id
    group by
        people.channel,
        people.cohort_period,
        greatest(
            {{ customer_lifecycle.period_start('ledger.period_end') }}, people.cohort_period
        )

),

values_so_far as (

    select
        channel,
        cohort_period,
        sum(value) as value_so_far
    from values_by_period
    group by channel, cohort_period

),

cohorts as (

    select
        with_source.channel,
        with_source.cohort_period,
        with_source.cost_source,
        with_source.customers,
        with_source.registered,
        with_source.bought,
        with_source.registered_buyers,
        with_source.days_to_first_purchase,
        case
            when with_source.cost_source = 'acquisition_cost'
                then with_source.customers - with_source.known_costs
        end as customers_without_cost,
        with_source.forecasts,
        case
            when with_source.cost_source = 'marketing_spend' then coalesce(with_source.spend, 0)
            else with_source.acquisition_cost
        end as cost,
        case
            when with_source.cost_source = 'acquisition_cost' then coalesce(with_source.spend, 0)
            else 0
        end as spend_set_aside,
        coalesce(values_so_far.value_so_far, 0) as value_so_far,
        with_source.net_clv_365d,
        cast({{ dbt.dateadd(
            'day', mature_days, customer_lifecycle.period_end('with_source.cohort_period')
        ) }} as date) <= as_of.as_of_date as is_mature
    from with_source
    left join values_so_far
        on
            with_source.channel = values_so_far.channel
            and with_source.cohort_period = values_so_far.cohort_period
    cross join as_of

),

numbers as (

    {{ dbt.generate_series((var('lifecycle_cohort_periods') | int(default=1)) + 1) }}

),

cells as (

    -- The complete periods of each cohort, 0 being its own.
    select
        cohorts.channel,
        cohorts.cohort_period,
        cohorts.bought,
        cohorts.cost,
        cohorts.is_mature,
        numbers.generated_number - 1 as periods_since,
        {{ customer_lifecycle.add_periods(
            'cast(numbers.generated_number as integer) - 1', 'cohorts.cohort_period'
        ) }} as period_started_on
    from cohorts
    cross join numbers
    where cohorts.cost is not null

),

with_cumulative_value as (

    select
        cells.*,
        sum(coalesce(values_by_period.value, 0)) over (
            partition by cells.channel, cells.cohort_period
            order by cells.periods_since rows between unbounded preceding and current row
        ) as cumulative_value
    from cells
    inner join as_of on cells.period_started_on < as_of.open_period_started_on
    left join values_by_period
        on
            cells.channel = values_by_period.channel
            and cells.cohort_period = values_by_period.cohort_period
            and cells.period_started_on = values_by_period.period_started_on

),

paybacks as (

    select
        channel,
        cohort_period,
        min(periods_since) as payback_periods
    from with_cumulative_value
    where bought > 0 and cumulative_value >= cost
    group by channel, cohort_period

),

mature_cells as (

    -- At each age the cohorts that have reached it.
    select
        channel,
        periods_since,
        sum(bought) as bought,
        sum(cost) as cost,
        sum(cumulative_value) as cumulative_value
    from with_cumulative_value
    where is_mature
    group by channel, periods_since

),

mature_paybacks as (

    select
        channel,
        min(periods_since) as payback_periods
    from mature_cells
    where bought > 0 and cumulative_value >= cost
    group by channel

),

comparable_cohorts as (

    -- Buyers whose cost is not known would make the others cheap. Where it is known of nobody there
    -- is nothing to be compared.
    select
        *,
        count(cost) over (partition by channel) = 0 as is_cost_unknown
    from cohorts
    where is_mature

),

mature_cohorts as (

    select
        {%- for column in added_up %}
        sum({{ column }}) as {{ column }},
        {%- endfor %}
        case when min(cost_source) = max(cost_source) then min(cost_source) else 'both' end
            as cost_source,
        channel
    from comparable_cohorts
    where cost is not null or is_cost_unknown
    group by channel

),

all_rows as (

    select
        cohorts.channel,
        'cohort' as scope,
        cohorts.cohort_period,
        cohorts.cost_source,
        {%- for column in added_up %}
        cohorts.{{ column }},
        {%- endfor %}
        paybacks.payback_periods,
        cohorts.is_mature
    from cohorts
    left join paybacks
        on cohorts.channel = paybacks.channel and cohorts.cohort_period = paybacks.cohort_period
    union all
    select
        mature_cohorts.channel,
        'mature_cohorts' as scope,
        cast(null as date) as cohort_period,
        mature_cohorts.cost_source,
        {%- for column in added_up %}
        mature_cohorts.{{ column }},
        {%- endfor %}
        mature_paybacks.payback_periods,
        true as is_mature
    from mature_cohorts
    left join mature_paybacks on mature_cohorts.channel = mature_paybacks.channel

),

acquisition_channels as (

    select
        channel,
        scope,
        {{ customer_lifecycle.period_end('cohort_period') }} as cohort_period_end,
        cost_source,
        cast(customers as bigint) as customers,
        cast(registered as bigint) as registered,
        cast(bought as bigint) as bought,
        cast(customers_without_cost as bigint) as customers_without_cost,
        cast(cost as {{ money }}) as cost,
        cast(spend_set_aside as {{ money }}) as spend_set_aside,
        cast(value_so_far as {{ money }}) as value_so_far,
        {{ customer_lifecycle.rounded_quotient('cost', 'nullif(bought, 0)') }} as cac,
        {{ customer_lifecycle.rounded_quotient('value_so_far', 'nullif(bought, 0)') }}
            as value_per_buyer,
        {{ customer_lifecycle.rounded_quotient('net_clv_365d', 'nullif(forecasts, 0)') }}
            as net_clv_365d_per_buyer,
        {{ double('registered_buyers') }} / nullif(registered, 0) as conversion,
        {{ double('days_to_first_purchase') }} / nullif(registered_buyers, 0)
            as mean_days_to_first_purchase,
        case when bought > 0 then {{ double('value_so_far') }} / nullif({{ double('cost') }}, 0) end
            as value_to_cac,
        {{ double('net_clv_365d') }} / nullif(forecasts, 0) * bought
        / nullif({{ double('cost') }}, 0) as clv_to_cac,
        cast(payback_periods as integer) as payback_periods,
        is_mature
    from all_rows

)

select * from acquisition_channels
