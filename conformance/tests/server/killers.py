"""Echo servers that one kind of stimulus kills, or costs much.  Usage: killers.py KIND PORT

Each is right in all other respects, so that everything but the stimulus can be judged.
"""
import asyncio, os, pathlib, re, signal, socket, sys, threading, time, zlib

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "public_reports" / "programs"))
from rawws import Fail, Gone, Server, values


def die(signal_number):
    sys.stderr.write("planted: about to die\n")
    sys.stderr.flush()
    os.kill(os.getpid(), signal_number)


class Signal(Server):
    """Signal 11 on an unmasked frame."""
    def check_head(self, fin, rsv, op, masked, n):
        if not masked: die(signal.SIGSEGV)
        super().check_head(fin, rsv, op, masked, n)


class CleanExit(Server):
    """Exit code 0 on a reserved opcode."""
    def check_head(self, fin, rsv, op, masked, n):
        if op not in (0, 1, 2, 8, 9, 10): os._exit(0)
        super().check_head(fin, rsv, op, masked, n)


class Field(Server):
    """Exit code 1, with a traceback, on two keys in the opening."""
    def fault_in(self, line, fields, head):
        if len(values(fields, "sec-websocket-key")) > 1:
            import traceback
            try: raise RuntimeError("two keys, planted")
            except RuntimeError: traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
        return super().fault_in(line, fields, head)


class Hang(Server):
    """Stops answering all clients after an invalid 64-bit length."""
    def check_head(self, fin, rsv, op, masked, n):
        super().check_head(fin, rsv, op, masked, n)
        self.long = n == 127

    async def need(self, n):
        got = await super().need(n)
        if n == 8 and getattr(self, "long", False) and got[0] & 0x80:
            while True: time.sleep(1)
        return got


class Listener(Server):
    """No longer listens after a text that is not UTF-8."""
    listener = None

    def check_text(self, data):
        try: data.decode()
        except UnicodeDecodeError: Listener.listener.close()
        super().check_text(data)


class Late(Server):
    """Signal 6, 100 ms after a frame with RSV2."""
    def check_head(self, fin, rsv, op, masked, n):
        if rsv & 2: asyncio.get_running_loop().call_later(0.1, die, signal.SIGABRT)
        super().check_head(fin, rsv, op, masked, n)


class Memory(Server):
    """Grows on a fragmented control frame, and is killed."""
    def check_head(self, fin, rsv, op, masked, n):
        if op >= 8 and not fin:
            hoard = [bytearray(1 << 20) for _ in range(64)]
            die(signal.SIGKILL)
        super().check_head(fin, rsv, op, masked, n)


class Reset(Server):
    """Exit code 3 when a connection is reset in the middle of a frame."""
    async def need(self, n):
        try: return await super().need(n)
        except ConnectionResetError:
            if self.buf: os._exit(3)
            raise


class HalfClose(Server):
    """Signal 11 when a stream ends in the middle of a frame."""
    async def need(self, n):
        try: return await super().need(n)
        except Gone:
            if self.buf: die(signal.SIGSEGV)
            raise


class Third(Server):
    """Exit code 4 on the third connection at once with the field X-Part."""
    parts = 0

    async def run(self):
        try: await super().run()
        finally: Third.parts -= getattr(self, "part", 0)

    def answer(self, fields, key):
        self.part = len(values(fields, "x-part"))
        Third.parts += self.part
        if Third.parts == 3: os._exit(4)
        return super().answer(fields, key)


class Several(Server):
    """Signal 8 at the 30th message of a connection."""
    count = 0

    async def on_message(self, op, data):
        self.count += 1
        if self.count == 30: die(signal.SIGFPE)
        await super().on_message(op, data)


class Worker(Server):
    """A worker process ends at an invalid close code, and is replaced."""
    def code_ok(self, code):
        if 1016 <= code <= 2999: os._exit(5)
        return super().code_ok(code)


class Hoard(Server):
    """Not killed: keeps 16 KiB for each pong."""
    kept = []

    async def on_pong(self, data):
        Hoard.kept.append(b"x" * (16 << 10))


