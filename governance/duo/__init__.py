"""The data-use matcher: plain Python, without framework, clock or input and output."""
