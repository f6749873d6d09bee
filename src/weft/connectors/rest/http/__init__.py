"""Values and rules of HTTP; what opens sockets is `fetch.py` alone."""
