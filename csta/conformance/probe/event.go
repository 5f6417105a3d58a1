package probe

import (
	"context"
	"fmt"

	"github.com/beevik/etree"
)

// Device is a device identifier as it stands in a message.
type Device struct {
	// Number is the identifier; for the alternatives without one it is empty
	// and Form names the alternative (notKnown, notRequired, …). Form is
	// "absent" if the element is not there at all.
	Number string
	// Type is typeOfNumber, dialingNumber if left out.
	Type string
	Form string
}

// Connection is a connection identifier.
type Connection struct {
	CallID string
	Device Device
}

// Event is an event message, parsed as far as the scenarios look at it.
type Event struct {
	*Message
	CrossRef string
	// Subject is the connection that changed.
	Subject Connection
	// By is the device named beside the subject: initiating, originating,
	// alerting, answering, releasing, failing device.
	By              Device
	Calling, Called Device
	Redirection     Device
	Cause           string
	Local           string
}

// absent is the Form of a device that is not in the message.
const absent = "absent"

// roles says, for each event, which child is the subject connection and which
// the device named beside it (ECMA-269 17.2).
var roles = map[string]struct{ subject, by string }{
	"ServiceInitiatedEvent": {"initiatedConnection", "initiatingDevice"},
	// originatingDevice is optional and says nothing new.
	"OriginatedEvent":        {"originatedConnection", ""},
	"DeliveredEvent":         {"connection", "alertingDevice"},
	"EstablishedEvent":       {"establishedConnection", "answeringDevice"},
	"ConnectionClearedEvent": {"droppedConnection", "releasingDevice"},
	"FailedEvent":            {"failedConnection", "failingDevice"},
	"HeldEvent":              {"heldConnection", "holdingDevice"},
	"RetrievedEvent":         {"retrievedConnection", "retrievingDevice"},
	"QueuedEvent":            {"queuedConnection", "queue"},
	"DivertedEvent":          {"connection", "divertingDevice"},
	"NetworkReachedEvent":    {"outboundConnection", "networkInterfaceUsed"},
	"TransferedEvent":        {"primaryOldCall", "transferringDevice"},
	"ConferencedEvent":       {"primaryOldCall", "conferencingDevice"},
	"PlayEvent":              {"connection", ""},
	"RecordEvent":            {"connection", ""},
	"StopEvent":              {"connection", ""},
	"DtmfDetectedEvent":      {"overConnection", ""},
	"CallClearedEvent":       {"clearedCall", ""},
	"OutOfServiceEvent":      {"", "device"},
	"BackInServiceEvent":     {"", "device"},
}

// ParseEvent reads an event message.
func ParseEvent(m *Message) *Event {
	role := roles[m.Name()]
	e := &Event{
		Message:     m,
		CrossRef:    m.Value("monitorCrossRefID"),
		By:          deviceAt(m.Root, role.by),
		Calling:     deviceAt(m.Root, "callingDevice"),
		Called:      deviceAt(m.Root, "calledDevice"),
		Redirection: deviceAt(m.Root, "lastRedirectionDevice"),
		Cause:       m.Value("cause"),
		Local:       m.Value("localConnectionInfo"),
	}
	if c := child(m.Root, role.subject); role.subject != "" && c != nil {
		e.Subject = connectionOf(c)
	}
	return e
}

func deviceAt(root *etree.Element, tag string) Device {
	e := child(root, tag)
	if tag == "" || e == nil {
		return Device{Form: absent}
	}
	return deviceOf(e)
}

// deviceOf reads both forms: plain text, and the wrapped one.
func deviceOf(e *etree.Element) Device {
	for _, inner := range e.ChildElements() {
		switch inner.Tag {
		case "deviceIdentifier", "numberDialed":
			return plain(inner)
		default:
			return Device{Form: inner.Tag}
		}
	}
	return plain(e)
}

func plain(e *etree.Element) Device {
	return Device{Number: value(e), Type: e.SelectAttrValue("typeOfNumber", "dialingNumber")}
}

