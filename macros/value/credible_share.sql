{#
  A customer's share of something, drawn towards everybody's by how little the customer's own few days
  tell: (n s + m (1 - c) / c) / (n + (1 - c) / c) with n days, own share s, everybody's share m and the
  correlation c of two days of one customer, by the moments of the beta-binomial distribution. 0: own
  days tell nothing; 1: the first tells all. `totals` is from the macro below.
#}
{% macro credible_share(days, own_share, totals) -%}
    {%- set weight -%}
        ({{ days }} * {{ totals }}.correlation
        / nullif({{ days }} * {{ totals }}.correlation + 1 - {{ totals }}.correlation, 0))
    {%- endset -%}
    {{ weight }} * {{ own_share }} + (1 - {{ weight }}) * {{ totals }}.share
{%- endmacro %}


{#
  Select, one row: everybody's share, weighed by days, and the correlation of two days of one customer.
  Customers with two days and more tell it: of those, with their own share m, the sum of n (s - m)^2 is
  m (1 - m) (c sum(n) + (1 - c) customers) in expectation.
#}
{% macro share_totals(customers, days, own_share) -%}
    {%- set double = customer_lifecycle.double_type() -%}
    select
        everybody.share,
        case
            when pairs.share > 0 and pairs.share < 1
                then
                    least(greatest(
                        (pairs.squares / (pairs.share * (1 - pairs.share)) - pairs.customers)
                        / (pairs.days - pairs.customers), 0
                    ), 1)
            else 0
        end as correlation
    from (
        select
            sum({{ days }} * {{ own_share }})
            / nullif(cast(sum({{ days }}) as {{ double }}), 0) as share
        from {{ customers }}
    ) as everybody
    cross join (
        select
            max(pooled.share) as share,
            cast(count(*) as {{ double }}) as customers,
            cast(sum({{ days }}) as {{ double }}) as days,
            sum(
                {{ days }} * ({{ own_share }} - pooled.share) * ({{ own_share }} - pooled.share)
            ) as squares
        from {{ customers }}
        cross join (
            select
                sum({{ days }} * {{ own_share }})
                / nullif(cast(sum({{ days }}) as {{ double }}), 0) as share
            from {{ customers }}
            where {{ days }} > 1
        ) as pooled
        where {{ days }} > 1
    ) as pairs
{%- endmacro %}
