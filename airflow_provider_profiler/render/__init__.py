"""Profile model to documents: pure functions of the contract, so that no document says more than ``profile.json``."""
