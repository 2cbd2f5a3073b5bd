"""Asks the service in this container, on whichever port it is."""

import os
from urllib.request import urlopen

urlopen(f"http://localhost:{os.environ.get('PORT', '8000')}/health", timeout=5)
