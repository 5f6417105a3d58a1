package engine

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/legs"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// pickupState is how far a pick-up is.
type pickupState uint8

const (
	// pickupPrompts: the phones of the device that picks up ring, or one of them has
	// answered and the switch is not done with that.
	pickupPrompts pickupState = iota
	// pickupTakes: the switch takes the call away from whom it rings at.
	pickupTakes
	pickupOver
)

// pickup is a Directed or Group Pickup Call. The leg by which its device is called is in
// no call until it gets the one picked up: nobody hears of it before.
type pickup struct {
	// id is that of the Originate.
	id    string
	state pickupState
	p     *pending
	// conn is what is picked up, and no longer once its call is elsewhere.
	conn   *model.Connection
	device ecma.DeviceID
	// unable is the refusal if the device does not answer.
	unable           *ecma.Error
	correlator, user ecma.Data
	// legs are those of the device's phones, picker the one that the switch has taken
	// of those that answered; called is set once it calls no more of them.
	legs   []*leg
	picker *leg
	called bool
	// rang is the leg that the switch takes the call away from.
	rang   *leg
	cancel func()
}

// pickupErrors are the error values about the device that picks up.
type pickupErrors struct {
	promptErrors
	unfit *ecma.Error
}

// directedPickupCall is Directed Pickup Call (ECMA-269 17.1.13) of an alerting
// connection. Whether the device that picks up answers, and stays, shows only when it
// does, so that the service is acknowledged when done.
func (c *core) directedPickupCall(r *Request, m *ecma.DirectedPickupCall) {
	conn, refusal := c.connection(m.CallToBePickedUp, inState(ecma.StateAlerting), ecma.ErrNoActiveCall)
	if refusal != nil {
		c.refuse(r, refusal)
		return
	}
	if c.pickable(conn) == nil {
		c.refuse(r, ecma.ErrInvalidConnectionState)
		return
	}
	errs := pickupErrors{promptErrors{ecma.ErrInvalidPickUpDeviceID, ecma.ErrPickupDeviceOutOfService, ecma.ErrInvalidDeviceState}, ecma.ErrRequestIncompatibleWithPickupDevice}
	c.readyToPickUp(r, m.RequestingDevice, errs, func(device ecma.DeviceID) {
		switch {
		case conn.Call.Of(device) != nil:
			// Functional requirement 6: the two are different devices.
			c.refuse(r, ecma.ErrNotDifferentDevices)
		case c.pickable(conn) == nil:
			c.refuse(r, ecma.ErrInvalidConnectionState)
		default:
			picked := &ecma.DirectedPickupCallResponse{PickedCall: conn.Call.Connection(c.inWords(m, device))}
			c.pickUp(r, &pickup{
				p: c.pend(r, picked), conn: conn, device: device, unable: errs.busy,
				correlator: m.CorrelatorData, user: m.UserData,
			})
		}
	})
}

// groupPickupCall is Group Pickup Call (ECMA-269 17.1.14): of the calls that ring at
// members of a group the oldest.
func (c *core) groupPickupCall(r *Request, m *ecma.GroupPickupCall) {
	errs := pickupErrors{promptErrors{ecma.ErrInvalidDestinationDeviceID, ecma.ErrDestinationDeviceOutOfService, ecma.ErrInvalidDestinationDeviceState}, ecma.ErrRequestIncompatibleWithDestinationDevice}
	c.readyToPickUp(r, m.NewDestination, errs, func(device ecma.DeviceID) { c.pickUpOldest(r, m, device, errs) })
}

