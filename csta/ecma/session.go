package ecma

import (
	"errors"
	"math"
	"strconv"

	"github.com/beevik/etree"
)

// Application sessions (ECMA-354), which some clients open before they use CSTA.
// They travel in the same frames.

// ApplicationSession is the namespace of ECMA-354. Clients also send its
// messages in a namespace of ECMA-323, or in none.
const ApplicationSession Edition = "http://www.ecma-international.org/standards/ecma-354/appl_session"

// sessionRoots are the messages of ECMA-354. They are no CSTA services, so they
// are not among Services and Events.
var sessionRoots = map[string]root{
	"StartApplicationSession":                 {RequestMessage, of[StartApplicationSession]},
	"StartApplicationSessionPosResponse":      {ResponseMessage, of[StartApplicationSessionPosResponse]},
	"StartApplicationSessionNegResponse":      {ResponseMessage, of[StartApplicationSessionNegResponse]},
	"ResetApplicationSessionTimer":            {RequestMessage, of[ResetApplicationSessionTimer]},
	"ResetApplicationSessionTimerPosResponse": {ResponseMessage, of[ResetApplicationSessionTimerPosResponse]},
	"ResetApplicationSessionTimerNegResponse": {ResponseMessage, of[ResetApplicationSessionTimerNegResponse]},
	"StopApplicationSession":                  {RequestMessage, of[StopApplicationSession]},
	"StopApplicationSessionPosResponse":       {ResponseMessage, of[StopApplicationSessionPosResponse]},
	"StopApplicationSessionNegResponse":       {ResponseMessage, of[StopApplicationSessionNegResponse]},
	"ApplicationSessionTerminated":            {RequestMessage, of[ApplicationSessionTerminated]},
	"TransferMonitorObjects":                  {RequestMessage, of[TransferMonitorObjects]},
	"TransferMonitorObjectsResponse":          {ResponseMessage, of[TransferMonitorObjectsResponse]},
}

// SessionReason is a reason or an error of ECMA-354: one that the standard
// defines, or text of the application's or the server's own.
type SessionReason struct{ Defined, Own string }

// Values that the standard defines for SessionReason.
const (
	SessionInvalidApplicationInfo  = "invalidApplicationInfo"
	SessionVersionNotSupported     = "requestedProtocolVersionNotSupported"
	SessionServerResourcesBusy     = "serverResourcesBusy"
	SessionMaxNumberSessions       = "maxNumberSessions"
	SessionInvalidSessionID        = "invalidSessionID"
	SessionServerCannotResetTimer  = "serverCannotResetSessionTimer"
	SessionEndNormal               = "normal"
	SessionTermResourceLimitation  = "resourceLimitation"
	SessionTermSessionTimerExpired = "sessionTimerExpired"
)

func (c *codec) sessionReason(name, defined, own string, r *SessionReason, n need) {
	if !c.enter(name, n, *r != SessionReason{}) {
		return
	}
	if c.reading() || r.Own == "" {
		c.text(defined, &r.Defined, written)
	}
	if c.reading() || r.Own != "" {
		c.text(own, &r.Own, optional)
	}
	c.leave(name)
}

func (c *codec) sessionError(r *SessionReason) {
	c.sessionReason("errorCode", "definedError", "applError", r, mandatory)
}

// StartApplicationSession opens a session.
type StartApplicationSession struct {
	ApplicationID string
	// ProtocolVersions are the namespaces of ECMA-323 that the client speaks,
	// the preferred one first.
	ProtocolVersions []string
	// Duration is the requested length of the session in seconds.
	Duration Int
	// Login says who the client is.
	Login SessionLogin
}

// SessionLogin is the login that many clients put into applicationSpecificInfo of
// StartApplicationSession, each in its maker's namespace, as ECMA-354 has none.
type SessionLogin struct {
	User, Password string
	// SessionID is that of a session that the client wants back, CleanupDelay how many
	// seconds it wants one to be kept for it when the connection breaks.
	SessionID    string
	CleanupDelay Int
	// EventNumbers: the client wants its messages numbered (Security). LastEventNumber is
	// that of the last one that it has, of the session that it wants back. Both are ours.
	EventNumbers    Bool
	LastEventNumber Int
}

// LoginSpace is the namespace that we send a login in.
const LoginSpace = "http://www.avaya.com/csta"

// maxLogin bounds the texts of a login.
const maxLogin = 256

