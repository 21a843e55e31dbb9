"""Purchase models and the spend model: likelihoods, fits and what they expect of a customer."""
