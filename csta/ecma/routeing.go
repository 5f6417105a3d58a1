package ecma

// Routeing services (ECMA-269 20). RouteRequest, RouteSelect, RouteUsed, ReRoute,
// RouteEnd and RouteReject belong together by CrossRefIdentifier and have no
// response.

// RouteRegister offers to route the calls of a device, or of all devices.
type RouteRegister struct {
	RouteingDevice DeviceID
}

// Element implements Message.
func (*RouteRegister) Element() string { return "RouteRegister" }

func (m *RouteRegister) fields(c *codec) {
	c.device("routeingDevice", &m.RouteingDevice, optional)
}

// RouteRegisterResponse is the positive response to RouteRegister.
type RouteRegisterResponse struct {
	RouteRegisterReqID string
}

// Element implements Message.
func (*RouteRegisterResponse) Element() string { return "RouteRegisterResponse" }

func (m *RouteRegisterResponse) fields(c *codec) {
	c.text("routeRegisterReqID", &m.RouteRegisterReqID, mandatory)
}

// RouteRegisterCancel withdraws the offer.
type RouteRegisterCancel struct {
	RouteRegisterReqID string
}

// Element implements Message.
func (*RouteRegisterCancel) Element() string { return "RouteRegisterCancel" }

func (m *RouteRegisterCancel) fields(c *codec) {
	c.text("routeRegisterReqID", &m.RouteRegisterReqID, mandatory)
}

// RouteRegisterCancelResponse is the positive response to RouteRegisterCancel.
type RouteRegisterCancelResponse struct{}

// Element implements Message.
func (*RouteRegisterCancelResponse) Element() string { return "RouteRegisterCancelResponse" }

func (*RouteRegisterCancelResponse) fields(*codec) {}

// RouteRegisterAbort: the switching function ends a registration.
type RouteRegisterAbort struct {
	RouteRegisterReqID string
}

// Element implements Message.
func (*RouteRegisterAbort) Element() string { return "RouteRegisterAbort" }

func (m *RouteRegisterAbort) fields(c *codec) {
	c.text("routeRegisterReqID", &m.RouteRegisterReqID, mandatory)
}

// RouteingAlgorithm is how a route is to be chosen.
type RouteingAlgorithm string

const (
	RouteNormal      RouteingAlgorithm = "normal"
	RouteLeastCost   RouteingAlgorithm = "leastCost"
	RouteEmergency   RouteingAlgorithm = "emergency"
	RouteACD         RouteingAlgorithm = "aCD"
	RouteUserDefined RouteingAlgorithm = "userDefined"
)

var routeingAlgorithmValues = setOf(
	RouteNormal,
	RouteLeastCost,
	RouteEmergency,
	RouteACD,
	RouteUserDefined,
)

// RouteRequest asks where a call shall go.
type RouteRequest struct {
	CrossRefIdentifier      string
	RouteRegisterReqID      string
	CurrentRoute            ExtendedDevice
	CallingDevice           ExtendedDevice
	RouteingDevice          ExtendedDevice
	RoutedCall              ConnectionID
	RouteSelAlgorithm       RouteingAlgorithm
	AssociatedCallingDevice ExtendedDevice
	AssociatedCalledDevice  ExtendedDevice
	Priority                Bool
	ReplyTimeout            Int // milliseconds
	CorrelatorData          Data
	SubjectOfCall           string
}

// Element implements Message.
func (*RouteRequest) Element() string { return "RouteRequest" }

func (m *RouteRequest) fields(c *codec) {
	c.text("crossRefIdentifier", &m.CrossRefIdentifier, mandatory)
	c.text("routeRegisterReqID", &m.RouteRegisterReqID, optional)
	c.extended("currentRoute", &m.CurrentRoute, mandatory)
	c.extended("callingDevice", &m.CallingDevice, optional)
	c.extended("routeingDevice", &m.RouteingDevice, optional)
	c.connection("routedCall", &m.RoutedCall, optional)
	c.enum("routeSelAlgorithm", (*string)(&m.RouteSelAlgorithm), routeingAlgorithmValues, optional, string(RouteNormal))
	c.extended("associatedCallingDevice", &m.AssociatedCallingDevice, optional)
	c.extended("associatedCalledDevice", &m.AssociatedCalledDevice, optional)
	c.boolean("priority", &m.Priority, optional)
	c.integer("replyTimeout", &m.ReplyTimeout, optional)
	c.correlatorData(&m.CorrelatorData)
	c.text("subjectOfCall", &m.SubjectOfCall, optional)
}

// RetryValue says how many more routes there are: RetryCount, or that there is
// no count or no list. At most one is set.
type RetryValue struct {
	NoCountAvailable Bool
	NoListAvailable  Bool
	RetryCount       Int
}

func (m *RetryValue) content(c *codec) {
	switch {
	case c.reading():
		c.boolean("noCountAvailable", &m.NoCountAvailable, optional)
		c.boolean("noListAvailable", &m.NoListAvailable, optional)
		c.integer("retryCount", &m.RetryCount, optional)
	case m.NoCountAvailable != Unset:
		c.boolean("noCountAvailable", &m.NoCountAvailable, mandatory)
	case m.NoListAvailable != Unset:
		c.boolean("noListAvailable", &m.NoListAvailable, mandatory)
	default:
		c.integer("retryCount", &m.RetryCount, mandatory)
	}
}

