// Package driver puts the phones of an uacsta.Agent behind the port
// csta/telephone: it words requests and reads events and refusals.
package driver

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/telephone"
	"mod_csta_socket/csta/uacsta"
)

// Driver is the agent's uacsta.Sink and the engine's telephone.Phones. The two
// are made one after the other: Drive gives it the agent, Attach the engine.
type Driver struct {
	agent *uacsta.Agent

	mu   sync.Mutex
	sink telephone.Sink
	// early is what was told before there was somebody to listen.
	early []telephone.Event
}

// Drive says whose phones they are. It comes before the agent is started.
func (d *Driver) Drive(agent *uacsta.Agent) { d.agent = agent }

// Attach says who listens.
func (d *Driver) Attach(sink telephone.Sink) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sink = sink
	if len(d.early) > 0 {
		sink.Phones(d.early)
		d.early = nil
	}
}

func (d *Driver) tell(events ...telephone.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.sink == nil {
		d.early = append(d.early, events...)
		return
	}
	if len(events) > 0 {
		d.sink.Phones(events)
	}
}

// Monitored implements telephone.Phones.
func (d *Driver) Monitored(device string, on bool) { d.agent.Monitored(device, on) }

// Wake implements telephone.Phones.
func (d *Driver) Wake(device string) { d.agent.Wake(device) }

// Ask implements telephone.Phones.
func (d *Driver) Ask(ctx context.Context, phone uint64, r telephone.Request) (telephone.Outcome, error) {
	answer, err := d.agent.Ask(ctx, phone, func(self ecma.DeviceID) ecma.Message { return worded(r, self) })
	if err != nil {
		return telephone.Outcome{}, ported(err)
	}
	return outcome(answer), nil
}

func outcome(answer ecma.Message) (out telephone.Outcome) {
	switch m := answer.(type) {
	case nil:
		out.Blind = true
	case *ecma.MakeCallResponse:
		out.Call = m.CallingDevice.CallID
	case *ecma.ConsultationCallResponse:
		out.Call = m.InitiatedCall.CallID
	case *ecma.SnapshotDeviceResponse:
		for _, call := range m.Calls {
			if len(call.States) > 0 {
				out.Calls = append(out.Calls, telephone.Shown{Call: call.Connection.CallID, State: ownState[call.States[0]]})
			}
		}
	case *ecma.GetDoNotDisturbResponse:
		out.Features.DoNotDisturb = m.DoNotDisturbOn
	case *ecma.GetForwardingResponse:
		for _, f := range m.ForwardingList {
			out.Features.Forwarding = append(out.Features.Forwarding, setting(f.ForwardingType, f.ForwardStatus, f.ForwardDN, f.RingCount))
		}
	}
	return out
}

// ownState are the states in which a phone shows a call.
var ownState = map[ecma.LocalConnectionState]telephone.State{
	ecma.StateAlerting: telephone.Alerting, ecma.StateInitiated: telephone.Connected, ecma.StateConnected: telephone.Connected, ecma.StateHold: telephone.Holding,
}

// worded is the CSTA request of a phone that calls itself self.
func worded(r telephone.Request, self ecma.DeviceID) ecma.Message {
	call := ecma.ConnectionID{CallID: r.Call, Device: self}
	active := ecma.ConnectionID{CallID: r.Active, Device: self}
	switch r.Service {
	case telephone.MakeCall:
		return &ecma.MakeCall{CallingDevice: self, Called: ecma.Subscriber(r.Number), AutoOriginate: ecma.DoNotPrompt}
	case telephone.AnswerCall:
		return &ecma.AnswerCall{CallToBeAnswered: call}
	case telephone.HoldCall:
		return &ecma.HoldCall{CallToBeHeld: call}
	case telephone.RetrieveCall:
		return &ecma.RetrieveCall{CallToBeRetrieved: call}
	case telephone.SetDoNotDisturb:
		return &ecma.SetDoNotDisturb{Device: self, DoNotDisturbOn: r.On}
	case telephone.GetDoNotDisturb:
		return &ecma.GetDoNotDisturb{Device: self}
	case telephone.SetForwarding:
		return forwarding(r.Forwarding, self)
	case telephone.GetForwarding:
		return &ecma.GetForwarding{Device: self}
	case telephone.ConsultationCall:
		return &ecma.ConsultationCall{ExistingCall: call, ConsultedDevice: ecma.Subscriber(r.Number)}
	case telephone.AlternateCall:
		return &ecma.AlternateCall{HeldCall: call, ActiveCall: active}
	case telephone.ReconnectCall:
		return &ecma.ReconnectCall{HeldCall: call, ActiveCall: active}
	case telephone.SnapshotDevice:
		return &ecma.SnapshotDevice{Object: self}
	case telephone.TransferCall:
		return &ecma.TransferCall{HeldCall: call, ActiveCall: active}
	default:
		return &ecma.ClearConnection{Connection: call}
	}
}

