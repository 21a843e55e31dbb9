"""The purchase models by name."""

from collections.abc import Iterable

import numpy as np

from customer_lifecycle.purchase_models.bg_nbd import BG_NBD
from customer_lifecycle.purchase_models.fitting import Fit, group_rows
from customer_lifecycle.purchase_models.mbg_nbd import MBG_NBD
from customer_lifecycle.purchase_models.nbd import NBD
from customer_lifecycle.purchase_models.pareto_nbd import PARETO_NBD
from customer_lifecycle.purchase_models.purchase_model import PurchaseModel

PURCHASE_MODELS: dict[str, PurchaseModel] = {
    model.NAME: model for model in (NBD, BG_NBD, MBG_NBD, PARETO_NBD)
}


def fit_purchase_models(
    customers: tuple[np.ndarray, ...],
    minimum_customers: int,
    names: Iterable[str] = PURCHASE_MODELS,
) -> list[Fit]:
    """Fit purchase models to the same customers.

    Parameters
    ----------
    customers : tuple of ndarray
        As from :func:`~customer_lifecycle.purchase_models.states.grouped_customers`.
    minimum_customers : int
        With fewer nothing is fitted.
    names : iterable of str
        Of the models; all of them unless given.

    Returns
    -------
    list of Fit
    """
    states, weights = group_rows(customers[:-1], customers[-1])
    return [
        PURCHASE_MODELS[name].fit(*states, weights, minimum_customers=minimum_customers)
        for name in names
    ]
