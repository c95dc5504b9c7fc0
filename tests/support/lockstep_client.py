#!/usr/bin/python3
"""A client that reads a lockstep feed exactly as github.com/orionz/lockstep does, which dcount's
feeds must suit as they are:

- It asks GET <path>?since=<n>, with Authorization when the URL has a user.
- A chunk of CR LF is a heartbeat, an empty one the end; every other chunk is ONE JSON object, or
  the client ends with an error.
- After the end, or when the connection is lost, it comes again with the greatest updated_at it saw.

Prints each record as it comes, one a line. Exit code 1: the server broke the protocol.

    lockstep_client.py http://[user:password@]host:port/path
"""
import base64
import json
import socket
import sys
import time
import urllib.parse


class Lost(Exception):
    """The connection has ended, or the server cannot answer now."""


class Broken(Exception):
    """What came is no lockstep."""


def take(stream, size=None):
    got = stream.read(size) if size is not None else stream.readline()
    if len(got) < size if size is not None else not got.endswith(b"\r\n"):
        raise Lost("closed")
    return got


def ask(url, since):
    connection = socket.create_connection((url.hostname, url.port), timeout=60)
    login = ""
    if url.username:
        pair = f"{url.username}:{url.password or ''}".encode()
        login = f"Authorization: Basic {base64.b64encode(pair).decode()}\r\n"
    request = f"GET {url.path}?since={since} HTTP/1.1\r\n{login}Host: {url.hostname}\r\n\r\n"
    connection.sendall(request.encode())
    return connection.makefile("rb")


def skip_head(stream):
    status = int(take(stream).split()[1])
    fields = []
    while (line := take(stream)) != b"\r\n":
        fields.append(line.strip())
    if status >= 500:
        raise Lost(status)
    if status != 200:
        raise Broken(f"status {status}")
    if b"Transfer-Encoding: chunked" not in fields:
        raise Broken("unrecognized encoding")


def records(stream):
    while size := int(take(stream).split(b";")[0], 16):
        chunk = take(stream, size)
        if take(stream) != b"\r\n":
            raise Broken("malformed chunk")
        if chunk == b"\r\n":
            continue
        try:
            record = json.loads(chunk)
        except ValueError:
            raise Broken(f"a chunk is no JSON object: {chunk[:200]!r}")
        if not isinstance(record, dict):
            raise Broken(f"a chunk is no object: {chunk[:200]!r}")
        yield record


def follow(url):
    since = 0
    while True:
        try:
            with ask(url, since) as stream:
                skip_head(stream)
                for record in records(stream):
                    if record["updated_at"] < since:
                        raise Broken(f"back from {since}: {record}")
                    since = record["updated_at"]
                    print(json.dumps(record), flush=True)
        except (Lost, OSError):
            time.sleep(0.02)  # the server may not be up again yet


if __name__ == "__main__":
    try:
        follow(urllib.parse.urlsplit(sys.argv[1]))
    except Broken as why:
        sys.exit(f"lockstep_client.py: {why}")
