-- How those who are silent differ from all others: in each feature as it is, and at equal numbers
-- of purchase days, since silent customers have bought less often and everything goes with that.
-- Means and variances of the classes are put together from the small to the large, so that none is
-- the difference of two large numbers.
{{ config(enabled=customer_lifecycle.has_room('history')) }}
{%- set double = customer_lifecycle.double %}
{%- set numbers = [
    'purchase_days', 'mean_gap_days', 'longest_gap_days', 'regularity_k', 'tenure_days',
    'average_order_value', 'net_amount', 'refund_share', 'discount_share',
] %}
{%- set features = numbers + ['has_refund', 'has_discount', 'is_rising', 'is_eroding'] %}
{%- set groupings = ['silence_status', 'rank_band', 'score_group'] %}
{%- set key = ['grouped_by', 'group_name', 'feature'] %}
{%- set minimum = var('lifecycle_minimum_profile_customers') %}
{%- set sides = {'own': '1', 'others': '0'} %}

with features as (

    select * from {{ ref('int_lifecycle__silence_features') }}

),

profile_features as (

    select * from {{ ref('lifecycle_profile_features') }}

),

grouped as (

    -- Each customer once for each kind of groups that they are in.
    {% for grouping in groupings -%}
    select
        '{{ grouping }}' as grouped_by,
        {{ grouping }} as group_name,
        purchase_days_from,
        {{ features | join(',\n        ') }}
    from features
    where {{ grouping }} is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

side_by_side as (

    select
        grouped_by,
        group_name,
        purchase_days_from,
        {% for feature in features -%}
        count({{ feature }}) as {{ feature }}_n,
        avg({{ feature }}) as {{ feature }}_mean,
        var_samp({{ feature }}) as {{ feature }}_variance,
        {% endfor -%}
        count(*) as customers
    from grouped
    group by grouped_by, group_name, purchase_days_from

),

cells as (

    {% for feature in features -%}
    select
        grouped_by,
        group_name,
        purchase_days_from,
        '{{ feature }}' as feature,
        {{ double(feature ~ '_n') }} as n,
        {{ feature }}_mean as mean,
        coalesce({{ feature }}_variance, 0) as variance
    from side_by_side
    where {{ feature }}_n > 0
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

all_groups as (

    select distinct
        side_by_side.grouped_by,
        side_by_side.group_name,
        profile_features.feature
    from side_by_side
    cross join profile_features

),

of_both_sides as (

    -- Each group, and each of the others of its kind beside it.
    select
        all_groups.grouped_by,
        all_groups.group_name,
        all_groups.feature,
        cells.purchase_days_from,
        case when all_groups.group_name = cells.group_name then 1 else 0 end as is_own,
        cells.n,
        cells.mean,
        cells.variance
    from all_groups
    inner join cells
        on all_groups.grouped_by = cells.grouped_by and all_groups.feature = cells.feature

),

with_means as (

    select
        *,
        sum(n * mean) over (partition by {{ key | join(', ') }}, is_own)
        / sum(n) over (partition by {{ key | join(', ') }}, is_own) as mean_of_all,
        sum(n * mean) over (partition by {{ key | join(', ') }}, is_own, purchase_days_from)
        / sum(n) over (partition by {{ key | join(', ') }}, is_own, purchase_days_from)
            as mean_of_class
    from of_both_sides

),

{% for relation, mean, by in [
    ('totals', 'mean_of_all', key), ('classes', 'mean_of_class', key + ['purchase_days_from']),
] -%}
{{ relation }}_of_sums as (

    select
        {%- for column in by %}
        {{ column }},
        {%- endfor %}
        {%- for side, is_own in sides.items() %}
        sum(case when is_own = {{ is_own }} then n else 0 end) as {{ side }}_n,
        max(case when is_own = {{ is_own }} then {{ mean }} end) as {{ side }}_mean,
        sum(
            case
                when is_own = {{ is_own }}
                    then
                        (n - 1) * variance
                        + n * (mean - {{ mean }}) * (mean - {{ mean }})
            end
        ) as {{ side }}_squares,
        {%- endfor %}
        count(*) as parts
    from with_means
    group by {{ by | join(', ') }}

),

{{ relation }}_with_share as (

    select
        sums.*,
        profile_features.is_flag,
        (sums.own_n * sums.own_mean + sums.others_n * sums.others_mean)
        / nullif(sums.own_n + sums.others_n, 0) as share
    from {{ relation }}_of_sums as sums
    inner join profile_features on sums.feature = profile_features.feature

),

{{ relation }} as (

    -- Equal values may come out of their sums as different in the last digits; that is no variance.
    -- The variance of a flag is that of the share of both together: of a few customers of whom it
    -- is true of none nobody would say that they do not vary.
    select
        *,
        {%- for side in sides %}
        case
            when is_flag and share * (1 - share) > 1e-12 then share * (1 - share)
            when is_flag then {{ double(0) }}
            when {{ side }}_squares <= 1e-20 * {{ side }}_n * {{ side }}_mean * {{ side }}_mean
                then {{ double(0) }}
            else {{ side }}_squares / nullif({{ side }}_n - 1, 0)
        end as {{ side }}_variance,
        {%- endfor %}
        case
            when
                abs(own_mean - others_mean) <= 1e-12 * (abs(own_mean) + abs(others_mean))
                then {{ double(0) }}
            else own_mean - others_mean
        end as difference
    from {{ relation }}_with_share

),

{% endfor -%}
differences as (

    select
        grouped_by,
        group_name,
        feature,
        'all' as compared,
        own_n as n,
        difference,
        own_variance / own_n + others_variance / others_n as squared_error,
        power(own_variance / own_n, 2) / (own_n - 1)
        + power(others_variance / others_n, 2) / (others_n - 1) as fourth_power,
        own_n + others_n - 2 as degrees_of_both,
        least(own_n, others_n) * share as expected_with,
        least(own_n, others_n) * (1 - share) as expected_without
    from totals
    where own_n >= {{ minimum }} and others_n >= {{ minimum }}
    union all
    -- Weighed by how many of the group are in each class of purchase days.
    select
        grouped_by,
        group_name,
        feature,
        'alike' as compared,
        sum(own_n) as n,
        sum(own_n * difference) / sum(own_n) as difference,
        sum(own_n * own_variance + own_n * own_n * others_variance / others_n)
        / power(sum(own_n), 2) as squared_error,
        sum(
            power(own_n * own_variance, 2) / (own_n - 1)
            + power(own_n * own_n * others_variance / others_n, 2) / (others_n - 1)
        ) / power(sum(own_n), 4) as fourth_power,
        sum(own_n + others_n - 2) as degrees_of_both,
        sum(least(own_n, others_n) * share) as expected_with,
        sum(least(own_n, others_n) * (1 - share)) as expected_without
    from classes
    where own_n >= {{ minimum }} and others_n >= {{ minimum }}
    group by grouped_by, group_name, feature

),

with_degrees as (

    -- A test of means as Welch's, a test of shares where at least five on the smaller side are to
    -- be expected with the flag and without it. One degree of freedom says nothing.
    select
        differences.*,
        profile_features.has_built_in_difference,
        case
            when profile_features.is_flag
                then
                    case
                        when
                            least(differences.expected_with, differences.expected_without) > 4.999
                            then differences.degrees_of_both
                    end
            when differences.fourth_power > 0
                then power(differences.squared_error, 2) / differences.fourth_power
        end as degrees
    from differences
    inner join profile_features on differences.feature = profile_features.feature

),

tested as (

    select
        grouped_by,
        group_name,
        feature,
        compared,
        has_built_in_difference,
        degrees,
        ln(1 + difference * difference / (squared_error * degrees)) as log_term
    from with_degrees
    where degrees >= 1.999 and squared_error > 0

),

with_p as (

    {{ customer_lifecycle.with_student_p('tested') }}

),

with_q as (

    {{ customer_lifecycle.with_q('with_p', key, ['compared', 'has_built_in_difference']) }}

),

medians as (

    -- One by one: together the values of all features would have to be put in order.
    {% for feature in numbers -%}
    select
        grouped_by,
        group_name,
        '{{ feature }}' as feature,
        median
    from (
        {{ customer_lifecycle.quantiles('grouped', feature, {'median': 0.5}, key[:2]) }}
    ) as medians_of_feature
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

silence_profile as (

    select
        all_groups.grouped_by,
        cast(all_groups.group_name as {{ dbt.type_string() }}) as group_name,
        all_groups.feature,
        cast(profile_features.meaning as {{ dbt.type_string() }}) as meaning,
        cast(profile_features.feature_number as integer) as feature_number,
        cast(coalesce(totals.own_n, 0) as bigint) as customers,
        cast(coalesce(totals.others_n, 0) as bigint) as other_customers,
        cast(coalesce(alike.n, 0) as bigint) as customers_compared,
        case when not profile_features.is_flag then totals.own_mean end as mean,
        medians.median,
        case when profile_features.is_flag then totals.own_mean end as share,
        totals.others_mean as mean_of_others,
        totals.difference,
        sqrt(of_all.squared_error) as standard_error,
        p_of_all.p_value,
        p_of_all.q_value,
        alike.difference as difference_alike,
        sqrt(alike.squared_error) as standard_error_alike,
        p_alike.p_value as p_value_alike,
        p_alike.q_value as q_value_alike,
        profile_features.is_flag,
        profile_features.has_built_in_difference
    from all_groups
    inner join profile_features on all_groups.feature = profile_features.feature
    left join medians
        on
            all_groups.grouped_by = medians.grouped_by
            and all_groups.group_name = medians.group_name
            and all_groups.feature = medians.feature
    left join totals
        on
            all_groups.grouped_by = totals.grouped_by
            and all_groups.group_name = totals.group_name
            and all_groups.feature = totals.feature
    {%- for alias, relation, compared in [
        ('of_all', 'differences', 'all'), ('alike', 'differences', 'alike'),
        ('p_of_all', 'with_q', 'all'), ('p_alike', 'with_q', 'alike'),
    ] %}
    left join {{ relation }} as {{ alias }}
        on
            all_groups.grouped_by = {{ alias }}.grouped_by
            and all_groups.group_name = {{ alias }}.group_name
            and all_groups.feature = {{ alias }}.feature
            and {{ alias }}.compared = '{{ compared }}'
    {%- endfor %}

)

select * from silence_profile
