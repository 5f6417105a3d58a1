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

// predictState is how far a Make Predictive Call is.
type predictState uint8

const (
	predictLooksUp predictState = iota
	predictOrdered
	predictRings
	predictRung
	predictUnheard
	predictOver
)

var predictStages = []stage[predictState]{
	predictLooksUp: {"looks up", "the switch tells of the two devices", []predictState{predictOrdered, predictOver}},
	predictOrdered: {"ordered", "the called device is called", []predictState{predictRings, predictUnheard, predictOver}},
	predictRings:   {"rings", "the called device answers, and the calling one gets the call", []predictState{predictRung}},
	predictRung:    {"rung", "the called device, of which the switch calls no more phones, is given to the calling one", nil},
	predictUnheard: {"unheard", "the leg of an originate that is over is heard of all the same", []predictState{predictRung, predictOver}},
	predictOver:    {name: "over"},
}

// predictService is a Make Predictive Call. Its legs know it for as long as they live; it
// matters until the called party is given to the calling device. If nobody answers, the
// call has failed; if a client clears it before, its calling device just leaves.
type predictService struct {
	course[predictState]
	r               *Request
	m               *ecma.MakePredictiveCall
	calling, number ecma.DeviceID
	op              switching.Originate
	leg             string
	call            *call
	conn            *model.Connection // of the calling device
	called          *leg
	// cleared is set when a client ended it before the calling device had it.
	cleared bool
	cancel  func()
	// ended is how an originate ended whose leg was not seen.
	ended switching.Cause
	// last is the phone that has gone last, unless another one rings.
	last *lastPhone
}

// begun tells whether a leg has been there, over whether the switch calls no more phones
// of the called device.
func (pc *predictService) begun() bool { return pc.state == predictRings || pc.state == predictRung }
func (pc *predictService) over() bool  { return pc.state == predictRung || pc.state == predictUnheard }

// waitsForParty tells whether its calling device has not got the call yet.
func (pc *predictService) waitsForParty() bool {
	return pc != nil && pc.conn.State() == ecma.StateInitiated
}

// lastPhone is a phone of a called device that has gone without having answered,
// before any other was announced: what it did may be what the device does.
type lastPhone struct {
	leg   *leg
	conn  *model.Connection
	cause switching.Cause
}

// makePredictiveCall is Make Predictive Call (ECMA-269 17.1.20): the called
// party is called first, and gets the calling device when it answers.
func makePredictiveCall(c *core, r *Request, m *ecma.MakePredictiveCall) {
	pc := &predictService{course: begins(c, "Make Predictive Call", predictStages, predictLooksUp), r: r, m: m}
	pc.op = switching.Originate{Leg: c.newUUID(), Timeout: c.opts.PromptTimeout}
	refusal := pc.check()
	if refusal != nil {
		c.refuse(r, refusal)
		return
	}
	if pc.calling.Type != ecma.DeviceNumber {
		c.subscriber(r, pc.calling, ecma.ErrInvalidCallingDeviceID, pc.callingKnown)
		return
	}
	name, ok := queueName(pc.calling)
	if !ok {
		c.refuse(r, ecma.ErrRequestIncompatibleWithCallingDevice)
		return
	}
	pc.op.Then = name
	pc.resolveCalled()
}

// check looks at the parameters.
func (pc *predictService) check() *ecma.Error {
	m := pc.m
	if m.CallingDevice.IsZero() {
		return ecma.ErrAtLeastOneConditionalParameterNotProvided
	}
	pc.calling = asInternal(pc.c.deviceID(m.CallingDevice))
	domain := domainOf(pc.calling)
	if strings.HasPrefix(m.Called.Number, "sofia/") {
		if !switching.ValidURI(m.Called.Number) {
			return ecma.ErrInvalidCalledDeviceID
		}
		// It goes past the dialplan, which else says what may be dialled.
		if !pc.c.opts.Trunks.Allow(m.Called.Number) {
			return ecma.ErrPrivilegeViolationCalledDevice
		}
		pc.op.URI = m.Called.Number
		pc.number = dialled(switching.URIUser(m.Called.Number), domain)
	} else {
		pc.number = pc.c.destinationIn(m.Called, domain)
		if numberIn(domain, pc.number) == "" {
			return ecma.ErrInvalidCalledDeviceID
		}
	}
	if m.AlertTime.Set {
		pc.op.Timeout = time.Duration(m.AlertTime.Value) * time.Second
		if pc.op.Timeout <= 0 || pc.op.Timeout > maxAlertTime {
			return ecma.ErrValueOutOfRange
		}
	}
	return nil
}

