"""Tells what a Robot Framework run does, one JSON line an event.

Robot Framework loads this file with ``--listener``. Each event is one unbuffered write of one whole
line to ``events.jsonl`` in the workspace, with a running number ``n``, in the shape that goes over
the wire (only ``n``, ``load`` and the kinds ``open`` and ``close`` stay on this computer). A failing
write never ends the run: the numbers go on, and their gap shows what is missing.

Standard library only. It never reads the ``id`` of a keyword's result, which Robot Framework would
look up in the parent's list at a cost that grows with that list.
"""

import html
import json
import os
import re
import sys
import time

TEXT_BYTES = 65536
EVENT_BYTES = 2 * TEXT_BYTES

TYPES = {
    "KEYWORD": "keyword",
    "SETUP": "setup",
    "TEARDOWN": "teardown",
    "FOR": "for",
    "WHILE": "while",
    "ITERATION": "iteration",
    "IF/ELSE ROOT": "if",
    "IF": "branch",
    "ELSE IF": "branch",
    "ELSE": "branch",
    "TRY/EXCEPT ROOT": "try",
    "TRY": "branch",
    "EXCEPT": "branch",
    "FINALLY": "branch",
    "GROUP": "group",
    "RETURN": "return",
    "BREAK": "break",
    "CONTINUE": "continue",
    "VAR": "var",
    "ERROR": "error",
}
NAMED = ("KEYWORD", "SETUP", "TEARDOWN")
ROOTS = {"IF/ELSE ROOT": "IF", "TRY/EXCEPT ROOT": "TRY"}
LEVELS = {
    "TRACE": "trace",
    "DEBUG": "debug",
    "INFO": "info",
    "WARN": "warn",
    "ERROR": "error",
    "FAIL": "error",
    "SKIP": "warn",
}


