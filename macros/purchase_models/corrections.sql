{#
  The class of the open gap, for the corrections: how many of lifecycle_correction_gap_shares the share
  of gaps that are at least as long as it lies below. That share is of the customer's own gaps, the
  open one included; and one that is the longest of all is apart, and so is one of twice the
  longest. With a single purchase the share is of everybody's gaps, and the class below 0. `gap_cuts`
  is from the macro of this name.
#}
{% macro gap_class(history, gap_cuts) -%}
    {%- set shares = var('lifecycle_correction_gap_shares') if execute else [] -%}
    case
        when {{ history }}.purchase_days = 1
            then
                -1
                {%- for share in shares %}
                - case when {{ history }}.days_since_last_purchase >= {{ gap_cuts }}.days_{{ loop.index }} then 1 else 0 end
                {%- endfor %}
        else
            case
                when {{ history }}.rank_max < {{ history }}.purchase_days then 0
                when {{ history }}.days_since_last_purchase < 2 * {{ history }}.max_gap_days then 1
                else 2
            end
            {%- for share in shares %}
            + case
                when
                    {{ history }}.purchase_days - {{ history }}.rank_max + 1
                    <= {{ share }} * {{ history }}.purchase_days
                    then 3
                else 0
            end
            {%- endfor %}
    end
{%- endmacro %}


{#
  Select, one row: the days from which at most each of lifecycle_correction_gap_shares of everybody's
  gaps are as long or longer; null where there are no such gaps.
#}
{% macro gap_cuts(purchase_days) -%}
    select
        {%- for share in (var('lifecycle_correction_gap_shares') if execute else []) %}
        min(case when gaps_as_long <= {{ share }} * gaps then gap_days end) as days_{{ loop.index }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from (
        select
            gap_days,
            sum(gaps) over (order by gap_days desc rows unbounded preceding) as gaps_as_long,
            sum(gaps) over () as gaps
        from (
            select
                gap_days,
                count(*) as gaps
            from {{ purchase_days }}
            where gap_days is not null
            group by gap_days
        ) as gap_lengths
    ) as running
{%- endmacro %}


{# The class of repeat purchases: the largest number of lifecycle_correction_repeat_purchases up to it. #}
{% macro repeat_class(repeat_purchases) -%}
    {{ customer_lifecycle.lowest_of_class(
        repeat_purchases, 'lifecycle_correction_repeat_purchases', 0
    ) }}
{%- endmacro %}


{# The class of a number: the largest of the numbers of a var up to it. #}
{% macro lowest_of_class(number, var_name, smallest) -%}
    case
        {%- for lowest in (var(var_name) if execute else []) | sort(reverse=true) %}
        when {{ number }} >= {{ lowest }} then {{ lowest }}
        {%- endfor %}
        else {{ smallest }}
    end
{%- endmacro %}


{# Whether forecasts are corrected by what came in the holdout. #}
{% macro has_corrections() -%}
    {% do return(customer_lifecycle.has_fits() and var('lifecycle_correct_forecasts')) %}
{%- endmacro %}


{#
  Select, one row: the checks of the forecasts that have not passed, in their order ("holdout_bias,
  season"), with not_known behind those that could not be made; null when all have passed.
#}
{% macro forecast_cautions(forecast_checks) -%}
    select
        {{ customer_lifecycle.ordered_list(
            "case when is_passed then null when is_passed is null then check_name || '_not_known'"
            ~ " else check_name end",
            ', ', 'check_number'
        ) }} as forecast_caution
    from {{ forecast_checks }}
{%- endmacro %}
