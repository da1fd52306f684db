"""First run: an appliance, a company, an owner, and the first steps."""
