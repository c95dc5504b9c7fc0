"""Child processes of the benchmarks: servers that are stopped by their own id."""

import pwd
import signal
import socket
import subprocess
import time

START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 15


def as_user(name):
    """The arguments of subprocess that make a child run as `name`; None: as we do."""
    if not name:
        return {}
    account = pwd.getpwnam(name)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def stop_child(child, how=signal.SIGTERM, seconds_max=STOP_SECONDS_MAX):
    """Nothing, when it has ended already."""
    if child.poll() is None:
        child.send_signal(how)
        try:
            child.wait(seconds_max)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


class Process:
    """One child process: output to a file, stopped by its own id."""

    def __init__(self, command, log, user=None):
        self.log = log
        with open(log, "wb") as output:
            self.child = subprocess.Popen(
                command, stdout=output, stderr=output, cwd=log.parent, stdin=subprocess.DEVNULL,
                start_new_session=True, **as_user(user))

    def wait_for_port(self, port):
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            if self.child.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError(f"{self.child.args[0]} does not listen:\n" +
                           self.log.read_text(errors="replace")[-2000:])

    def stop(self, how=signal.SIGTERM):
        stop_child(self.child, how)


def package_version(name):
    done = subprocess.run(["dpkg-query", "-W", "-f=${Version}", name], capture_output=True,
                          text=True)
    return done.stdout.strip()
