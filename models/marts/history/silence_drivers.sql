-- Which customers leave more readily than others. By itself a share of silent customers does not
-- say so: whoever buys seldom has bought on fewer days, and of two who have bought on as many the
-- one who buys more often has more likely left. So the verdict rests on dropout with rates apart.
{{ config(enabled=customer_lifecycle.has_drivers()) }}
{%- set false_rate = customer_lifecycle.number_or_zero('lifecycle_false_discovery_rate') %}

with trait_silence as (

    select * from {{ ref('int_lifecycle__trait_silence') }}

),

driver_results as (

    select * from {{ ref('int_lifecycle__driver_results') }}

),

joined as (

    select
        trait_silence.*,
        driver_results.model,
        driver_results.dropout,
        driver_results.dropout_of_others,
        driver_results.dropout_ratio,
        driver_results.dropout_ratio_low,
        driver_results.dropout_ratio_high,
        driver_results.p_value,
        case
            when driver_results.p_value is null
                then coalesce(driver_results.not_tested_reason, 'no_fits')
        end as not_tested_reason,
        case when driver_results.p_value is not null then 1 else 0 end as is_tested
    from trait_silence
    left join driver_results
        on
            trait_silence.trait = driver_results.trait
            and trait_silence.trait_value = driver_results.trait_value

),

ranked as (

    select
        *,
        row_number() over (partition by is_tested order by p_value, trait, trait_value) as p_rank,
        count(*) over (partition by is_tested) as p_count
    from joined

),

with_q as (

    -- Benjamini & Hochberg (1995), over all values of all traits.
    select
        *,
        case
            when is_tested = 1
                then
                    least(
                        min(p_value * p_count / p_rank) over (
                            partition by is_tested
                            order by p_rank desc
                            rows unbounded preceding
                        ),
                        {{ customer_lifecycle.double(1) }}
                    )
        end as q_value
    from ranked

),

silence_drivers as (

    select
        trait,
        trait_value,
        case
            when q_value is null then 'not_tested'
            when q_value > {{ false_rate }} then 'no_sign'
            when dropout_ratio > 1 then 'leaves_sooner'
            else 'stays_longer'
        end as verdict,
        cast(customers as bigint) as customers,
        cast(silent_customers as bigint) as silent_customers,
        {{ customer_lifecycle.double('silent_customers') }} / customers as silent_share,
        silent_share_of_others,
        silent_share_alike,
        {{ customer_lifecycle.double('silent_customers') }} / customers
        / nullif(silent_share_alike, 0) as silent_lift,
        cast(model as {{ dbt.type_string() }}) as model,
        dropout,
        dropout_of_others,
        dropout_ratio,
        dropout_ratio_low,
        dropout_ratio_high,
        p_value,
        q_value,
        cast(not_tested_reason as {{ dbt.type_string() }}) as not_tested_reason
    from with_q

)

select * from silence_drivers
