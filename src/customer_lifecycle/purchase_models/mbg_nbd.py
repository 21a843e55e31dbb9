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

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from customer_lifecycle.purchase_models.bg_nbd import BgNbd


class MbgNbd(BgNbd):
    """The BG/NBD model with one more chance to drop out, x + 1 after x repeat purchases.

    So the odds of dropout are ``a / (b + x) ((alpha + T) / (alpha + t_x))^(r + x)``, for x = 0 too
    [BH07]_. Who is alive at T has got over one more chance, p ~ Beta(a, b + 1 + x): what is
    expected is the BG/NBD's with b + 1.
    """

    NAME = "mbg_nbd"
    STARTS = ((0.5, 0.2, 1.0, 2.0), (1.0, 1.0, 0.1, 1.0), (1.0, 0.3, 1.0, 1.0))

    first_chances = 1

    def expected_rate_if_alive(
        self,
        parameters: Sequence[float],
        delay: npt.ArrayLike,
        frequency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """Rate of the BG/NBD with b + 1."""
        r, alpha, a, b = parameters
        return super().expected_rate_if_alive((r, alpha, a, b + 1), delay, frequency, age)

    def probability_of_purchases_if_alive(
        self,
        parameters: Sequence[float],
        count: npt.ArrayLike,
        horizon: npt.ArrayLike,
        frequency: npt.ArrayLike,
        age: npt.ArrayLike,
    ) -> np.ndarray:
        """Probability of the BG/NBD with b + 1."""
        r, alpha, a, b = parameters
        return super().probability_of_purchases_if_alive(
            (r, alpha, a, b + 1), count, horizon, frequency, age
        )

    def _survived(self, b: float, x: np.ndarray) -> np.ndarray:
        return b + x


MBG_NBD = MbgNbd()
