"""The processes of one machine: embedded PostgreSQL, server, worker, simulator."""
