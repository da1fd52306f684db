"""What Master IA is measured against: the usual Node stack, a bare client loop, and an ORM import."""
