"""Echoes with Daphne. Usage: daphne_echo.py PORT"""

import sys

from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server

from asgi_echo import application

endpoints = build_endpoint_description_strings(host="127.0.0.1", port=int(sys.argv[-1]))
Server(application, endpoints=endpoints).run()
