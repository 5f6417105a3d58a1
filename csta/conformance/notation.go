package conformance

import (
	"fmt"
	"sort"
	"strings"

	"mod_csta_socket/csta/conformance/probe"
)

// Notation of events. A scenario writes what a monitor must get as one line per
// event:
//
//	Delivered c:B A>B newCall alerting
//
// is a DeliveredEvent about device B's connection in call c, calling device A,
// called device B, cause newCall, localConnectionInfo alerting. The parts:
//
//   - the event's name without "Event";
//   - call:device, the subject connection. The call's name stands for its ID:
//     the first line that uses a name binds it. Letters are the roles of the
//     scenario's cast, other text is a literal device, - none;
//   - calling>called, where the event has these fields; ? stands for notKnown;
//   - the cause;
//   - the state of the monitored device after the event;
//   - by=X only if the device named beside the subject (alerting, answering,
//     releasing … device) is not the subject's own;
//   - last=X only if lastRedirectionDevice is not notRequired.
//
// A transfer names the old connections first, then those that it leaves, then
// the new party:
//
//	Transfered c:A+d:A c:B,c:C<d:C transfer null to=C
//
// with < before the connection that one of these was, if it was another. A
// conference is written in the same way.
//
// Play c:Q hello.wav, Record c:Q note.wav, Stop c:Q hello.wav endOfMessageDetected
// and DtmfDetected c:Q 5 are the events of the voice unit, OutOfService A and
// BackInService A those of device maintenance, DoNotDisturb B on and Forwarding B
// forwardNoAns on C 4, with the number and the rings, those of features. A monitor on a call gets the same
// lines with - for the state, and CallCleared c normalClearing in the end.
//
// Where ECMA-269 leaves a choice, the scenarios expect the following, decided
// once:
//
//	what happens                     subject and cause
//	A dials by hand                  ServiceInitiated(A) newCall, Originated(A) newCall when
//	                                 the called device is reached (or fails)
//	B rings                          Delivered(B) newCall
//	B answers                        Established(B) newCall
//	a party hangs up                 ConnectionCleared(it) normalClearing, then the other's
//	                                 ConnectionCleared, normalClearing, to itself only
//	B refuses before it rings        Failed(B) busy or what fits, ConnectionCleared(A)
//	                                 normalClearing; nothing to B
//	B refuses after it rang          ConnectionCleared(B): busy (486), callCancelled (603);
//	                                 then ConnectionCleared(A) normalClearing; no Failed
//	B does not answer                the same with callNotAnswered
//	A gives up while B rings         ConnectionCleared(A) normalClearing,
//	                                 ConnectionCleared(B) callCancelled
//	no such number                   Failed destNotObtainable; not registered: destOutOfOrder;
//	                                 unallocated: numberUnallocated
//	MakeCall                         ServiceInitiated(A) makeCall; when A answers the prompt
//	                                 Originated(A) newCall, then as dialled by hand
//	TransferCall, and the consulted  the held party is sent where the call is now: calledDevice
//	call was sent on meanwhile       stays the number consulted
//	a party in a consultation of its own  its calls are not joined with others: refused,
//	                                 invalidActiveConnectionState; its phone's, or its partner's,
//	                                 own attended transfer: the switch tells it 403
//	a queue's deviceNumber as        the number that the queue is named after is dialled, and
//	destination                      told as such; a network interface's is refused
//	two calls become one             monitors on either call get the event, and follow
//	                                 the call that is left
//	A is of another domain           numbers are dialled as A dials them, in A's own dialplan
//	than the default one             context (user_context), whoever's leg goes there; they are
//	                                 number@domain in events (calledDevice, newDestination …), for
//	                                 nobody else's device to be meant. A device of that domain is
//	                                 called by its user's name, one of a third domain not at all
//	a queue's or a network           it goes on in the context that its leg is in
//	interface's call is sent on
//	an outside call comes to a       the numbers that it came with stay as they are, unless the
//	tenant                           default domain has such a device: number@domain then
//	do not disturb and forwarding    of the domain whose subscriber they were set for: the calls
//	                                 of another domain to the same number go on as they were. Where
//	                                 calls are forwarded to is dialled in that domain, too
//	A has several phones             all are prompted; the one that answers has the call
//	A does not answer the prompt     ConnectionCleared(A) callNotAnswered; refuses it:
//	                                 callCancelled; cleared by a client: normalClearing
//	a phone retrieves what the       Retrieved, when the two hear each other again
//	switch holds for a client
//	media past the switch            it is fetched before a service that needs the switch's own
//	(bypass_media)                   sound: hold, consultation, message, recording
//	media that it only passes on     such a service is refused: requestIncompatibleWithDevice
//	(proxy_media)
//	a phone redirects (SIP 302)      Diverted(B) callForward, newDestination C, whether B rang
//	                                 or not; then Delivered(C) callForward, last=B
//	the dialplan forwards            as it happens: Failed(B) or ConnectionCleared(B) if B was
//	                                 called, then Delivered(C) newCall without last: that the
//	                                 dialplan would go on was not known when B's part ended
//	B has forwarding                 Diverted(B) callForwardImmediate, callForwardBusy or
//	                                 callForwardNoAnswer, whether B rang or not; then Delivered(C)
//	                                 with that cause, last=B. A B that is not there does not answer
//	B is not to be disturbed         Failed(B) doNotDisturb; nothing to B
//	the switch itself answers        nothing: an announcement, a mailbox, a conference room of
//	(voicemail, parking …)           the dialplan is no device, its caller is alone in the call
//	                                 and connected. csta_trigger_queue makes it one. So who
//	                                 consults, or is sent elsewhere, is Originated at once; nothing
//	                                 else may follow. TransferCall sends the held party there:
//	                                 Transfered names the number, and no connection of it
//	nobody can be reached, and the   Failed(B) or ConnectionCleared(B), with or without a leg of
//	dialplan goes on (a mailbox)     B's; the caller stays connected, alone. Who consulted B can
//	                                 reconnect, or transfer to what answers now: the held party
//	                                 is sent to the number, and B rings first if it can
//	a user consults by keys that     as Consultation Call: Held, ServiceInitiated, Originated
//	the switch obeys (att_xfer)      when the number is complete; back: ConnectionCleared(d:A),
//	                                 Retrieved; all together: Conferenced; the user hangs up:
//	                                 Transfered, also while the third party rings. Services on
//	                                 the two calls are refused; clearing one of them clears its
//	                                 other party
//	a queue of the switch's own      it is a device of its name (02support@default), unless
//	takes a call (call centre, fifo) csta_trigger_queue gave it another one before: Queued(Q)
//	                                 newCall, and queued until somebody takes the
//	                                 call, music or not; no Established, since nobody answered
//	it rings an agent                Diverted(Q) distributed, Delivered(C) distributed, last=Q, in
//	                                 the caller's call, with its number dialled and the network's
//	                                 numbers; Established(C). An agent who refuses or does not
//	                                 answer is told as any called party; with the last of them
//	                                 Queued(Q) newCall again. An agent that cannot be
//	                                 reached, or is busy before ringing, is not told: nothing has
//	                                 failed for the call
//	an agent comes for its calls     ConnectionCleared(C) of the agent's own call, Diverted(Q) and
//	                                 Established(C) callPickup in the caller's, be the agent there
//	                                 first or not
//	somebody loses the partner, who  a call of its own, with another ID: ServiceInitiated, then
//	was sent on, and is not hung up  Originated newCall
//	(an agent that waits for more)
//	another program has the switch   nobody calls it: calling notKnown. Whom it is connected with
//	call a device                    then is called by it
//	an outside caller withholds its  calling restricted; notKnown if only something stands in the
//	number                           number's place (unavailable, unknown, 0000000000)
//	a group must confirm (a key      who answered stays alerting until the switch gives it the
//	after the answer)                call; Established then. Who hangs up, or does not confirm, is
//	                                 cleared as one who rang
//	two outside parties of one       each has its connection: N, and N#2, a dynamic identifier
//	network interface are in a call  that names nothing outside of the call. What is monitored is
//	                                 N: it hears of each event once, and its state is that of
//	                                 those who are left. associatedNID and the like are N. Who
//	                                 moves into a call where its identifier is taken gets the
//	                                 lowest that is free, and Transfered lists old and new
//	somebody picks a call up         ringing: Diverted(B) callPickup, Established(C) callPickup;
//	                                 talking: ConnectionCleared(B), Established(C) callPickup.
//	                                 C's own call ends before with ConnectionCleared(C)
//	a client picks a call up         the same, without a call of C's own: C is called outside of
//	                                 any call, with the caller's number, and its answer is the
//	                                 pick-up. The response comes with it; nothing waits behind the
//	                                 request, so that another may answer B meanwhile. invalidDeviceState
//	                                 if C is busy, refuses or does not answer, invalidConnectionState
//	                                 once the call rings no more, notDifferentDevices if C has a part
//	                                 in it. Who else rang: ConnectionCleared callPickup. Only what
//	                                 rings is picked up, and not what a queue offers an agent, or
//	                                 who consults calls: invalidConnectionState
//	GroupPickupCall                  of calls by age the oldest in which a member of the group, of C's
//	                                 domain, rings and C has no part; invalidDestinationDeviceState
//	                                 for C, noCallToAnswer if there is none. Of pickGroup only the
//	                                 number counts, which may be any text: the group's name; without
//	                                 it C's groups, requestIncompatibleWithDestinationDevice if none
//	who picked up hangs up before    the caller rings B again, which is told nothing of it
//	the switch has joined the two
//	somebody comes for a party that  the same: Established(C) callPickup in the waiting party's
//	waits (parked, fifo, uuid_bridge) call; a queue it waits in is left with Diverted callPickup.
//	                                 Of two who wait, not in a queue of the switch's own, the
//	                                 younger call is given up
//	two calls with two parties each  Transfered by=?: somebody unknown joined them
//	are joined by the operator
//	the operator, a pick-up or a     a held party with somebody else: the holding device's
//	dialplan joins a party of a      connection is cleared, it stays in its other call. A consulted
//	consultation                     one: the consulting device is left in a call of its own, until
//	                                 ReconnectCall. Both with each other: Transfered. The held one
//	                                 with who holds it: Held and Retrieved, cause alternate, or
//	                                 Retrieved if the consulted party has gone
//	both parties are sent elsewhere  the called one leaves with ConnectionCleared and goes on in
//	                                 a call of its own
//	a device calls itself            it has one connection; its ringing is not told, its refusal
//	                                 is a Failed without a connection
//	Stop of what the dialplan plays  refused, incorrectMsgState: the switch ends only what it was
//	                                 asked to play
//	somebody outside transfers two   Transfered without a transferring device (behind one network
//	calls, at the phone              interface are many), and right behind it the
//	                                 ConnectionCleared of both of the interface's connections
//	a phone mixes two calls          two calls, both connected
//	the module is loaded anew        calls are as they were: states, holds, consultations,
//	                                 conferences, queues, network interfaces, and their IDs (a
//	                                 note kept with the legs). lastRedirectionDevice and the cause
//	                                 of what is still to come start afresh (notRequired, newCall).
//	                                 A MakeCall that still prompts is given up; a call in
//	                                 csta_wait keeps the module from being unloaded
//	calls are recovered after a      as dialled and answered at that moment, on the same IDs; the
//	crash of the switch              switch forgets holds
//	RecordMessage to a name          relative to the sounds; invalidFile if it would replace, hide or
//	                                 be hidden by a sound that the module did not record itself;
//	                                 resourceBusy while it is being recorded. With recordings-dir
//	                                 all recordings go there and replace each other
//	names of messages                as the client gave them, in answers and events alike; .wav
//	                                 is added to a recording without an extension
//	MakeCallResponse, and those to   the device of the request in its words (tel:1000); events
//	MakePredictiveCall and pick-ups  have its own identifier; so has the response for an alias
//	calls known by numbers           63 bits of a digest of the call's UUID, in decimal digits: the
//	(call-id)                        same after a reload, without a note, and bound to no clock. Of
//	                                 a billion calls two have the same with a probability of a
//	                                 twentieth; never two at a time, then the later has the next
//	names that may be played or      relative, plain characters, the extension of a sound file: lists,
//	recorded                         streams, programs and speech of the switch are invalidFile
//	digests to phones                only with a secret that the subscriber has for that
//	                                 (uacsta-password), never with the SIP password
//	phones for which nobody          left alone, with a warning: whoever registers for a subscriber
//	authenticated (accept-blind-reg, could set his forwarding. With uacsta-unproven 1 controlled as
//	apply-register-acl)              others, but given no digest (uacsta-password)
//	phones that were there before    the switch is asked who authenticated; what it does not say for
//	the module                       sure is nobody, with uacsta-unproven 0 until they register anew
//	many calls of one client ring    resourceBusy for Make Call and Make Predictive Call beyond half
//	                                 of the places, before the call is touched: others need not wait
//	MakePredictiveCall to an address only what the operator lists (predictive-call-addresses), which
//	                                 is nothing by default: privilegeViolationCalledDevice
//	data of clients                  bounded, so that no event is too long for a frame: above that
//	                                 correlatorDataOutOfRange, valueOutOfRange before anything is done
//	somebody listens in (eavesdrop,  nothing in the call: to the switch the third party talks to
//	three_way)                       an application
//	one of several answers           the others: ConnectionCleared multipleAlerting
//	a client rejects a ringing call  ConnectionCleared(B) with what its reason becomes at the
//	                                 switch (busy, callCancelled, callNotAnswered); without one,
//	                                 and for a call that is talked in, normalClearing
//	a client gives data with         the events of the step carry them already; data not given
//	Answer, Clear, Deflect, Single   stay, a null string takes away. userData stay with the call
//	Step Transfer, Consultation      until others come, as correlator data do: clients that come
//	                                 late have them, and none was seen to mind
//	two calls become one             calledDevice is that of the second call, also in events to
//	                                 come; correlator data are the first's, or else the second's
//	Make Predictive Call             initiatedCall names the called device as the client dialled
//	                                 it, since which network interface it will be is not known
//	                                 yet. Requests may go on to name it so. The calling device is
//	                                 in the call from the beginning, initiated: a dialler sees
//	                                 its call, and can clear it, by either name
//	a single step transfer of a      Transfered as of a connected one, and not Diverted
//	held, ringing or queued call
//	a call enters a queue            Queued with the cause of the call (newCall …), as its
//	                                 Established: enteringDistribution is of a Delivered
//	an outbound call goes on behind  networkSignal in Delivered and Established, where newCall
//	its network interface            would stand; NetworkReached has newCall
//	the last party leaves            CallCleared with the cause of its ConnectionCleared
//	a device can't be reached        Failed with a complete failedConnection, not told to the
//	                                 failing device, whose connection is gone then: one model,
//	                                 swDomainFeatures' supportFailedWithAssConnNotReported.
//	                                 Clients look for who failed in the connection. Of a device
//	                                 that calls itself it has no device: that one's is the caller's
//	consultOptions                   restrict nothing: a client that consulted for a conference
//	                                 and then transfers is let, as a user would be
//	a device, a call that is not     as one that is not there: invalidDeviceID, invalidConnectionID
//	the application's                if another device of the call is its own, invalidCallID.
//	                                 Without the right privilegeViolationSpecifiedDevice, without a
//	                                 login securityViolation; an outside number that it may not
//	                                 have called privilegeViolationCalledDevice
//	rights are taken away            MonitorStop by the switching function; calls stay as they are
//	rings of a forwarding            ringCount and, in edition 6, ringDuration beside it: clients
//	                                 read the one or the other
//	lastRedirectionDevice            stays until the call is redirected again, also after Established
//	services took somebody out of    it goes on from there, as without them, when the partner
//	the dialplan (held, consulting)  leaves, or both of a consulting device's calls, if it would
//	                                 have (hangup_after_bridge): the party stays connected, alone.
//	                                 Not after a transfer or a conference: it has left then, as
//	                                 by the switch's own transfers
//	a client with an application     its association waits (sessionCleanupDelay, 120 s, within
//	session loses its connection     session-cleanup-delay): monitors, registrations and filters stay, and
//	                                 what it would be sent is kept. StartApplicationSession with the
//	                                 old sessionID, of the same application, has it back: the answer,
//	                                 what was missed, then what happens. An old connection that is
//	                                 still open is closed. Otherwise, and once it is over,
//	                                 invalidApplicationInfo, whatever is wrong
//	more happens than is kept        the session can't be had back: applError eventsLost. A new one of
//	                                 the same application takes the monitors by
//	                                 TransferMonitorObjects; asked twice it is the same. Nothing of
//	                                 what was kept follows: a snapshot tells how things are
//	requests that had no answer      what has begun goes on; nobody gets the answer, so that invoke
//	when the connection went         IDs may begin anew
//	GetMonitors                      the monitor of a call is listed with the call's identifier as a
//	                                 number of type other: the schema has place for a device only.
//	                                 Editions up to 3 are not told of the service
//	a request of ours (MonitorStop,  kept as events are, and sent with a new invoke ID; System Status
//	devices changed)                 is not kept
//	a consulted number's dialplan    Failed destNotObtainable a moment later, if it had called
//	ends, or hangs up                nobody; the consulting device stays in that call, alone, and
//	                                 the held party stays held: Reconnect Call, Retrieve Call
//	an application in it hangs its   both calls end, as if the consulting device had hung up: the
//	caller up (lua, voicemail auth)  switch takes back no hang-up, and says of none who did it
//	a held call is retrieved while   refused with connectedCallExists
//	another is talked in
//	a member of a conference holds   Held, and the others go on without it; while it holds, the
//	                                 last two stay in the room
//	a member of a conference         Held for it, and the others go on; Reconnect Call brings it
//	consults                         back into the room, Transfer Call the consulted party in its
//	                                 place, once that one has answered, Conference Call that one,
//	                                 too. If it hangs up the others talk on. Alternate Call is
//	                                 refused, and Transfer Call to who rings, waits in a queue or
//	                                 is the switch itself, and Single Step Transfer of a member:
//	                                 the switch has no one leg that stands for the others, to be
//	                                 sent there or to be kept waiting
//	Alternate Call of two calls      a phone that takes no requests is asked to talk in the held
//	that the user made               one, and holds the other; if it does not, the switch holds it
//	Answer Call and what else waits  requests about other calls and devices, snapshots, monitors
//	for a phone                      and Clear Connection pass it; answers may come in another
//	                                 order then, as the invoke IDs are for
//	Play Message to a party on hold  refused: it would be heard after the hold
//	a reason that is no cause        as if there were none: what is asked for does not depend
//	                                 on it. Other values outside their enumeration are refused
//	which devices there are          what the switch can list, what it told of since the load, and
//	                                 what calls were at; not what only a client named. Stations come
//	                                 first, then queues (acd), then network interfaces; there are
//	                                 none of the other kinds. One that is asked for by its number is
//	                                 looked up, and named by its own. One empty segment if none fits
//	a queue never called             its kind is told (acd) by its number, as it can be monitored;
//	                                 it is on no list
//	a queue's agents                 are not its (nonVisibleACDRelatedDevices): no group is told
//	GetPhysicalDeviceInformation     of any device, with what kind it is: clients ask for each number
//	                                 that they were configured with. Only a station has a physical
//	                                 element
//	options of services and events   servEvtsList names those that are supported, and nothing is in
//	                                 both: what is not named is ignored as a parameter
//	                                 (ignoreParameters) and refused as a state. Which events a filter
//	                                 knows (monitorFilterItems) is left out: each monitor is told
//	a snapshot too long for a frame  serviceCrossRefID, then SnapshotDeviceData; one conference that
//	                                 does not fit into any is resourceLimitExceeded
//	there are other devices          SwFunctionDevicesChanged to those that registered, if somebody
//	                                 had a list before, at most once a minute
//	an optional element without      as if it were not there
//	anything in it
type notation struct {
	cast  Cast
	calls map[string]string
}

