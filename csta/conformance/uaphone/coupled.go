package uaphone

import (
	"context"
	"slices"
	"time"

	"mod_csta_socket/csta/conformance/phone"
	"mod_csta_socket/csta/ecma"
)

// Couple makes the calls on the display those that the phone has: services act
// on them, and what happens to them is told. Without it the display stands for
// itself, so that sessions can be tested without a switch.
func (p *Phone) Couple() { p.coupled.Store(true) }

// actTime bounds what a service does with a call.
const actTime = 10 * time.Second

// act does something with the call that the display shows.
func (p *Phone) act(c *ScreenCall, do func(*phone.Call, context.Context) error) {
	call := c.sip
	if call == nil {
		return
	}
	go func() {
		c.turn.Lock()
		defer c.turn.Unlock()
		p.lag()
		ctx, cancel := context.WithTimeout(context.Background(), actTime)
		defer cancel()
		if err := do(call, ctx); err != nil {
			p.Note("%v", err)
		}
	}()
}

// dial calls the number of a call that is on the display already.
func (p *Phone) dial(c *ScreenCall) {
	if !p.coupled.Load() {
		return
	}
	go func() {
		p.lag()
		ctx, cancel := context.WithTimeout(context.Background(), actTime)
		defer cancel()
		if _, err := p.Phone.Dial(ctx, c.Number); err != nil {
			p.Note("%v", err)
		}
	}()
}

// HangUp ends all calls and waits for it.
func (p *Phone) HangUp() {
	ctx, cancel := context.WithTimeout(context.Background(), actTime)
	defer cancel()
	if err := p.HangUpAll(ctx); err != nil {
		p.Note("%v", err)
	}
}

// observe keeps the display up to date with a call and tells of it.
func (p *Phone) observe(call *phone.Call) {
	<-p.made
	if !p.coupled.Load() {
		return
	}
	self := ecma.Subscriber(p.Name())
	c, dialled := p.display(call)
	mine := ecma.ConnectionID{CallID: c.ID, Device: self}
	theirs := ecma.ConnectionID{CallID: c.ID, Device: ecma.Subscriber(c.Number)}
	me, other := ecma.Device(self), ecma.Device(ecma.Subscriber(c.Number))
	ctx := context.Background()
	if dialled {
		p.Tell(&ecma.ServiceInitiatedEvent{InitiatedConnection: mine, InitiatingDevice: me, LocalConnectionInfo: ecma.StateInitiated, Cause: ecma.CauseNewCall})
		p.Tell(&ecma.OriginatedEvent{OriginatedConnection: mine, CallingDevice: me, CalledDevice: other, LocalConnectionInfo: ecma.StateConnected, Cause: ecma.CauseNewCall})
	}
	if call.WaitRinging(ctx) == nil {
		if call.Incoming() {
			p.Tell(&ecma.DeliveredEvent{Connection: mine, AlertingDevice: me, CallingDevice: other, CalledDevice: me, LocalConnectionInfo: ecma.StateAlerting, Cause: ecma.CauseNewCall})
		} else {
			p.Tell(&ecma.DeliveredEvent{Connection: theirs, AlertingDevice: other, CallingDevice: me, CalledDevice: other, LocalConnectionInfo: ecma.StateConnected, Cause: ecma.CauseNewCall})
		}
	}
	if call.WaitConnected(ctx) == nil {
		p.mu.Lock()
		if c.State == ecma.StateAlerting {
			c.State = ecma.StateConnected
		}
		p.mu.Unlock()
		e := &ecma.EstablishedEvent{EstablishedConnection: mine, AnsweringDevice: me, CallingDevice: other, CalledDevice: me, LocalConnectionInfo: ecma.StateConnected, Cause: ecma.CauseNewCall}
		if !call.Incoming() {
			e.EstablishedConnection, e.AnsweringDevice, e.CallingDevice, e.CalledDevice = theirs, other, me, other
		}
		p.Tell(e)
	}
	_, _ = call.WaitEnded(ctx)
	p.mu.Lock()
	p.calls = slices.DeleteFunc(p.calls, func(o *ScreenCall) bool { return o == c })
	p.mu.Unlock()
	p.Tell(&ecma.ConnectionClearedEvent{DroppedConnection: mine, ReleasingDevice: me, LocalConnectionInfo: ecma.StateNull, Cause: ecma.CauseNormalClearing})
}

// display is the call on the display; dialled says that the user dialled it.
func (p *Phone) display(call *phone.Call) (c *ScreenCall, dialled bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	number, state := call.Caller(), ecma.StateAlerting
	if !call.Incoming() {
		number, state = call.Called(), ecma.StateConnected
		for _, c := range p.calls {
			if c.sip == nil && c.Number == number {
				c.sip = call
				return c, false
			}
		}
	}
	c = p.newCall(number, p.fault().SameCallID, false)
	c.State, c.sip = state, call
	return c, !call.Incoming()
}
