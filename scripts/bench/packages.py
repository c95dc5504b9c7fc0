"""What the sections of scripts/bench-packages share: the servers and the archives that they serve."""

import http.client
import io
import json
import os
import pwd
import shutil
import subprocess
import tarfile
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import server as dcount_server
from process import Process, free_port
from rounds import Device

ROOT = Path(__file__).resolve().parent.parent.parent
SAMPLE_SECONDS = 0.1
NGINX = next((place for place in ("/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx")
              if Path(place).exists()), "nginx")
ACCEL_PREFIX = "/packages/"
NGINX_CONFIGURATION = """\
{user}
worker_processes 1;
daemon off;
pid pid;
error_log stderr;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    {sites}
}}
"""


@dataclass
class Context:
    """What every section is given."""
    build: Path
    directory: Path
    device: Device
    rounds: int
    seconds: float
    megabytes: int
    connections: int
    uploads: int
    uploaders: int
    server_options: list

    @property
    def dcount(self):
        return self.build / "dcount"

    @property
    def load(self):
        return self.build / "bench" / "package_load"


def make_archive(path, size):
    """A tar.xz about so long: what is in it is random. xz keeps that as it is, and quickly."""
    content = os.urandom(size)
    with tarfile.open(path, "w:xz", preset=0) as archive:
        for name, data in (("content", content), ("meta.json", b'{"title":"bench"}')):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))


class Dcount:
    """A server with one key, that may use packages."""
    name = "dcount"

    def __init__(self, context, directory, *options):
        self.context, self.directory = context, directory
        self.server = dcount_server.Server(context.dcount, directory / "data",
                                           [*options, *context.server_options])

    def start(self):
        self.server.start()
        self.port, self.pid = self.server.port, self.server.process.pid
        made = subprocess.run(
            [self.context.dcount, "key", "create", "bench", "--scope", "packages,read", "--json",
             "--server", f"http://127.0.0.1:{self.port}"],
            capture_output=True, text=True, check=True)
        self.key = json.loads(made.stdout)["key"]

    def stop(self):
        self.server.stop()

    def add(self, archive):
        """The path of what was uploaded."""
        connection = self.server.connect()
        with open(archive, "rb") as body:
            connection.request("POST", "/api/add_pkg", body, {
                "Authorization": f"Bearer {self.key}", "Content-Type": "application/x-xz",
                "Content-Length": str(os.path.getsize(archive))})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 201:
            raise RuntimeError(f"add_pkg: {answer.status} {text[:300]}")
        return "/api/get_pkg/" + json.loads(text)["pkgid"]

    def open_connections(self, connection):
        """Without ours, on which it is asked for."""
        connection.request("GET", "/metrics", headers={"Authorization": f"Bearer {self.key}"})
        for line in connection.getresponse().read().decode().splitlines():
            if line.startswith("dcount_http_connections "):
                return int(line.split()[1]) - 1
        raise RuntimeError("no dcount_http_connections")


class Nginx:
    """One worker, as the same user as we are: the files are nobody else's."""
    name = "nginx"

    def __init__(self, directory, sites):
        self.directory, self.port = directory, free_port()
        user = f"user {pwd.getpwuid(os.geteuid()).pw_name};" if os.geteuid() == 0 else ""
        (directory / "nginx.conf").write_text(
            NGINX_CONFIGURATION.format(user=user, sites=sites.format(port=self.port)))
        self.process = None

    def start(self):
        self.process = Process([NGINX, "-p", str(self.directory), "-c", "nginx.conf", "-e",
                                "stderr"], self.directory / "log")
        self.process.wait_for_port(self.port)
        master = self.process.child.pid
        self.pid = int(Path(f"/proc/{master}/task/{master}/children").read_text().split()[0])

    def stop(self):
        if self.process:
            self.process.stop()


def static_nginx(directory, files):
    """It serves the files of a directory."""
    return Nginx(directory, "server {{ listen 127.0.0.1:{port}; root " + str(files) + "; }}")


def front_nginx(directory, port, files):
    """packaging/nginx before a server with --accel-prefix."""
    packaged = ROOT / "packaging" / "nginx"
    (directory / "dcount").mkdir()
    shutil.copy(packaged / "dcount.conf", directory / "dcount.conf")
    shutil.copy(packaged / "dcount" / "downloads.conf", directory / "dcount")
    (directory / "dcount" / "servers.conf").write_text(f"server 127.0.0.1:{port};\n")
    (directory / "dcount" / "packages.conf").write_text(f"alias {files}/;\n")
    nginx = Nginx(directory, "include dcount.conf;")
    (directory / "dcount" / "listen.conf").write_text(f"listen 127.0.0.1:{nginx.port};\n")
    return nginx


@contextmanager
def fresh_directory(context, name):
    directory = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=context.directory))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def running(server):
    try:
        server.start()
        yield server
    finally:
        server.stop()


def run_load(context, key, *words):
    """What package_load prints; it exits with 1 when something went wrong, and tells it."""
    done = subprocess.run([str(word) for word in (context.load, *words)], capture_output=True,
                          text=True, env={**os.environ, "DCOUNT_API_KEY": key})
    if not done.stdout.strip():
        raise RuntimeError(f"package_load: exit {done.returncode}: {done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


class Watch:
    """The resident memory of a process and, of dcount, its open connections during a `with`."""

    def __init__(self, pid, dcount=None):
        self.pid, self.dcount = pid, dcount
        self.rss_bytes_max = self.connections_max = 0
        self.ended, self.error = threading.Event(), None
        self.thread = threading.Thread(target=self.look)

    def look(self):
        try:
            connection = (http.client.HTTPConnection("127.0.0.1", self.dcount.port, timeout=30)
                          if self.dcount else None)
            while not self.ended.wait(SAMPLE_SECONDS):
                if connection:
                    self.connections_max = max(self.connections_max,
                                               self.dcount.open_connections(connection))
        except (OSError, RuntimeError, http.client.HTTPException) as error:
            self.error = error

    def cpu_seconds(self):
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def __enter__(self):
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")  # the peak begins anew
        self.cpu_before = self.cpu_seconds()
        self.thread.start()
        return self

    def __exit__(self, kind, *_):
        self.ended.set()
        self.thread.join()
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        self.rss_bytes_max = next(int(line.split()[1]) * 1024 for line in lines
                                  if line.startswith("VmHWM:"))
        self.cpu = self.cpu_seconds() - self.cpu_before
        if self.error and kind is None:
            raise RuntimeError(f"dcount's metrics: {self.error}")


def measure_download(context, key, port, path, watch):
    """One record of so many seconds of downloads."""
    with watch:
        done = run_load(context, key, "download", "--port", port, "--path", path,
                        "--connections", context.connections, "--seconds", context.seconds)
    return {**done, "per_second": done["bytes"] / done["seconds"],
            "rss_bytes_max": watch.rss_bytes_max, "connections_max": watch.connections_max,
            "server_cpu": watch.cpu / done["seconds"],
            "load_cpu": done["cpu_seconds"] / done["seconds"]}


def line_of(name, run):
    return (f"  {name:16} {run['per_second'] / 1e6:8,.0f} MB/s  {run['files']:6,} files  resident "
            f"{run['rss_bytes_max'] / 1e6:6.1f} MB  cores: server {run['server_cpu']:.2f}, "
            f"load {run['load_cpu']:.2f}" + (f"  errors {run['errors']}" if run["errors"] else ""))
