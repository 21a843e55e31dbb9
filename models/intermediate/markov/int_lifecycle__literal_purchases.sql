-- The method's own reading of the next period: the mean over all customers' periods between what a
-- customer did last and the most they have ever done. It can only rise; where both are equal it is
-- the value itself. The mean amount between two bounds is the difference of two partial means over
-- the difference of two probabilities, both interpolated in a curve of narrow cells.
{{ config(enabled=customer_lifecycle.has_room('markov')) }}
{%- set double = customer_lifecycle.double_type() %}

with customers as (

    select
        *,
        cast(average_amount as {{ double }}) as low,
        cast(max_average_amount as {{ double }}) as high
    from {{ ref('int_lifecycle__markov_customers') }}

),

truncated_frequencies as (

    {{ customer_lifecycle.python_rows('int_lifecycle__truncated_frequencies', {
        'frequency': 'bigint', 'max_frequency': 'bigint', 'truncated_mean': double,
    }) }}

),

amount_curve as (

    {{ customer_lifecycle.python_rows('int_lifecycle__amount_curve', {
        'cell': 'bigint', 'lower_amount': double, 'upper_amount': double,
        'lower_probability': double, 'upper_probability': double,
        'lower_partial_mean': double, 'upper_partial_mean': double,
    }) }}

),

amount_model as (

    select count(*) > 0 as is_there from amount_curve

),

with_cells as (

    -- The cells of the curve: 500 to a unit of the natural logarithm, none for an amount of 0.
    select
        *,
        case when low > 0 then cast(floor(ln(low) * 500) as bigint) end as low_cell,
        case when high > 0 then cast(floor(ln(high) * 500) as bigint) end as high_cell
    from customers

),

on_the_curve as (

    select
        with_cells.customer_id,
        with_cells.low,
        with_cells.high,
        truncated_frequencies.truncated_mean as next_frequency_literal,
        (with_cells.low - low_curve.lower_amount)
        / (low_curve.upper_amount - low_curve.lower_amount) as low_share,
        (with_cells.high - high_curve.lower_amount)
        / (high_curve.upper_amount - high_curve.lower_amount) as high_share,
        {% for end in ['low', 'high'] -%}
        {% for curve in ['probability', 'partial_mean'] -%}
        {{ end }}_curve.lower_{{ curve }} as {{ end }}_{{ curve }},
        {{ end }}_curve.upper_{{ curve }} - {{ end }}_curve.lower_{{ curve }}
            as {{ end }}_{{ curve }}_of_cell,
        {% endfor -%}
        {% endfor -%}
        amount_model.is_there as has_amount_curve
    from with_cells
    cross join amount_model
    left join truncated_frequencies
        on
            with_cells.frequency = truncated_frequencies.frequency
            and with_cells.max_frequency = truncated_frequencies.max_frequency
    left join amount_curve as low_curve on with_cells.low_cell = low_curve.cell
    left join amount_curve as high_curve on with_cells.high_cell = high_curve.cell

),

differences as (

    select
        *,
        {% for curve in ['probability', 'partial_mean'] -%}
        high_{{ curve }} + high_share * high_{{ curve }}_of_cell
        - coalesce(low_{{ curve }} + low_share * low_{{ curve }}_of_cell, 0) as {{ curve }},
        {% endfor -%}
        low = high as is_at_most
    from on_the_curve

),

literal_purchases as (

    select
        customer_id,
        next_frequency_literal,
        case
            when not has_amount_curve then null
            when is_at_most or probability <= 0 then high
            else least(greatest(partial_mean / probability, low), high)
        end as next_average_amount_literal
    from differences

)

select * from literal_purchases
