"""`python -m customer_lifecycle.fit`."""

import sys

from customer_lifecycle.fit.command import main

sys.exit(main())
