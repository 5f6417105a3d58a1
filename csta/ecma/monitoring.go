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
