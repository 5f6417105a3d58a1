package engine

import (
	"errors"
	"strings"
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// request takes a request.
func (c *core) request(r *Request) {
	s := c.sessions[r.Session]
	if s == nil {
		return
	}
	c.asked++
	c.unanswered[r] = c.asked
	if c.trace.on {
		c.traceRequest(s, r)
	}
	c.inOrder(s, r)
}

// unsettled tells whether a leg in the call of a connected device was answered
// or joined so recently that a service had better not move it yet, or that the
// device's own leg is only about to be; again is run when all are done.
func (c *core) unsettled(conn *model.Connection, again func()) bool {
	w, left := c.settles(conn)
	if left <= 0 {
		return false
	}
	c.when(w, left, func() bool {
		_, left := c.settles(conn)
		return left <= 0
	}, again)
	return true
}

// settles is what a service has to wait for before it moves a connection, and how long
// at most; 0: nothing.
func (c *core) settles(conn *model.Connection) (w wait, left time.Duration) {
	cl := c.calls[conn.Call.ID]
	if cl == nil || conn.State() != ecma.StateConnected {
		return forSettling, 0
	}
	w = forSettling
	atWork := cl.joining
	for _, l := range cl.legs {
		if l.Gone() {
			continue
		}
		atWork = atWork || l.hold.working
		if !l.Answered() {
			continue
		}
		if of, longer := c.settlesLeg(l); longer > left {
			w, left = of, longer
		}
	}
	if atWork {
		return forSwitch, waits[forSwitch].atMost
	}
	return w, left
}

// settlesLeg is the same for one leg, that of an answered party.
func (c *core) settlesLeg(l *leg) (w wait, left time.Duration) {
	w, left = forSettling, c.opts.SettleTime
	if cl := l.call; !l.Gone() && l.Answered() && cl != nil && cl.conference != "" && l.Bridge.Room != cl.conference {
		// It is still on its way to the room, or has never come there.
		w, left = forRoom, max(left, waits[forRoom].atMost)
	}
	return w, left - c.now.Sub(l.Changed)
}

// mayOriginate is the session of a request that may have one more call ring; nil if it
// may not, which is refused, or has gone.
func (c *core) mayOriginate(r *Request) *session {
	s := c.sessions[r.Session]
	if s != nil && s.originates >= maxOriginates {
		c.refuse(r, ecma.ErrResourceBusy)
		return nil
	}
	return s
}

// respond answers a request, unless it was answered before or its session has
// gone.
func (c *core) respond(r *Request, m ecma.Message) {
	if c.unanswered[r] == 0 {
		return
	}
	delete(c.unanswered, r)
	c.measured.answered(r, m)
	s := c.sessions[r.Session]
	if s == nil {
		return
	}
	if c.trace.on {
		c.traceAnswer(s, r, m)
	}
	s.Respond(r.Invoke, r.Edition, m)
	c.touch(s)
	c.answeredInOrder(s, r)
}

// refuse answers a request negatively.
func (c *core) refuse(r *Request, e *ecma.Error) {
	c.counters.Errors++
	c.respond(r, e)
}

// switchError is the error value for a switch operation that failed. gone is
// the value for a leg that has vanished, or is in no state for it.
func switchError(err error, gone *ecma.Error) *ecma.Error {
	switch {
	case errors.Is(err, switching.ErrNoSuchLeg), errors.Is(err, switching.ErrNotPossible):
		return gone
	case errors.Is(err, errBusy), errors.Is(err, switching.ErrInUse):
		return ecma.ErrResourceBusy
	case errors.Is(err, switching.ErrNotSupported):
		return ecma.ErrRequestIncompatibleWithDevice
	case errors.Is(err, switching.ErrUnwritable), errors.Is(err, switching.ErrTaken):
		return ecma.ErrInvalidFile
	}
	return ecma.ErrOperationGeneric
}

// canonical is a subscriber's identifier as the model keeps it: without the
// default domain.
func (c *core) canonical(device string) string {
	number, domain, ok := strings.Cut(device, "@")
	if ok && strings.EqualFold(domain, c.opts.DefaultDomain) {
		return number
	}
	return device
}

// deviceID is an identifier from a request as the model keeps it. Types of
// number other than deviceNumber are ways to write a number that one dials.
func (c *core) deviceID(d ecma.DeviceID) ecma.DeviceID {
	if d.Type == ecma.DeviceNumber {
		return d
	}
	return ecma.Subscriber(c.canonical(d.Number))
}

// dialledBy is the number by which a device calls another one: a device of its own
// domain by the user's name alone. It is "" if there is none, as for a device of a
// third domain: what its dialplan makes of that is not known.
func dialledBy(device, called ecma.DeviceID) string {
	number := called.Number
	if user, domain, outside := strings.Cut(number, "@"); outside {
		if _, own, _ := strings.Cut(device.Number, "@"); !strings.EqualFold(own, domain) {
			return ""
		}
		number = user
	}
	if called.Type == ecma.DeviceNumber || !switching.ValidNumber(number) {
		return ""
	}
	return number
}

// dialler is a device as the switch is told for whom it dials.
func dialler(device ecma.DeviceID) string {
	if device.Type == ecma.DeviceNumber {
		return ""
	}
	return device.Number
}

// destination is a device that a request wants called, by the number that one dials
// for it: for a queue the one that it is named after. A network interface has none,
// and stays what it is.
func (c *core) destination(d ecma.DeviceID) ecma.DeviceID {
	to := c.deviceID(d)
	if to.Type == ecma.DeviceNumber {
		if name, queue := strings.CutPrefix(to.Number, ecma.QueuePrefix); queue {
			return ecma.Subscriber(name)
		}
	}
	return to
}

// looksInternal tells whether a number has the form of a queue or a network
// interface: a client may have left out typeOfNumber, whose default is
// dialingNumber.
func looksInternal(number string) bool {
	device := ecma.DeviceID{Number: number, Type: ecma.DeviceNumber}
	if of, _ := device.Interface(); of != device {
		// A party's identifier means something within its call only.
		return false
	}
	return len(number) > len(ecma.QueuePrefix) &&
		(strings.HasPrefix(number, ecma.QueuePrefix) || strings.HasPrefix(number, ecma.NetworkInterfacePrefix))
}

// connection finds the connection a request names. Some clients leave out the
// call ID, or the device's type: the device's only connection that fits is
// meant then. none is the error value for a device without such a connection.
func (c *core) connection(id ecma.ConnectionID, fits func(*model.Connection) bool, none *ecma.Error) (*model.Connection, *ecma.Error) {
	device := c.deviceID(id.Device)
	internal := ecma.DeviceID{Number: device.Number, Type: ecma.DeviceNumber}
	if id.CallID == "" {
		if id.Device.IsZero() {
			return nil, ecma.ErrInvalidConnectionID
		}
		for _, known := range [...]*model.Device{c.model.FindDevice(device), c.model.FindDevice(internal)} {
			if known == nil {
				continue
			}
			for _, conn := range known.Connections {
				if fits(conn) {
					return conn, nil
				}
			}
		}
		return nil, none
	}
	cl := c.model.FindCall(id.CallID)
	if cl == nil {
		return nil, ecma.ErrInvalidCallID
	}
	if conn := cl.Of(device); conn != nil {
		return conn, nil
	}
	if conn := cl.Of(internal); conn != nil {
		return conn, nil
	}
	if conn := c.calls[cl.ID].predictedAs(device); conn != nil {
		return conn, nil
	}
	return nil, ecma.ErrInvalidConnectionID
}

// inState is a test for connection.
func inState(states ...ecma.LocalConnectionState) func(*model.Connection) bool {
	return func(conn *model.Connection) bool {
		for _, s := range states {
			if conn.State() == s {
				return true
			}
		}
		return false
	}
}

// subscriber asks the switch who a subscriber is and goes on with its own
// identifier (which an alias stands for). A device the switch does not know is
// refused with unknown. Devices that have connections are known without asking.
func (c *core) subscriber(r *Request, d ecma.DeviceID, unknown *ecma.Error, then func(switching.DeviceStatus)) {
	if !switching.ValidDevice(d.Number) {
		c.refuse(r, unknown)
		return
	}
	c.ops.lasting(switching.LookUpDevice{Device: d.Number}, func(out switching.Outcome, err error) {
		switch {
		case c.unanswered[r] == 0:
			// The calls that it was about were forgotten meanwhile.
		case err != nil:
			c.log.Warn("the switch can't tell about a device", "device", d.Number, "error", err)
			c.refuse(r, switchError(err, unknown))
		case !out.Device.Known && !out.Device.Registered:
			c.refuse(r, unknown)
		default:
			st := out.Device
			st.Device = c.canonical(st.Device)
			if st.Device == "" {
				st.Device = d.Number
			}
			then(st)
		}
	})
}