func (pc *predictService) callingKnown(st switching.DeviceStatus) {
	own := ecma.Subscriber(st.Device)
	number := numberIn(domainOf(own), own)
	switch {
	case !st.Registered && !pc.c.opts.IgnoreRegistration:
		pc.refuse(ecma.ErrCallingDeviceOutOfService)
	case number == "":
		pc.refuse(ecma.ErrInvalidCallingDeviceID)
	default:
		pc.op.Then, pc.op.For = number, dialler(own)
		pc.calling = own
		pc.resolveCalled()
	}
}

func (pc *predictService) refuse(e *ecma.Error) {
	pc.goes(predictOver)
	pc.c.refuse(pc.r, e)
}

// resolveCalled finds out how to call the called party: a subscriber directly,
// any other number, and a subscriber with do not disturb or forwarding, through
// the dialplan.
func (pc *predictService) resolveCalled() {
	if pc.op.URI != "" {
		pc.predict()
		return
	}
	pc.c.ops.start(switching.LookUpDevice{Device: pc.number.Number}, pc.calledKnown)
}

func (pc *predictService) calledKnown(out switching.Outcome, err error) {
	c, op, st := pc.c, &pc.op, out.Device
	switch {
	case err != nil || !st.Known && !st.Registered:
		op.Number = numberIn(domainOf(pc.calling), pc.number)
	case !st.Registered && !c.opts.IgnoreRegistration:
		pc.refuse(ecma.ErrCalledDeviceOutOfService)
		return
	default:
		op.Device = pc.number.Number
		if st.Device != "" {
			op.Device = c.canonical(st.Device)
		}
		if number := numberIn(domainOf(pc.calling), ecma.Subscriber(op.Device)); number != "" && c.features.of[op.Device].Any() {
			// The dialplan knows what to do.
			op.Number, op.Device = number, ""
		}
	}
	pc.predict()
}

func (pc *predictService) predict() {
	c := pc.c
	originates := c.mayOriginate(pc.r)
	if originates == nil {
		return
	}
	pc.goes(predictOrdered)
	pc.op.CallerNumber, pc.op.CallerName = pc.op.Then, pc.op.Then
	pc.leg, pc.call = pc.op.Leg, c.newCall(pc.op.Leg)
	pc.call.Calling, pc.call.Called, pc.call.tenant = pc.calling, pc.number, domainOf(pc.calling)
	pc.call.Attach(pc.m.CorrelatorData, pc.m.UserData)
	pc.call.cause = ecma.CauseMakePredictiveCall
	pc.conn = c.model.Connect(pc.call.Call, pc.calling, ecma.StateInitiated, "")
	c.predicting[pc.leg] = pc
	pc.call.initiated = pc.number
	c.respond(pc.r, &ecma.MakePredictiveCallResponse{InitiatedCall: pc.call.Connection(c.inWords(pc.m, pc.number))})
	pc.cancel = c.ops.counted(originates, pc.op, pc.calledAll)
}

// calledAll: the switch calls no more phones. What the last one did is what the
// device does, but if one has answered, the events of that one may be on their way, as
// those of a leg may be that was not seen.
func (pc *predictService) calledAll(out switching.Outcome, err error) {
	if !pc.begun() {
		pc.ended = out.Cause
		pc.goes(predictUnheard)
		pc.c.expect(forFirstLeg, pc)
		return
	}
	pc.goes(predictRung)
	if err != nil {
		pc.lastPhoneGone()
		return
	}
	pc.c.expect(forFirstLeg, pc)
}

