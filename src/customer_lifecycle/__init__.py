"""The statistics behind the customer_lifecycle dbt project.

Purchase models (:mod:`~customer_lifecycle.models`), the spend model
(:mod:`~customer_lifecycle.gamma_gamma`) and the tables they give back to SQL
(:mod:`~customer_lifecycle.reports`, :mod:`~customer_lifecycle.forecasts`). Everything works on
grouped rows: distinct states with the number of customers that share them. Times are in weeks.
"""

__version__ = "0.1.0"