func connectionOf(e *etree.Element) Connection {
	c := Connection{CallID: value(e, "callID")}
	if d := child(e, "deviceID"); d != nil {
		c.Device = plain(d)
	}
	return c
}

// DeviceIn reads the device that is the child of that name, in either form.
func (m *Message) DeviceIn(tag string) Device { return deviceAt(m.Root, tag) }

// ConnectionAt reads the connection identifier at a path of an answer.
func (m *Message) ConnectionAt(path ...string) (Connection, bool) {
	e := find(m.Root, path...)
	if e == nil {
		return Connection{}, false
	}
	return connectionOf(e), true
}

// Item is one entry of a connection list.
type Item struct {
	New, Old Connection
	// NID is the network interface that stands for an outside endpoint.
	NID Device
}

// Items are the entries of the connection list that is the child of that name.
func (m *Message) Items(list string) []Item {
	e := child(m.Root, list)
	if e == nil {
		return nil
	}
	var items []Item
	for _, entry := range e.ChildElements() {
		var item Item
		if c := child(entry, "newConnection"); c != nil {
			item.New = connectionOf(c)
		}
		if c := child(entry, "oldConnection"); c != nil {
			item.Old = connectionOf(c)
		}
		if c := find(entry, "associatedNID", "deviceID"); c != nil {
			item.NID = plain(c)
		}
		items = append(items, item)
	}
	return items
}

// DeviceAt reads the plain device identifier at a path of local names.
func (m *Message) DeviceAt(path ...string) Device {
	e := find(m.Root, path...)
	if e == nil {
		return Device{Form: absent}
	}
	return plain(e)
}

// Error is the value of a negative answer as category/value; "" for a positive
// one.
func (m *Message) Error() string {
	if m.Name() != "CSTAErrorCode" {
		return ""
	}
	for _, e := range m.Root.ChildElements() {
		return e.Tag + "/" + value(e)
	}
	return "empty CSTAErrorCode"
}

// Monitor is the stream of events of one monitor.
type Monitor struct {
	client *Client
	// CrossRef is the monitorCrossRefID, Device what is monitored.
	CrossRef string
	Device   Device

	events  []*Event
	read    int
	changed chan struct{}
}

// monitor finds or makes the stream of a cross reference; c.mu is held. An
// event may overtake the goroutine that asked for the monitor.
func (c *Client) monitor(crossRef string) *Monitor {
	m := c.monitors[crossRef]
	if m == nil {
		m = &Monitor{client: c, CrossRef: crossRef, changed: make(chan struct{})}
		c.monitors[crossRef] = m
	}
	return m
}

func (m *Monitor) wake() {
	close(m.changed)
	m.changed = make(chan struct{})
}

// Next waits for the next event that Next has not returned before.
func (m *Monitor) Next(ctx context.Context) (*Event, error) {
	for {
		m.client.mu.Lock()
		if m.read < len(m.events) {
			e := m.events[m.read]
			m.read++
			m.client.mu.Unlock()
			return e, nil
		}
		changed, err := m.changed, m.client.err
		m.client.mu.Unlock()
		if err != nil {
			return nil, fmt.Errorf("monitor on %s: %w", m.Device.Number, err)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, fmt.Errorf("monitor on %s: no event: %w", m.Device.Number, ctx.Err())
		}
	}
}

// Last is the event that Next returned last; nil if there is none.
func (m *Monitor) Last() *Event {
	m.client.mu.Lock()
	defer m.client.mu.Unlock()
	if m.read == 0 {
		return nil
	}
	return m.events[m.read-1]
}

// Unread are the events that Next has not returned yet.
func (m *Monitor) Unread() []*Event {
	m.client.mu.Lock()
	defer m.client.mu.Unlock()
	return append([]*Event(nil), m.events[m.read:]...)
}

// Client is the monitor's connection.
func (m *Monitor) Client() *Client { return m.client }
