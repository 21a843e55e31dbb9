{{ config(enabled=customer_lifecycle.has_room('markov')) }}

with transition_counts as (

    select * from {{ ref('int_lifecycle__transition_counts') }}

),

rfm_transitions as (

    select
        cast(from_recency as integer) as from_recency,
        cast(from_frequency as integer) as from_frequency,
        cast(from_bucket as integer) as from_bucket,
        cast(to_recency as integer) as to_recency,
        cast(to_frequency as integer) as to_frequency,
        cast(to_bucket as integer) as to_bucket,
        probability,
        case
            when from_count > 0
                then
                    cast(observed_count as {{ customer_lifecycle.double_type() }})
                    / cast(from_count as {{ customer_lifecycle.double_type() }})
        end as observed_share,
        cast(observed_count as bigint) as observed_count
    from transition_counts

)

select * from rfm_transitions
