package uaphone

import (
	"reflect"
	"slices"
	"strconv"
	"sync"

	"mod_csta_socket/csta/conformance/phone"
	"mod_csta_socket/csta/ecma"
)

// serve does what a CSTA request asks for. events are what it causes.
func (p *Phone) serve(d *dialogue, m ecma.Message) (response ecma.Message, events []ecma.Event) {
	f := p.fault()
	p.mu.Lock()
	defer p.mu.Unlock()
	switch m := m.(type) {
	case *ecma.RequestSystemStatus:
		status := ecma.StatusNormal
		if f.NotReady {
			status = ecma.StatusDisabled
		}
		return &ecma.RequestSystemStatusResponse{Status: status}, nil
	case *ecma.MonitorStart:
		if p.profile.StrictName && m.Object.Device.Number != p.Name() {
			return ecma.ErrInvalidDeviceID, nil
		}
		if d == nil || !p.profile.Events {
			return ecma.ErrServiceNotSupported, nil
		}
		p.infos++
		d.monitor = strconv.Itoa(42 + p.infos)
		return &ecma.MonitorStartResponse{MonitorCrossRefID: d.monitor, ExistingCalls: true}, nil
	case *ecma.MonitorStop:
		if d == nil || m.MonitorCrossRefID != d.monitor {
			return ecma.ErrInvalidMonitorCrossRefID, nil
		}
		d.monitor, d.stopped = "", d.monitor
		return &ecma.MonitorStopResponse{}, nil
	}
	if !slices.Contains(p.profile.Services, m.Element()) {
		return ecma.ErrServiceNotSupported, nil
	}
	if f.Refusing {
		return ecma.ErrInvalidConnectionState, nil
	}
	if response, events, is := p.controlTwo(m, f); is {
		return response, events
	}
	return p.control(m, f.Idle, f.SameCallID)
}

func (p *Phone) control(m ecma.Message, idle, sameCallID bool) (ecma.Message, []ecma.Event) {
	self := ecma.Subscriber(p.Name())
	mine := func(id string) ecma.ConnectionID {
		if p.profile.NoCallIDs {
			id = ""
		}
		return ecma.ConnectionID{CallID: id, Device: self}
	}
	switch m := m.(type) {
	case *ecma.MakeCall:
		c := p.newCall(m.Called.Number, sameCallID, idle)
		if idle && p.coupled.Load() {
			return &ecma.MakeCallResponse{CallingDevice: mine(c.ID)}, nil
		}
		p.dial(c)
		return &ecma.MakeCallResponse{CallingDevice: mine(c.ID)}, []ecma.Event{
			&ecma.ServiceInitiatedEvent{InitiatedConnection: mine(c.ID), InitiatingDevice: ecma.Device(self), LocalConnectionInfo: ecma.StateInitiated, Cause: ecma.CauseMakeCall},
			&ecma.OriginatedEvent{OriginatedConnection: mine(c.ID), CallingDevice: ecma.Device(self), CalledDevice: ecma.Device(m.Called), LocalConnectionInfo: ecma.StateConnected, Cause: ecma.CauseNewCall},
		}
	case *ecma.SnapshotDevice:
		list := &ecma.SnapshotDeviceResponse{}
		for _, c := range p.calls {
			if state := c.state(); state != ecma.StateNull {
				list.Calls = append(list.Calls, ecma.SnapshotDeviceInfo{Connection: mine(c.ID), States: []ecma.LocalConnectionState{state}})
			}
		}
		return list, nil
	case *ecma.AnswerCall:
		c := p.find(m.CallToBeAnswered.CallID, ecma.StateAlerting)
		if c == nil || c.State != ecma.StateAlerting {
			return ecma.ErrInvalidConnectionState, nil
		}
		if !idle {
			p.act(c, (*phone.Call).Answer)
		}
		return &ecma.AnswerCallResponse{}, nil
	case *ecma.HoldCall:
		c := p.find(m.CallToBeHeld.CallID, ecma.StateConnected)
		if c == nil || c.state() != ecma.StateConnected {
			return ecma.ErrInvalidConnectionState, nil
		}
		if idle {
			return &ecma.HoldCallResponse{}, nil
		}
		c.State = ecma.StateHold
		p.act(c, (*phone.Call).Hold)
		return &ecma.HoldCallResponse{}, []ecma.Event{&ecma.HeldEvent{HeldConnection: mine(c.ID), HoldingDevice: ecma.Device(self), LocalConnectionInfo: ecma.StateHold, Cause: ecma.CauseNormal}}
	case *ecma.RetrieveCall:
		c := p.find(m.CallToBeRetrieved.CallID, ecma.StateHold)
		if c == nil || c.state() != ecma.StateHold {
			return ecma.ErrInvalidConnectionState, nil
		}
		if idle {
			return &ecma.RetrieveCallResponse{}, nil
		}
		c.State = ecma.StateConnected
		p.act(c, (*phone.Call).Retrieve)
		return &ecma.RetrieveCallResponse{}, []ecma.Event{&ecma.RetrievedEvent{RetrievedConnection: mine(c.ID), RetrievingDevice: ecma.Device(self), LocalConnectionInfo: ecma.StateConnected, Cause: ecma.CauseNormal}}
	case *ecma.ClearConnection:
		c := p.find(m.Connection.CallID, "")
		if c == nil {
			return ecma.ErrInvalidConnectionState, nil
		}
		if c.sip != nil && !idle {
			p.act(c, (*phone.Call).HangUp)
			return &ecma.ClearConnectionResponse{}, nil
		}
		if !idle {
			p.calls = slices.DeleteFunc(p.calls, func(other *ScreenCall) bool { return other == c })
		}
		return &ecma.ClearConnectionResponse{}, []ecma.Event{&ecma.ConnectionClearedEvent{DroppedConnection: mine(c.ID), ReleasingDevice: ecma.Device(self), LocalConnectionInfo: ecma.StateNull, Cause: ecma.CauseNormalClearing}}
	}
	return p.feature(m, idle)
}

func (p *Phone) newCall(number string, sameID, idle bool) *ScreenCall {
	if !sameID {
		p.lastCall++
	}
	c := &ScreenCall{ID: p.newID(), Number: number, State: ecma.StateConnected, turn: &sync.Mutex{}}
	if !idle {
		p.calls = append(p.calls, c)
	}
	return c
}

func (p *Phone) newID() string { return strconv.Itoa(p.lastCall) }

// find is the call of that ID; without an ID the one in that state ("" = any).
func (p *Phone) find(id string, state ecma.LocalConnectionState) *ScreenCall {
	for _, c := range p.calls {
		if c.ID == id || id == "" && (state == "" || c.state() == state) {
			return c
		}
	}
	return nil
}

// withMonitor is a copy of e with that monitorCrossRefID.
func withMonitor(e ecma.Event, monitor string) ecma.Event {
	made := reflect.New(reflect.TypeOf(e).Elem())
	made.Elem().Set(reflect.ValueOf(e).Elem())
	made.Elem().FieldByName("MonitorCrossRefID").SetString(monitor)
	return made.Interface().(ecma.Event)
}
