-- The probability that a customer who is still there would have bought by now, from all customers'
-- purchases (Gamma-Poisson posterior of the NBD), for those with too few gaps of their own:
-- 1 - ((alpha + t_x) / (alpha + t_x + open gap)) ** (r + x), times in weeks.
-- Empty of probabilities when no NBD was fitted.
{{ config(materialized='view') }}

with purchase_history as (

    select * from {{ ref('int_lifecycle__purchase_history') }}

),

nbd as (

    select
        max(case when parameter = 'r' then estimate end) as r,
        max(case when parameter = 'alpha' then estimate end) as alpha
    from {{ ref('int_lifecycle__fitted_parameters') }}
    where model = 'nbd' and segment = 'all' and serves_forecasts

),

rank_bands as (

    select
        rank_band,
        lower_per_mille,
        own_level,
        coalesce(lead(lower_per_mille) over (order by lower_per_mille), 1001) as upper_per_mille
    from {{ ref('lifecycle_rank_bands') }}

),

with_probability as (

    select
        purchase_history.customer_id,
        1 - power(
            (nbd.alpha + {{ customer_lifecycle.weeks('purchase_history.days_first_to_last') }}) / (
                nbd.alpha
                + {{ customer_lifecycle.weeks('purchase_history.days_first_to_last') }}
                + {{ customer_lifecycle.weeks('purchase_history.days_since_last_purchase') }}
            ),
            nbd.r + purchase_history.purchase_days - 1
        ) as silence_probability
    from purchase_history
    cross join nbd

),

pooled_silence as (

    select
        with_probability.customer_id,
        with_probability.silence_probability,
        rank_bands.rank_band as probability_band,
        rank_bands.own_level as probability_level
    from with_probability
    left join rank_bands
        on
            1000 * with_probability.silence_probability >= rank_bands.lower_per_mille
            and 1000 * with_probability.silence_probability < rank_bands.upper_per_mille

)

select * from pooled_silence
