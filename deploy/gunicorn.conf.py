"""How the web process is served: `gunicorn governance.wsgi -c deploy/gunicorn.conf.py --bind …`.

A thread waits for as long as its client sends. Many threads, which cost little while they wait, keep a few slow clients from
closing the platform; against many, `deploy/nginx/` takes in each request whole before it reaches a thread.
"""

import multiprocessing

wsgi_app = "governance.wsgi"
worker_class = "gthread"
workers = min(multiprocessing.cpu_count() + 1, 4)
# Each thread may hold a connection: all of them stay below the hundred that PostgreSQL allows as it comes.
threads = 16
# Names and sizes of what a request may bring beside its body: tokens stand in headers, the longest page address is short.
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190
# Workers are renewed now and then, not all at once, so that nothing that grows grows for ever.
max_requests = 20_000
max_requests_jitter = 2_000
keepalive = 5
control_socket_disable = True
