package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// forwarding is what the dialplan that a leg runs will do if the device that it
// calls turns out to be busy, or does not answer.
type forwarding struct {
	device, to ecma.DeviceID
	cause      ecma.EventCause
}

// forwards are the rules for what the dialplan does with calls to devices that are busy,
// do not answer, or have set that they are not to be disturbed, or forward their calls.
type forwards struct{ *switchboard }

// featuresApplied: the dialplan applies do not disturb or forwarding of a device
// to a leg that calls it. The device need not have rung, or even be there.
func (fs *forwards) featuresApplied(l *leg, ev *switching.Event) {
	l.routed()
	device := ecma.Subscriber(fs.canonical(ev.Device))
	to := dialled(ev.Name, domainOf(device))
	if !switching.ValidDevice(device.Number) || ev.Feature != switching.DoNotDisturb && to.IsZero() {
		fs.log.Warn("the dialplan's event of do not disturb or forwarding names no device or number", "leg", l.ID, "device", ev.Device, "number", ev.Name)
		return
	}
	fs.belongsTo(l.call, domainOf(device))
	switch ev.Feature {
	case switching.DoNotDisturb:
		fs.callerOnItsWay(l.call)
		l.call.reached = true
		failed := l.call.Connection(device)
		if l.call.Of(device) != nil {
			failed.Device = ecma.DeviceID{} // it calls itself
		}
		fs.model.Fail(l.call.Call, failed, device, ecma.CauseDoNotDisturb)
	case switching.ForwardImmediate:
		fs.forward(l.call, forwarding{device, to, ecma.CauseCallForwardImmediate})
	case switching.ForwardBusy:
		l.plan.forwardings = append(l.plan.forwardings, forwarding{device, to, ecma.CauseCallForwardBusy})
	case switching.ForwardNoAnswer:
		l.plan.forwardings = append(l.plan.forwardings, forwarding{device, to, ecma.CauseCallForwardNoAnswer})
	}
}

// forward reports that a call was forwarded (ECMA-269 17.2.7): from the device's
// connection, or, if it did not ring, from one that nobody hears of before.
func (fs *forwards) forward(cl *call, f forwarding) {
	// Who is on the way may be the device itself.
	fs.callerOnItsWay(cl)
	conn := cl.Of(f.device)
	switch {
	case conn == nil:
		fs.model.Divert(fs.model.Connect(cl.Call, f.device, ecma.StateAlerting, ""), f.to, f.cause)
	case conn.State() == ecma.StateAlerting:
		fs.model.Divert(conn, f.to, f.cause)
	default:
		// It calls itself.
		cl.LastRedirection = f.device
	}
	for _, l := range cl.legs {
		if l.conn != nil && l.conn == conn && conn.State() == ecma.StateNull || l.conn == nil && l.device == f.device && !l.calling {
			l.conn, l.left = nil, true
		}
	}
	cl.cause, cl.destination, cl.reached, cl.failedAt = f.cause, f.to, false, ecma.DeviceID{}
}

// forwardedAway takes the end of a called leg whose device has its calls
// forwarded then: the last of the device's legs decides why. It tells whether it was one.
func (fs *forwards) forwardedAway(l *leg, ev *switching.Event) bool {
	origin := fs.legs[l.Info.Originator]
	if origin == nil || len(origin.plan.forwardings) == 0 || l.call == nil || origin.call != l.call ||
		l.Answered() || l.left || l.calling || l.Info.Glue {
		return false
	}
	for _, f := range origin.plan.forwardings {
		if f.device != l.device || !applies(f.cause, ev.Cause) {
			continue
		}
		if o := alsoCalled(l); o != nil {
			if l.conn != nil {
				l.conn.Leg, o.conn = o.ID, l.conn
			}
			l.conn, l.left = nil, true
			return true
		}
		origin.plan.forwardings = nil
		fs.forward(l.call, f)
		return true
	}
	return false
}

// applies tells whether a device whose leg ended so has its calls forwarded for
// that cause. One that cannot be reached does not answer.
func applies(forwarding ecma.EventCause, ended switching.Cause) bool {
	switch eventCause(ended) {
	case ecma.CauseBusy:
		return forwarding == ecma.CauseCallForwardBusy
	case ecma.CauseCallNotAnswered, ecma.CauseDestOutOfOrder, ecma.CauseTimeout:
		return forwarding == ecma.CauseCallForwardNoAnswer
	}
	return false
}

// forwardedTo: the switch sent a leg to a number, perhaps because a device it
// called has its calls forwarded and never got a leg.
func (fs *forwards) forwardedTo(l *leg, number string) {
	if len(l.plan.forwardings) == 0 {
		return
	}
	list := l.plan.forwardings
	l.plan.forwardings = nil
	// Without a leg nobody was busy: not to answer comes last in the list.
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].to == dialled(number, domainOf(list[i].device)) && !l.Answered() {
			fs.forward(l.call, list[i])
			return
		}
	}
}
