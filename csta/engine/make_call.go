package engine

import (
	"slices"
	"strings"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// makeState is how far a Make Call is.
type makeState uint8

const (
	makeLooksUp makeState = iota
	makeAtPhone
	makeOrdered
	makeRings
	makeRung
	makeUnheard
	makeOver
)

var makeStages = []stage[makeState]{
	makeLooksUp: {"looks up", "the switch tells of the calling device", []makeState{makeAtPhone, makeOrdered, makeOver}},
	makeAtPhone: {"asked", "the phone dials, or does not", []makeState{makeOrdered, makeOver}},
	makeOrdered: {"ordered", "a phone of the calling device is called", []makeState{makeRings, makeUnheard, makeOver}},
	makeRings:   {"rings", "the calling device answers", []makeState{makeRung, makeOver}},
	makeRung:    {"rung", "the phones that were called have answered, or gone; the switch calls no more", []makeState{makeOver}},
	makeUnheard: {"unheard", "the leg of an originate that is over is heard of all the same", []makeState{makeRung, makeOver}},
	makeOver:    {name: "over"},
}

// makeService is a Make Call until the calling device is there, which then has an
// ordinary call. If the client clears it before, its end is normal; if nobody answers, the
// connection is cleared with the reason.
type makeService struct {
	course[makeState]
	r               *Request
	m               *ecma.MakeCall
	calling, called ecma.DeviceID
	// id is that of the Originate, and of the call.
	id   string
	call *call
	conn *model.Connection
	// legs are those of the device's phones that ring, ended how the last of those ended
	// that are known.
	legs  []*leg
	ended switching.Cause
	// cleared is set when the client ended it.
	cleared bool
	cancel  func()
}

// makeCall is Make Call (ECMA-269 17.1.18): the calling device is prompted, and
// when it answers the called number is dialled for it.
func makeCall(c *core, r *Request, m *ecma.MakeCall) {
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
	mc := &makeService{course: begins(c, "Make Call", makeStages, makeLooksUp), r: r, m: m, called: called}
	mc.calling = asInternal(calling)
	if mc.calling.Type == ecma.DeviceNumber {
		name, ok := queueName(mc.calling)
		if !ok {
			c.refuse(r, ecma.ErrRequestIncompatibleWithCallingDevice)
			return
		}
		// Nobody is there to be prompted: the dialplan takes the call's near
		// end into the queue.
		mc.prompt(switching.Originate{Number: name})
		return
	}
	errs := promptErrors{ecma.ErrInvalidCallingDeviceID, ecma.ErrCallingDeviceOutOfService, ecma.ErrInvalidCallingDeviceState}
	c.readyToPrompt(r, mc.calling, errs, mc.ready)
}

// asInternal is a device with its type, if that is a queue or a network interface whose
// type a client has left out.
func asInternal(d ecma.DeviceID) ecma.DeviceID {
	if d.Type != ecma.DeviceNumber && looksInternal(d.Number) {
		d.Type = ecma.DeviceNumber
	}
	return d
}

// queueName is the number that brings a call into a queue.
func queueName(d ecma.DeviceID) (name string, ok bool) {
	name, ok = strings.CutPrefix(d.Number, ecma.QueuePrefix)
	return name, ok && switching.ValidNumber(name)
}

// ready: the calling device's phones can be called.
func (mc *makeService) ready(own ecma.DeviceID) {
	mc.calling = own
	switch {
	case mc.m.AutoOriginate != ecma.DoNotPrompt:
		mc.prompt(switching.Originate{Device: own.Number})
	case !mc.atPhone():
		mc.notDialled()
	}
}

// atPhone has the calling device's telephone dial by itself. It tells whether that is
// tried. A phone that may still dial is not called in addition.
func (mc *makeService) atPhone() bool {
	c := mc.c
	phones := c.handsets.byDevice[mc.calling.Number]
	if len(phones) == 0 {
		c.handsets.wake(mc.calling)
		return false
	}
	if len(phones) != 1 || phones[0].lacks(telephone.MakeCall) {
		// Which of several phones its user sits at is not known.
		return false
	}
	mc.goes(makeAtPhone)
	if phones[0].dialing != nil {
		mc.goes(makeOver)
		c.refuse(mc.r, ecma.ErrInvalidCallingDeviceState)
		return true
	}
	c.yields(mc.r)
	c.handsets.dial(phones[0], telephone.Request{Service: telephone.MakeCall, Number: numberIn(domainOf(mc.calling), mc.called)}, ecma.CauseMakeCall, mc)
	return true
}

// dialled: the leg of the phone that dialled is there.
func (mc *makeService) dialled(l *leg) {
	mc.goes(makeOver)
	l.call.Attach(mc.m.CorrelatorData, mc.m.UserData)
	mc.c.respond(mc.r, &ecma.MakeCallResponse{CallingDevice: l.call.Connection(mc.c.inWords(mc.m, l.device))})
}

func (mc *makeService) notDialled() {
	if mc.c.sessions[mc.r.Session] != nil {
		mc.prompt(switching.Originate{Device: mc.calling.Number, AutoAnswer: true})
	}
}

func (mc *makeService) mayDial() {
	mc.goes(makeOver)
	mc.c.refuse(mc.r, ecma.ErrRequestIncompatibleWithCallingDevice)
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
	d := c.model.Devices.Find(id)
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
func (mc *makeService) prompt(op switching.Originate) {
	c := mc.c
	originates := c.mayOriginate(mc.r)
	if originates == nil {
		return
	}
	mc.goes(makeOrdered)
	mc.id = c.newUUID()
	mc.call = c.newCall(mc.id)
	mc.call.Calling, mc.call.Called, mc.call.tenant = mc.calling, mc.called, domainOf(mc.calling)
	mc.call.Attach(mc.m.CorrelatorData, mc.m.UserData)
	mc.conn = c.model.Connect(mc.call.Call, mc.calling, ecma.StateInitiated, mc.id)
	c.making[mc.id] = mc
	c.respond(mc.r, &ecma.MakeCallResponse{CallingDevice: mc.call.Connection(mc.c.inWords(mc.m, mc.calling))})
	op.Leg = mc.id
	op.Then, op.For = numberIn(domainOf(mc.calling), mc.called), dialler(mc.calling)
	op.CallerNumber, op.CallerName = op.Then, op.Then
	op.Timeout = c.opts.PromptTimeout
	mc.cancel = c.ops.counted(originates, op, mc.calledAll)
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

// created: a leg that prompts the calling device exists, one of perhaps several.
func (mc *makeService) created(l *leg) {
	c := mc.c
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
	if !mc.begun() {
		if mc.state == makeUnheard {
			mc.goes(makeRung)
		} else {
			mc.goes(makeRings)
		}
		c.model.Initiate(mc.conn, ecma.CauseMakeCall)
	}
	if mc.cleared {
		// It was cleared before the switch knew of it, and the switch may
		// have been past cancelling.
		c.ops.start(switching.HangUp{Leg: l.ID, Cause: switching.CauseNormalClearing}, nil)
	}
}

// begun tells whether a leg has been there, and ServiceInitiated was sent.
func (mc *makeService) begun() bool { return mc.state != makeOrdered && mc.state != makeUnheard }

// answered: the calling device is there; the switch now dials for it.
func (mc *makeService) answered(l *leg) {
	c := mc.c
	mc.ends()
	for _, o := range mc.legs {
		// The others ring until the switch stops that.
		o.order.making = nil
		if o != l && o.answering != nil {
			o.answering.over(nil)
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
	// Somebody may have joined the leg with another call before it was answered.
	c.endIfEmpty(mc.call)
}

func (mc *makeService) ends() {
	mc.goes(makeOver)
	delete(mc.c.making, mc.id)
}

// legEnded: a phone of the calling device did not answer the prompt, or was
// cleared. What the last of them does is what the device does; whether it is the
// last is certain when the switch calls no more.
func (mc *makeService) legEnded(l *leg, cause switching.Cause) {
	l.order.making = nil
	mc.legs = slices.DeleteFunc(mc.legs, func(o *leg) bool { return o == l })
	switch {
	case len(mc.legs) > 0:
		if mc.conn.Leg == l.ID {
			mc.conn.Leg = mc.legs[0].ID
		}
	case mc.state == makeRung || l.Info.Order == "":
		mc.over(cause)
	default:
		mc.ended = cause
	}
}

// over: nobody answered the prompt.
func (mc *makeService) over(cause switching.Cause) {
	mc.ends()
	if mc.cleared {
		cause = switching.CauseNormalClearing
	}
	if mc.conn.State() != ecma.StateNull {
		mc.c.model.Clear(mc.conn, eventCause(cause))
	}
	mc.c.endIfEmpty(mc.call)
}

// calledAll: the switch gave up, or its work is done, and calls nobody any more. If a leg
// ever existed its own events tell how it ended; they may still be on their way, but not
// for long.
func (mc *makeService) calledAll(out switching.Outcome, err error) {
	if mc.state == makeOver {
		return
	}
	if !mc.begun() {
		mc.ended = out.Cause
		mc.goes(makeUnheard)
		mc.c.expect(forFirstLeg, mc)
		return
	}
	mc.goes(makeRung)
	if err == nil {
		// One has answered, who may not have been heard of yet.
		mc.c.expect(forFirstLeg, mc)
	} else if len(mc.legs) == 0 {
		mc.over(mc.ended)
	}
}

func (mc *makeService) late(wait) bool {
	switch {
	case mc.state == makeRung && len(mc.legs) == 0:
		mc.over(mc.ended)
	case mc.state == makeUnheard:
		mc.c.rules.settler.Kept(mc.id)
		mc.c.log.Info("MakeCall: the calling device could not be called", "call", mc.id, "device", mc.conn.Device.ID.Number, "cause", string(mc.ended))
		mc.c.model.Initiate(mc.conn, ecma.CauseMakeCall)
		mc.over(mc.ended)
	default:
		return false
	}
	return true
}

// clear is Clear Connection of what is being made: with that the switch ends all the legs.
// It tells whether that is all; a leg of the device is not left to it, since it may be
// past cancelling.
func (mc *makeService) clear() bool {
	mc.cleared = true
	mc.cancel()
	return !mc.begun() || len(mc.legs) == 0
}
