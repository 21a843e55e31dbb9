{#
  Select: how many customers went from which class to which, from one period end to the next. `class` is
  one of those that int_lifecycle__period_moves counts (level, segment), `moves` its rows. Who has not
  bought by the second (level -1) is left out.
#}
{% macro migration(moves, class) -%}
    select
        summed.from_class,
        summed.to_class,
        summed.period_end,
        cast(summed.customers as bigint) as customers,
        cast(summed.customers as {{ customer_lifecycle.double_type() }})
        / sum(summed.customers) over (partition by summed.period_end, summed.from_class)
            as share_of_from
    from (
        select
            period_end,
            from_{{ class }} as from_class,
            to_{{ class }} as to_class,
            sum(customers) as customers
        from {{ moves }}
        where to_level <> -1
        group by period_end, from_{{ class }}, to_{{ class }}
    ) as summed
{%- endmacro %}
