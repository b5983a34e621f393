"""The web application that gunicorn serves: `gunicorn governance.wsgi`."""

import os
from importlib import import_module

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
application = get_wsgi_application()
import_module("governance.append_only").refuse_to_start_without_triggers()
import_module("access.demo.guard").refuse_demo_in_production()