// sessionLogin visits SessionLoginInfo, wherever it is below the current element, in
// whatever namespace. Writing, it is that of LoginSpace.
func (c *codec) sessionLogin(l *SessionLogin) {
	const name = "SessionLoginInfo"
	if !c.reading() {
		c.buf = append(c.buf, "<"+name+` xmlns="`+LoginSpace+`">`...)
		c.element("userName", l.User)
		c.element("password", l.Password)
		c.integer("sessionCleanupDelay", &l.CleanupDelay, optional)
		c.text("sessionID", &l.SessionID, optional)
		c.boolean("eventNumbers", &l.EventNumbers, optional)
		c.integer("lastEventNumber", &l.LastEventNumber, optional)
		c.close(name)
		return
	}
	if c.describing != nil {
		c.describing.enter(name, mandatory)
		c.describes("userName", Text, mandatory)
		c.describes("password", Text, mandatory)
		c.describes("sessionCleanupDelay", Number, optional)
		c.describes("sessionID", Text, optional)
		c.describes("eventNumbers", Boolean, optional)
		c.describes("lastEventNumber", Number, optional)
		c.describing.leave()
		return
	}
	info := below(c.node, name)
	if info == nil {
		return
	}
	outer := c.node
	c.node = info
	c.text("userName", &l.User, optional)
	if l.User == "" {
		c.text("user", &l.User, optional)
	}
	if e := c.child("password", optional); e != nil {
		// White space may be part of it.
		l.Password = e.Text()
	}
	c.text("sessionID", &l.SessionID, optional)
	// These are wishes, and nobody is turned away for how he writes them.
	wish := func(name string, v *Int, most int64) {
		if e := c.value(name, optional); e != nil {
			if n, err := strconv.ParseInt(textOf(e), 10, 64); err == nil && n >= 0 && n <= most {
				*v = IntOf(n)
			}
		}
	}
	wish("sessionCleanupDelay", &l.CleanupDelay, maxNumber)
	wish("lastEventNumber", &l.LastEventNumber, math.MaxInt64)
	if e := c.value("eventNumbers", optional); e != nil {
		switch textOf(e) {
		case "true", "1":
			l.EventNumbers = True
		case "false", "0":
			l.EventNumbers = False
		}
	}
	c.node = outer
	if len(l.User) > maxLogin || len(l.Password) > maxLogin || len(l.SessionID) > maxLogin {
		c.fail(info, "", ErrInvalidParameterValue, errLongLogin)
	}
}

var errLongLogin = errors.New("longer than any login")

// below is the first element of that local name below e, or nil.
func below(e *etree.Element, name string) *etree.Element {
	for _, t := range e.Child {
		child, is := t.(*etree.Element)
		if !is {
			continue
		}
		if child.Tag == name {
			return child
		}
		if found := below(child, name); found != nil {
			return found
		}
	}
	return nil
}

// Element implements Message.
func (*StartApplicationSession) Element() string { return "StartApplicationSession" }

func (m *StartApplicationSession) fields(c *codec) {
	if c.enter("applicationInfo", mandatory, true) {
		c.text("applicationID", &m.ApplicationID, written)
		if c.enter("applicationSpecificInfo", optional, m.Login != SessionLogin{}) {
			c.sessionLogin(&m.Login)
			c.leave("applicationSpecificInfo")
		}
		c.leave("applicationInfo")
	}
	wrapped(c, "requestedProtocolVersions", "protocolVersion", mandatory, &m.ProtocolVersions, textContent)
	c.integer("requestedSessionDuration", &m.Duration, written)
}

// StartApplicationSessionPosResponse is the positive response to StartApplicationSession.
type StartApplicationSessionPosResponse struct {
	SessionID       string
	ProtocolVersion string // actualProtocolVersion
	Duration        Int    // actualSessionDuration, seconds
}

// Element implements Message.
func (*StartApplicationSessionPosResponse) Element() string {
	return "StartApplicationSessionPosResponse"
}

func (m *StartApplicationSessionPosResponse) fields(c *codec) {
	c.text("sessionID", &m.SessionID, mandatory)
	c.text("actualProtocolVersion", &m.ProtocolVersion, mandatory)
	c.integer("actualSessionDuration", &m.Duration, mandatory)
}

// StartApplicationSessionNegResponse is the negative response to StartApplicationSession.
type StartApplicationSessionNegResponse struct{ Error SessionReason }

