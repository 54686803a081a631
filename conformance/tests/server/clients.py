"""Echo clients, right but for what they keep.  Usage: clients.py KIND URL..."""
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "public_reports" / "programs"))
from rawws import Client


class Hoard(Client):
    """Keeps 64 KiB for each pong."""
    kept = []

    async def on_pong(self, data):
        Hoard.kept.append(b"x" * (64 << 10))


KINDS = {"hoard": Hoard, "gentle": Client}
KINDS[sys.argv.pop(1)].main()
