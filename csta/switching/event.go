package switching

import "net/netip"

// Direction is seen from the switch.
type Direction uint8

const (
	// Inbound: the endpoint called the switch.
	Inbound Direction = iota + 1
	// Outbound: the switch called the endpoint.
	Outbound
)

// Kind says what happened. The comment of each names the fields of Event that
// it fills beside Leg, At and Seq.
type Kind uint8

const (
	// LegCreated is the first event of a leg. Info.
	LegCreated Kind = iota + 1
	// LegRenamed: the leg now has another UUID. Other is the old one.
	LegRenamed
	// LegProgress: the endpoint rings.
	LegProgress
	// LegEarlyMedia: the endpoint sends media before it answers.
	LegEarlyMedia
	// LegAnswered: the endpoint, or for an inbound leg the switch, answered.
	LegAnswered
	// LegsBridged: Leg and Other hear each other. It may come before
	// LegAnswered (early media).
	LegsBridged
	// LegsUnbridged: Leg and Other no longer do. It may come after their
	// LegHungUp.
	LegsUnbridged
	// LegHeld: the endpoint, or the switch for it, holds the leg.
	LegHeld
	// LegUnheld ends LegHeld. Hanging up a held leg may bring one just before
	// its LegHungUp.
	LegUnheld
	// LegResumed follows a LegUnheld that is no beginning of an end: the leg
	// talks again. A switch need not tell, or be sure.
	LegResumed
	// LegParked: the leg waits in the switch without a partner. Cause says how
	// its last attempt to call somebody ended, if it made one.
	LegParked
	// LegRouted: the leg was sent to another destination of the dialplan.
	// Name is the destination.
	LegRouted
	// CallFailed: the leg called somebody in vain, and its dialplan goes on with it.
	// Cause; Count is how many legs were called: with none, Device is the subscriber
	// whom it tried to call, empty if that was none.
	CallFailed
	// ConsultationBegun: the user of the leg consults somebody by keys that the switch
	// itself obeys. Whom the leg is bridged with waits; who is called on its behalf from
	// now on is the consulted party. Device is whom it calls, if that is a subscriber.
	ConsultationBegun
	// ConsultationEnded: the leg goes back to whom it is bridged with, or has gone.
	// Cause, Device as CallFailed.
	ConsultationEnded
	// TalksWithTwo: the leg talks with Other and with whom that one is bridged.
	TalksWithTwo
	// LegHungUp ends a leg for its user. Cause, Transfer, Other, Follows; Name
	// is the number that an endpoint redirected the call to: the end of its leg, of which
	// the switch may say that the caller cancelled it, who has been sent there.
	LegHungUp
	// LegDestroyed is the last event of a leg, whatever was missed before.
	LegDestroyed

	// QueueEntered: the dialplan put the leg into a queue. Name; Data is the
	// number whose dialplan did it, if known: a LegRouted to that number, with
	// which the leg came here, may be reported later.
	QueueEntered
	// OwnQueueEntered: an application of the switch that is a queue of its own took
	// the leg (FreeSWITCH: callcenter, fifo). Name, Data as QueueEntered.
	OwnQueueEntered
	// OwnQueueLeft ends OwnQueueEntered, if the leg does not hang up: somebody took
	// the call and has gone, or the queue gave it back. Name.
	OwnQueueLeft
	// TrunkEntered: the leg came in by a network interface. Name.
	TrunkEntered
	// TrunkLeaving: the next leg that this leg's dialplan calls leaves by a
	// network interface. Name.
	TrunkLeaving
	// WaitEnded: the leg's csta_wait ended. Data is the reason: "time",
	// "hangup", "stopped" or "moved".
	WaitEnded

	// PlayStarted: a message starts playing on the leg. Name is the file as
	// requested, Data the ID of the Play operation ("" if not ours).
	PlayStarted
	// PlayStopped ends PlayStarted, or comes alone when a message could not be
	// played at all. Name, Data as PlayStarted, Result.
	PlayStopped
	// RecordStarted: Name is the file's full path.
	RecordStarted
	// RecordStopped ends RecordStarted. Name, Result.
	RecordStopped
	// DigitDetected: the endpoint of the leg sent a DTMF digit. Name is the
	// digit, one of 0-9 * # A-D.
	DigitDetected

	// ConferenceJoined, ConferenceLeft: Name is the conference.
	ConferenceJoined
	ConferenceLeft
	// TransferRequested: the leg's endpoint asked for a transfer (SIP REFER).
	// Transfer is TransferorBlind or TransferorAttended, Other the other leg
	// concerned if known, Name the destination of a blind one.
	TransferRequested
	// GlueGone: a pair of glue legs bowed out; their neighbours are joined
	// directly.
	GlueGone

	// DeviceRegistered, DeviceUnregistered: Device changed its registration.
	// Refreshes may repeat DeviceRegistered; one of several contacts leaving
	// may bring DeviceUnregistered: the engine asks with LookUpDevice. Leg is
	// empty.
	DeviceRegistered
	DeviceUnregistered

	// FeaturesApplied: the dialplan that the leg runs applies a feature of Device,
	// which the leg calls. Feature; Name is where a forwarding sends the leg: at
	// once, or if Device turns out to be busy or does not answer. With
	// DoNotDisturb it refuses the leg.
	FeaturesApplied
	// FeaturesWanted: a phone of Device wants to know what is set. Data names the
	// phone. Leg is empty.
	FeaturesWanted
	// FeatureRequested: the user of a phone of Device pressed a feature key. Wish;
	// Data names the phone. Leg is empty.
	FeatureRequested

	// EventsLost: the backend had to drop events; the engine takes a new
	// snapshot. Count.
	EventsLost
	// SwitchStopping: the switch is shutting down.
	SwitchStopping
)