// Element implements Message.
func (*StartApplicationSessionNegResponse) Element() string {
	return "StartApplicationSessionNegResponse"
}

func (m *StartApplicationSessionNegResponse) fields(c *codec) { c.sessionError(&m.Error) }

// ResetApplicationSessionTimer prolongs a session.
type ResetApplicationSessionTimer struct {
	SessionID string
	Duration  Int // requestedSessionDuration, seconds
}

// Element implements Message.
func (*ResetApplicationSessionTimer) Element() string { return "ResetApplicationSessionTimer" }

func (m *ResetApplicationSessionTimer) fields(c *codec) {
	c.text("sessionID", &m.SessionID, mandatory)
	c.integer("requestedSessionDuration", &m.Duration, written)
}

// ResetApplicationSessionTimerPosResponse is the positive response to ResetApplicationSessionTimer.
type ResetApplicationSessionTimerPosResponse struct {
	Duration Int // actualSessionDuration, seconds
}

// Element implements Message.
func (*ResetApplicationSessionTimerPosResponse) Element() string {
	return "ResetApplicationSessionTimerPosResponse"
}

func (m *ResetApplicationSessionTimerPosResponse) fields(c *codec) {
	c.integer("actualSessionDuration", &m.Duration, mandatory)
}

// ResetApplicationSessionTimerNegResponse is the negative response to ResetApplicationSessionTimer.
type ResetApplicationSessionTimerNegResponse struct{ Error SessionReason }

// Element implements Message.
func (*ResetApplicationSessionTimerNegResponse) Element() string {
	return "ResetApplicationSessionTimerNegResponse"
}

func (m *ResetApplicationSessionTimerNegResponse) fields(c *codec) { c.sessionError(&m.Error) }

// StopApplicationSession closes a session.
type StopApplicationSession struct {
	SessionID string
	Reason    SessionReason // sessionEndReason
}

// Element implements Message.
func (*StopApplicationSession) Element() string { return "StopApplicationSession" }

func (m *StopApplicationSession) fields(c *codec) {
	c.text("sessionID", &m.SessionID, mandatory)
	c.sessionReason("sessionEndReason", "definedEndReason", "appEndReason", &m.Reason, written)
}

// StopApplicationSessionPosResponse is the positive response to StopApplicationSession.
type StopApplicationSessionPosResponse struct{}

// Element implements Message.
func (*StopApplicationSessionPosResponse) Element() string {
	return "StopApplicationSessionPosResponse"
}

func (*StopApplicationSessionPosResponse) fields(*codec) {}

// StopApplicationSessionNegResponse is the negative response to StopApplicationSession.
type StopApplicationSessionNegResponse struct{ Error SessionReason }

// Element implements Message.
func (*StopApplicationSessionNegResponse) Element() string {
	return "StopApplicationSessionNegResponse"
}

func (m *StopApplicationSessionNegResponse) fields(c *codec) { c.sessionError(&m.Error) }

// ApplicationSessionTerminated: the server ended a session. It has no response.
type ApplicationSessionTerminated struct {
	SessionID string
	Reason    SessionReason // sessionTermReason
}

// Element implements Message.
func (*ApplicationSessionTerminated) Element() string { return "ApplicationSessionTerminated" }

func (m *ApplicationSessionTerminated) fields(c *codec) {
	c.text("sessionID", &m.SessionID, mandatory)
	c.sessionReason("sessionTermReason", "definedTermReason", "serverTermReason", &m.Reason, mandatory)
}

// TransferMonitorObjects lets the monitors of another session of the same application be
// those of the session that asks. It is Avaya's, and comes in a namespace of ECMA-323.
type TransferMonitorObjects struct{ FromSessionID, ToSessionID string }

// Element implements Message.
func (*TransferMonitorObjects) Element() string { return "TransferMonitorObjects" }

func (m *TransferMonitorObjects) fields(c *codec) {
	c.text("fromSessionID", &m.FromSessionID, mandatory)
	c.text("toSessionID", &m.ToSessionID, mandatory)
}

// TransferMonitorObjectsResponse is the positive response to TransferMonitorObjects.
type TransferMonitorObjectsResponse struct{}

// Element implements Message.
func (*TransferMonitorObjectsResponse) Element() string { return "TransferMonitorObjectsResponse" }

func (*TransferMonitorObjectsResponse) fields(*codec) {}
