package switching

import "time"

// Operation is one command to the switch: plain data, so that a scenario can be
// recorded, compared and replayed. Text in it has been validated by the engine
// (ValidNumber, ValidDevice); it is data to the switch, never syntax.
type Operation interface {
	// Slow tells whether it may wait for a person, and so must not take a
	// place among the quick ones.
	Slow() bool
}

type quick struct{}

func (quick) Slow() bool { return false }

// Originate calls an endpoint and, when it answers, sends its leg to Then. A
// subscriber may have several: all are called, and the one that answers has the
// call. It returns when one answered (and Then was started) or all failed (error,
// Outcome.Cause).
type Originate struct {
	// Leg is the UUID that the new leg gets. Those of a Device have others: they show
	// this one as LegInfo.Order.
	Leg string
	// Exactly one of Device, URI and Number says whom to call: a subscriber; a
	// trunk address [sofia/]profile/user@host or [sofia/]gateway/name/user
	// (MakePredictiveCall); a number that the
	// dialplan has to route.
	Device string
	URI    string
	Number string
	// Then is the number the answered leg dials next, by the dialplan. Empty:
	// the leg is parked.
	Then string
	// For is the device that dials Number and Then, as for Route.
	For string
	// CallerNumber and CallerName are shown at the called endpoint.
	CallerNumber, CallerName string
	// Timeout bounds the ringing.
	Timeout time.Duration
	// AutoAnswer asks the endpoint to answer by itself (MakeCall doNotPrompt).
	AutoAnswer bool
}

func (Originate) Slow() bool { return true }

// Answer answers the leg: an inbound one in the switch, an outbound one by
// asking the phone (SIP NOTIFY "talk"), which needs a phone that can.
type Answer struct {
	quick
	Leg string
	// AskPhone chooses the second way. A phone that holds the leg is asked to
	// take it up again.
	AskPhone bool
}

// HangUp ends a leg.
type HangUp struct {
	quick
	Leg   string
	Cause Cause
	// Forsaken: its partner has gone. Where Music or Protect took it out of its
	// dialplan, and that would go on with it now, it does that instead.
	Forsaken bool
}

// Route sends a leg to a number of the dialplan; whatever it was doing ends. A
// protected leg (Protect) is parked if the dialplan does not know the number.
type Route struct {
	quick
	Leg    string
	Number string
	// For is the device that dials the number, as it were: in another domain than the
	// default one the same number may mean another. Empty: one of the default domain.
	For string
}

// Hold makes the switch hold the leg's endpoint (its partner hears music).
type Hold struct {
	quick
	Leg string
}

// Unhold ends Hold; the leg and its partner hear each other then.
type Unhold struct {
	quick
	Leg string
}

// EndMusic ends the music that Hold gave the leg's partner, after the leg's endpoint
// ended the hold: a switch may have forgotten it. It fails if the leg is held, or
// about to hang up.
type EndMusic struct {
	quick
	Leg string
}

// Bridge joins two answered legs; former partners are left as Protect says.
type Bridge struct {
	quick
	Leg, Other string
	// Back: they were each other's partners, until Music and Protect took them out of
	// their dialplan. That goes on when the other one leaves, if it would have without
	// these. Otherwise they leave it for good.
	Back bool
}

// PickUp gives an answered leg the call that still rings elsewhere: Caller, which is
// answered for that if need be, talks with it then, and whatever was called for Caller
// stops ringing (CausePickedOff). It fails, and nothing is touched, unless Ringing, which
// is called for Caller, still rings and nobody has answered. Should Leg go before the two
// talk, Caller is parked.
type PickUp struct {
	quick
	Leg, Caller, Ringing string
}

// Music lets the leg wait with hold music.
type Music struct {
	quick
	Leg string
}

// Protect keeps a leg in the switch (parked) when its partner leaves, until On
// is false again. Consulting devices need it while they have two calls.
type Protect struct {
	quick
	Leg string
	On  bool
}

// KeepAfterBridge keeps a leg parked (On) or lets it end (not On) when its
// partner is taken away by a Bridge.
type KeepAfterBridge struct {
	quick
	Leg string
	On  bool
}

// Note writes a text down with the leg, for whoever finds it in a list of legs
// later (LegState.Note): at most 255 characters of [0-9A-Za-z_.-], with one @ at most.
// Empty: none.
type Note struct {
	quick
	Leg, Text string
}

// Join puts a leg into a conference room, created on first use.
type Join struct {
	quick
	Leg        string
	Conference string
}

// Play plays messages on the leg, one after the other. Names are relative to
// the sounds root. The events carry ID.
type Play struct {
	quick
	Leg   string
	ID    string
	Files []string
	// Limit ends it after that time; 0 = no limit.
	Limit time.Duration
	// StopOnDigit ends it when the endpoint sends a digit.
	StopOnDigit bool
}

// StopPlay ends the leg's playback.
type StopPlay struct {
	quick
	Leg string
}

// Record records the leg to a file; Outcome.File is its full path.
type Record struct {
	quick
	Leg string
	// File is relative to the recordings root.
	File string
	// Limit ends it; 0 = no limit.
	Limit time.Duration
}

// StopRecord ends the recording to that file (full path).
type StopRecord struct {
	quick
	Leg  string
	File string
}

// LookUpDevice asks for a subscriber by identifier or alias; Outcome.Device.
type LookUpDevice struct {
	quick
	Device string
}

// FindInGroup asks for the first device of Among that is in a pick-up group of Device's, or
// in Group if that is not empty; Outcome.Device.Device, "" if there is none. The groups
// of a device are those of its domain; Outcome.Device.Known tells whether Device, or
// Group, stands for any.
type FindInGroup struct {
	quick
	Device, Group string
	Among         []string
}

// ListLegs takes a snapshot of all legs; Outcome.Legs.
type ListLegs struct{ quick }

// MaxSubscribers bounds ListSubscribers.
const MaxSubscribers = 100_000

// ListSubscribers lists the subscribers that the switch can name, at most MaxSubscribers:
// those of its directory, as far as it can be listed, and all that are registered;
// Outcome.Devices, sorted, each once. It may be some seconds old, and costs little: the
// backend keeps the list for a while.
type ListSubscribers struct{ quick }

// ListRegistrations lists the registered subscribers; Outcome.Devices.
type ListRegistrations struct{ quick }
