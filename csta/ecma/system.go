package ecma

// System services (ECMA-269 14).

var systemStatuses = setOf(
	StatusDisabled, StatusPartiallyDisabled, StatusEnabled, StatusInitializing, StatusMessagesLost, StatusNormal,
	StatusOverloadImminent, StatusOverloadReached, StatusOverloadRelieved,
)

// SystemStatus tells the other side the state of the sender; it serves as
// heartbeat. Status is mandatory, but some clients leave it out: it is empty
// then.
type SystemStatus struct {
	// SysStatRegisterID is for messages that a registration asked for.
	SysStatRegisterID string
	Status            SystemStatusValue
}

// Element implements Message.
func (*SystemStatus) Element() string { return "SystemStatus" }

func (m *SystemStatus) fields(c *codec) {
	c.text("sysStatRegisterID", &m.SysStatRegisterID, optional)
	c.enum("systemStatus", (*string)(&m.Status), systemStatuses, optional, "")
}

// SystemStatusResponse is the positive response to SystemStatus.
type SystemStatusResponse struct{}

// Element implements Message.
func (*SystemStatusResponse) Element() string { return "SystemStatusResponse" }

func (*SystemStatusResponse) fields(*codec) {}

// RequestSystemStatus asks for the state of the switching function.
type RequestSystemStatus struct {
	SysStatRegisterID string
}

// Element implements Message.
func (*RequestSystemStatus) Element() string { return "RequestSystemStatus" }

func (m *RequestSystemStatus) fields(c *codec) {
	c.text("sysStatRegisterID", &m.SysStatRegisterID, optional)
}

// RequestSystemStatusResponse is the positive response to RequestSystemStatus.
type RequestSystemStatusResponse struct {
	Status SystemStatusValue
}

// Element implements Message.
func (*RequestSystemStatusResponse) Element() string { return "RequestSystemStatusResponse" }

func (m *RequestSystemStatusResponse) fields(c *codec) {
	c.enum("systemStatus", (*string)(&m.Status), systemStatuses, mandatory, string(StatusNormal))
}

// RequestTypes says which messages a registration is for.
type RequestTypes struct {
	SystemStatus                    Bool
	RequestSystemStatus             Bool
	SwitchingFunctionCapsChanged    Bool
	SwitchingFunctionDevicesChanged Bool
}

func (m *RequestTypes) content(c *codec) {
	c.boolean("systemStatus", &m.SystemStatus, optional)
	c.boolean("requestSystemStatus", &m.RequestSystemStatus, optional)
	c.boolean("switchingFunctionCapsChanged", &m.SwitchingFunctionCapsChanged, optional)
	c.boolean("switchingFunctionDevicesChanged", &m.SwitchingFunctionDevicesChanged, optional)
}

// StatusFilter is a set of system statuses that a registration does not want. It
// is comparable; the zero value suppresses nothing and is an absent element.
type StatusFilter struct{ bits uint16 }

// statusFilterBits are the statuses in the order of the filter, by the names
// they have there. (messageLost lacks the s of the value.)
var statusFilterBits = [...]struct {
	name   string
	status SystemStatusValue
}{
	{"initializing", StatusInitializing},
	{"enabled", StatusEnabled},
	{"normal", StatusNormal},
	{"messageLost", StatusMessagesLost},
	{"disabled", StatusDisabled},
	{"partiallyDisabled", StatusPartiallyDisabled},
	{"overloadImminent", StatusOverloadImminent},
	{"overloadReached", StatusOverloadReached},
	{"overloadRelieved", StatusOverloadRelieved},
}

// Suppresses tells whether that status is not to be sent.
func (f StatusFilter) Suppresses(s SystemStatusValue) bool {
	for i := range statusFilterBits {
		if statusFilterBits[i].status == s {
			return f.bits&(1<<i) != 0
		}
	}
	return false
}

// With is f with the given statuses suppressed too.
func (f StatusFilter) With(statuses ...SystemStatusValue) StatusFilter {
	for _, s := range statuses {
		for i := range statusFilterBits {
			if statusFilterBits[i].status == s {
				f.bits |= 1 << i
			}
		}
	}
	return f
}

