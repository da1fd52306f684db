"""The engine: everything the product does, without a window and without a route."""
