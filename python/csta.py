"""A CSTA client in one file, with nothing but Python's standard library (3.9 or later).

It speaks CSTA Phase III as XML over TCP (ECMA-323, Annex J.2):

    with csta.connect("127.0.0.1", 3000) as switch:
        switch.monitor("1000")
        call = switch.make_call("1000", "1001")
        for event in switch.events(timeout=60):
            print(event.name, event.text("cause"))

A request waits for its answer; events that come meanwhile are kept for events(). The
server's own requests, its heartbeat among them, are answered while either waits. A client
belongs to one thread.
"""

import collections
import socket
import ssl
import struct
import time
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

NAMESPACE = "http://www.ecma-international.org/standards/ecma-323/csta/ed4"
SESSIONS = "http://www.ecma-international.org/standards/ecma-354/appl_session"

# The header of a frame: two zero octets, the length with the header, the invoke ID in
# four digits. 9999 is for events.
HEADER = struct.Struct(">HH4s")
LAST_INVOKE = 9998


class Error(Exception):
    """The server refused: category and value are those of ECMA-269 12.2.8."""

    def __init__(self, service, category, value):
        super().__init__(f"{service}: {category} {value}".rstrip())
        self.service, self.category, self.value = service, category, value


class Closed(Exception):
    """The connection has ended. Monitors have ended with it, unless we had logged in and come
    back by log_in: connect, start them again and take snapshots."""


class Message:
    """A document of the server: name is that of its root element, root the element."""

    def __init__(self, document):
        self.document = document
        self.root = ET.fromstring(document)
        self.name = _local(self.root)

    def find(self, *path):
        """The element below those of the path, by names without namespaces; None if absent."""
        at = self.root
        for name in path:
            at = next((child for child in at if _local(child) == name), None)
            if at is None:
                return None
        return at

    def text(self, *path):
        """The text of that element and of those in it; "" if it is absent."""
        at = self.find(*path)
        return "" if at is None else "".join(at.itertext()).strip()

    def connection(self, *path):
        """The connection there as (callID, deviceID)."""
        return self.text(*path, "callID"), self.text(*path, "deviceID")

    @property
    def monitor(self):
        """The identifier of the monitor whose event this is."""
        return self.text("monitorCrossRefID")


def _local(element):
    return element.tag.rsplit("}", 1)[-1]


def element(name, content):
    """An element with text in it."""
    return f"<{name}>{escape(str(content))}</{name}>"


def device(name, number):
    """An element that holds a device: "1000", "queue:9500", "trunk:20"."""
    for kind, prefix in (("queue:", "02"), ("trunk:", "01")):
        if number.startswith(kind):
            number = prefix + number[len(kind):]
            return f'<{name} typeOfNumber="deviceNumber">{escape(number)}</{name}>'
    return f'<{name} typeOfNumber="dialingNumber">{escape(number)}</{name}>'


def connection(name, at):
    """An element that holds a connection, (callID, deviceID)."""
    return f"<{name}>{element('callID', at[0])}{element('deviceID', at[1])}</{name}>"


def connect(host, port=3000, tls=None, timeout=10):
    """Connects; tls is an ssl.SSLContext, or True for the usual one."""
    conn = socket.create_connection((host, port), timeout)
    if tls:
        context = ssl.create_default_context() if tls is True else tls
        conn = context.wrap_socket(conn, server_hostname=host)
    return Client(conn, timeout)