func newNotation(cast Cast) *notation {
	return &notation{cast: cast, calls: make(map[string]string)}
}

// Cast says which device plays which role. A device number that is not dialled
// is written with its type: "029500/deviceNumber".
type Cast map[string]string

const typeSeparator = "/"

// device is the identifier of a role, or of a literal.
func (c Cast) device(role string) probe.Device {
	text, ok := c[role]
	if !ok {
		text = role
	}
	number, kind, typed := strings.Cut(text, typeSeparator)
	if !typed {
		kind = dialingNumber
	}
	return probe.Device{Number: number, Type: kind}
}

// role is the name of a device in the notation.
func (c Cast) role(d probe.Device) string {
	if d.Form != "" {
		switch d.Form {
		case "notKnown":
			return "?"
		default:
			return d.Form
		}
	}
	if d.Number == "" {
		return "-"
	}
	text := d.Number
	if d.Type != dialingNumber {
		text += typeSeparator + d.Type
	}
	var roles []string
	for role, device := range c {
		if device == text {
			roles = append(roles, role)
		}
	}
	if len(roles) == 0 {
		return text
	}
	sort.Strings(roles)
	return roles[0]
}

// call is the name bound to a call ID, or the ID itself.
func (n *notation) call(id string) string {
	for name, bound := range n.calls {
		if bound == id {
			return name
		}
	}
	return id
}