// Transfer tells what part a leg played in a transfer made at the phone.
type Transfer uint8

const (
	NoTransfer Transfer = iota
	// TransferorBlind: this leg's endpoint transferred its partner and leaves.
	TransferorBlind
	// TransferorAttended: this leg's endpoint joined two of its calls and
	// leaves.
	TransferorAttended
)

// Result tells how a playback or recording ended.
type Result uint8

const (
	// Completed: played to its end, or recorded for the time allowed.
	Completed Result = iota
	// Interrupted: ended by a Stop operation or by the switch.
	Interrupted
	// NotFound: the file does not exist.
	NotFound
	// Failed: it exists, but could not be played or written.
	Failed
	// LegEnded: the leg hung up.
	LegEnded
)

// LegInfo is what is known of a leg at its birth. It is decided once, then: a
// switch's later events may show other names for the same leg.
type LegInfo struct {
	Direction Direction `json:"direction,omitzero"`
	// Device is the internal subscriber whose leg this is: the bare extension,
	// or user@domain outside the default domain. Empty for every other leg.
	Device string `json:"device,omitzero"`
	// Caller and CallerName identify the calling party as the switch knows it;
	// Caller is empty if it does not, whatever it shows in its place, or if the
	// calling party wished not to be known: Withheld.
	Caller     string `json:"caller,omitzero"`
	CallerName string `json:"callerName,omitzero"`
	Withheld   bool   `json:"withheld,omitzero"`
	// Dialled is the number this leg was created for: what its endpoint
	// dialled (Inbound) or the number it was called by (Outbound).
	Dialled string `json:"dialled,omitzero"`
	// Originator is the leg on whose behalf this one was called, if any.
	Originator string `json:"originator,omitzero"`
	// Offer: Originator waits in a queue of the switch's own, which offers its call
	// to this leg, and goes on waiting there if this leg does not take it.
	Offer bool `json:"offer,omitzero"`
	// Confirms: who answers this leg is asked to take the call, and has not got it
	// before the leg is joined with another one.
	Confirms bool `json:"confirms,omitzero"`
	// Order is the Leg of the Originate that called it, if one of ours did.
	Order string `json:"order,omitzero"`
	// Gateway is the SIP gateway an outbound leg goes to, if any.
	Gateway string `json:"gateway,omitzero"`
	// Glue marks a leg that stands for no endpoint (FreeSWITCH: loopback).
	// GluePeer is its other half.
	Glue     bool   `json:"glue,omitzero"`
	GluePeer string `json:"gluePeer,omitzero"`
	// Replaces is set on an inbound leg that came to take over another one
	// (SIP Replaces): the leg to be replaced if known, else "?".
	Replaces string `json:"replaces,omitzero"`
	// Contact is where the leg's endpoint takes its calls, as far as it is known:
	// the address of its SIP contact.
	Contact netip.AddrPort `json:"contact,omitzero"`
	// Answered is set on a leg that was already answered when it was first
	// seen (recovery after a crash).
	Answered bool `json:"answered,omitzero"`
}

