"""Keywords that do what robots should not."""

import os
import signal
import subprocess
import sys
import time

OUTPUT = os.path.join(os.environ["ARKWRIGHT_WORKSPACE"], "output")

STUBBORN = """
import os, signal, sys, time
for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(name, signal.SIG_IGN)
with open(sys.argv[1] + ".new", "w") as file:
    file.write("%d\\n" % os.getpid())
os.rename(sys.argv[1] + ".new", sys.argv[1])
time.sleep(600)
"""


def say(name, text="1"):
    path = os.path.join(OUTPUT, name)
    with open(path, "a") as file:
        file.write(str(text) + "\n")


def nap(seconds=600):
    time.sleep(float(seconds))


def swallow():
    while True:
        try:
            time.sleep(0.05)
        except Exception:
            pass


def start_stubborn(name):
    subprocess.Popen(
        [sys.executable, "-c", STUBBORN, os.path.join(OUTPUT, name)],
        start_new_session=True,
    )
    _wait_for(name)


def daemonise(name):
    """A child that nothing leads back to: no parent, no session, no environment, no file."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.chdir("/")
            os.closerange(0, 256)
            path = os.path.join(OUTPUT, name)
            os.execve(sys.executable, [sys.executable, "-c", STUBBORN, path], {})
        os._exit(0)
    _wait_for(name)


def leave(code):
    os._exit(int(code))


def kill_self():
    os.kill(os.getpid(), signal.SIGKILL)


def close_files():
    os.closerange(3, 256)
    keep = [open(os.path.join(OUTPUT, "own-%d" % n), "w") for n in range(20)]
    return len(keep)


def print_much(megabytes):
    line = b"x" * 99 + b"\n"
    for _ in range(int(megabytes)):
        os.write(1, line * 10000)


def write_into_events():
    with open(os.path.join(os.environ["ARKWRIGHT_WORKSPACE"], "events.jsonl"), "ab") as file:
        file.write(b'{"kind":"artifact","artifactId":"x"}\n\xff\xfe not ours\n')
        file.write(b"y" * 3000000 + b"\n")


def environment_and_arguments():
    with open("/proc/self/environ", "rb") as file:
        environment = file.read()
    with open("/proc/self/cmdline", "rb") as file:
        arguments = file.read()
    return (environment + arguments).decode("utf-8", "replace")


def _wait_for(name):
    path = os.path.join(OUTPUT, name)
    while not os.path.exists(path):
        time.sleep(0.01)
