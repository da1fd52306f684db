"""One contact: everything known about it, edited in place."""