// ported turns the agent's errors into the port's. An answer that makes no sense
// leaves open what the phone has done.
func ported(err error) error {
	var refusal *ecma.Error
	var status *uacsta.StatusError
	kind := telephone.ErrLost
	switch {
	case errors.As(err, &refusal) && refusal.Is(ecma.ErrServiceNotSupported):
		kind = telephone.ErrUnsupported
	case errors.As(err, &refusal), errors.As(err, &status), errors.Is(err, uacsta.ErrNoSession), errors.Is(err, uacsta.ErrBusy):
		kind = telephone.ErrRefused
	case errors.Is(err, uacsta.ErrSilent):
		kind = telephone.ErrSilent
	}
	return fmt.Errorf("%w: %w", kind, err)
}

// PhoneUp implements uacsta.Sink.
func (d *Driver) PhoneUp(p uacsta.Phone) {
	d.tell(telephone.Event{
		Kind: telephone.Up, Phone: p.ID, Device: p.Device, Contact: p.Contact, Source: p.Source.Addr(), Tells: p.Tells,
	})
}

// PhoneDown implements uacsta.Sink.
func (d *Driver) PhoneDown(p uacsta.Phone) {
	d.tell(telephone.Event{Kind: telephone.Down, Phone: p.ID, Device: p.Device})
}

// PhoneEvent implements uacsta.Sink.
func (d *Driver) PhoneEvent(p uacsta.Phone, e ecma.Event) {
	events := heard(e)
	for i := range events {
		events[i].Phone, events[i].Device = p.ID, p.Device
	}
	d.tell(events...)
}

// heard reads what an event says of the phone's own part in its calls.
func heard(e ecma.Event) []telephone.Event {
	one := func(kind telephone.Kind, id ecma.ConnectionID, other ecma.ExtendedDevice) []telephone.Event {
		return []telephone.Event{{Kind: kind, Call: id.CallID, Number: other.Device.Number}}
	}
	var nobody ecma.ExtendedDevice
	switch e := e.(type) {
	case *ecma.ServiceInitiatedEvent:
		return one(telephone.Dialling, e.InitiatedConnection, nobody)
	case *ecma.OriginatedEvent:
		return one(telephone.Dialling, e.OriginatedConnection, e.CalledDevice)
	case *ecma.DeliveredEvent:
		switch e.LocalConnectionInfo {
		case ecma.StateAlerting:
			return one(telephone.Ringing, e.Connection, e.CallingDevice)
		case ecma.StateConnected, ecma.StateInitiated:
			return one(telephone.Dialling, e.Connection, e.CalledDevice)
		}
		return one(telephone.Talking, e.Connection, nobody)
	case *ecma.NetworkReachedEvent:
		return one(telephone.Dialling, e.OutboundConnection, e.CalledDevice)
	case *ecma.EstablishedEvent:
		return one(telephone.Talking, e.EstablishedConnection, nobody)
	case *ecma.HeldEvent:
		return one(telephone.Talking, e.HeldConnection, nobody)
	case *ecma.RetrievedEvent:
		return one(telephone.Talking, e.RetrievedConnection, nobody)
	case *ecma.FailedEvent:
		return one(telephone.Failed, e.FailedConnection, nobody)
	case *ecma.DivertedEvent:
		return one(telephone.Cleared, e.Connection, nobody)
	case *ecma.TransferedEvent:
		return append(one(telephone.Cleared, e.PrimaryOldCall, nobody), one(telephone.Cleared, e.SecondaryOldCall, nobody)...)
	case *ecma.DoNotDisturbEvent:
		return []telephone.Event{{Kind: telephone.DoNotDisturb, On: e.DoNotDisturbOn}}
	case *ecma.ForwardingEvent:
		return []telephone.Event{{Kind: telephone.Forwarding, Forwarding: setting(e.ForwardingType, e.ForwardStatus, e.ForwardTo, e.RingCount)}}
	case *ecma.ConnectionClearedEvent:
		if e.LocalConnectionInfo == ecma.StateNull || e.LocalConnectionInfo == "" {
			return one(telephone.Cleared, e.DroppedConnection, nobody)
		}
	}
	// A far party's part, or nothing of a call.
	return nil
}