// pickUpOldest picks up the oldest call that rings in a group for a device.
func (c *core) pickUpOldest(r *Request, m *ecma.GroupPickupCall, device ecma.DeviceID, errs pickupErrors) {
	ringing := c.ringingFor(device)
	find := switching.FindInGroup{Device: device.Number, Group: m.PickGroup.Number}
	for _, conn := range ringing {
		if number := conn.Device.ID.Number; !slices.Contains(find.Among, number) {
			find.Among = append(find.Among, number)
		}
	}
	c.ops.start(find, func(out switching.Outcome, err error) {
		member := ecma.Subscriber(c.canonical(out.Device.Device))
		switch i := slices.IndexFunc(ringing, func(conn *model.Connection) bool { return conn.Device.ID == member && c.pickable(conn) != nil }); {
		case err != nil:
			c.refuse(r, switchError(err, errs.unfit))
		case !out.Device.Known:
			c.refuse(r, errs.unfit)
		case out.Device.Device == "":
			c.refuse(r, ecma.ErrNoCallToAnswer)
		case c.busy(device):
			c.refuse(r, errs.busy)
		case i < 0:
			// That one rings no more.
			c.pickUpOldest(r, m, device, errs)
		default:
			picked := &ecma.GroupPickupCallResponse{PickedCall: ringing[i].Call.Connection(c.inWords(m, device))}
			c.pickUp(r, &pickup{
				p: c.pend(r, picked), conn: ringing[i], device: device, unable: errs.busy,
				correlator: m.CorrelatorData, user: m.UserData,
			})
		}
	})
}

// ringingFor are the alerting connections that a device might pick up, those of the
// oldest call first: of its own domain, in which the names of groups mean something,
// and of calls that it has no part in.
func (c *core) ringingFor(device ecma.DeviceID) []*model.Connection {
	var list []*model.Connection
	domain := func(id ecma.DeviceID) string {
		_, domain, _ := strings.Cut(id.Number, "@")
		return strings.ToLower(domain)
	}
	byAge := slices.SortedFunc(maps.Values(c.calls), func(x, y *call) int { return cmp.Compare(x.born, y.born) })
	for _, cl := range byAge {
		if cl.Of(device) != nil {
			continue
		}
		for _, conn := range cl.Connections {
			if id := conn.Device.ID; id.Type != ecma.DeviceNumber && domain(id) == domain(device) && c.pickable(conn) != nil {
				list = append(list, conn)
			}
		}
	}
	return list
}

// pickable is the leg that rings behind an alerting connection whose call another
// device can have; nil if it can't. Who is offered the call of a queue of the switch's
// own rings for the queue, which keeps the caller.
func (c *core) pickable(conn *model.Connection) *leg {
	own := c.legs[conn.Leg]
	if conn.State() != ecma.StateAlerting || own == nil || own.Gone() || own.Answered() || own.Confirming() || own.queue.conn == conn || own.routing != nil ||
		own.taken.by != nil && own.taken.by.state == pickupTakes {
		return nil
	}
	if caller := c.reroutable(conn, own); caller == nil || caller.routing != nil || caller.consult != nil || caller.call != own.call || c.offeredBy(own) != nil {
		return nil
	}
	return own
}

// readyToPickUp goes on with the own identifier of a device that can be called to get
// a call, and refuses any other.
func (c *core) readyToPickUp(r *Request, id ecma.DeviceID, errs pickupErrors, then func(ecma.DeviceID)) {
	device := c.deviceID(id)
	if device.Type == ecma.DeviceNumber || looksInternal(device.Number) {
		c.refuse(r, errs.unfit)
		return
	}
	c.readyToPrompt(r, device, errs.promptErrors, then)
}

