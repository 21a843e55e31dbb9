-- n purchase days are n - 1 completed gaps and the open one, and the marts count the same n.
{% if customer_lifecycle.are_built(['customer_silence', 'purchase_gap_ranks']) -%}
with gap_ranks as (

    select
        customer_id,
        count(*) as gaps,
        sum(gap_days) as days,
        max(case when is_open_gap then gap_rank end) as rank_of_open_gap
    from {{ ref('customer_lifecycle', 'purchase_gap_ranks') }}
    group by customer_id

),

customer_silence as (

    select * from {{ ref('customer_lifecycle', 'customer_silence') }}

)

select
    customer_silence.customer_id,
    customer_silence.purchase_days,
    gap_ranks.gaps
from customer_silence
full outer join gap_ranks on customer_silence.customer_id = gap_ranks.customer_id
where
    customer_silence.customer_id is null
    or gap_ranks.customer_id is null
    or gap_ranks.gaps <> customer_silence.purchase_days
    or gap_ranks.rank_of_open_gap <> customer_silence.rank_max
    or gap_ranks.days
    <> {{ customer_lifecycle.days_between(
        'customer_silence.first_purchase_on', 'customer_silence.as_of_date'
    ) }}
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
