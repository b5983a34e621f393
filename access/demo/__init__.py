"""The demo world: people, programmes, committees, datasets and hosts, made through the real services.

A demo world is marked in its database when it is made. Only there do the `/demo/` routes, one-click sign-in and printed
passwords exist, on loopback; production settings refuse to start on it.
"""
