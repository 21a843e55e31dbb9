"""Tests of what the Markov states of customers take for granted."""

from customer_lifecycle.markov import assumptions, nbd_period
from customer_lifecycle.purchase_models import gamma_gamma
from customer_lifecycle.purchase_models.fit_tables import parameters_of


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    fits = dbt.ref("int_lifecycle__fitted_parameters").to_arrow_table()
    # Ordered, so that sums are the same on every run.
    amounts = dbt.ref("int_lifecycle__first_repeat_amounts").order("all")
    cells, ratios = (
        amounts.filter(f"measure = '{measure}'").fetchnumpy()
        for measure in ("amount_cell", "share_of_mean")
    )
    memory = dbt.ref("int_lifecycle__markov_memory").order("all").fetchnumpy()
    counts = dbt.ref("int_lifecycle__markov_counts").order("all").fetchnumpy()
    spend = (
        dbt.ref("int_lifecycle__spend_states")
        .filter("spend_model = 'gamma_gamma'")
        .order("all")
        .fetchnumpy()
    )
    moves = (
        dbt.ref("int_lifecycle__transition_counts")
        .filter("probability is not null")
        .project("from_state, probability, observed_count")
        .order("all")
        .fetchnumpy()
    )
    rates = parameters_of(fits, nbd_period)
    spend_rates = parameters_of(fits, gamma_gamma)

    checks = {
        "frequency_independent_of_amount": assumptions.frequency_and_amount(
            cells["paid_repeat_days"], cells["value"], cells["customers"]
        ),
        "first_order_markov": assumptions.first_order(
            memory["frequency"],
            memory["periods_since_previous"],
            memory["bought_next"],
            memory["customer_periods"],
        ),
        "poisson_purchases": assumptions.poisson(
            counts["purchase_days"],
            counts["sum_of_squares"],
            counts["periods"],
            counts["customers"],
        ),
    }
    if rates:
        checks["gamma_purchase_rates"] = assumptions.gamma_rates(
            rates, counts["purchase_days"], counts["periods"], counts["customers"]
        )
    if spend_rates:
        checks["gamma_amounts"] = assumptions.gamma_amounts(
            spend_rates[0],
            ratios["paid_repeat_days"],
            ratios["value"] / ratios["paid_repeat_days"],
            ratios["customers"],
        )
        checks["gamma_amount_rates"] = assumptions.gamma_amount_rates(
            spend_rates,
            spend["spend_days"],
            spend["spend_amount"],
            spend["customers"],
        )
    if moves["from_state"].size:
        checks["transitions_as_modelled"] = assumptions.transitions(
            moves["from_state"], moves["probability"], moves["observed_count"]
        )
    return assumptions.check_table(checks)
