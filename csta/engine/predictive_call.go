package engine

import (
	"strings"
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// maxAlertTime bounds a predictive call's alertTime.
const maxAlertTime = 10 * time.Minute

// predictiveCall is a Make Predictive Call whose called party has not been
// given to the calling device yet.
type predictiveCall struct {
	leg    string
	call   *call
	conn   *model.Connection // of the calling device
	called *leg
	begun  bool
	// cleared is set when a client ended it before the calling device had it.
	cleared bool
	cancel  func()
	// over is set once the switch calls no more phones of the called device.
	over bool
	// last is the phone that has gone last, unless another one rings.
	last *lastPhone
}

// lastPhone is a phone of a called device that has gone without having answered,
// before any other was announced: what it did may be what the device does.
type lastPhone struct {
	leg   *leg
	conn  *model.Connection
	cause switching.Cause
}

// makePredictiveCall is Make Predictive Call (ECMA-269 17.1.17): the called
// party is called first, and gets the calling device when it answers.
func (c *core) makePredictiveCall(r *Request, m *ecma.MakePredictiveCall) {
	op := switching.Originate{Leg: c.newUUID(), Timeout: c.opts.PromptTimeout}
	called := m.Called
	if m.CallingDevice.IsZero() {
		c.refuse(r, ecma.ErrAtLeastOneConditionalParameterNotProvided)
		return
	}
	calling := c.deviceID(m.CallingDevice)
	if calling.Type != ecma.DeviceNumber && looksInternal(calling.Number) {
		calling.Type = ecma.DeviceNumber
	}
	domain := domainOf(calling)
	switch {
	case strings.HasPrefix(called.Number, "sofia/"):
		if !switching.ValidURI(called.Number) {
			c.refuse(r, ecma.ErrInvalidCalledDeviceID)
			return
		}
		// It goes past the dialplan, which else says what may be dialled.
		if !c.opts.Trunks.Allow(called.Number) {
			c.refuse(r, ecma.ErrPrivilegeViolationCalledDevice)
			return
		}
		op.URI = called.Number
		called = dialled(switching.URIUser(called.Number), domain)
	default:
		called = c.destinationIn(called, domain)
		if numberIn(domain, called) == "" {
			c.refuse(r, ecma.ErrInvalidCalledDeviceID)
			return
		}
	}
	if m.AlertTime.Set {
		op.Timeout = time.Duration(m.AlertTime.Value) * time.Second
		if op.Timeout <= 0 || op.Timeout > maxAlertTime {
			c.refuse(r, ecma.ErrValueOutOfRange)
			return
		}
	}
	if calling.Type == ecma.DeviceNumber {
		name, ok := strings.CutPrefix(calling.Number, ecma.QueuePrefix)
		if !ok || !switching.ValidNumber(name) {
			c.refuse(r, ecma.ErrRequestIncompatibleWithCallingDevice)
			return
		}
		op.Then = name
		c.resolveCalled(r, m, op, calling, called)
		return
	}
	c.subscriber(r, calling, ecma.ErrInvalidCallingDeviceID, func(st switching.DeviceStatus) {
		switch {
		case !st.Registered && !c.opts.IgnoreRegistration:
			c.refuse(r, ecma.ErrCallingDeviceOutOfService)
		default:
			own := ecma.Subscriber(st.Device)
			op.Then, op.For = numberIn(domainOf(own), own), dialler(own)
			if op.Then == "" {
				c.refuse(r, ecma.ErrInvalidCallingDeviceID)
				return
			}
			c.resolveCalled(r, m, op, own, called)
		}
	})
}

// resolveCalled finds out how to call the called party: a subscriber directly,
// any other number, and a subscriber with do not disturb or forwarding, through
// the dialplan.
func (c *core) resolveCalled(r *Request, m *ecma.MakePredictiveCall, op switching.Originate, calling, called ecma.DeviceID) {
	if op.URI != "" {
		c.predict(r, m, op, calling, called)
		return
	}
	c.ops.start(switching.LookUpDevice{Device: called.Number}, func(out switching.Outcome, err error) {
		st := out.Device
		switch {
		case err == nil && (st.Known || st.Registered):
			if !st.Registered && !c.opts.IgnoreRegistration {
				c.refuse(r, ecma.ErrCalledDeviceOutOfService)
				return
			}
			op.Device = called.Number
			if st.Device != "" {
				op.Device = c.canonical(st.Device)
			}
			if number := numberIn(domainOf(calling), ecma.Subscriber(op.Device)); number != "" && c.features.of[op.Device].Any() {
				// The dialplan knows what to do.
				op.Number, op.Device = number, ""
			}
		default:
			op.Number = numberIn(domainOf(calling), called)
		}
		c.predict(r, m, op, calling, called)
	})
}

func (c *core) predict(r *Request, m *ecma.MakePredictiveCall, op switching.Originate, calling, called ecma.DeviceID) {
	s := c.mayOriginate(r)
	if s == nil {
		return
	}
	op.CallerNumber = op.Then
	op.CallerName = op.Then
	pc := &predictiveCall{leg: op.Leg, call: c.newCall(op.Leg)}
	pc.call.Calling, pc.call.Called, pc.call.tenant = calling, called, domainOf(calling)
	pc.call.Attach(m.CorrelatorData, m.UserData)
	pc.call.cause = ecma.CauseMakePredictiveCall
	pc.conn = c.model.Connect(pc.call.Call, calling, ecma.StateInitiated, "")
	c.predicting[op.Leg] = pc
	pc.call.initiated = called
	c.respond(r, &ecma.MakePredictiveCallResponse{InitiatedCall: pc.call.Connection(c.inWords(m, called))})
	pc.cancel = c.ops.counted(&s.originates, op, func(out switching.Outcome, err error) {
		c.phonesCalled(pc, err)
		if pc.begun || c.predicting[op.Leg] != pc {
			return
		}
		c.await(forFirstLeg, func() bool {
			if pc.begun || c.predicting[op.Leg] != pc {
				return false
			}
			delete(c.predicting, op.Leg)
			c.settler.Kept(op.Leg)
			if !pc.cleared {
				c.model.FailAt(pc.call.Call, called, eventCause(out.Cause))
			}
			c.model.Clear(pc.conn, ecma.CauseNormalClearing)
			c.endIfEmpty(pc.call)
			return true
		})
	})
}

// predictionOf is the predictive call that an order began; its called device may
// have several phones.
func (c *core) predictionOf(order string) *predictiveCall {
	if pc := c.predicting[order]; pc != nil {
		return pc
	}
	if cl := c.calls[order]; cl != nil {
		for _, l := range cl.legs {
			if l.order.predicted != nil && l.order.predicted.leg == order && l.Info.Order == order {
				return l.order.predicted
			}
		}
	}
	return nil
}

// predictedCreated: the called party's leg exists, or the glue leg through
// which the dialplan calls it.
func (c *core) predictedCreated(l *leg, pc *predictiveCall) {
	if !pc.begun {
		pc.begun, pc.called = true, l
	}
	l.order.predicted, pc.last = pc, nil
	delete(c.predicting, pc.leg)
	c.join(l, pc.call)
	if pc.cleared {
		// The switch may have been past cancelling.
		c.clearPrediction(pc)
	}
}

// morePhones tells whether the switch may still call another phone of a called device,
// of which one has gone in vain.
func (c *core) morePhones(l *leg, cause switching.Cause) bool {
	pc := l.order.predicted
	if pc == nil || pc.over || l.Info.Order == "" || l.Answered() || l.left || alsoCalled(l) != nil || pc.conn.State() != ecma.StateInitiated {
		return false
	}
	pc.last = &lastPhone{l, l.conn, cause}
	if l.conn != nil {
		l.conn.Leg = ""
	}
	c.predicting[pc.leg] = pc
	return true
}

// phonesCalled: the switch calls no more phones. What the last one did is what the
// device does, but if one has answered, the events of that one may be on their way.
func (c *core) phonesCalled(pc *predictiveCall, err error) {
	pc.over = true
	end := func() bool {
		last := pc.last
		if last == nil || c.predicting[pc.leg] != pc {
			return false
		}
		pc.last = nil
		delete(c.predicting, pc.leg)
		if pc.cleared && last.conn == nil {
			c.model.Clear(pc.conn, ecma.CauseNormalClearing)
		} else {
			last.leg.conn = last.conn
			c.clearLeg(last.leg, pc.call, last.cause)
			last.leg.conn = nil
		}
		c.endIfEmpty(pc.call)
		return true
	}
	if err != nil {
		end()
		return
	}
	c.await(forFirstLeg, end)
}

// predictionEnded: the called party's leg is gone. A calling device that had
// not been given the call yet leaves it, too.
func (c *core) predictionEnded(l *leg, cl *call, cause switching.Cause) {
	pc := l.order.predicted
	if pc == nil || cl == nil || alsoCalled(l) != nil {
		return
	}
	if pc.conn.State() == ecma.StateInitiated && pc.conn.Call == cl.Call {
		if l.Info.Glue && failure(cause) {
			c.calledBy(l.Info.GluePeer, cl, cause)
			if !cl.reached {
				c.model.FailAt(cl.Call, cl.Called, eventCause(cause))
			}
		}
		c.model.Clear(pc.conn, ecma.CauseNormalClearing)
	}
}

// predictionFor finds the predictive call whose calling device has not got it
// yet.
func (c *core) predictionFor(conn *model.Connection) *predictiveCall {
	if conn.State() != ecma.StateInitiated {
		return nil
	}
	for _, pc := range c.predicting {
		if pc.conn == conn {
			return pc
		}
	}
	for _, l := range c.calls[conn.Call.ID].legs {
		if l.order.predicted != nil && l.order.predicted.conn == conn {
			return l.order.predicted
		}
	}
	return nil
}

// predictedAs is the connection meant by what the response to Make Predictive Call
// named before there was one (ECMA-269 17.1.20): that of the network interface, if the
// called party is outside, and until the called device has one, that of the calling
// device. Nil if the call's called device was not named so.
func (cl *call) predictedAs(device ecma.DeviceID) *model.Connection {
	if cl == nil || cl.initiated.IsZero() || cl.initiated != device {
		return nil
	}
	if conn := cl.Of(cl.AssociatedCalled); conn != nil {
		return conn
	}
	if conn := cl.Of(cl.Calling); conn != nil && conn.State() == ecma.StateInitiated {
		return conn
	}
	return nil
}

// clearPrediction ends a predictive call for its calling device.
func (c *core) clearPrediction(pc *predictiveCall) {
	pc.cleared = true
	pc.cancel()
	if pc.begun {
		pc.called.cleared = byClient
		c.ops.start(switching.HangUp{Leg: pc.called.ID, Cause: switching.CauseOriginatorCancel}, nil)
	}
}

// predictionCleared: the calling device left first, by a client.
func (c *core) predictionCleared(l *leg) {
	if pc := l.order.predicted; pc != nil && pc.cleared && pc.conn.State() == ecma.StateInitiated {
		c.model.Clear(pc.conn, ecma.CauseNormalClearing)
	}
}
