{#
  Select: how many customers went from which class to which, from one period end to the next. `history`
  has one row per customer and period end; `new` is the class that those had who were not there before.
#}
{% macro migration(history, class, new) -%}
    select
        moves.from_class,
        moves.to_class,
        moves.period_end,
        cast(moves.customers as bigint) as customers,
        cast(moves.customers as {{ customer_lifecycle.double_type() }})
        / sum(moves.customers) over (partition by moves.period_end, moves.from_class)
            as share_of_from
    from (
        select
            at_end.period_end,
            coalesce(at_start.{{ class }}, {{ new }}) as from_class,
            at_end.{{ class }} as to_class,
            count(*) as customers
        from {{ ref('int_lifecycle__history_periods') }} as history_periods
        inner join {{ history }} as at_end
            on history_periods.period_end = at_end.period_end
        left join {{ history }} as at_start
            on
                history_periods.previous_period_end = at_start.period_end
                and at_end.customer_id = at_start.customer_id
        where history_periods.previous_period_end is not null
        group by
            at_end.period_end,
            coalesce(at_start.{{ class }}, {{ new }}),
            at_end.{{ class }}
    ) as moves
{%- endmacro %}
