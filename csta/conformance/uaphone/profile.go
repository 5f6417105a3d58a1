// Package uaphone is a SIP telephone for tests that lets itself be controlled by
// uaCSTA (ECMA TR/87). Profiles make it behave like the phones in the field as
// far as that is known; every way in which it may misbehave is a switch. What
// nobody could find out about real phones is such a switch too, so that both
// positions are tested.
package uaphone

import (
	"time"

	"mod_csta_socket/csta/ecma"
)

// Naming is how a phone names itself in CSTA.
type Naming uint8

const (
	// BareUser: 1001.
	BareUser Naming = iota
	// SIPAddress: sip:1001@domain.
	SIPAddress
	// UserAtHost: 1001@domain, without a scheme.
	UserAtHost
)

// Profile is what a family of phones is like.
type Profile struct {
	Name string
	// UserAgent is what it registers as.
	UserAgent string
	// Edition is the namespace of its documents, whatever it was asked in.
	Edition ecma.Edition
	Naming  Naming
	// StrictName refuses any other name of itself with invalidDeviceID.
	StrictName bool
	// ContactParameters have to come back in the Request-URI, or it answers 404.
	ContactParameters string
	// FirstCallID is its first callID; they count up.
	FirstCallID int
	// Services are the requests it serves beside RequestSystemStatus,
	// MonitorStart and MonitorStop.
	Services []string
	// Sessions: it takes the INVITE. Otherwise 415.
	Sessions bool
	// Notify: it takes single requests by NOTIFY.
	Notify bool
	// Events: it tells what happens.
	Events bool
	// Trusted, if set, is the only host that may send it requests; others get
	// RefuseStrangers.
	Trusted         string
	RefuseStrangers int
	// ChallengeInvite and ChallengeInfo ask for Password.
	ChallengeInvite, ChallengeInfo bool
	// SessionTimer: it supports RFC 4028.
	SessionTimer bool
	// AdmitsCSTA: its OPTIONS answer names application/csta+xml.
	AdmitsCSTA bool
	// Line is the network ("udp", "tcp") that it registers a CSTA line of its own
	// over; "" = it has none and is controlled at the account it makes calls with.
	Line string
	// NoCallIDs: it names no calls. "" is the call that it has.
	NoCallIDs bool
	// TakesForCall: it takes the session for a call and rings or, with
	// AnswersCalls, answers with SDP.
	TakesForCall, AnswersCalls bool
}

var (
	minimal  = []string{"MakeCall", "AnswerCall", "ClearConnection"}
	basic    = together(minimal, []string{"DeflectCall", "HoldCall", "RetrieveCall", "SingleStepTransferCall"})
	advanced = together(basic, []string{"AlternateCall", "ConsultationCall", "ReconnectCall", "TransferCall", "GenerateDigits", "SnapshotDevice"})
	features = []string{"SetDoNotDisturb", "GetDoNotDisturb", "SetForwarding", "GetForwarding"}
)