// bind gives a call ID the name that an expected line uses at its place, if
// both are still free.
func (n *notation) bind(line string, e *probe.Event) {
	fields := strings.Fields(line)
	if len(fields) < 2 {
		return
	}
	name, _, _ := strings.Cut(fields[1], ":")
	if _, taken := n.calls[name]; taken || n.call(e.Subject.CallID) != e.Subject.CallID {
		return
	}
	n.calls[name] = e.Subject.CallID
}

// write is the line for an event.
func (n *notation) write(e *probe.Event) string {
	switch e.Name() {
	case "TransferedEvent", "ConferencedEvent":
		return n.merged(e)
	case "PlayEvent", "RecordEvent", "StopEvent", "DtmfDetectedEvent":
		return n.voice(e)
	case "OutOfServiceEvent", "BackInServiceEvent":
		return strings.TrimSuffix(e.Name(), "Event") + " " + n.cast.role(e.By)
	case "DoNotDisturbEvent":
		return "DoNotDisturb " + n.cast.role(e.DeviceIn("device")) + " " + onOff(e.Value("doNotDisturbOn"))
	case "ForwardingEvent":
		return n.forwarding(e)
	case "CallClearedEvent":
		return "CallCleared " + n.call(e.Subject.CallID) + " " + orMissing(e.Cause)
	}
	parts := []string{strings.TrimSuffix(e.Name(), "Event")}
	device := n.cast.role(e.By)
	if e.Subject.CallID != "" {
		subject := n.cast.role(e.Subject.Device)
		parts = append(parts, n.call(e.Subject.CallID)+":"+subject)
		if device == subject || e.Name() == "OriginatedEvent" {
			device = ""
		}
	}
	if e.Calling.Form != absentForm || e.Called.Form != absentForm {
		parts = append(parts, n.cast.role(e.Calling)+">"+n.cast.role(e.Called))
	}
	parts = append(parts, orMissing(e.Cause))
	if e.Subject.CallID != "" {
		parts = append(parts, orMissing(e.Local))
	}
	if device != "" {
		parts = append(parts, "by="+device)
	}
	if mandatoryRedirection[e.Name()] && e.Redirection.Form != "notRequired" {
		parts = append(parts, "last="+n.cast.role(e.Redirection))
	}
	return strings.Join(parts, " ")
}