func (pc *predictService) late(wait) bool {
	if pc.begun() {
		return pc.lastPhoneGone()
	}
	c := pc.c
	if c.predicting[pc.leg] != pc {
		return false
	}
	pc.goes(predictOver)
	delete(c.predicting, pc.leg)
	c.rules.settler.Kept(pc.leg)
	if !pc.cleared {
		c.model.FailAt(pc.call.Call, pc.number, eventCause(pc.ended))
	}
	c.model.Clear(pc.conn, ecma.CauseNormalClearing)
	c.endIfEmpty(pc.call)
	return true
}

// lastPhoneGone ends the call if all phones of the called device have gone in vain.
func (pc *predictService) lastPhoneGone() bool {
	c, last := pc.c, pc.last
	if last == nil || c.predicting[pc.leg] != pc {
		return false
	}
	pc.last = nil
	delete(c.predicting, pc.leg)
	if pc.cleared && last.conn == nil {
		c.model.Clear(pc.conn, ecma.CauseNormalClearing)
	} else {
		last.leg.conn = last.conn
		c.endings.clearLeg(last.leg, pc.call, last.cause)
		last.leg.conn = nil
	}
	c.endIfEmpty(pc.call)
	return true
}

// created: the called party's leg exists, or the glue leg through which the dialplan
// calls it.
func (pc *predictService) created(l *leg) {
	switch pc.state {
	case predictOrdered:
		pc.goes(predictRings)
		pc.called = l
	case predictUnheard:
		pc.goes(predictRung)
		pc.called = l
	}
	l.order.predicted, pc.last = pc, nil
	delete(pc.c.predicting, pc.leg)
	pc.c.join(l, pc.call)
	if pc.cleared {
		// The switch may have been past cancelling.
		pc.clear()
	}
}

// morePhones tells whether the switch may still call another phone of a called device,
// of which one has gone in vain.
func (l *leg) morePhones(cause switching.Cause) bool {
	pc := l.order.predicted
	if pc == nil || pc.over() || l.Info.Order == "" || l.Answered() || l.left || alsoCalled(l) != nil || pc.conn.State() != ecma.StateInitiated {
		return false
	}
	pc.last = &lastPhone{l, l.conn, cause}
	if l.conn != nil {
		l.conn.Leg = ""
	}
	pc.c.predicting[pc.leg] = pc
	return true
}

// legEnded: the called party's leg is gone. A calling device that had
// not been given the call yet leaves it, too.
func (pc *predictService) legEnded(l *leg, cl *call, cause switching.Cause) {
	if pc == nil || cl == nil || alsoCalled(l) != nil {
		return
	}
	if pc.conn.State() == ecma.StateInitiated && pc.conn.Call == cl.Call {
		if l.Info.Glue && failure(cause) {
			pc.c.endings.calledBy(l.Info.GluePeer, cl, cause)
			if !cl.reached {
				pc.c.model.FailAt(cl.Call, cl.Called, eventCause(cause))
			}
		}
		pc.c.model.Clear(pc.conn, ecma.CauseNormalClearing)
	}
}

// clear ends a predictive call for its calling device.
func (pc *predictService) clear() {
	pc.cleared = true
	pc.cancel()
	if pc.begun() {
		pc.called.cleared = byClient
		pc.c.ops.start(switching.HangUp{Leg: pc.called.ID, Cause: switching.CauseOriginatorCancel}, nil)
	}
}

// callingLeft: the calling device left first, by a client, before it had the call.
func (pc *predictService) callingLeft() {
	if pc != nil && pc.cleared && pc.conn.State() == ecma.StateInitiated {
		pc.c.model.Clear(pc.conn, ecma.CauseNormalClearing)
	}
}