class Client:
    """One connection. timeout is how many seconds an answer may take."""

    def __init__(self, conn, timeout=10):
        self._conn, self._timeout = conn, timeout
        self._invoke, self._received = -1, b""
        self._events = collections.deque()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._conn.close()

    def request(self, service, content="", namespace=NAMESPACE):
        """Sends a service with its content, XML, and returns the answer. Raises Error if it
        is a negative one."""
        self._invoke = (self._invoke + 1) % (LAST_INVOKE + 1)
        invoke = b"%04d" % self._invoke
        self._send(invoke, f'<?xml version="1.0" encoding="UTF-8"?><{service} xmlns="{namespace}">{content}</{service}>')
        deadline = time.monotonic() + self._timeout
        while True:
            answered, message = self._read(deadline)
            if message is None:
                raise TimeoutError(f"{service}: no answer")
            if answered == invoke and (message.name == "CSTAErrorCode" or message.name.endswith("Response")):
                break
            self._take(answered, message)
        if message.name == "CSTAErrorCode":
            category = next(iter(message.root), message.root)
            raise Error(service, _local(category), "".join(category.itertext()).strip())
        if message.name.endswith("NegResponse"):
            raise Error(service, "refused", "".join(message.root.itertext()).strip())
        return message

    def events(self, timeout=None):
        """What the server tells, as it comes: events, and requests such as MonitorStop. It
        ends when there was nothing of the kind for timeout seconds."""
        while True:
            deadline = None if timeout is None else time.monotonic() + timeout
            while not self._events:
                invoke, message = self._read(deadline)
                if message is None:
                    return
                self._take(invoke, message)
            yield self._events.popleft()

    # Services; each raises Error if it is refused.

    def log_in(self, user, password, duration=86400, session=None):
        """Says who we are to a server with applications (ECMA-354), for so many seconds;
        returns the session's identifier, by which prolong goes on. With that of a session
        whose connection was lost we are back in it, monitors and all: events() has what was
        missed. Raises Error if it is there no more: then log in without it, and start anew."""
        login = element("userName", user) + element("password", password)
        if session:
            login += element("sessionID", session)
        answer = self.request("StartApplicationSession", "<applicationInfo>" + element("applicationID", "csta.py") +
                              f"<applicationSpecificInfo><SessionLoginInfo>{login}</SessionLoginInfo></applicationSpecificInfo></applicationInfo>"
                              "<requestedProtocolVersions>" + element("protocolVersion", NAMESPACE) + "</requestedProtocolVersions>" +
                              element("requestedSessionDuration", duration), SESSIONS)
        return answer.text("sessionID")

    def prolong(self, session, duration=86400):
        """Has the login last for so many seconds from now on."""
        self.request("ResetApplicationSessionTimer", element("sessionID", session) + element("requestedSessionDuration", duration), SESSIONS)

    def monitor(self, number):
        """Starts a monitor and returns its identifier, which its events bear."""
        answer = self.request("MonitorStart", "<monitorObject>" + device("deviceObject", number) + "</monitorObject>")
        return answer.text("monitorCrossRefID")

    def make_call(self, calling, called, prompt=True):
        """Has a device call another one and returns its connection. With prompt its phone
        rings first, else it is asked to go off hook by itself."""
        answer = self.request("MakeCall", device("callingDevice", calling) + device("calledDirectoryNumber", called) +
                              element("autoOriginate", "prompt" if prompt else "doNotPrompt"))
        return answer.connection("callingDevice")

    def answer(self, at):
        """Answers a connection that rings."""
        self.request("AnswerCall", connection("callToBeAnswered", at))

    def clear(self, at):
        """Takes a device out of its call."""
        self.request("ClearConnection", connection("connectionToBeCleared", at))

    def hold(self, at):
        self.request("HoldCall", connection("callToBeHeld", at))

    def retrieve(self, at):
        self.request("RetrieveCall", connection("callToBeRetrieved", at))

    def calls(self, number):
        """The calls of a device: its connection in each, and the state of that."""
        answer = self.request("SnapshotDevice", device("snapshotObject", number))
        found = []
        for info in answer.root.iter():
            if _local(info) == "snapshotDeviceResponseInfo":
                first = {}
                for e in info.iter():
                    first.setdefault(_local(e), e.text or "")
                found.append(((first["callID"], first.get("deviceID", "")), first.get("localConnectionState", "unknown")))
        return found

    def _take(self, invoke, message):
        if message.name.endswith("Response") or message.name == "CSTAErrorCode":
            return  # of a request that was given up
        if not message.name.endswith("Event"):
            namespace = message.root.tag[1:].split("}")[0] if message.root.tag.startswith("{") else ""
            self._send(invoke, f'<{message.name}Response xmlns="{namespace}"/>')
        if message.name != "SystemStatus":
            self._events.append(message)

    def _send(self, invoke, document):
        body = document.encode()
        if HEADER.size + len(body) > 0xFFFF:
            raise ValueError("the message does not fit into a frame")
        self._conn.settimeout(self._timeout)
        self._conn.sendall(HEADER.pack(0, HEADER.size + len(body), invoke) + body)

    def _read(self, deadline):
        """The next frame; (None, None) if the deadline is over. What has come of a frame
        stays for the next time."""
        while True:
            if len(self._received) >= HEADER.size:
                zero, length, invoke = HEADER.unpack_from(self._received)
                if zero or length <= HEADER.size:
                    raise Closed("the server does not speak CSTA")
                if len(self._received) >= length:
                    body, self._received = self._received[HEADER.size:length], self._received[length:]
                    return invoke, Message(body)
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return None, None
            self._conn.settimeout(left)
            try:
                octets = self._conn.recv(65536)
            except socket.timeout:
                return None, None
            if not octets:
                raise Closed("the server has closed the connection")
            self._received += octets