func (n *notation) connection(c probe.Connection) string {
	return n.call(c.CallID) + ":" + n.cast.role(c.Device)
}

// merged is the line for the events that leave one call of two.
func (n *notation) merged(e *probe.Event) string {
	list, added := "transferredConnections", "transferredToDevice"
	if e.Name() == "ConferencedEvent" {
		list, added = "conferenceConnections", "addedParty"
	}
	old := n.connection(e.Subject)
	if second, ok := e.ConnectionAt("secondaryOldCall"); ok {
		old += "+" + n.connection(second)
	}
	var left []string
	for _, item := range e.Items(list) {
		text := n.connection(item.New)
		if item.Old.CallID != "" && item.Old != item.New {
			text += "<" + n.connection(item.Old)
		}
		left = append(left, text)
	}
	line := fmt.Sprintf("%s %s %s %s %s", strings.TrimSuffix(e.Name(), "Event"), old, strings.Join(left, ","), orMissing(e.Cause), orMissing(e.Local))
	if by := n.cast.role(e.By); by != n.cast.role(e.Subject.Device) {
		line += " by=" + by
	}
	return line + " to=" + n.cast.role(e.DeviceIn(added))
}

func (n *notation) forwarding(e *probe.Event) string {
	line := "Forwarding " + n.cast.role(e.DeviceIn("device")) + " " + orMissing(e.Value("forwardingType")) + " " + onOff(e.Value("forwardStatus"))
	if to := e.DeviceIn("forwardTo"); to.Form != absentForm {
		line += " " + n.cast.role(to)
	}
	if rings := e.Value("ringCount"); rings != "" {
		line += " " + rings
	}
	return line
}

// onOff reads a boolean of XML.
func onOff(text string) string {
	switch text {
	case "true", "1":
		return "on"
	case "false", "0":
		return "off"
	}
	return orMissing(text)
}

func (n *notation) voice(e *probe.Event) string {
	parts := []string{strings.TrimSuffix(e.Name(), "Event"), n.connection(e.Subject)}
	for _, field := range []string{"message", "dtmfChar", "cause"} {
		if text := e.Value(field); text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, " ")
}

const (
	absentForm    = "absent"
	dialingNumber = "dialingNumber"
)

// mandatoryRedirection are the events whose lastRedirectionDevice is mandatory
// (ECMA-269 17.2).
var mandatoryRedirection = map[string]bool{
	"DeliveredEvent": true, "EstablishedEvent": true, "FailedEvent": true,
	"QueuedEvent": true, "DivertedEvent": true, "NetworkReachedEvent": true,
}

func orMissing(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// snapshot is the line for one call of a device: the connection and the states,
// the device's own first.
func (n *notation) snapshot(e probe.SnapshotEntry) string {
	return fmt.Sprintf("%s:%s %s", n.call(e.Connection.CallID), n.cast.role(e.Connection.Device), strings.Join(e.States, " "))
}
