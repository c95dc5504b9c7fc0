#!/usr/bin/python3
"""Tails as Debian's python3-websockets sees them: tail_websockets.py FACT PORT checks one of the
facts below against the server (or the proxy before servers) on that port of this machine. Exit
code 1 and a traceback: it does not hold."""
import asyncio
import contextlib
import http.client
import json
import random
import sys

import websockets

PORT = int(sys.argv[2])
TIME_S = 30  # for what must come by itself
COLLECTION = "ws" + str(random.getrandbits(60))


def change(method, path):
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", PORT, timeout=TIME_S)) as one:
        one.request(method, path)
        answer = one.getresponse()
        body = answer.read()
        assert answer.status < 300, body
        return body


def add(counter, collection=COLLECTION):
    change("POST", f"/cnt/{collection}/{counter}?create=true")


def tail(path="/tail/", **options):
    return websockets.connect(f"ws://127.0.0.1:{PORT}{path}", open_timeout=TIME_S, **options)


async def message(socket):
    text = await asyncio.wait_for(socket.recv(), TIME_S)
    assert isinstance(text, str), "a binary message"
    return json.loads(text)


async def expect(socket, **what):
    came = await message(socket)
    assert {**came, **what} == came, f"{came} instead of {what}"
    return came


async def close_code(socket):
    """What the server closes with."""
    with contextlib.suppress(websockets.ConnectionClosed):
        while True:
            await message(socket)
    return socket.close_code


def key(counter):
    return f"{COLLECTION}/{counter}"


async def several_keys():
    """One message subscribes to several keys, another takes some back; a message is one change."""
    for counter in "abc":
        add(counter)
    async with tail("/tail/?snapshot=true") as socket:
        await socket.send(json.dumps({key("a"): "s", "b": "s", key("c"): "s"}))
        seen = [await message(socket) for _ in range(3)]
        assert {one["id"] for one in seen} == {"a", "b", "c"}, seen
        add("b")
        first = await expect(socket, id="b", n=2, c=COLLECTION)
        await socket.send(json.dumps({key("a"): "u", "junk": 7, "b": "u"}))
        await socket.send("not JSON")
        # What is answered now was read after all of that.
        await socket.send(json.dumps({key("d"): "s"}))
        add("d")
        await expect(socket, id="d", n=1)
        add("a")
        add("b")
        change("DELETE", f"/cnt/{COLLECTION}/c")
        last = await expect(socket, id="c", d=1, c=COLLECTION)
        assert "n" not in last and last["rev"] > first["rev"], last


async def collections_and_everything():
    """`collection/` and `*` bring counters that did not exist when they were subscribed to."""
    add("old")
    for wish in f"{COLLECTION}/", "*":
        async with tail("/tail/?snapshot=true") as socket:
            await socket.send(json.dumps({wish: "s"}))
            while (await message(socket))["id"] != "old":
                pass
            add("new-" + str(len(wish)))
            while (await message(socket))["id"] != "new-" + str(len(wish)):
                pass


async def path_subscribes():
    add("p")
    async with tail("/tail/p?snapshot=true") as socket:
        while (await message(socket))["c"] != COLLECTION:
            pass
        add("p")
        await expect(socket, id="p", n=2)


async def not_compressed():
    """permessage-deflate, which the client offers, is declined unless the server was told to."""
    async with tail() as socket:
        assert socket.extensions == [], socket.extensions


async def compressed():
    async with tail("/tail/?snapshot=true") as socket:
        assert [one.name for one in socket.extensions] == ["permessage-deflate"], socket.extensions
        await socket.send(json.dumps({f"{COLLECTION}/": "s"}))
        for n in range(1, 200):
            add("z")
            while (await expect(socket, id="z", c=COLLECTION))["n"] != n:
                pass


async def answers_pings():
    """A client that gives up without pongs stays."""
    async with tail("/tail/?snapshot=true", ping_interval=0.05, ping_timeout=TIME_S) as socket:
        for _ in range(20):
            await asyncio.wait_for(await socket.ping(), TIME_S)
        add("pinged")
        await socket.send(json.dumps({key("pinged"): "s"}))
        await expect(socket, id="pinged", n=1)


async def says_why_it_closes():
    async with tail() as socket:
        await socket.send("x" * (64 * 1024 + 1))
        assert await close_code(socket) == 1009, socket.close_code
    async with tail() as socket:
        for begin in range(0, 12_000, 1000):
            keys = {f"k{i}": "s" for i in range(begin, begin + 1000)}
            with contextlib.suppress(websockets.ConnectionClosed):
                await socket.send(json.dumps(keys))
        assert await close_code(socket) == 1008, socket.close_code


async def is_told_of_a_stop():
    """Prints a line when the server may be stopped."""
    async with tail() as socket:
        print("connected", flush=True)
        assert await close_code(socket) == 1001, socket.close_code


async def hears_pings_while_idle():
    """Idle until standard output is asked to end: prints a line when it is connected and one for
    each change; the library answers the server's pings."""
    async with tail("/tail/?snapshot=true") as socket:
        await socket.send(json.dumps({"idle/": "s"}))
        print("connected", flush=True)
        async for text in socket:
            print(text, flush=True)


asyncio.run(globals()[sys.argv[1]]())
