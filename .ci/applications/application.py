"""A legal application made of the Python package `websockets`; grid.py says what the words mean.

Usage: application.py PORT [--reaction W] [--trigger W] [--background W] [--limit W] [--seed N]
       application.py PORT --echo
"""

import argparse
import asyncio
import json
import random
from collections import deque

from websockets.asyncio.server import broadcast, serve
from websockets.exceptions import ConnectionClosed

LARGEST = 64 << 20


def reject_constant(name):
    raise ValueError(name)


def parsed(message):
    """The value of a JSON text, in a tuple; None if the text is no JSON."""
    try:
        text = message if isinstance(message, str) else message.decode()
        return (json.loads(text, parse_constant=reject_constant),)
    except (ValueError, RecursionError):
        return None


def is_login(message):
    value = parsed(message)
    return value is not None and isinstance(value[0], dict) and "login" in value[0]


def size(message):
    return len(message.encode() if isinstance(message, str) else message)


def about(message):
    return json.dumps({"kind": "text" if isinstance(message, str) else "binary", "bytes": size(message)})


def upper(message):
    return message.upper() if isinstance(message, str) else bytes(byte ^ 0xFF for byte in message)


class Application:
    def __init__(self, words):
        self.reaction, _, code = words.reaction.partition(":")
        self.code = int(code or 0)
        self.trigger, _, bound = words.trigger.partition(":")
        self.bound = int(bound or 0)
        self.background, _, self.otherwise = words.background.partition(":")
        self.limit, _, most = words.limit.partition(":")
        self.most = int(most or 0)
        self.random = random.Random(words.seed)
        self.open = set()

    def admit(self, connection, _request):
        """The answer to an opening that is refused."""
        if self.limit == "refuse" and len(self.open) >= self.most:
            return connection.respond(503, "too many connections\n")
        return None

    async def serve(self, connection):
        if self.limit == "away" and len(self.open) >= self.most:
            await connection.close(1013, "too many connections")
            return
        self.open.add(connection)
        conversation = Conversation(self, connection)
        beside = [asyncio.create_task(quietly(task)) for task in conversation.beside()]
        try:
            await quietly(conversation.listen())
        finally:
            self.open.discard(connection)
            for task in beside:
                task.cancel()


async def quietly(task):
    try:
        await task
    except ConnectionClosed:
        pass


class Conversation:
    def __init__(self, application, connection):
        self.application = application
        self.connection = connection
        self.received = 0
        self.reacted = 0
        self.logged_in = application.background != "login"
        self.arrivals = deque()
        self.late = asyncio.Queue()

    def beside(self):
        """What the application does while it reads."""
        application = self.application
        if application.background == "pushes":
            yield self.push()
        if application.background == "pings":
            yield self.ping()
        if application.limit == "life":
            yield self.end()
        if application.reaction == "late":
            yield self.send_late()

    async def push(self):
        number = 0
        while True:
            await asyncio.sleep(0.1)
            number += 1
            await self.connection.send(json.dumps({"push": number}))

    async def ping(self):
        while True:
            await asyncio.sleep(0.15)
            await self.connection.ping()

    async def end(self):
        await asyncio.sleep(self.application.most)
        await self.connection.close(1001, "end of life")

    async def send_late(self):
        while True:
            due, message = await self.late.get()
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            await self.connection.send(message)

    async def listen(self):
        if self.application.background == "greets":
            await self.connection.send('{"greeting":"hello"}')
        async for message in self.connection:
            closing = self.too_fast() or await self.answer(message)
            if closing:
                await self.connection.close(*closing)
                return

    def too_fast(self):
        if self.application.limit != "rate":
            return None
        now = asyncio.get_running_loop().time()
        self.arrivals.append(now)
        while self.arrivals[0] <= now - 1:
            self.arrivals.popleft()
        return (1008, "too many messages") if len(self.arrivals) > self.application.most else None

    async def answer(self, message):
        """Answers, or returns the code and reason to close with."""
        if not self.logged_in:
            self.logged_in = is_login(message)
            if self.logged_in:
                await self.connection.send('{"welcome":true}')
            elif self.application.otherwise == "close":
                return 4401, "login first"
            return None
        self.received += 1
        if not self.triggers(message):
            await self.connection.send(message)
            return None
        self.reacted += 1
        return await self.react(message)

    def triggers(self, message):
        match self.application.trigger:
            case "all":
                return True
            case "text":
                return isinstance(message, str)
            case "binary":
                return isinstance(message, bytes)
            case "not-json":
                return parsed(message) is None
            case "nth":
                return self.received == self.application.bound
            case "size":
                return size(message) > self.application.bound

    async def react(self, message):
        application = self.application
        match application.reaction:
            case "echo":
                await self.connection.send(message)
            case "other":
                await self.connection.send(about(message))
            case "upper":
                await self.connection.send(upper(message))
            case "two":
                await self.connection.send(about(message))
                await self.connection.send(message)
            case "third":
                if self.reacted % 3 == 0:
                    await self.connection.send(json.dumps({"seen": self.reacted}))
            case "others":
                for other in application.open - {self.connection}:
                    broadcast([other], message)
                    # Compressing takes time: other tasks run in between.
                    await asyncio.sleep(0)
            case "late":
                due = asyncio.get_running_loop().time() + application.random.uniform(0.05, 0.4)
                self.late.put_nowait((due, message))
            case "close":
                return application.code, "closing"
        return None


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--echo", action="store_true")
    parser.add_argument("--reaction", default="echo")
    parser.add_argument("--trigger", default="all")
    parser.add_argument("--background", default="none")
    parser.add_argument("--limit", default="none")
    parser.add_argument("--seed", type=int, default=0)
    words = parser.parse_args()
    application = Application(words)
    largest = application.most if application.limit == "size" else LARGEST
    async with serve(
        application.serve,
        "127.0.0.1",
        words.port,
        process_request=application.admit,
        max_size=largest,
        ping_interval=None,
    ) as server:
        await server.serve_forever()


asyncio.run(main())
