package main

import (
	"errors"
	"fmt"
	"time"

	"mod_csta_socket/bridge_c"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/module/fsswitch"
)

// calls is the bridge as fsswitch wants it: the same functions, with errors of
// the port.
type calls struct{}

// ported turns the bridge's statuses into the port's errors.
func ported(err error) error {
	var status bridge.Status
	if !errors.As(err, &status) {
		return err
	}
	var known error
	switch status {
	case bridge.NoSuchLeg:
		known = switching.ErrNoSuchLeg
	case bridge.NotPossible:
		known = switching.ErrNotPossible
	case bridge.NotSupported:
		known = switching.ErrNotSupported
	case bridge.Invalid:
		known = switching.ErrInvalidAddress
	case bridge.Unwritable:
		known = switching.ErrUnwritable
	case bridge.Stopped:
		known = fsswitch.ErrStopped
	default:
		return fmt.Errorf("bridge: %w", status)
	}
	return known
}

func (calls) Originate(o fsswitch.Originate) (string, error) {
	variables := make(map[string]string, len(o.Variables))
	for _, v := range o.Variables {
		variables[v.Name] = v.Value
	}
	cause, err := bridge.Originate(bridge.Call{
		Leg: o.Leg, Dial: o.Dial,
		CallerName: o.CallerName, CallerNumber: o.CallerNumber,
		Variables: variables,
		Timeout:   o.Timeout,
		Then:      o.Then, Context: o.Context,
		AutoAnswer: o.AutoAnswer, Several: o.Several,
	})
	return cause, ported(err)
}

func (calls) Cancel(leg string) error             { return ported(bridge.Cancel(leg)) }
func (calls) Answer(leg string) error             { return ported(bridge.Answer(leg)) }
func (calls) AskPhoneToTalk(leg string) error     { return ported(bridge.AskPhoneToTalk(leg)) }
func (calls) Hold(leg string) error               { return ported(bridge.Hold(leg)) }
func (calls) Unhold(leg string) error             { return ported(bridge.Unhold(leg)) }
func (calls) EndMusic(leg string) error           { return ported(bridge.EndMusic(leg)) }
func (calls) Music(leg string) error              { return ported(bridge.Music(leg)) }
func (calls) Protect(leg string, on bool) error   { return ported(bridge.Protect(leg, on)) }
func (calls) StopPlay(leg string) error           { return ported(bridge.StopPlay(leg)) }
func (calls) StopRecord(leg, path string) error   { return ported(bridge.StopRecord(leg, path)) }
func (calls) Join(leg, room, prof string) error   { return ported(bridge.Join(leg, room, prof)) }
func (calls) Route(leg, number, ctx string) error { return ported(bridge.Route(leg, number, ctx)) }

func (calls) HangUp(leg, cause string, forsaken bool) error {
	return ported(bridge.HangUp(leg, cause, forsaken))
}

func (calls) Bridge(leg, other string, back bool) error {
	return ported(bridge.Bridge(leg, other, back))
}

func (calls) PickUp(leg, caller, ringing string) error {
	return ported(bridge.PickUp(leg, caller, ringing))
}

func (calls) KeepAfterBridge(leg string, on bool) error {
	return ported(bridge.KeepAfterBridge(leg, on))
}

func (calls) SetVariable(leg, name, value string) error {
	return ported(bridge.SetVariable(leg, name, value))
}

func (calls) Play(leg, id, file string, stopOnDigit bool) error {
	return ported(bridge.Play(leg, id, file, stopOnDigit))
}

func (calls) RecordLeg(leg, path string, limit time.Duration) error {
	return ported(bridge.RecordLeg(leg, path, limit))
}

func (calls) GetVariable(leg, name string) (string, error) {
	value, err := bridge.Variable(leg, name)
	return value, ported(err)
}

func (calls) Global(name string) (string, error) {
	value, err := bridge.Global(name)
	return value, ported(err)
}

func (calls) SetFeatures(device, features string) error {
	return ported(bridge.SetFeatures(device, features))
}

func (calls) PhoneFeature(profile, user, host, callID string, headers []fsswitch.Variable) error {
	list := make([]bridge.Header, 0, len(headers))
	for _, h := range headers {
		list = append(list, bridge.Header{Name: h.Name, Value: h.Value})
	}
	return ported(bridge.PhoneFeature(profile, user, host, callID, list))
}

func (calls) LookUp(user, domain string) (known bool, id string, registered bool, err error) {
	s, err := bridge.LookUp(user, domain)
	return s.Known, s.ID, s.Registered, ported(err)
}

func (calls) DirectoryVariable(user, domain, name string) (string, error) {
	value, err := bridge.DirectoryVariable(user, domain, name)
	return value, ported(err)
}

func (calls) Legs() ([]byte, error) {
	list, err := bridge.Legs()
	return list, ported(err)
}

func (calls) Subscribers(most int) ([]byte, error) {
	list, err := bridge.Subscribers(most)
	return list, ported(err)
}

func (calls) Registrations() ([]byte, error) {
	list, err := bridge.Registrations()
	return list, ported(err)
}
