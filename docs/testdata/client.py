"""What csta.py promises, against a simulated switch with an application and a heartbeat."""
import os
import socket
import threading
import time

import csta


def refused(call, *value):
    try:
        call()
    except csta.Error as error:
        assert (error.category, error.value) == value, error
    else:
        raise AssertionError("not refused")


host, _, port = os.environ["CSTA_SERVER"].rpartition(":")
with csta.connect(host, int(port)) as switch:
    refused(lambda: switch.monitor("1000"), "operation", "securityViolation")
    try:
        switch.log_in("dialler", "wrong")
        raise AssertionError("logged in")
    except csta.Error as error:
        assert "invalidApplicationInfo" in error.value, error.value
    session = switch.log_in("dialler", "the <secret>")
    switch.prolong(session)
    refused(lambda: switch.monitor("4711"), "operation", "invalidDeviceID")
    queue, monitor = switch.monitor("queue:9500"), switch.monitor("1010")
    assert queue != monitor
    call, _ = switch.make_call("1000", "1010", prompt=False)
    for event in switch.events(timeout=10):
        if event.name == "DeliveredEvent":
            break
    assert event.monitor == monitor and event.connection("connection") == (call, "1010")
    assert event.text("callingDevice") == "1000" and event.text("nothing", "there") == ""
    (at, state), = switch.calls("1010")
    assert state == "alerting", state
    switch.answer(at)
    switch.hold(at)
    (at, state), = switch.calls("1010")
    assert state == "hold", state
    switch.retrieve(at)
    switch.clear(at)
    names = [event.name for event in switch.events(timeout=1)]
    assert names[:1] == ["EstablishedEvent"] and "HeldEvent" in names and names[-1] == "ConnectionClearedEvent", names
    # Three heartbeats would be too many to leave unanswered.
    until = time.monotonic() + 4
    while time.monotonic() < until:
        assert [event.name for event in switch.events(timeout=1.5)] == []
    assert switch.calls("1010") == []

# Who loses his connection comes back to what he has missed.
away = csta.connect(host, int(port))
session = away.log_in("dialler", "the <secret>")
monitor = away.monitor("1011")
away.close()
with csta.connect(host, int(port)) as switch:
    switch.log_in("dialler", "the <secret>")
    call, _ = switch.make_call("1000", "1011", prompt=False)
    until = time.monotonic() + 10
    while not switch.calls("1011") and time.monotonic() < until:
        time.sleep(0.05)
    switch.clear((call, "1000"))
with csta.connect(host, int(port)) as switch:
    assert switch.log_in("dialler", "the <secret>", session=session) == session
    names = [event.name for event in switch.events(timeout=1) if event.monitor == monitor]
    assert names[-1:] == ["ConnectionClearedEvent"], names
with csta.connect(host, int(port)) as switch:
    try:
        switch.log_in("dialler", "the <secret>", session="none")
        raise AssertionError("logged in")
    except csta.Error as error:
        assert "invalidApplicationInfo" in error.value, error.value

# A server that says nothing, says it in pieces, speaks something else, or goes.
listener = socket.create_server(("127.0.0.1", 0))


def serve(*pieces):
    conn, _ = listener.accept()
    for piece in pieces:
        conn.sendall(piece)
        time.sleep(0.05)
    conn.recv(65536)
    conn.close()


def against(*pieces):
    threading.Thread(target=serve, args=pieces, daemon=True).start()
    return csta.connect(*listener.getsockname(), timeout=0.5)


with against() as switch:
    try:
        switch.request("RequestSystemStatus")
        raise AssertionError("answered")
    except (TimeoutError, csta.Closed):
        pass
event = b"<DeliveredEvent><cause>newCall</cause></DeliveredEvent>"
frame = csta.HEADER.pack(0, 8 + len(event), b"9999") + event
with against(frame[:3], frame[3:20], frame[20:] + frame) as switch:
    assert [e.text("cause") for e in switch.events(timeout=0.5)] == ["newCall", "newCall"]
with against(b"HTTP/1.1 400 Bad Request\r\n") as switch:
    try:
        list(switch.events(timeout=1))
        raise AssertionError("read")
    except csta.Closed:
        pass
