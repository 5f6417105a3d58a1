package probe

import (
	"context"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
)

// RefusedError is a negative answer.
type RefusedError struct {
	// Value is category/value, e.g. operation/invalidDeviceID.
	Value string
}

func (e *RefusedError) Error() string { return "refused: " + e.Value }

// Escape makes text safe between XML tags.
func Escape(s string) string {
	var b strings.Builder
	// A strings.Builder takes everything.
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}

// Element is <tag>text</tag> with the text escaped; "" if the text is empty.
func Element(tag, text string) string {
	if text == "" {
		return ""
	}
	return "<" + tag + ">" + Escape(text) + "</" + tag + ">"
}

// DeviceElement is a plain device identifier.
func DeviceElement(tag string, d Device) string {
	attribute := ""
	if d.Type != "" && d.Type != "dialingNumber" {
		attribute = fmt.Sprintf(" typeOfNumber=%q", d.Type)
	}
	return "<" + tag + attribute + ">" + Escape(d.Number) + "</" + tag + ">"
}

// ConnectionElement is a connection identifier.
func ConnectionElement(tag string, c Connection) string {
	inner := Element("callID", c.CallID)
	if c.Device.Number != "" {
		inner += DeviceElement("deviceID", c.Device)
	}
	return "<" + tag + ">" + inner + "</" + tag + ">"
}

// Document puts children into a root element in the client's namespace.
func (c *Client) Document(root, children string) string {
	attribute := ""
	if c.namespace != "" {
		attribute = fmt.Sprintf(" xmlns=%q", c.namespace)
	}
	return `<?xml version="1.0" encoding="UTF-8"?><` + root + attribute + ">" + children + "</" + root + ">"
}

// Do sends a request and returns its positive answer; a negative one is a
// *RefusedError.
func (c *Client) Do(ctx context.Context, root, children string) (*Message, error) {
	answer, err := c.Request(ctx, c.Document(root, children))
	if err != nil {
		return nil, err
	}
	if refused := answer.Error(); refused != "" {
		return answer, &RefusedError{refused}
	}
	if want := root + "Response"; answer.Name() != want {
		return answer, fmt.Errorf("CSTA client: %s was answered with %s", root, answer.Name())
	}
	return answer, nil
}

// MonitorStart starts a monitor on a device. filtered are the call control
// events that are not wanted, by their names in the monitor filter.
func (c *Client) MonitorStart(ctx context.Context, d Device, filtered ...string) (*Monitor, error) {
	children := "<monitorObject>" + DeviceElement("deviceObject", d) + "</monitorObject>" + filter("requestedMonitorFilter", filtered)
	answer, err := c.Do(ctx, "MonitorStart", children)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.monitor(answer.Value("monitorCrossRefID"))
	m.Device = d
	return m, nil
}

// MonitorCall starts a monitor on the call of a connection.
func (c *Client) MonitorCall(ctx context.Context, id Connection) (*Monitor, error) {
	answer, err := c.Do(ctx, "MonitorStart", "<monitorObject>"+ConnectionElement("callObject", id)+"</monitorObject>")
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.monitor(answer.Value("monitorCrossRefID")), nil
}

func filter(tag string, events []string) string {
	if len(events) == 0 {
		return ""
	}
	var calls, devices strings.Builder
	for _, e := range events {
		if e == "doNotDisturb" || e == "forwarding" {
			devices.WriteString(Element(e, "true"))
		} else {
			calls.WriteString(Element(e, "true"))
		}
	}
	return "<" + tag + "><callcontrol>" + calls.String() + "</callcontrol>" +
		"<logicalDeviceFeature>" + devices.String() + "</logicalDeviceFeature></" + tag + ">"
}

// MonitorStop stops a monitor.
func (c *Client) MonitorStop(ctx context.Context, crossRef string) error {
	_, err := c.Do(ctx, "MonitorStop", Element("monitorCrossRefID", crossRef))
	return err
}

// Ways to make a call.
const (
	Prompt      = "prompt"
	DoNotPrompt = "doNotPrompt"
)

// MakeCall asks for a call; it returns the calling device's connection.
func (c *Client) MakeCall(ctx context.Context, calling, called Device, originate string) (Connection, error) {
	answer, err := c.Do(ctx, "MakeCall", DeviceElement("callingDevice", calling)+
		DeviceElement("calledDirectoryNumber", called)+Element("autoOriginate", originate))
	if err != nil {
		return Connection{}, err
	}
	connection, ok := answer.ConnectionAt("callingDevice")
	if !ok {
		return Connection{}, fmt.Errorf("CSTA client: MakeCallResponse without callingDevice: %s", answer.Text)
	}
	return connection, nil
}

