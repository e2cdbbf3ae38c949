"""The soak: many clients on a made-up company, others beside them, and what must hold afterwards."""
