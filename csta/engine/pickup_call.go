package engine

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// pickupState is how far a pick-up is.
type pickupState uint8

const (
	pickupFinds pickupState = iota
	pickupPrompts
	pickupTakes
	pickupOver
)

var pickupStages = []stage[pickupState]{
	pickupFinds:   {"finds", "the switch tells which call of a group rings for the device, and that the device can have it", []pickupState{pickupPrompts, pickupOver}},
	pickupPrompts: {"rings", "the device that picks up answers, and the switch is done with that", []pickupState{pickupTakes, pickupOver}},
	pickupTakes:   {"takes", "the switch takes the call away from whom it rings at, and joins the two", []pickupState{pickupOver}},
	pickupOver:    {name: "over"},
}

// pickup is a Directed or Group Pickup Call. The leg by which its device is called is in
// no call until it gets the one picked up: nobody hears of it before. Until then, the
// service fails with the device; when the switch has taken the call away already, it
// rings again where it rang (ringsAgain).
type pickup struct {
	course[pickupState]
	r *Request
	p *pending
	// id is that of the Originate.
	id string
	// conn is what is picked up, and no longer once its call is elsewhere.
	conn   *model.Connection
	device ecma.DeviceID
	errs   pickupErrors
	// group is what is asked for, if the device gets the oldest call of a group, ringing
	// are those that it may be.
	group            *ecma.GroupPickupCall
	ringing          []*model.Connection
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
func directedPickupCall(c *core, r *Request, m *ecma.DirectedPickupCall) {
	conn, refusal := c.connection(m.CallToBePickedUp, inState(ecma.StateAlerting), ecma.ErrNoActiveCall)
	if refusal != nil {
		c.refuse(r, refusal)
		return
	}
	if c.pickable(conn) == nil {
		c.refuse(r, ecma.ErrInvalidConnectionState)
		return
	}
	pk := newPickup(c, r, m.CorrelatorData, m.UserData)
	pk.conn = conn
	pk.errs = pickupErrors{promptErrors{ecma.ErrInvalidPickUpDeviceID, ecma.ErrPickupDeviceOutOfService, ecma.ErrInvalidDeviceState}, ecma.ErrRequestIncompatibleWithPickupDevice}
	pk.find(m.RequestingDevice)
}

// groupPickupCall is Group Pickup Call (ECMA-269 17.1.14): of the calls that ring at
// members of a group the oldest.
func groupPickupCall(c *core, r *Request, m *ecma.GroupPickupCall) {
	pk := newPickup(c, r, m.CorrelatorData, m.UserData)
	pk.group = m
	pk.errs = pickupErrors{promptErrors{ecma.ErrInvalidDestinationDeviceID, ecma.ErrDestinationDeviceOutOfService, ecma.ErrInvalidDestinationDeviceState}, ecma.ErrRequestIncompatibleWithDestinationDevice}
	pk.find(m.NewDestination)
}

func newPickup(c *core, r *Request, correlator, user ecma.Data) *pickup {
	return &pickup{course: begins(c, "pick-up", pickupStages, pickupFinds), r: r, correlator: correlator, user: user}
}

// find goes on with the own identifier of a device that can be called to get a call, and
// refuses any other.
func (pk *pickup) find(id ecma.DeviceID) {
	device := pk.c.deviceID(id)
	if device.Type == ecma.DeviceNumber || looksInternal(device.Number) {
		pk.refuse(pk.errs.unfit)
		return
	}
	pk.c.readyToPrompt(pk.r, device, pk.errs.promptErrors, pk.found)
}

func (pk *pickup) refuse(e *ecma.Error) {
	pk.goes(pickupOver)
	pk.c.refuse(pk.r, e)
}

// found: the device can be called.
func (pk *pickup) found(device ecma.DeviceID) {
	pk.device = device
	switch {
	case pk.group != nil:
		pk.findOldest()
	case pk.conn.Call.Of(device) != nil:
		// Functional requirement 6: the two are different devices.
		pk.refuse(ecma.ErrNotDifferentDevices)
	case pk.c.pickable(pk.conn) == nil:
		pk.refuse(ecma.ErrInvalidConnectionState)
	default:
		pk.prompt(&ecma.DirectedPickupCallResponse{PickedCall: pk.conn.Call.Connection(pk.c.inWords(pk.r.Message.(ecma.Worded), device))})
	}
}

// findOldest asks the switch for the oldest call that rings in a group for the device.
func (pk *pickup) findOldest() {
	s := pk.c.asker(pk.r)
	if s == nil {
		pk.goes(pickupOver)
		return
	}
	pk.ringing = pk.c.ringingFor(s, pk.device)
	find := switching.FindInGroup{Device: pk.device.Number, Group: pk.group.PickGroup.Number}
	for _, conn := range pk.ringing {
		if number := conn.Device.ID.Number; !slices.Contains(find.Among, number) {
			find.Among = append(find.Among, number)
		}
	}
	pk.c.ops.start(find, pk.foundOldest)
}

func (pk *pickup) foundOldest(out switching.Outcome, err error) {
	c := pk.c
	member := ecma.Subscriber(c.canonical(out.Device.Device))
	i := slices.IndexFunc(pk.ringing, func(conn *model.Connection) bool { return conn.Device.ID == member && c.pickable(conn) != nil })
	switch {
	case err != nil:
		pk.refuse(switchError(err, pk.errs.unfit))
	case !out.Device.Known:
		pk.refuse(pk.errs.unfit)
	case out.Device.Device == "":
		pk.refuse(ecma.ErrNoCallToAnswer)
	case c.busy(pk.device):
		pk.refuse(pk.errs.busy)
	case i < 0:
		// That one rings no more.
		pk.findOldest()
	default:
		pk.conn = pk.ringing[i]
		pk.prompt(&ecma.GroupPickupCallResponse{PickedCall: pk.conn.Call.Connection(c.inWords(pk.group, pk.device))})
	}
}

// ringingFor are the alerting connections that a device might pick up, those of the
// oldest call first: at devices that the session may steer, of its own domain, in which
// the names of groups mean something, and of calls that it has no part in.
func (c *core) ringingFor(s *session, device ecma.DeviceID) []*model.Connection {
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
			if id := conn.Device.ID; id.Type != ecma.DeviceNumber && domain(id) == domain(device) && c.sees(s.grant, id) && c.pickable(conn) != nil {
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
	if caller := c.reroutable(conn, own); caller == nil || caller.consult != nil || caller.call != own.call || c.offeredBy(own) != nil {
		return nil
	}
	return own
}

// prompt calls the device that picks up, past its forwarding and do not disturb
// (functional requirement 2). The call that rings goes on as it is until the device has
// answered.
func (pk *pickup) prompt(ok ecma.Message) {
	c := pk.c
	originates := c.mayOriginate(pk.r)
	if originates == nil {
		return
	}
	pk.goes(pickupPrompts)
	pk.p = c.pend(pk.r, ok)
	pk.id = c.newUUID()
	c.picking[pk.id] = pk
	op := switching.Originate{Leg: pk.id, Device: pk.device.Number, AutoAnswer: true, Timeout: c.opts.PromptTimeout}
	if calling := pk.conn.Call.Calling; !calling.IsZero() {
		op.CallerNumber, op.CallerName = calling.Number, calling.Number
	}
	pk.cancel = c.ops.counted(originates, op, pk.calledAll)
	c.letsPass(pk.r)
	c.when(forRinging, c.opts.PromptTimeout, pk)
}

// ready tells whether the device need not be waited for any more.
func (pk *pickup) ready() bool { return pk.state != pickupPrompts || pk.c.pickable(pk.conn) == nil }

// again ends the waiting for the device.
func (pk *pickup) again() {
	switch {
	case pk.state != pickupPrompts:
	case pk.c.pickable(pk.conn) == nil:
		pk.fail(ecma.ErrInvalidConnectionState)
	default:
		pk.fail(pk.errs.busy)
	}
}

// created: a phone of the device that picks up is called.
func (pk *pickup) created(l *leg) {
	l.order.picking = pk
	pk.legs = append(pk.legs, l)
	if pk.state == pickupOver {
		pk.c.ops.start(switching.HangUp{Leg: l.ID, Cause: switching.CauseNormalClearing}, nil)
	}
}

// calledAll: the switch calls no more phones of the device: one has answered, or none
// will.
func (pk *pickup) calledAll(out switching.Outcome, err error) {
	pk.called = true
	if err != nil && pk.state == pickupPrompts {
		pk.c.log.Info("the device that picks up a call could not be called, or did not answer", "device", pk.device.Number, "cause", string(out.Cause), "error", err)
		pk.fail(pk.errs.busy)
	}
	// Its legs may not have been heard of yet.
	pk.c.expect(forPark, pk)
}

func (pk *pickup) late(w wait) bool {
	if w == forJoin {
		return pk.joinsUnheard()
	}
	delete(pk.c.picking, pk.id)
	late := pk.state == pickupPrompts
	if i := slices.IndexFunc(pk.legs, (*leg).Answered); late && i >= 0 {
		pk.take(pk.legs[i])
	} else if late {
		pk.fail(pk.errs.busy)
	}
	return late
}

// take has the switch give the call to the phone that has answered.
func (pk *pickup) take(picker *leg) {
	if pk.state != pickupPrompts {
		return
	}
	pk.picker = picker
	ringing := pk.c.pickable(pk.conn)
	if ringing == nil {
		pk.fail(ecma.ErrInvalidConnectionState)
		return
	}
	pk.goes(pickupTakes)
	pk.rang, ringing.taken.by = ringing, pk
	pk.c.ops.start(switching.PickUp{Leg: picker.ID, Caller: ringing.Info.Originator, Ringing: ringing.ID}, pk.taken)
}

func (pk *pickup) taken(_ switching.Outcome, err error) {
	switch {
	case pk.state != pickupTakes:
	case err != nil:
		pk.rang.taken.by = nil
		pk.fail(switchError(err, ecma.ErrInvalidConnectionState))
	default:
		pk.c.expect(forJoin, pk)
	}
}

// joinsUnheard: the two were not heard to be joined.
func (pk *pickup) joinsUnheard() bool {
	late := pk.state == pickupTakes
	if caller := pk.c.legs[pk.rang.Info.Originator]; late && caller != nil && caller.call != nil {
		// Whatever came between, nobody is to wait for the other in vain.
		pk.c.ops.start(switching.Bridge{Leg: pk.picker.ID, Other: caller.ID}, nil)
		pk.done(caller.call)
	}
	return late
}

// fail ends what was ordered for a pick-up. The call that rings is not touched.
func (pk *pickup) fail(refusal *ecma.Error) {
	pk.goes(pickupOver)
	pk.p.fail(refusal)
	if !pk.called {
		pk.cancel()
	}
	for _, l := range pk.legs {
		// The switch may be past cancelling.
		pk.c.ops.start(switching.HangUp{Leg: l.ID, Cause: switching.CauseNormalClearing}, nil)
	}
}

// legGone: a leg of the device has ended before it got the call.
func (pk *pickup) legGone(l *leg) {
	pk.legs = slices.DeleteFunc(pk.legs, func(o *leg) bool { return o == l })
	if pk.state == pickupPrompts && pk.called && len(pk.legs) == 0 {
		pk.fail(pk.errs.busy)
		return
	}
	if l != pk.picker || pk.state == pickupOver {
		return
	}
	pk.fail(pk.errs.busy)
	if pk.rang != nil && pk.rang.taken.off {
		pk.c.pickups.ringsAgain(pk.rang)
	}
}

// pickupJoined completes a pick-up for a client when the device talks with the caller;
// it tells whether it was one.
func pickupJoined(x, y *leg) bool {
	for _, pair := range [...][2]*leg{{x, y}, {y, x}} {
		if pk := pair[0].order.picking; pk != nil && pk.picker == pair[0] && pair[1].call != nil {
			pk.done(pair[1].call)
			return true
		}
	}
	return false
}

// done gives the device its part in the call.
func (pk *pickup) done(cl *call) {
	pk.goes(pickupOver)
	pk.picker.order.picking = nil
	pk.p.succeed()
	cl.Attach(pk.correlator, pk.user)
	pk.c.pickups.takesOver(pk.picker, cl, pk.conn)
}

// unheard: a leg was picked off for a client a while ago, and the news that who picked
// the call up has it did not come.
func (pk *pickup) unheard(l *leg) {
	if caller := pk.c.legs[l.Info.Originator]; pk.state == pickupTakes && caller != nil && caller.call != nil {
		pk.done(caller.call)
		return
	}
	pk.c.pickups.ringsAgain(l)
}
