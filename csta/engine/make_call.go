package engine

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// makeCall is a Make Call whose calling device is being prompted.
type makeCall struct {
	// id is that of the Originate, and of the call.
	id   string
	call *call
	conn *model.Connection
	// legs are those of the device's phones that ring.
	legs []*leg
	// begun is set once a leg exists and ServiceInitiated was sent.
	begun bool
	// over is set once the switch calls nobody any more, ended when the last leg of
	// those that are known ended before that.
	over  bool
	ended switching.Cause
	// cleared is set when the client ended it; its end is normal then.
	cleared bool
	cancel  func()
}

// makeCall is Make Call (ECMA-269 17.1.16): the calling device is prompted, and
// when it answers the called number is dialled for it.
func (c *core) makeCall(r *Request, m *ecma.MakeCall) {
	if m.CallingDevice.IsZero() {
		c.refuse(r, ecma.ErrAtLeastOneConditionalParameterNotProvided)
		return
	}
	calling := c.deviceID(m.CallingDevice)
	called := c.destinationIn(m.Called, domainOf(calling))
	if numberIn(domainOf(calling), called) == "" {
		c.refuse(r, ecma.ErrInvalidCalledDeviceID)
		return
	}
	if calling.Type != ecma.DeviceNumber && looksInternal(calling.Number) {
		calling.Type = ecma.DeviceNumber
	}
	if calling.Type == ecma.DeviceNumber {
		name, ok := strings.CutPrefix(calling.Number, ecma.QueuePrefix)
		if !ok || !switching.ValidNumber(name) {
			c.refuse(r, ecma.ErrRequestIncompatibleWithCallingDevice)
			return
		}
		// Nobody is there to be prompted: the dialplan takes the call's near
		// end into the queue.
		c.prompt(r, m, switching.Originate{Number: name}, calling, called)
		return
	}
	errs := promptErrors{ecma.ErrInvalidCallingDeviceID, ecma.ErrCallingDeviceOutOfService, ecma.ErrInvalidCallingDeviceState}
	c.readyToPrompt(r, calling, errs, func(id ecma.DeviceID) {
		if m.AutoOriginate != ecma.DoNotPrompt {
			c.prompt(r, m, switching.Originate{Device: id.Number}, id, called)
			return
		}
		bySwitch := func() { c.prompt(r, m, switching.Originate{Device: id.Number, AutoAnswer: true}, id, called) }
		if !c.dialOnPhone(r, m, id, called, bySwitch) {
			bySwitch()
		}
	})
}

// promptErrors are the error values about a device that a service would prompt.
type promptErrors struct{ unknown, away, busy *ecma.Error }

// readyToPrompt goes on with the own identifier of a device whose phones can be called
// for a service, and refuses any other.
func (c *core) readyToPrompt(r *Request, device ecma.DeviceID, errs promptErrors, then func(ecma.DeviceID)) {
	known := func(st switching.DeviceStatus) {
		own := ecma.Subscriber(st.Device)
		registered := st.Registered
		if c.opts.IgnoreRegistration {
			registered = c.registrations.service[st.Device] != model.OutOfService
		}
		switch {
		case c.sessions[r.Session] == nil:
		case !registered:
			c.refuse(r, errs.away)
		case c.busy(own):
			c.refuse(r, errs.busy)
		default:
			then(own)
		}
	}
	if c.registrations.isInService(device) {
		known(switching.DeviceStatus{Device: device.Number, Known: true, Registered: true})
		return
	}
	c.subscriber(r, device, errs.unknown, known)
}

// busy tells whether a device takes part in a call, or is about to, in a way that keeps
// it from making another one.
func (c *core) busy(id ecma.DeviceID) bool {
	if c.isPickedUpBy(id) {
		return true
	}
	d := c.model.FindDevice(id)
	if d == nil {
		return false
	}
	for _, conn := range d.Connections {
		if conn.State() == ecma.StateConnected || conn.State() == ecma.StateInitiated {
			return true
		}
	}
	return false
}

// prompt accepts the service and calls the calling device. The response names
// the connection before the switch knows of it, since we choose the call's UUID.
func (c *core) prompt(r *Request, m *ecma.MakeCall, op switching.Originate, calling, called ecma.DeviceID) {
	s := c.mayOriginate(r)
	if s == nil {
		return
	}
	mc := &makeCall{id: c.newUUID()}
	mc.call = c.newCall(mc.id)
	mc.call.Calling, mc.call.Called, mc.call.tenant = calling, called, domainOf(calling)
	mc.call.Attach(m.CorrelatorData, m.UserData)
	mc.conn = c.model.Connect(mc.call.Call, calling, ecma.StateInitiated, mc.id)
	c.making[mc.id] = mc
	c.respond(r, &ecma.MakeCallResponse{CallingDevice: mc.call.Connection(c.inWords(m, calling))})
	op.Leg = mc.id
	op.Then, op.For = numberIn(domainOf(calling), called), dialler(calling)
	op.CallerNumber, op.CallerName = op.Then, op.Then
	op.Timeout = c.opts.PromptTimeout
	mc.cancel = c.ops.counted(&s.originates, op, func(out switching.Outcome, err error) { c.promptFailed(mc, out.Cause, err) })
}

