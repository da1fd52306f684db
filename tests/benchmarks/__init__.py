"""Figures of the product beside its peers, measured in the same run: ``python -m tests.benchmarks NAME``."""
