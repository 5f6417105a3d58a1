package uaphone

import (
	"context"
	"slices"

	"mod_csta_socket/csta/conformance/phone"
	"mod_csta_socket/csta/ecma"
)

// controlTwo does what a request about two calls of the phone asks for; is tells
// whether it was one.
func (p *Phone) controlTwo(m ecma.Message, f Faults) (response ecma.Message, events []ecma.Event, is bool) {
	self := ecma.Subscriber(p.Name())
	mine := func(id string) ecma.ConnectionID { return ecma.ConnectionID{CallID: id, Device: self} }
	me := ecma.Device(self)
	held := func(c *ScreenCall) ecma.Event {
		return &ecma.HeldEvent{HeldConnection: mine(c.ID), HoldingDevice: me, LocalConnectionInfo: ecma.StateHold, Cause: ecma.CauseNormal}
	}
	retrieved := func(c *ScreenCall) ecma.Event {
		return &ecma.RetrievedEvent{RetrievedConnection: mine(c.ID), RetrievingDevice: me, LocalConnectionInfo: ecma.StateConnected, Cause: ecma.CauseNormal}
	}
	if f.Clumsy {
		switch m.(type) {
		case *ecma.ConsultationCall, *ecma.AlternateCall, *ecma.ReconnectCall, *ecma.TransferCall:
			return ecma.ErrInvalidConnectionState, nil, true
		}
	}
	switch m := m.(type) {
	case *ecma.ConsultationCall:
		first := p.find(m.ExistingCall.CallID, ecma.StateConnected)
		if first == nil || first.state() != ecma.StateConnected {
			return ecma.ErrInvalidConnectionState, nil, true
		}
		second := p.newCall(m.ConsultedDevice.Number, f.SameCallID, f.Idle)
		response = &ecma.ConsultationCallResponse{InitiatedCall: mine(second.ID)}
		if f.Idle {
			return response, nil, true
		}
		first.State = ecma.StateHold
		p.together(first, second, func(ctx context.Context, one, _ *phone.Call) error {
			if f.OnlyHolds {
				return one.Hold(ctx)
			}
			if !f.HoldsNot {
				if err := one.Hold(ctx); err != nil {
					return err
				}
			}
			_, err := p.Phone.Dial(ctx, second.Number)
			return err
		})
		return response, []ecma.Event{
			held(first),
			&ecma.ServiceInitiatedEvent{InitiatedConnection: mine(second.ID), InitiatingDevice: me, LocalConnectionInfo: ecma.StateInitiated, Cause: ecma.CauseConsultation},
			&ecma.OriginatedEvent{OriginatedConnection: mine(second.ID), CallingDevice: me, CalledDevice: ecma.Device(m.ConsultedDevice), LocalConnectionInfo: ecma.StateConnected, Cause: ecma.CauseConsultation},
		}, true
	case *ecma.AlternateCall:
		first, second := p.pair(m.HeldCall, m.ActiveCall)
		if first == nil {
			return ecma.ErrInvalidConnectionState, nil, true
		}
		if f.Idle {
			return &ecma.AlternateCallResponse{}, nil, true
		}
		first.State, second.State = ecma.StateConnected, ecma.StateHold
		p.together(first, second, func(ctx context.Context, one, two *phone.Call) error {
			if err := two.Hold(ctx); err != nil {
				return err
			}
			return one.Retrieve(ctx)
		})
		return &ecma.AlternateCallResponse{}, []ecma.Event{held(second), retrieved(first)}, true
	case *ecma.ReconnectCall:
		first, second := p.pair(m.HeldCall, m.ActiveCall)
		if first == nil {
			return ecma.ErrInvalidConnectionState, nil, true
		}
		if f.Idle {
			return &ecma.ReconnectCallResponse{}, nil, true
		}
		first.State = ecma.StateConnected
		p.together(first, second, func(ctx context.Context, one, two *phone.Call) error {
			if err := two.HangUp(ctx); err != nil {
				return err
			}
			return one.Retrieve(ctx)
		})
		return &ecma.ReconnectCallResponse{}, append(p.vanish(second), retrieved(first)), true
	case *ecma.TransferCall:
		first, second := p.pair(m.HeldCall, m.ActiveCall)
		if first == nil {
			return ecma.ErrInvalidConnectionState, nil, true
		}
		id := first.ID
		if f.NewCallID {
			p.lastCall++
			id = p.newID()
		}
		response = &ecma.TransferCallResponse{TransferredCall: ecma.ConnectionID{CallID: id, Device: ecma.Subscriber(second.Number)}}
		if f.Idle {
			return response, nil, true
		}
		p.together(first, second, func(ctx context.Context, one, two *phone.Call) error { return one.TransferTo(ctx, two) })
		return response, append([]ecma.Event{&ecma.TransferedEvent{
			PrimaryOldCall: mine(first.ID), SecondaryOldCall: mine(second.ID), TransferringDevice: me,
			TransferredToDevice: ecma.Device(ecma.Subscriber(second.Number)),
			TransferredConnections: []ecma.ConnectionListItem{
				{NewConnection: ecma.ConnectionID{CallID: id, Device: ecma.Subscriber(first.Number)}},
				{NewConnection: ecma.ConnectionID{CallID: id, Device: ecma.Subscriber(second.Number)}},
			},
			LocalConnectionInfo: ecma.StateNull, Cause: ecma.CauseTransfer,
		}}, append(p.vanish(first), p.vanish(second)...)...), true
	}
	return nil, nil, false
}