class Busy(Server):
    """Not killed: takes half a millisecond of a processor for each pong."""
    async def on_pong(self, data):
        until = time.process_time() + 0.0005
        while time.process_time() < until: pass


class Backtracking(Server):
    """Not killed: looks, from each blank of a list, for what follows the blanks, and in a long list again and again, so
    that the cost grows with the third power, and no noise hides that."""
    BLANKS = re.compile(r"\s*")

    def fault_in(self, line, fields, head):
        for name in ("sec-websocket-protocol", "sec-websocket-extensions"):
            for value in values(fields, name):
                for i, c in enumerate(value * max(1, len(value) // 3600)):
                    if c == " ": self.BLANKS.match(value, i % len(value))
        return super().fault_in(line, fields, head)


class Summing(Server):
    """Not killed: reads little at a time, and sums up all that it has of a frame whenever more comes, the oftener the more
    it is: the third power."""
    async def need(self, n):
        while len(self.buf) < n:
            more = await self.r.read(65)
            if not more: raise Gone
            self.buf += more
            for _ in range(len(self.buf) // 600): zlib.crc32(self.buf)
        return await super().need(n)


class Keeping(Server):
    """Not killed: keeps a MiB for each connection that is over."""
    kept = []

    async def end(self):
        await super().end()
        Keeping.kept.append(b"x" * (1 << 20))


class Files(Server):
    """Not killed: leaves a file open for each connection that is over."""
    async def end(self):
        await super().end()
        os.open(os.devnull, os.O_RDONLY)


class Threads(Server):
    """Not killed: leaves a thread behind for each connection that is over."""
    async def end(self):
        await super().end()
        threading.Thread(target=threading.Event().wait, daemon=True).start()


class ReadsOn(Server):
    """Not killed: keeps what comes after a Close, and answers it late."""
    kept = bytearray()

    async def on_close(self, code, reason):
        while len(ReadsOn.kept) < 48 << 20 and (more := await self.r.read(65536)): ReadsOn.kept += more
        await super().on_close(code, reason)


class Spinning(Server):
    """Not killed: asks again and again whether something has come."""
    async def need(self, n):
        while len(self.buf) < n and not self.r._buffer and not self.r.at_eof(): await asyncio.sleep(0)
        return await super().need(n)


class Unlimited(Server):
    """Not killed: takes messages of any size."""
    max_message = 1 << 40


class Gentle(Server):
    """Nothing kills it."""


class Everything(Server):
    """Exit code 6 at the end of each connection."""
    async def end(self):
        await super().end()
        os._exit(6)


async def serve(kind, listening):
    async def one(r, w): await kind(r, w).run()
    server = await asyncio.start_server(one, sock=listening)
    Listener.listener = server
    await asyncio.Event().wait()


def prefork(kind, listening):
    """A master that starts its one worker again whenever it ends."""
    worker = 0
    def stop(*_):
        if worker: os.kill(worker, signal.SIGKILL)
        os._exit(0)
    signal.signal(signal.SIGTERM, stop)
    while True:
        worker = os.fork()
        if worker == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            asyncio.run(serve(kind, listening))
        os.waitpid(worker, 0)


KINDS = {
    "signal": Signal, "clean-exit": CleanExit, "field": Field, "hang": Hang, "listener": Listener, "late": Late,
    "memory": Memory, "reset": Reset, "half-close": HalfClose, "third": Third, "several": Several, "worker": Worker,
    "gentle": Gentle, "everything": Everything, "hoard": Hoard, "busy": Busy,
    "backtracking": Backtracking, "summing": Summing, "keeping": Keeping, "files": Files, "threads": Threads,
    "reads-on": ReadsOn, "spinning": Spinning, "unlimited": Unlimited,
}


def main():
    kind = KINDS[sys.argv[1]]
    import resource
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    listening = socket.create_server(("127.0.0.1", int(sys.argv[2])), backlog=128)
    if kind is Worker: prefork(kind, listening)
    else: asyncio.run(serve(kind, listening))


main()
