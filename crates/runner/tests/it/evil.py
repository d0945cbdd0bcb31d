"""Keywords that do what robots should not."""

import ctypes
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


def swallow(ready=None):
    while True:
        try:
            if ready:
                say(ready)
                ready = None
            time.sleep(0.05)
        except BaseException:
            pass


PAIR = """
import os, signal, sys, time
for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
    signal.signal(name, signal.SIG_IGN)
ours, other = sys.argv[1:]
with open(ours + ".new", "w") as file:
    file.write("%d\\n" % os.getpid())
os.rename(ours + ".new", ours)
def alive():
    try:
        with open("/proc/%s/stat" % open(other).read().strip()) as file:
            return file.read().rsplit(")")[1].split()[0] not in "ZX"
    except OSError:
        return False
while True:
    if not alive():
        if os.fork() == 0:
            os.setsid()
            os.execve(sys.executable, [sys.executable, "-c", SOURCE, other, ours], {})
        time.sleep(0.3)
    time.sleep(0.001)
"""

HOPPER = """
import os, signal, sys
for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
    signal.signal(name, signal.SIG_IGN)
while True:
    file = os.open(sys.argv[1] + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.write(file, b"%d\\n" % os.getpid())
    os.close(file)
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    if os.fork():
        os._exit(0)
    os.setsid()
"""


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


def start_pair(one, other):
    """Two that start each other again, each in a session of its own."""
    source = "SOURCE = %r\n" % PAIR
    source = source + PAIR.replace("SOURCE, other", "'SOURCE = %r\\n' % SOURCE + SOURCE, other")
    _start_hidden(source, one, other)
    _wait_for(other)


def start_hopper(name):
    """A process that is another one all the time."""
    _start_hidden(HOPPER, name)


def _start_hidden(source, *names):
    paths = [os.path.join(OUTPUT, name) for name in names]
    command = [sys.executable, "-c", source] + paths
    subprocess.Popen(command, start_new_session=True, cwd="/", env={})
    _wait_for(names[0])


def stay_in_machine_code(ready):
    """One call of C that holds the interpreter, ignores interrupts and never comes back."""
    command = "echo 1 > '%s'; exec sleep 600" % os.path.join(OUTPUT, ready)
    ctypes.PyDLL(None).system(command.encode())


def block_signals():
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())


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