// pair is a held and an active call; nil if they are not that.
func (p *Phone) pair(held, active ecma.ConnectionID) (first, second *ScreenCall) {
	first, second = p.find(held.CallID, ecma.StateHold), p.find(active.CallID, ecma.StateConnected)
	if first == nil || second == nil || first == second || p.coupled.Load() && (first.sip == nil || second.sip == nil) || first.state() != ecma.StateHold || second.state() != ecma.StateConnected {
		return nil, nil
	}
	return first, second
}

// vanish takes a call off a display that stands for itself.
func (p *Phone) vanish(c *ScreenCall) []ecma.Event {
	if p.coupled.Load() {
		return nil
	}
	p.calls = slices.DeleteFunc(p.calls, func(other *ScreenCall) bool { return other == c })
	self := ecma.Subscriber(p.Name())
	return []ecma.Event{&ecma.ConnectionClearedEvent{
		DroppedConnection: ecma.ConnectionID{CallID: c.ID, Device: self}, ReleasingDevice: ecma.Device(self),
		LocalConnectionInfo: ecma.StateNull, Cause: ecma.CauseNormalClearing,
	}}
}

// together does something with two calls that the display shows; the second may
// only be about to be made.
func (p *Phone) together(first, second *ScreenCall, do func(ctx context.Context, one, two *phone.Call) error) {
	one, two := first.sip, second.sip
	if one == nil {
		return
	}
	go func() {
		p.pairs.Lock()
		defer p.pairs.Unlock()
		for _, c := range []*ScreenCall{first, second} {
			c.turn.Lock()
			defer c.turn.Unlock()
		}
		ctx, cancel := context.WithTimeout(context.Background(), actTime)
		defer cancel()
		if err := do(ctx, one, two); err != nil {
			p.Note("%v", err)
			p.mu.Lock()
			p.calls = slices.DeleteFunc(p.calls, func(c *ScreenCall) bool { return c == second && c.sip == nil })
			p.mu.Unlock()
		}
	}()
}

// state is what the display shows: the user may have held the call.
func (c *ScreenCall) state() ecma.LocalConnectionState {
	switch {
	case c.sip != nil && c.sip.State() == phone.Ended:
		return ecma.StateNull
	case c.sip == nil || c.sip.State() != phone.Connected:
		return c.State
	case c.sip.Held():
		return ecma.StateHold
	}
	return ecma.StateConnected
}