// maxWords bounds the words of a client that are said back to it.
const maxWords = 320

// inWords is the device that a response names as the client wrote it (tel:1000): some
// clients compare the response with what they asked for, and take the call for another's
// otherwise. What another identifier stands for (an alias) has its own one, by which
// alone the connection is known.
func (c *core) inWords(m ecma.Worded, own ecma.DeviceID) ecma.DeviceID {
	words, named := m.Words(), m.Names()
	if c.deviceID(named) != own || words == "" || len(words) > maxWords {
		return own
	}
	return ecma.DeviceID{Number: words, Type: named.Type}
}

// promptCreated: a leg that prompts the calling device exists, one of perhaps
// several.
func (c *core) promptCreated(l *leg, mc *makeCall) {
	l.order.making = mc
	mc.legs = append(mc.legs, l)
	if !l.Info.Glue {
		l.calling = true
		l.device = mc.conn.Device.ID
		l.conn = mc.conn
		if c.legs[mc.conn.Leg] == nil {
			mc.conn.Leg = l.ID
		}
	}
	c.join(l, mc.call)
	if !mc.begun {
		mc.begun = true
		c.model.Initiate(mc.conn, ecma.CauseMakeCall)
	}
	if mc.cleared {
		// It was cleared before the switch knew of it, and the switch may
		// have been past cancelling.
		c.ops.start(switching.HangUp{Leg: l.ID, Cause: switching.CauseNormalClearing}, nil)
	}
}

// promptAnswered: the calling device is there; the switch now dials for it.
func (c *core) promptAnswered(l *leg) {
	mc := l.order.making
	delete(c.making, mc.id)
	for _, o := range mc.legs {
		// The others ring until the switch stops that.
		o.order.making = nil
		if o != l && o.answering != nil {
			c.answerDone(o, o.answering, nil)
		}
	}
	if !l.Info.Glue {
		mc.conn.Leg = l.ID
		c.noteDown(l)
	}
	l.plan.dials = l.Info.Glue
	if mc.conn.State() == ecma.StateInitiated {
		c.model.Originate(mc.conn, ecma.CauseNewCall)
	}
	c.abandoned(mc)
}

// abandoned ends the call that a service made, if somebody joined its leg with
// another call before the leg was answered.
func (c *core) abandoned(mc *makeCall) {
	c.endIfEmpty(mc.call)
}

// promptEnded: a phone of the calling device did not answer the prompt, or was
// cleared. What the last of them does is what the device does; whether it is the
// last is certain when the switch calls no more.
func (c *core) promptEnded(l *leg, cause switching.Cause) {
	mc := l.order.making
	l.order.making = nil
	mc.legs = slices.DeleteFunc(mc.legs, func(o *leg) bool { return o == l })
	switch {
	case len(mc.legs) > 0:
		if mc.conn.Leg == l.ID {
			mc.conn.Leg = mc.legs[0].ID
		}
	case mc.over || l.Info.Order == "":
		c.promptOver(mc, cause)
	default:
		mc.ended = cause
	}
}

// promptOver: nobody answered the prompt.
func (c *core) promptOver(mc *makeCall, cause switching.Cause) {
	delete(c.making, mc.id)
	if mc.cleared {
		cause = switching.CauseNormalClearing
	}
	if mc.conn.State() != ecma.StateNull {
		c.model.Clear(mc.conn, eventCause(cause))
	}
	c.abandoned(mc)
}

// promptFailed: the switch gave up, or its work is done, and no leg was seen. If
// the leg ever existed its own events tell how it ended; they may still be on
// their way, but not for long.
func (c *core) promptFailed(mc *makeCall, cause switching.Cause, err error) {
	mc.over = true
	if c.making[mc.id] != mc {
		return
	}
	if mc.begun {
		over := func() bool {
			if len(mc.legs) > 0 || c.making[mc.id] != mc {
				return false
			}
			c.promptOver(mc, mc.ended)
			return true
		}
		if err == nil {
			// One has answered, who may not have been heard of yet.
			c.await(forFirstLeg, over)
		} else {
			over()
		}
		return
	}
	c.await(forFirstLeg, func() bool {
		if mc.begun || c.making[mc.id] != mc {
			return false
		}
		delete(c.making, mc.id)
		c.settler.Kept(mc.id)
		c.log.Info("MakeCall: the calling device could not be called", "call", mc.id, "device", mc.conn.Device.ID.Number, "cause", string(cause), "error", err)
		if mc.cleared {
			cause = switching.CauseNormalClearing
		}
		c.model.Initiate(mc.conn, ecma.CauseMakeCall)
		c.model.Clear(mc.conn, eventCause(cause))
		c.endIfEmpty(mc.call)
		return true
	})
}

// newUUID names a leg, a call or a room.
func (c *core) newUUID() string {
	id := c.uuids()
	if c.record != nil {
		c.record.uuid(id)
	}
	return id
}

// randomUUID is a random UUID (RFC 9562, version 4) for a leg.
func randomUUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