// AnswerCall asks for a connection to be answered.
func (c *Client) AnswerCall(ctx context.Context, id Connection) error {
	_, err := c.Do(ctx, "AnswerCall", ConnectionElement("callToBeAnswered", id))
	return err
}

// ClearConnection ends a connection.
func (c *Client) ClearConnection(ctx context.Context, id Connection) error {
	_, err := c.Do(ctx, "ClearConnection", ConnectionElement("connectionToBeCleared", id))
	return err
}

// SnapshotEntry is one connection of a device with the states of all its
// call's connections, its own first.
type SnapshotEntry struct {
	Connection Connection
	States     []string
}

// SnapshotDevice lists the calls of a device.
func (c *Client) SnapshotDevice(ctx context.Context, d Device) ([]SnapshotEntry, error) {
	answer, err := c.Do(ctx, "SnapshotDevice", DeviceElement("snapshotObject", d))
	if err != nil {
		return nil, err
	}
	return SnapshotOf(answer), nil
}

// SnapshotOf reads a SnapshotDeviceResponse.
func SnapshotOf(answer *Message) []SnapshotEntry {
	var entries []SnapshotEntry
	list := find(answer.Root, "crossRefIDorSnapshotData", "snapshotData")
	if list == nil {
		return nil
	}
	for _, info := range list.ChildElements() {
		var entry SnapshotEntry
		if id := child(info, "connectionIdentifier"); id != nil {
			entry.Connection = connectionOf(id)
		}
		if states := find(info, "localCallState", "compoundCallState"); states != nil {
			for _, s := range states.ChildElements() {
				entry.States = append(entry.States, value(s))
			}
		}
		entries = append(entries, entry)
	}
	return entries
}

// Endpoint is one connection in a Snapshot Call.
type Endpoint struct {
	Device     Device
	Connection Connection
	State      string
}

// SnapshotCall lists the connections of a call.
func (c *Client) SnapshotCall(ctx context.Context, id Connection) ([]Endpoint, error) {
	answer, err := c.Do(ctx, "SnapshotCall", ConnectionElement("snapshotObject", id))
	if err != nil {
		return nil, err
	}
	list := find(answer.Root, "crossRefIDorSnapshotData", "snapshotData")
	if list == nil {
		return nil, nil
	}
	var endpoints []Endpoint
	for _, info := range list.ChildElements() {
		e := Endpoint{Device: deviceAt(info, "deviceOnCall"), State: value(info, "localConnectionInfo")}
		if id := child(info, "callIdentifier"); id != nil {
			e.Connection = connectionOf(id)
		}
		endpoints = append(endpoints, e)
	}
	return endpoints, nil
}

// Devices asks for the list of devices, in the document's words (requestedDeviceID,
// requestedDeviceCategory), and returns them as "category number". The segments have to
// come in order, each as long as clients can read.
func (c *Client) Devices(ctx context.Context, children string) ([]string, error) {
	answer, err := c.Do(ctx, "GetSwitchingFunctionDevices", children)
	if err != nil {
		return nil, err
	}
	var devices []string
	for segment := 1; ; segment++ {
		var m *Message
		select {
		case m = <-c.Requests():
		case <-ctx.Done():
			return nil, fmt.Errorf("CSTA client: segment %d of the devices: %w", segment, ctx.Err())
		}
		switch {
		case m.Name() != "SwitchingFunctionDevices":
			segment--
			continue
		case m.Value("serviceCrossRefID") != answer.Value("serviceCrossRefID"), m.Value("segmentID") != strconv.Itoa(segment):
			return nil, fmt.Errorf("CSTA client: not segment %d of the devices: %s", segment, m.Text)
		case len(m.Text) > longestDocument:
			return nil, fmt.Errorf("CSTA client: a segment of %d bytes", len(m.Text))
		}
		for _, d := range find(m.Root, "deviceList").ChildElements() {
			devices = append(devices, value(d, "deviceCategory")+" "+value(d, "deviceID"))
		}
		if m.Value("lastSegment") == "true" {
			return devices, nil
		}
	}
}

// longestDocument is what clients can read that take the length for a signed number.
const longestDocument = 32767 - headerLength
