"""The statistics behind the customer_lifecycle dbt project.

Purchase models (:mod:`~customer_lifecycle.purchase_models`) and what they say of customers
(:mod:`~customer_lifecycle.forecasts`, :mod:`~customer_lifecycle.markov`). Everything works on
grouped rows: distinct states with the number of customers that share them. Times are in weeks.
"""

__version__ = "0.1.0"
