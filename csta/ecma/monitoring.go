package ecma

// Monitoring services (ECMA-269 15).

// MonitorObject is the choice deviceObject | callObject.
type MonitorObject struct {
	Device DeviceID
	Call   ConnectionID
}

func (o *MonitorObject) content(c *codec) {
	if !c.reading() {
		if !o.Call.IsZero() {
			c.connection("callObject", &o.Call, mandatory)
		} else {
			c.device("deviceObject", &o.Device, mandatory)
		}
		return
	}
	if c.describing != nil {
		c.device("deviceObject", &o.Device, optional)
		c.connection("callObject", &o.Call, optional)
		return
	}
	if c.child("callObject", optional) != nil {
		c.connection("callObject", &o.Call, optional)
	} else if o.Device = c.readDevice(c.node); o.Device.IsZero() && c.child("deviceObject", optional) == nil {
		c.fail(c.node, "", ErrAtLeastOneConditionalParameterNotProvided, errNoChoice)
	}
}

var monitorTypes = setOf(MonitorDevice, MonitorCall)

// MonitorStart (ECMA-269 15.1.2) asks for the events of a device or a call. Some
// clients leave deviceObject out and put the number into monitorObject.
type MonitorStart struct {
	Object MonitorObject
	Filter MonitorFilter // requestedMonitorFilter
	Type   MonitorType
}

// Element implements Message.
func (*MonitorStart) Element() string { return "MonitorStart" }

func (m *MonitorStart) fields(c *codec) {
	nested(c, "monitorObject", &m.Object, mandatory, (*MonitorObject).content)
	c.filter("requestedMonitorFilter", &m.Filter, optional)
	c.enum("monitorType", (*string)(&m.Type), monitorTypes, optional, "")
}

// MonitorStartResponse is the positive response to MonitorStart.
type MonitorStartResponse struct {
	MonitorCrossRefID string
	ActualFilter      MonitorFilter // actualMonitorFilter
	// ExistingCalls is monitorExistingCalls; always sent.
	ExistingCalls bool
}

// Element implements Message.
func (*MonitorStartResponse) Element() string { return "MonitorStartResponse" }

func (m *MonitorStartResponse) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.filter("actualMonitorFilter", &m.ActualFilter, optional)
	c.flag("monitorExistingCalls", &m.ExistingCalls, optional)
}

// MonitorStop ends a monitor; the switching function may send it too.
type MonitorStop struct{ MonitorCrossRefID string }

// Element implements Message.
func (*MonitorStop) Element() string { return "MonitorStop" }

func (m *MonitorStop) fields(c *codec) { c.crossRef(&m.MonitorCrossRefID) }

// MonitorStopResponse is the positive response to MonitorStop.
type MonitorStopResponse struct{}

// Element implements Message.
func (*MonitorStopResponse) Element() string { return "MonitorStopResponse" }

func (*MonitorStopResponse) fields(*codec) {}

// ChangeMonitorFilter replaces the filter of a monitor.
type ChangeMonitorFilter struct {
	MonitorCrossRefID string
	Filter            MonitorFilter // requestedFilterList
}

// Element implements Message.
func (*ChangeMonitorFilter) Element() string { return "ChangeMonitorFilter" }

func (m *ChangeMonitorFilter) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.filter("requestedFilterList", &m.Filter, mandatory)
}

// ChangeMonitorFilterResponse is the positive response to ChangeMonitorFilter.
type ChangeMonitorFilterResponse struct {
	ActualFilter MonitorFilter // actualFilterList
}

// Element implements Message.
func (*ChangeMonitorFilterResponse) Element() string { return "ChangeMonitorFilterResponse" }

func (m *ChangeMonitorFilterResponse) fields(c *codec) {
	c.filter("actualFilterList", &m.ActualFilter, optional)
}

// GetMonitors (ECMA-269 15.1.4) asks which monitors the client has. Edition 3 has not got
// it.
type GetMonitors struct{}

// Element implements Message.
func (*GetMonitors) Element() string { return "GetMonitors" }

func (*GetMonitors) fields(*codec) {}

// MonitorListEntry is one monitor: what it is on is a device; for a monitor of a call it is
// the call's identifier, as a number of type other.
type MonitorListEntry struct {
	MonitorCrossRefID string
	Object            DeviceID
}

func (m *MonitorListEntry) content(c *codec) {
	c.text("monitorCrossRefID", &m.MonitorCrossRefID, mandatory)
	c.device("monitorObject", &m.Object, mandatory)
}

// GetMonitorsResponse is the positive response to GetMonitors. If ServiceCrossRefID is set,
// the monitors follow in MonitorInfo messages.
type GetMonitorsResponse struct {
	Monitors          []MonitorListEntry
	ServiceCrossRefID string
}

// Element implements Message.
func (*GetMonitorsResponse) Element() string { return "GetMonitorsResponse" }

func (m *GetMonitorsResponse) fields(c *codec) {
	if !c.enter("crossRefIDorRegistrationData", mandatory, true) {
		return
	}
	if c.reading() || m.ServiceCrossRefID == "" {
		wrapped(c, "monitorList", "monitorListEntry", written, &m.Monitors, (*MonitorListEntry).content)
	}
	if c.reading() || m.ServiceCrossRefID != "" {
		c.text("serviceCrossRefID", &m.ServiceCrossRefID, optional)
	}
	c.leave("crossRefIDorRegistrationData")
}

// MonitorInfo carries a part of a list of monitors. It has no response.
type MonitorInfo struct {
	ServiceCrossRefID string
	SegmentID         Int // counts from 1
	LastSegment       bool
	Monitors          []MonitorListEntry
}

// Element implements Message.
func (*MonitorInfo) Element() string { return "MonitorInfo" }

func (m *MonitorInfo) fields(c *codec) {
	c.text("serviceCrossRefID", &m.ServiceCrossRefID, mandatory)
	c.integer("segmentID", &m.SegmentID, optional)
	c.flag("lastSegment", &m.LastSegment, mandatory)
	wrapped(c, "monitorList", "monitorListEntry", mandatory, &m.Monitors, (*MonitorListEntry).content)
}
