package ecma

// Snapshot services (ECMA-269 16).

// SnapshotDevice asks for the calls of a device.
type SnapshotDevice struct {
	Object DeviceID // snapshotObject
}

// Element implements Message.
func (*SnapshotDevice) Element() string { return "SnapshotDevice" }

func (m *SnapshotDevice) fields(c *codec) { c.device("snapshotObject", &m.Object, mandatory) }

// SnapshotDeviceResponse carries the calls or, if they do not fit into one
// message, the reference of the SnapshotDeviceData messages that do.
type SnapshotDeviceResponse struct {
	Calls             []SnapshotDeviceInfo
	ServiceCrossRefID string
}

// SnapshotDeviceInfo is one snapshotDeviceResponseInfo. States is
// compoundCallState: the device's own state first, then the others'. Without
// States localCallState is unknown.
type SnapshotDeviceInfo struct {
	Connection ConnectionID
	States     []LocalConnectionState
}

func (m *SnapshotDeviceInfo) content(c *codec) {
	c.connection("connectionIdentifier", &m.Connection, mandatory)
	if !c.enter("localCallState", mandatory, true) {
		return
	}
	if !c.reading() && len(m.States) == 0 {
		c.empty("unknown")
	} else {
		wrapped(c, "compoundCallState", "localConnectionState", optional, &m.States, stateContent)
	}
	if c.describes("unknown", Sign, optional) {
		c.describesEnum("simpleCallState", simpleCallStateValues, optional)
	} else if c.reading() && m.States == nil {
		m.States = simpleCallState(c)
	}
	c.leave("localCallState")
}

var simpleCallStateValues = func() enumeration {
	s := enumeration{}
	for value := range simpleCallStates {
		s[value] = struct{}{}
	}
	return s
}()

func stateContent(v *LocalConnectionState, c *codec) { textContent((*string)(v), c) }

// simpleCallStates are the values of simpleCallState as the device's own state
// and that of the other side.
var simpleCallStates = map[string][2]LocalConnectionState{
	"callNull":              {StateNull, StateNull},
	"callPending":           {StateInitiated, StateNull},
	"callOriginated":        {StateConnected, StateNull},
	"callDelivered":         {StateConnected, StateAlerting},
	"callDeliveredHeld":     {StateHold, StateAlerting},
	"callReceived":          {StateAlerting, StateConnected},
	"callEstablished":       {StateConnected, StateConnected},
	"callEstablishedHeld":   {StateHold, StateConnected},
	"callReceivedOnHold":    {StateAlerting, StateHold},
	"callEstablishedOnHold": {StateConnected, StateHold},
	"callQueued":            {StateConnected, StateQueued},
	"callQueuedHeld":        {StateHold, StateQueued},
	"callFailed":            {StateConnected, StateFail},
	"callFailedHeld":        {StateHold, StateFail},
	"callBlocked":           {StateFail, StateNull},
}

func simpleCallState(c *codec) []LocalConnectionState {
	e := c.child("simpleCallState", optional)
	if e == nil {
		return nil
	}
	states, ok := simpleCallStates[textOf(e)]
	if !ok {
		return nil
	}
	return states[:]
}

// snapshotData visits the choice of all snapshot responses.
func snapshotData[T any](c *codec, item string, items *[]T, serviceCrossRefID *string, visit func(*T, *codec)) {
	const name = "crossRefIDorSnapshotData"
	if !c.enter(name, mandatory, true) {
		return
	}
	if c.reading() || *serviceCrossRefID != "" {
		c.text("serviceCrossRefID", serviceCrossRefID, optional)
	}
	if c.reading() || *serviceCrossRefID == "" {
		if c.enter("snapshotData", written, true) {
			list(c, item, items, visit)
			c.leave("snapshotData")
		}
	}
	c.leave(name)
}

// Element implements Message.
func (*SnapshotDeviceResponse) Element() string { return "SnapshotDeviceResponse" }

func (m *SnapshotDeviceResponse) fields(c *codec) {
	snapshotData(c, "snapshotDeviceResponseInfo", &m.Calls, &m.ServiceCrossRefID, (*SnapshotDeviceInfo).content)
}

// SnapshotDeviceData carries a part of a snapshot. It has no response.
type SnapshotDeviceData struct {
	ServiceCrossRefID string
	SegmentID         Int // counts from 1
	LastSegment       bool
	Calls             []SnapshotDeviceInfo
}

// Element implements Message.
func (*SnapshotDeviceData) Element() string { return "SnapshotDeviceData" }

func (m *SnapshotDeviceData) fields(c *codec) {
	c.text("serviceCrossRefID", &m.ServiceCrossRefID, mandatory)
	c.integer("segmentID", &m.SegmentID, optional)
	c.flag("lastSegment", &m.LastSegment, mandatory)
	wrapped(c, "snapshotData", "snapshotDeviceResponseInfo", mandatory, &m.Calls, (*SnapshotDeviceInfo).content)
}

// SnapshotCall asks for the devices in a call.
type SnapshotCall struct {
	Object ConnectionID // snapshotObject
}

// Element implements Message.
func (*SnapshotCall) Element() string { return "SnapshotCall" }

func (m *SnapshotCall) fields(c *codec) { c.connection("snapshotObject", &m.Object, mandatory) }

// SnapshotCallResponse carries one entry per device in the call. If
// ServiceCrossRefID is set, they follow in other messages.
type SnapshotCallResponse struct {
	Endpoints               []SnapshotCallInfo
	ServiceCrossRefID       string
	CallingDevice           ExtendedDevice
	CalledDevice            ExtendedDevice
	AssociatedCallingDevice ExtendedDevice
	AssociatedCalledDevice  ExtendedDevice
	CorrelatorData          Data
	SubjectOfCall           string
}

// SnapshotCallInfo is one snapshotCallResponseInfo.
type SnapshotCallInfo struct {
	Device     ExtendedDevice // deviceOnCall
	Connection ConnectionID   // callIdentifier
	State      LocalConnectionState
}

func (m *SnapshotCallInfo) content(c *codec) {
	c.extended("deviceOnCall", &m.Device, mandatory)
	c.connection("callIdentifier", &m.Connection, optional)
	c.state("localConnectionInfo", &m.State, optional)
}

// Element implements Message.
func (*SnapshotCallResponse) Element() string { return "SnapshotCallResponse" }

func (m *SnapshotCallResponse) fields(c *codec) {
	snapshotData(c, "snapshotCallResponseInfo", &m.Endpoints, &m.ServiceCrossRefID, (*SnapshotCallInfo).content)
	c.extended("callingDevice", &m.CallingDevice, optional)
	c.extended("calledDevice", &m.CalledDevice, optional)
	c.extended("associatedCallingDevice", &m.AssociatedCallingDevice, optional)
	c.extended("associatedCalledDevice", &m.AssociatedCalledDevice, optional)
	c.correlatorData(&m.CorrelatorData)
	c.text("subjectOfCall", &m.SubjectOfCall, optional)
}
