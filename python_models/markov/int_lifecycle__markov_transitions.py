"""Probabilities of all transitions of the (recency, frequency, amount) state."""

from customer_lifecycle.markov import nbd_period
from customer_lifecycle.markov.transitions import TRANSITION_SCHEMA, transition_table
from customer_lifecycle.purchase_models import gamma_gamma
from customer_lifecycle.purchase_models.fit_tables import parameters_of


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")
    settings = dbt.ref("int_lifecycle__fit_settings").to_arrow_table().to_pylist()[0]
    fits = dbt.ref("int_lifecycle__fitted_parameters").to_arrow_table()
    by_frequency = parameters_of(fits, nbd_period)
    by_amount = parameters_of(fits, gamma_gamma)
    cuts = (
        dbt.ref("int_lifecycle__amount_buckets")
        .filter("lower_amount > 0")
        .order("lower_amount")
        .project("lower_amount::double as lower_amount")
        .fetchnumpy()["lower_amount"]
    )
    transitions = TRANSITION_SCHEMA.empty_table()
    if by_frequency and by_amount:
        transitions = transition_table(
            by_frequency, by_amount, cuts, settings["recency_cap"], settings["frequency_cap"]
        )
    return transitions