// Event is one fact told by the switch. It is flat so that a batch needs no
// allocation beside its strings.
type Event struct {
	Kind     Kind     `json:"kind,omitzero"`
	Transfer Transfer `json:"transfer,omitzero"`
	Result   Result   `json:"result,omitzero"`
	// Follows tells that a leg this one was bridged to had hung up before,
	// whichever of the two events comes first.
	Follows bool `json:"follows,omitzero"`
	// At is when the backend saw it, in Unix nanoseconds.
	At int64 `json:"-"`
	// Seq is the switch's own sequence number; 0 if it has none. Order of
	// delivery counts, not Seq.
	Seq uint64 `json:"-"`
	// Leg is the UUID of the leg concerned.
	Leg string `json:"leg,omitzero"`
	// Other is a second leg.
	Other  string `json:"other,omitzero"`
	Cause  Cause  `json:"cause,omitzero"`
	Device string `json:"device,omitzero"`
	Name   string `json:"name,omitzero"`
	Data   string `json:"data,omitzero"`
	Count  uint64 `json:"count,omitzero"`
	// Info is set for LegCreated only.
	Info *LegInfo `json:"info,omitzero"`
	// Feature is set for FeaturesApplied only, Wish for FeatureRequested.
	Feature Feature        `json:"feature,omitzero"`
	Wish    *FeatureChange `json:"wish,omitzero"`
}

// Cause says why a leg ended: the names of ITU-T Q.850 in the spelling common
// to SIP switches, plus a few of theirs. Unknown names are legal.
type Cause string

const (
	CauseNormalClearing          Cause = "NORMAL_CLEARING"
	CauseUserBusy                Cause = "USER_BUSY"
	CauseNoAnswer                Cause = "NO_ANSWER"
	CauseNoUserResponse          Cause = "NO_USER_RESPONSE"
	CauseOriginatorCancel        Cause = "ORIGINATOR_CANCEL"
	CauseCallRejected            Cause = "CALL_REJECTED"
	CauseLoseRace                Cause = "LOSE_RACE"
	CausePickedOff               Cause = "PICKED_OFF"
	CauseRedirected              Cause = "REDIRECTION_TO_NEW_DESTINATION"
	CauseNoRouteDestination      Cause = "NO_ROUTE_DESTINATION"
	CauseUnallocatedNumber       Cause = "UNALLOCATED_NUMBER"
	CauseUserNotRegistered       Cause = "USER_NOT_REGISTERED"
	CauseSubscriberAbsent        Cause = "SUBSCRIBER_ABSENT"
	CauseDestinationOutOfOrder   Cause = "DESTINATION_OUT_OF_ORDER"
	CauseIncompatibleDestination Cause = "INCOMPATIBLE_DESTINATION"
	CauseSystemShutdown          Cause = "SYSTEM_SHUTDOWN"
	CauseManagerRequest          Cause = "MANAGER_REQUEST"
	CauseBlindTransfer           Cause = "BLIND_TRANSFER"
	CauseAttendedTransfer        Cause = "ATTENDED_TRANSFER"
	CauseNetworkOutOfOrder       Cause = "NETWORK_OUT_OF_ORDER"
)