class arkwright_listener:
    ROBOT_LISTENER_API_VERSION = 3

    def __init__(self):
        workspace = os.environ["ARKWRIGHT_WORKSPACE"]
        self.path = os.path.join(workspace, "events.jsonl")
        self.pid = os.getpid()
        self.encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
        self.n = 0
        self.step = int(os.environ.get("ARKWRIGHT_STEPS", "0"))
        self.stack = []
        self.second = -1
        self.prefix = ""
        self.last_message = None
        self.torn = False
        self.fd = -1
        self.file = None
        self._open()
        self._write({"kind": "open", "at": self._now()})
        _silence_console()

    # What Robot Framework calls.

    def start_suite(self, data, result):
        self._start("suite", result.name, None, None, None, None)

    def end_suite(self, data, result):
        self._end(result)

    def start_test(self, data, result):
        self._start("task", result.name, None, None, data.lineno, data.error)

    def end_test(self, data, result):
        self._end(result)

    def start_body_item(self, data, result):
        kind = result.type
        library = args = error = None
        if kind in NAMED:
            name = result.name
            library = result.owner
            args = result.args
        elif kind == "ITERATION":
            # That of a WHILE has the attribute too, and warns when it is read.
            loop = type(result).__name__ == "ForIteration"
            name = ", ".join("%s = %s" % pair for pair in result.assign.items()) if loop else ""
        else:
            name = ROOTS.get(kind) or " ".join(str(data).split("    "))
            error = getattr(data, "error", None)
        self._start(TYPES.get(kind, kind.lower()), name or "", library, args, data.lineno, error)

    def end_body_item(self, data, result):
        self._end(result)

    def log_message(self, message):
        self.last_message = (message.level, message.message)
        self._log(message, False)

    def message(self, message):
        if message.level not in ("WARN", "ERROR"):
            return
        # What was logged by a keyword comes here a second time.
        if self.last_message == (message.level, message.message):
            self.last_message = None
            return
        self._log(message, message.level == "ERROR")

    def close(self):
        self._write({"kind": "close", "at": self._now()})
        try:
            os.fsync(self.fd)
        except OSError:
            pass

    # The shapes of the events.

    def _start(self, kind, name, library, args, line, error):
        self.step = step = self.step + 1
        event = {"kind": "stepStarted", "at": self._now(), "step": step}
        if self.stack:
            event["parent"] = self.stack[-1]
        self.stack.append(step)
        event["type"] = kind
        left = EVENT_BYTES
        event["name"] = name = self._text(name, left)
        left -= _size(name)
        if library:
            event["library"] = library = self._text(library, left)
            left -= _size(library)
        if args:
            shown = []
            for arg in args:
                if left <= 0:
                    break
                arg = self._text(arg if isinstance(arg, str) else str(arg), left)
                left -= _size(arg)
                shown.append(arg)
            event["args"] = shown
        if line and line > 0:
            event["line"] = line
        if error:
            event["load"] = True
        self._write(event)

    def _end(self, result):
        if not self.stack:
            return
        event = {
            "kind": "stepEnded",
            "at": self._now(),
            "step": self.stack.pop(),
            "status": result.status.lower().replace(" ", "_"),
            "elapsedMs": max(0, int(result.elapsed_time.total_seconds() * 1000)),
        }
        if result.message:
            event["message"] = self._text(result.message)
        self._write(event)

    def _log(self, message, load):
        event = {"kind": "log", "at": self._now()}
        if self.stack:
            event["step"] = self.stack[-1]
        event["level"] = LEVELS.get(message.level, message.level.lower())
        text = message.message
        if message.html:
            text = _plain(text)
        text = self._masked(text)
        event["text"] = shown = _cut(text)
        if shown is not text and len(shown) != len(text):
            event["textBytes"] = len(text.encode("utf-8", "replace"))
        if load:
            event["load"] = True
        self._write(event)

    # Texts.

    def _text(self, text, left=TEXT_BYTES):
        return _cut(self._masked(text), min(left, TEXT_BYTES))

    def _masked(self, text):
        secrets = sys.modules.get("arkwright_secrets")
        if secrets is not None:
            for value in secrets.VALUES:
                if value in text:
                    text = text.replace(value, "***")
        return text

    def _now(self):
        now = time.time()
        second = int(now)
        if second != self.second:
            self.second = second
            self.prefix = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return "%s.%03dZ" % (self.prefix, int((now - second) * 1000))

    # The file.

    def _open(self):
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        flags |= getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        self.fd = os.open(self.path, flags, 0o600)
        found = os.fstat(self.fd)
        self.file = (found.st_dev, found.st_ino)

    def _write(self, event):
        # A child that the robot forked has this listener too; its numbers would collide.
        if os.getpid() != self.pid:
            return
        self.n = event["n"] = self.n + 1
        line = self.encode(event)
        try:
            line = line.encode("utf-8")
        except UnicodeEncodeError:
            line = re.sub("[\ud800-\udfff]", "\ufffd", line).encode("utf-8")
        line = b"\n" + line + b"\n" if self.torn else line + b"\n"
        try:
            # A robot may close our file, and the number may then name one of its own.
            found = os.fstat(self.fd)
            if (found.st_dev, found.st_ino) != self.file:
                self._open()
        except OSError:
            try:
                self._open()
            except OSError:
                return
        try:
            self.torn = os.write(self.fd, line) != len(line)
        except OSError:
            pass


def _cut(text, limit=TEXT_BYTES):
    if len(text) * 4 <= limit:
        return text
    data = text.encode("utf-8", "replace")
    if len(data) <= limit:
        return text
    return data[: max(limit, 0)].decode("utf-8", "ignore")


def _size(text):
    return len(text.encode("utf-8", "replace"))


def _plain(text):
    text = re.sub(r"(?i)<(br|/p|/tr|/div|/li|hr)\b[^>]*>", "\n", text)
    return html.unescape(re.sub(r"(?s)<[^>]*>", "", text)).strip()


def _silence_console():
    """Warnings and errors are events from here on; the console would repeat them on stderr."""
    try:
        from robot.output import LOGGER

        LOGGER.unregister_console_logger()
    except Exception:
        pass
