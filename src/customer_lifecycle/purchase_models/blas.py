"""Linear algebra on one processor."""

import scipy.linalg  # noqa: F401 (the controller finds the libraries that are loaded by then)
from threadpoolctl import ThreadpoolController

# OpenBLAS hands even L-BFGS-B's systems of a few equations to all processors, which then idle at
# full load until they get more: small fits take seven times the CPU time, and on a busy machine
# they wait for each other. The limit is the process's; fits at the same time may leave it behind.
one_blas_thread = ThreadpoolController().wrap(limits=1, user_api="blas")
