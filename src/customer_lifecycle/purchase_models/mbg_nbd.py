"""The MBG/NBD model: gamma purchase rates, and a chance to drop out after every purchase.

A customer buys at a rate lambda ~ Gamma(r, rate alpha) per week and drops out right after a
purchase, the first one included, with probability p ~ Beta(a, b) [BH07]. It is the BG/NBD model but
for the first purchase: who has not come back may be gone.

References
----------
.. [BH07] Batislam, E. P., Denizel, M. and Filiztekin, A. (2007), "Empirical validation and
   comparison of models for customer base analysis", International Journal of Research in Marketing
   24(3), 201-209.
"""

from customer_lifecycle.purchase_models.bg_nbd import BgNbd


class MbgNbd(BgNbd):
    """The BG/NBD model with one more chance to drop out, x + 1 after x repeat purchases.

    So the odds of dropout are ``a / (b + x) ((alpha + T) / (alpha + t_x))^(r + x)``, for x = 0 too
    [BH07]_. Who is alive at T has got over one more chance, p ~ Beta(a, b + 1 + x).
    """

    NAME = "mbg_nbd"
    STARTS = ((0.5, 0.2, 1.0, 2.0), (1.0, 1.0, 0.1, 1.0), (1.0, 0.3, 1.0, 1.0))

    first_chances = 1


MBG_NBD = MbgNbd()
