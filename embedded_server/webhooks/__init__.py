"""The public listener: verify the raw bytes, store them durably, answer 200."""
