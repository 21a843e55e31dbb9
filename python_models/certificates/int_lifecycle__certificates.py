"""Computes every published number again, from the papers' sample where its file is at hand."""

from customer_lifecycle.certificates import Sample, certificate_table, certificates


def model(dbt, session):  # noqa: ANN001, ANN201, ARG001, D103
    dbt.config(materialized="table")

    # Ordered, so that sums are the same on every run.
    states = dbt.ref("int_lifecycle__cdnow_sample")
    rows = states.order(", ".join(states.columns)).fetchnumpy()
    sample = Sample(
        frequency=rows["repeat_purchases"],
        recency=rows["recency_days"] / 7,
        age=rows["age_days"] / 7,
        holdout=rows["holdout_purchases"],
        spend_frequency=rows["paid_repeat_days"],
        spend=rows["paid_repeat_amount"].astype(float),
        customers=rows["customers"],
    )
    return certificate_table(certificates(sample if rows["customers"].size else None))