func (f *StatusFilter) content(c *codec) {
	for i := range statusFilterBits {
		b := &statusFilterBits[i]
		if !c.reading() {
			if f.Suppresses(b.status) {
				c.element(b.name, "true")
			}
		} else if c.mark(b.name) {
			*f = f.With(b.status)
		}
	}
}

// SystemRegister asks for system messages.
type SystemRegister struct {
	RequestTypes          RequestTypes
	RequestedStatusFilter StatusFilter
}

// Element implements Message.
func (*SystemRegister) Element() string { return "SystemRegister" }

func (m *SystemRegister) fields(c *codec) {
	nested(c, "requestTypes", &m.RequestTypes, mandatory, (*RequestTypes).content)
	nested(c, "requestedStatusFilter", &m.RequestedStatusFilter, optional, (*StatusFilter).content)
}

// SystemRegisterResponse is the positive response to SystemRegister.
type SystemRegisterResponse struct {
	SysStatRegisterID  string
	ActualStatusFilter StatusFilter
}

// Element implements Message.
func (*SystemRegisterResponse) Element() string { return "SystemRegisterResponse" }

func (m *SystemRegisterResponse) fields(c *codec) {
	c.text("sysStatRegisterID", &m.SysStatRegisterID, mandatory)
	nested(c, "actualStatusFilter", &m.ActualStatusFilter, optional, (*StatusFilter).content)
}

// ChangeSysStatFilter changes the filter of a registration.
type ChangeSysStatFilter struct {
	SysStatRegisterID     string
	RequestedStatusFilter StatusFilter
}

// Element implements Message.
func (*ChangeSysStatFilter) Element() string { return "ChangeSysStatFilter" }

func (m *ChangeSysStatFilter) fields(c *codec) {
	c.text("sysStatRegisterID", &m.SysStatRegisterID, mandatory)
	nested(c, "requestedStatusFilter", &m.RequestedStatusFilter, mandatory, (*StatusFilter).content)
}

// ChangeSysStatFilterResponse is the positive response to ChangeSysStatFilter.
type ChangeSysStatFilterResponse struct{ ActualStatusFilter StatusFilter }

// Element implements Message.
func (*ChangeSysStatFilterResponse) Element() string { return "ChangeSysStatFilterResponse" }

func (m *ChangeSysStatFilterResponse) fields(c *codec) {
	nested(c, "actualStatusFilter", &m.ActualStatusFilter, mandatory, (*StatusFilter).content)
}

// SystemRegisterCancel ends a registration.
type SystemRegisterCancel struct {
	SysStatRegisterID string
}

// Element implements Message.
func (*SystemRegisterCancel) Element() string { return "SystemRegisterCancel" }

func (m *SystemRegisterCancel) fields(c *codec) {
	c.text("sysStatRegisterID", &m.SysStatRegisterID, mandatory)
}

// SystemRegisterCancelResponse is the positive response to SystemRegisterCancel.
type SystemRegisterCancelResponse struct{}

// Element implements Message.
func (*SystemRegisterCancelResponse) Element() string { return "SystemRegisterCancelResponse" }

func (*SystemRegisterCancelResponse) fields(*codec) {}

// SystemRegisterAbort: the switching function ends a registration.
type SystemRegisterAbort struct {
	SysStatRegisterID string
}

// Element implements Message.
func (*SystemRegisterAbort) Element() string { return "SystemRegisterAbort" }

func (m *SystemRegisterAbort) fields(c *codec) {
	c.text("sysStatRegisterID", &m.SysStatRegisterID, mandatory)
}

// SwFunctionDevicesChanged: the list of devices has changed.
type SwFunctionDevicesChanged struct {
	SysStatRegisterID string
}

// Element implements Message.
func (*SwFunctionDevicesChanged) Element() string { return "SwFunctionDevicesChanged" }

func (m *SwFunctionDevicesChanged) fields(c *codec) {
	c.text("sysStatRegisterID", &m.SysStatRegisterID, optional)
}

// SwFunctionDevicesChangedResponse is the positive response to SwFunctionDevicesChanged.
type SwFunctionDevicesChangedResponse struct{}

// Element implements Message.
func (*SwFunctionDevicesChangedResponse) Element() string { return "SwFunctionDevicesChangedResponse" }

func (*SwFunctionDevicesChangedResponse) fields(*codec) {}
