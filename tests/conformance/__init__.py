"""What every engine of linked numbers must do, shown by running it (``python -m tests.conformance``)."""