func together(lists ...[]string) []string {
	var all []string
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// Profiles of the phones in the field.
var (
	Yealink = Profile{
		Name: "yealink", UserAgent: "Yealink SIP-T46U 108.86.0.20", Edition: ecma.Edition3, Naming: BareUser, StrictName: true,
		FirstCallID: 32784, Services: together(advanced, []string{"ConferenceCall"}), Sessions: true, Events: true, SessionTimer: true,
	}
	Poly = Profile{
		Name: "poly", UserAgent: "PolycomVVX-VVX_411-UA/5.9.0.9373", Edition: ecma.Edition3, Naming: SIPAddress, StrictName: true,
		FirstCallID: 1, Services: basic, Sessions: true, Events: true, AdmitsCSTA: true, RefuseStrangers: 400,
	}
	PolyDigest = Profile{
		Name: "poly digest", UserAgent: "PolycomVVX-VVX_411-UA/5.9.0.9373", Edition: ecma.Edition3, Naming: SIPAddress,
		FirstCallID: 1, Services: basic, Sessions: true, Events: true, AdmitsCSTA: true, ChallengeInvite: true,
	}
	Snom = Profile{
		Name: "snom", UserAgent: "snomD735/10.1.175.16", Edition: ecma.Edition5, Naming: UserAtHost, ContactParameters: "line=abc",
		FirstCallID: 100, Services: together(advanced, features), Sessions: true, Events: true, SessionTimer: true, ChallengeInvite: true, ChallengeInfo: true,
	}
	Gigaset = Profile{
		Name: "gigaset", UserAgent: "Gigaset N870 IP PRO/83.V2.51.0", Edition: ecma.Edition3, Naming: BareUser,
		FirstCallID: 1, Services: together(minimal, []string{"SetDoNotDisturb", "GetDoNotDisturb", "SnapshotDevice"}), Sessions: true, Events: true, Line: "tcp",
	}
	Panasonic = Profile{
		Name: "panasonic", UserAgent: "Panasonic_KX-HDV230/08.100", Edition: ecma.Edition3, Naming: BareUser,
		FirstCallID: 1, Services: basic, Sessions: true, Events: true, SessionTimer: true, Line: "tcp",
	}
	Grandstream = Profile{
		Name: "grandstream", UserAgent: "Grandstream GXP1782 1.0.9.137", Edition: ecma.Edition3, Naming: SIPAddress,
		FirstCallID: 1, Services: basic, Sessions: true, Events: true, SessionTimer: true,
	}
	Fanvil = Profile{
		Name: "fanvil", UserAgent: "Fanvil X5U 2.12.1.3", Edition: ecma.Edition3, Naming: BareUser, StrictName: true,
		FirstCallID: 32784, Services: minimal, Sessions: true, Events: true,
	}
	OpenStage = Profile{
		Name: "openstage", UserAgent: "OpenStage_60_V3 R5.18.0", Edition: ecma.Edition3, Naming: BareUser, NoCallIDs: true,
		Services: []string{"MakeCall", "AnswerCall", "ClearConnection", "ConsultationCall", "GenerateDigits", "HoldCall", "RetrieveCall"}, Notify: true,
	}
	Plain = Profile{Name: "plain", UserAgent: "Plain SIP phone 1.0"}
	Rude  = Profile{Name: "rude", UserAgent: "Rude phone 1.0", TakesForCall: true}
	Ruder = Profile{Name: "ruder", UserAgent: "Rude phone 2.0", TakesForCall: true, AnswersCalls: true}
)

// Profiles are all of them.
func Profiles() []Profile {
	return []Profile{Yealink, Poly, PolyDigest, Snom, Grandstream, Fanvil, Gigaset, Panasonic, OpenStage, Plain, Rude, Ruder}
}

// Faults are the ways in which a phone misbehaves; the zero value is a phone
// without any. They may be changed at any time.
type Faults struct {
	// SeparateResponse answers INFO with an empty 200 and sends the response in
	// an INFO of its own.
	SeparateResponse bool
	// EmptyAccept accepts a session without saying so in CSTA.
	EmptyAccept bool
	// EventFirst sends the events that a request causes before its response.
	EventFirst bool
	// StrangeMonitor puts a cross-reference into events that nobody knows.
	StrangeMonitor bool
	// EventsAfterStop goes on with events when the monitor is stopped.
	EventsAfterStop bool
	// EventsTwice sends every event again in a new transaction with the same
	// CSeq, as if the 200 had been lost.
	EventsTwice bool
	// Shuffled sends events in pairs, the second one first.
	Shuffled bool
	// Silence delays every response.
	Silence time.Duration
	// Deaf answers nothing at all.
	Deaf bool
	// FailThird answers every third INFO with 500.
	FailThird bool
	// Rebooted knows no dialogue any more: 481 to everything within one.
	Rebooted bool
	// ByeInstead answers a CSTA request with BYE.
	ByeInstead bool
	// MinSE refuses shorter session timers with 422.
	MinSE time.Duration
	// Refresher makes the phone the one who refreshes; it does so only if told
	// (Phone.Refresh).
	Refresher bool
	// ShortTimer answers with that Session-Expires.
	ShortTimer time.Duration
	// Busy refuses sessions with 486: another application has the phone.
	Busy bool
	// Refuse answers the opening INVITE with that status; 0 = does not.
	Refuse int
	// NotReady says that its CSTA service is disabled.
	NotReady bool
	// Idle says yes to a request and does nothing.
	Idle bool
	// Mute does what it is asked and does not answer.
	Mute bool
	// Raw, if set, replaces every document that the phone sends.
	Raw func(doc []byte) []byte
	// Ignoring neither does what it is asked nor answers.
	Ignoring bool
	// Refusing refuses every request but those of the session itself.
	Refusing bool
	// Clumsy refuses whatever concerns two calls.
	Clumsy bool
	// HangsUp ends all its calls before it does what it is asked.
	HangsUp bool
	// OnlyHolds holds for a consultation and does not dial, HoldsNot dials and does
	// not hold.
	OnlyHolds, HoldsNot bool
	// NewCallID gives the call that a transfer makes another callID.
	NewCallID bool
	// SameCallID gives a new call the callID of the last one.
	SameCallID bool
	// Shown is what the phone writes in place of the other party's number: a name,
	// a number with a prefix, nothing.
	Shown func(number string) string
	// Skew shuffles the phone's words against its deeds: what it tells, and what
	// it does with its calls, each comes up to that much late. Its words stay in
	// order.
	Skew time.Duration
	// RebootInstead has the phone restart when it is asked for something: it
	// forgets its sessions, does nothing, answers nothing and registers anew.
	RebootInstead bool
	// TwiceAccepted repeats the 200 to INVITE as if the ACK had been lost.
	TwiceAccepted bool
}
