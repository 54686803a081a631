"""Reads URLs from standard input, one on each line, and has each answered in a thread of its own."""
import os
import sys
import threading


def subprotocols():
    """The subprotocols to offer."""
    offered = os.environ.get("WSSPEC_SUBPROTOCOLS", "")
    return offered.split(",") if offered else []


def each_url(echo):
    """Calls echo(url) for each URL; it returns, or fails, when the connection ends."""

    def quietly(url):
        try:
            echo(url)
        except Exception:
            pass

    for line in sys.stdin:
        threading.Thread(target=quietly, args=[line.strip()], daemon=True).start()
