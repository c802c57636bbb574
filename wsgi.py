"""Builds `app`, nothing else: the entry for gunicorn and the flask command."""

import sys

from app.core.errors import ConfigError
from app.factory import create_app

try:
    app = create_app()
except ConfigError as error:
    sys.stderr.write(f"Touchline did not start: {error}\n")
    sys.exit(3)  # gunicorn's word for "will not boot": it stops instead of trying for ever