// pickUp calls the device that picks up, past its forwarding and do not disturb
// (functional requirement 2). The call that rings goes on as it is until the device has
// answered.
func (c *core) pickUp(r *Request, pk *pickup) {
	s := c.mayOriginate(r)
	if s == nil {
		return
	}
	pk.id = c.newUUID()
	c.picking[pk.id] = pk
	op := switching.Originate{Leg: pk.id, Device: pk.device.Number, AutoAnswer: true, Timeout: c.opts.PromptTimeout}
	if calling := pk.conn.Call.Calling; !calling.IsZero() {
		op.CallerNumber, op.CallerName = calling.Number, calling.Number
	}
	pk.cancel = c.ops.counted(&s.originates, op, func(out switching.Outcome, err error) { c.pickerCalled(pk, out.Cause, err) })
	c.letsPass(r)
	c.when(forRinging, c.opts.PromptTimeout, func() bool { return pk.state != pickupPrompts || c.pickable(pk.conn) == nil }, func() {
		if pk.state != pickupPrompts {
			return
		}
		if c.pickable(pk.conn) == nil {
			c.pickupFailed(pk, ecma.ErrInvalidConnectionState)
			return
		}
		c.pickupFailed(pk, pk.unable)
	})
}

// isPickedUpBy tells whether a device is being called to get a call.
func (c *core) isPickedUpBy(id ecma.DeviceID) bool {
	for _, pk := range c.picking {
		if pk.device == id && pk.state != pickupOver {
			return true
		}
	}
	return false
}

// pickerCreated: a phone of the device that picks up is called.
func (c *core) pickerCreated(l *leg, pk *pickup) {
	l.order.picking = pk
	pk.legs = append(pk.legs, l)
	if pk.state == pickupOver {
		c.ops.start(switching.HangUp{Leg: l.ID, Cause: switching.CauseNormalClearing}, nil)
	}
}

// pickerFact is the rule for what a leg does that is in no call yet.
func (c *core) pickerFact(l *leg, f legs.Fact) {
	switch f.Kind {
	case legs.Renamed:
		c.legRenamed(l, f.Event.Leg)
	case legs.HasToConfirm, legs.HasAnswered:
		if f.Kind == legs.HasToConfirm {
			// It takes the call that is picked up, whatever the dialplan asks for.
			c.check(l, l.Answer())
			l.Changed = c.now
		}
		if l.order.picking.state == pickupOver {
			c.ops.start(switching.HangUp{Leg: l.ID, Cause: switching.CauseNormalClearing}, nil)
		}
	case legs.HasParked:
		// The switch is done with the answer of the phone that it has taken. On its way
		// there it would forget that the leg is to be joined.
		c.takeCall(l)
	case legs.TalksWith:
		c.talksWith(l, c.settled(f.Other))
	}
}

// pickerCalled: the switch calls no more phones of the device: one has answered, or
// none will.
func (c *core) pickerCalled(pk *pickup, cause switching.Cause, err error) {
	pk.called = true
	if err != nil && pk.state == pickupPrompts {
		c.log.Info("the device that picks up a call could not be called, or did not answer", "device", pk.device.Number, "cause", string(cause), "error", err)
		c.pickupFailed(pk, pk.unable)
	}
	// Its legs may not have been heard of yet.
	c.await(forPark, func() bool {
		delete(c.picking, pk.id)
		late := pk.state == pickupPrompts
		if i := slices.IndexFunc(pk.legs, func(l *leg) bool { return l.Answered() }); late && i >= 0 {
			c.takeCall(pk.legs[i])
		} else if late {
			c.pickupFailed(pk, pk.unable)
		}
		return late
	})
}

// takeCall has the switch give the call to the phone that has answered.
func (c *core) takeCall(picker *leg) {
	pk := picker.order.picking
	if pk.state != pickupPrompts {
		return
	}
	pk.picker = picker
	ringing := c.pickable(pk.conn)
	if ringing == nil {
		c.pickupFailed(pk, ecma.ErrInvalidConnectionState)
		return
	}
	pk.state, pk.rang, ringing.taken.by = pickupTakes, ringing, pk
	caller := ringing.Info.Originator
	c.ops.start(switching.PickUp{Leg: pk.picker.ID, Caller: caller, Ringing: ringing.ID}, func(_ switching.Outcome, err error) {
		switch {
		case pk.state != pickupTakes:
		case err != nil:
			ringing.taken.by = nil
			c.pickupFailed(pk, switchError(err, ecma.ErrInvalidConnectionState))
		default:
			c.await(forJoin, func() bool {
				late := pk.state == pickupTakes
				if o := c.legs[caller]; late && o != nil && o.call != nil {
					// Whatever came between, nobody is to wait for the other in vain.
					c.ops.start(switching.Bridge{Leg: pk.picker.ID, Other: caller}, nil)
					c.pickupDone(pk, o.call)
				}
				return late
			})
		}
	})
}