// errorValue visits an error that is nil if absent.
func (c *codec) errorValue(v **Error) {
	const name = "errorValue"
	if !c.enter(name, optional, *v != nil) {
		return
	}
	if c.reading() {
		*v = new(Error)
	}
	(*v).fields(c)
	c.leave(name)
}

// RouteSelect says where a call shall go.
type RouteSelect struct {
	CrossRefIdentifier string
	RouteRegisterReqID string
	RouteSelected      DeviceID
	AlternateRoutes    []DeviceID
	RemainRetries      RetryValue
	RouteUsedReq       Bool
	CorrelatorData     Data
}

// Element implements Message.
func (*RouteSelect) Element() string { return "RouteSelect" }

func (m *RouteSelect) fields(c *codec) {
	c.text("crossRefIdentifier", &m.CrossRefIdentifier, mandatory)
	c.text("routeRegisterReqID", &m.RouteRegisterReqID, optional)
	c.device("routeSelected", &m.RouteSelected, mandatory)
	c.devices("alternateRoutes", "deviceID", optional, &m.AlternateRoutes)
	nested(c, "remainRetries", &m.RemainRetries, optional, (*RetryValue).content)
	c.boolean("routeUsedReq", &m.RouteUsedReq, optional)
	c.correlatorData(&m.CorrelatorData)
}

// RouteUsed tells where a call went.
type RouteUsed struct {
	CrossRefIdentifier string
	RouteRegisterReqID string
	RouteUsed          ExtendedDevice
	CallingDevice      ExtendedDevice
	Domain             Bool
	CorrelatorData     Data
}

// Element implements Message.
func (*RouteUsed) Element() string { return "RouteUsed" }

func (m *RouteUsed) fields(c *codec) {
	c.text("crossRefIdentifier", &m.CrossRefIdentifier, mandatory)
	c.text("routeRegisterReqID", &m.RouteRegisterReqID, optional)
	c.extended("routeUsed", &m.RouteUsed, optional)
	c.extended("callingDevice", &m.CallingDevice, optional)
	c.boolean("domain", &m.Domain, optional)
	c.correlatorData(&m.CorrelatorData)
}

// ReRoute asks for another route, since the last could not be used.
type ReRoute struct {
	CrossRefIdentifier string
	RouteRegisterReqID string
	ReplyTimeout       Int // milliseconds
	CorrelatorData     Data
}

// Element implements Message.
func (*ReRoute) Element() string { return "ReRoute" }

func (m *ReRoute) fields(c *codec) {
	c.text("crossRefIdentifier", &m.CrossRefIdentifier, mandatory)
	c.text("routeRegisterReqID", &m.RouteRegisterReqID, optional)
	c.integer("replyTimeout", &m.ReplyTimeout, optional)
	c.correlatorData(&m.CorrelatorData)
}

// RouteEnd ends a routeing dialogue; ErrorValue is nil if it succeeded.
type RouteEnd struct {
	CrossRefIdentifier string
	RouteRegisterReqID string
	ErrorValue         *Error
	CorrelatorData     Data
}

// Element implements Message.
func (*RouteEnd) Element() string { return "RouteEnd" }

func (m *RouteEnd) fields(c *codec) {
	c.text("crossRefIdentifier", &m.CrossRefIdentifier, mandatory)
	c.text("routeRegisterReqID", &m.RouteRegisterReqID, optional)
	c.errorValue(&m.ErrorValue)
	c.correlatorData(&m.CorrelatorData)
}

// RejectCause is why a call was not routed.
type RejectCause string

const (
	RejectBusyOverflow      RejectCause = "busyOverflow"
	RejectQueueTimeOverflow RejectCause = "queueTimeOverflow"
	RejectCapacityOverflow  RejectCause = "capacityOverflow"
	RejectCalendarOverflow  RejectCause = "calendarOverflow"
	RejectUnknownOverflow   RejectCause = "unknownOverflow"
)

var rejectCauseValues = setOf(
	RejectBusyOverflow,
	RejectQueueTimeOverflow,
	RejectCapacityOverflow,
	RejectCalendarOverflow,
	RejectUnknownOverflow,
)

// RouteReject refuses to route a call.
type RouteReject struct {
	CrossRefIdentifier string
	RouteRegisterReqID string
	RejectCause        RejectCause
	CorrelatorData     Data
}

// Element implements Message.
func (*RouteReject) Element() string { return "RouteReject" }

func (m *RouteReject) fields(c *codec) {
	c.text("crossRefIdentifier", &m.CrossRefIdentifier, mandatory)
	c.text("routeRegisterReqID", &m.RouteRegisterReqID, optional)
	c.enum("rejectCause", (*string)(&m.RejectCause), rejectCauseValues, optional, string(RejectBusyOverflow))
	c.correlatorData(&m.CorrelatorData)
}