// pickupFailed ends what was ordered for a pick-up. The call that rings is not touched.
func (c *core) pickupFailed(pk *pickup, refusal *ecma.Error) {
	pk.state = pickupOver
	pk.p.fail(refusal)
	if !pk.called {
		pk.cancel()
	}
	for _, l := range pk.legs {
		// The switch may be past cancelling.
		c.ops.start(switching.HangUp{Leg: l.ID, Cause: switching.CauseNormalClearing}, nil)
	}
}

// pickerGone: a leg of the device has ended before it got the call.
func (c *core) pickerGone(l *leg) {
	pk := l.order.picking
	pk.legs = slices.DeleteFunc(pk.legs, func(o *leg) bool { return o == l })
	if pk.state == pickupPrompts && pk.called && len(pk.legs) == 0 {
		c.pickupFailed(pk, pk.unable)
		return
	}
	if l != pk.picker || pk.state == pickupOver {
		return
	}
	c.pickupFailed(pk, pk.unable)
	if pk.rang != nil && pk.rang.taken.off {
		c.ringsAgain(pk.rang)
	}
}

// pickupJoined completes a pick-up for a client when the device talks with the caller;
// it tells whether it was one.
func (c *core) pickupJoined(x, y *leg) bool {
	for _, pair := range [...][2]*leg{{x, y}, {y, x}} {
		if pk := pair[0].order.picking; pk != nil && pk.picker == pair[0] && pair[1].call != nil {
			c.pickupDone(pk, pair[1].call)
			return true
		}
	}
	return false
}

// pickupDone gives the device its part in the call.
func (c *core) pickupDone(pk *pickup, cl *call) {
	pk.state, pk.picker.order.picking = pickupOver, nil
	pk.p.succeed()
	cl.Attach(pk.correlator, pk.user)
	c.takesOver(pk.picker, cl, pk.conn)
}

// pickupLate: a leg was picked off for a client a while ago, and the news that who
// picked the call up has it did not come.
func (c *core) pickupLate(l *leg) {
	pk := l.taken.by
	if caller := c.legs[l.Info.Originator]; pk.state == pickupTakes && caller != nil && caller.call != nil {
		c.pickupDone(pk, caller.call)
		return
	}
	c.ringsAgain(l)
}

// ringsAgain brings a caller back to whom the call rang at, when that has stopped for
// somebody who picked it up and has gone before they talked: the caller would be with
// nobody.
func (c *core) ringsAgain(l *leg) {
	conn, caller := l.conn, c.legs[l.Info.Originator]
	l.taken.by, l.conn = nil, nil
	defer c.leave(l)
	if conn == nil || conn.State() != ecma.StateAlerting {
		return
	}
	number := numberIn(domainOf(conn.Device.ID), conn.Device.ID)
	if caller == nil || caller.Gone() || number == "" {
		c.model.Clear(conn, ecma.CauseCallCancelled)
		return
	}
	c.log.Info("who picked a call up hung up at once; it rings where it rang before", "call", conn.Call.ID, "device", conn.Device.ID.Number)
	c.ops.start(switching.Route{Leg: caller.ID, Number: number, For: dialler(conn.Device.ID)}, func(_ switching.Outcome, err error) {
		if err != nil && conn.State() == ecma.StateAlerting {
			c.model.Clear(conn, ecma.CauseCallCancelled)
		}
	})
}
