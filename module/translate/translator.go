package translate

import (
	"strings"
	"sync"
	"time"

	"mod_csta_socket/csta/switching"
)

// Translator turns records into events. It keeps little per leg and forgets it
// at CHANNEL_DESTROY. Records come from one goroutine, in order; the other
// methods may be called from any.
type Translator struct {
	domains   Domains
	holdMusic string
	now       func() time.Time

	mu    sync.Mutex
	legs  map[string]*leg
	known registrations
	// subscribed are the phones with feature keys.
	subscribed subscriptions
}

// New returns a Translator. holdMusic is the global variable hold_music: a
// playback of it is not a message.
func New(domains Domains, holdMusic string) *Translator {
	return &Translator{
		domains:   domains,
		holdMusic: holdMusic,
		now:       time.Now,
		legs:      map[string]*leg{},
		known:     registrations{},

		subscribed: subscriptions{},
	}
}

// Registered tells the translator of a registration it has not seen happen.
func (t *Translator) Registered(profile, user, domain string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.known.add(profile, user, t.domains.Device(user, domain))
}

// Identify says what a leg of a snapshot is: as decided at its birth, if that
// was seen, else by what its channel shows now, and from then on so.
func (t *Translator) Identify(r *Record) switching.LegInfo {
	t.mu.Lock()
	defer t.mu.Unlock()
	uuid := r.Get(UniqueID)
	l := t.legs[uuid]
	if l == nil {
		// Its age is unknown: the next snapshot without it may forget it.
		l = &leg{}
		t.legs[uuid] = l
	}
	if l.info == nil {
		info := identify(r, t.domains, t.known)
		info.Answered = false
		l.info = &info
		l.transferSource = r.Get(TransferSource)
		if r.Get(CallState) == "HELD" {
			l.hold = heldQuietly
		}
		l.partner = r.Get(Partner)
		l.referTo = r.Get(VarReferTo)
	}
	return *l.info
}

// Held tells whether the leg is on hold as far as events told.
func (t *Translator) Held(uuid string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.legs[uuid]
	return l != nil && l.hold != notHeld
}

// Retain forgets all legs but those named and those first heard of after the
// given time: what a snapshot begun then shows to be gone. It is needed when a
// CHANNEL_DESTROY was lost.
func (t *Translator) Retain(alive map[string]bool, begun time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for uuid, l := range t.legs {
		if !alive[uuid] && l.firstSeen.Before(begun) {
			delete(t.legs, uuid)
		}
	}
}

// Legs is the number of legs remembered.
func (t *Translator) Legs() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.legs)
}

// Translate appends to out the events that the record stands for, often none.
func (t *Translator) Translate(r *Record, out []switching.Event) []switching.Event {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch r.Type {
	case None, ReloadXML:
		return out
	case Shutdown:
		return append(out, switching.Event{Kind: switching.SwitchStopping, At: r.At, Seq: r.Seq})
	case SofiaRegister, SofiaUnregister, SofiaExpire:
		return t.registration(r, out)
	case PhoneFeature:
		return t.feature(r, out)
	case LoopbackBowout, LoopbackDirect:
		return t.bowout(r, r.Get(ResigningUUID), r.Get(ResigningPeerUUID), out)
	case ChannelUUID:
		return t.renamed(r, out)
	}
	uuid := r.Get(UniqueID)
	if uuid == "" {
		return out
	}
	l, seen := t.legs[uuid], true
	if l == nil {
		l, seen = &leg{firstSeen: t.now()}, false
		if r.Type != ChannelDestroy && r.Type != ChannelHangup {
			t.legs[uuid] = l
		}
	}
	before := len(out)
	out = l.routing(r, seen, out)
	l.routedNow = len(out) > before
	if l.routedNow {
		out = t.referred(l, r, out)
	}
	return t.channel(r, uuid, l, out)
}

// referred puts the request of a leg's partner for a transfer before the
// consequence, that the leg is sent elsewhere, which out ends with. mod_sofia
// tells of such a request only in profiles with fire-transfer-events, but notes
// the Refer-To with the leg before it sends it away. The variable stays there:
// only another value is another request. One that replaces a call sends the leg
// where that call's other end is without a leg of its own, say in a queue.
func (t *Translator) referred(l *leg, r *Record, out []switching.Event) []switching.Event {
	to := r.Get(VarReferTo)
	if to == "" || to == l.referTo {
		return out
	}
	l.referTo = to
	partner := t.legs[l.partner]
	if partner == nil || partner.hungUp || t.transferring(partner) {
		return out
	}
	partner.transferAt = t.now()
	routed := out[len(out)-1]
	asked := event(r, switching.TransferRequested)
	asked.Leg = l.partner
	if replacing(to) {
		asked.Transfer = switching.TransferorAttended
	} else {
		asked.Transfer, asked.Other, asked.Name = switching.TransferorBlind, routed.Leg, routed.Name
	}
	return append(out[:len(out)-1], asked, routed)
}

// routing reports a transfer into the dialplan, which every event of the leg
// shows by its Caller-Transfer-Source.
func (l *leg) routing(r *Record, seen bool, out []switching.Event) []switching.Event {
	source := r.Get(TransferSource)
	if source == "" || source == l.transferSource {
		return out
	}
	l.transferSource = source
	if !seen || l.hungUp || r.Type == ChannelDestroy || r.Type == ChannelHangup {
		return out
	}
	if destination, ok := routed(source); ok {
		out = append(out, event(r, switching.LegRouted))
		out[len(out)-1].Name = destination
	}
	return out
}

// event starts an event about the record's own leg.
func event(r *Record, kind switching.Kind) switching.Event {
	return switching.Event{Kind: kind, At: r.At, Seq: r.Seq, Leg: r.Get(UniqueID)}
}

// channel handles the records of one leg.
func (t *Translator) channel(r *Record, uuid string, l *leg, out []switching.Event) []switching.Event {
	switch r.Type {
	case ChannelCreate:
		return t.created(r, l, out)
	case ChannelProgress:
		return append(out, event(r, switching.LegProgress))
	case ChannelProgressMedia:
		return append(out, event(r, switching.LegEarlyMedia))
	case ChannelAnswer:
		return append(out, event(r, switching.LegAnswered))
	case ChannelBridge, ChannelUnbridge:
		return t.bridged(r, uuid, l, t.released(l, r, out))
	case ChannelCallState:
		return t.callState(l, r, out)
	case ChannelHold:
		return l.holds(r, out)
	case ChannelUnhold:
		return t.unhold(l, r, out)
	case ChannelPark:
		out = t.released(l, r, out)
		e := event(r, switching.LegParked)
		e.Cause = switching.Cause(r.Get(VarOriginateResult))
		return append(out, e)
	case ChannelHangup:
		return t.hungUp(r, l, t.released(l, r, out))
	case ChannelDestroy:
		delete(t.legs, uuid)
		return append(out, event(r, switching.LegDestroyed))
	case ChannelExecute, ChannelExecuteComplete:
		return t.executed(r, l, t.released(l, r, out))
	case PlaybackStart, PlaybackStop:
		return t.playback(r, l, out)
	case RecordStart, RecordStop:
		return recording(r, l, out)
	case DTMF:
		return digit(r, out)
	case SofiaTransferor:
		return t.transferRequested(l, r, out)
	case SofiaReplaced:
		t.noteTransfer(l, r)
		return out
	case ConferenceMaintenance:
		return conference(r, out)
	case Trigger:
		return t.trigger(r, out)
	}
	return out
}

func (t *Translator) created(r *Record, l *leg, out []switching.Event) []switching.Event {
	info := identify(r, t.domains, t.known)
	if r.Get(VarReplacesCallID) != "" && info.Direction == switching.Inbound {
		info.Replaces = t.replaced(r)
	}
	if origin := t.legs[info.Originator]; origin != nil && info.Direction == switching.Outbound {
		origin.called++
		info.Confirms = info.Confirms || origin.confirms
	}
	l.info = &info
	out = append(out, event(r, switching.LegCreated))
	// The engine gets its own copy: events are plain data handed over.
	copied := info
	out[len(out)-1].Info = &copied
	return out
}

// replaced finds the leg that an INVITE with Replaces takes over. FreeSWITCH
// turns the INVITE into the inline dialplan "answer,intercept:<uuid>", naming
// the partner of that leg.
func (t *Translator) replaced(r *Record) string {
	if _, uuid, found := strings.Cut(r.Get(DestinationNumber), "intercept:"); found {
		if partner := t.legs[uuid]; partner != nil && partner.partner != "" {
			return partner.partner
		}
	}
	return "?"
}

func (t *Translator) renamed(r *Record, out []switching.Event) []switching.Event {
	uuid, old := r.Get(UniqueID), r.Get(OldUniqueID)
	if uuid == "" || old == "" || uuid == old {
		return out
	}
	if l := t.legs[old]; l != nil {
		delete(t.legs, old)
		t.legs[uuid] = l
		if p := t.legs[l.partner]; p != nil {
			p.partner = uuid
		}
	}
	out = append(out, event(r, switching.LegRenamed))
	out[len(out)-1].Other = old
	return out
}

func (t *Translator) bridged(r *Record, uuid string, l *leg, out []switching.Event) []switching.Event {
	kind, a, b := switching.LegsBridged, r.Get(BridgeA), r.Get(BridgeB)
	if a == "" || b == "" {
		// Old signal bridges name only the other leg.
		a, b = uuid, r.Get(OtherLegUniqueID)
	}
	if b == "" {
		return out
	}
	if r.Type == ChannelUnbridge {
		kind = switching.LegsUnbridged
		t.noteTransfer(l, r)
		t.part(a, b)
	} else {
		t.join(a, b)
	}
	out = append(out, event(r, kind))
	out[len(out)-1].Leg, out[len(out)-1].Other = a, b
	return out
}

func (t *Translator) join(a, b string) {
	if l := t.legs[a]; l != nil {
		l.partner = b
	}
	if l := t.legs[b]; l != nil {
		l.partner = a
	}
}

func (t *Translator) part(a, b string) {
	if l := t.legs[a]; l != nil && l.partner == b {
		l.partner = ""
	}
	if l := t.legs[b]; l != nil && l.partner == a {
		l.partner = ""
	}
}

// callState reads hold from CHANNEL_CALLSTATE. In proxy and bypass media only
// this event tells of it; otherwise CHANNEL_HOLD follows and says it again.
func (t *Translator) callState(l *leg, r *Record, out []switching.Event) []switching.Event {
	state, before := r.Get(CallState), r.Get(OriginalCallState)
	switch {
	case l.hungUp:
		return out
	case state == "HELD":
		if l.hold != notHeld {
			// Nobody was told of a release that nothing explained.
			l.hold = held
			return out
		}
		l.hold = heldQuietly
		return append(out, event(r, switching.LegHeld))
	case before == "UNHELD" && state == "ACTIVE" && l.hold == releasing:
		l.hold = releasingResumed
	case state == "UNHELD", before == "HELD" && state == "ACTIVE":
		if l.hold == held {
			l.hold = releasing
			return out
		}
		return t.unhold(l, r, out)
	case before == "UNHELD" && state == "ACTIVE" && l.hold == notHeld:
		// Media goes to it again (switch_core_session_write_frame).
		return append(out, event(r, switching.LegResumed))
	}
	return out
}

// holds takes CHANNEL_HOLD.
func (l *leg) holds(r *Record, out []switching.Event) []switching.Event {
	if l.hungUp {
		return out
	}
	before := l.hold
	l.hold = held
	if before == notHeld {
		return append(out, event(r, switching.LegHeld))
	}
	return out
}

// unhold tells that a hold ends, unless nobody retrieved the leg: the switch clears
// the hold of one that ends or is taken apart by a transfer.
func (t *Translator) unhold(l *leg, r *Record, out []switching.Event) []switching.Event {
	before := l.hold
	if before == notHeld || l.hungUp {
		return out
	}
	l.hold = notHeld
	if attendedMade(r) {
		t.noteTransfer(l, r)
	}
	if r.Get(AnswerState) == "hangup" || t.transferring(l) {
		return out
	}
	out = append(out, event(r, switching.LegUnheld))
	if before == releasingResumed {
		out = append(out, event(r, switching.LegResumed))
	}
	return out
}

// released tells of a hold that had ended before the leg's record r, which carries
// the leg's variables and so says why.
func (t *Translator) released(l *leg, r *Record, out []switching.Event) []switching.Event {
	if l.hold != releasing && l.hold != releasingResumed {
		return out
	}
	return t.unhold(l, r, out)
}

// noteTransfer remembers when a leg first showed that its phone asked for a
// transfer.
func (t *Translator) noteTransfer(l *leg, r *Record) {
	if l.transferAt.IsZero() && (r.Get(VarTransferDisposition) == "replaced" ||
		r.Get(VarTransferDisposition) == "recv_replace" || r.Type == SofiaReplaced) {
		l.transferAt = t.now()
	}
}

// transferring tells whether a transfer that the leg's phone asked for is under
// way.
func (t *Translator) transferring(l *leg) bool {
	return !l.transferAt.IsZero() && t.now().Sub(l.transferAt) <= transferWindow
}

func (t *Translator) transferRequested(l *leg, r *Record, out []switching.Event) []switching.Event {
	l.transferAt = t.now()
	e := event(r, switching.TransferRequested)
	e.Transfer = requestedTransfer(r)
	e.Other = r.Get(AttXferPeer)
	if e.Other == "" {
		e.Other = transferOther(r)
	}
	if e.Transfer == switching.TransferorBlind {
		e.Name = blindDestination(r)
	}
	return append(out, e)
}

func (t *Translator) hungUp(r *Record, l *leg, out []switching.Event) []switching.Event {
	if l.hungUp {
		return out
	}
	l.hungUp = true
	switch r.Get(VarLoopbackHangupCause) {
	case "bowout", "bridge":
		out = t.bowout(r, r.Get(UniqueID), r.Get(VarOtherLoopbackLeg), out)
	}
	e := event(r, switching.LegHungUp)
	e.Cause = switching.Cause(r.Get(HangupCause))
	e.Follows = follows(r)
	if e.Cause == switching.CauseNormalClearing && transferredInVain(r) {
		e.Cause = switching.CauseNoAnswer
	}
	if e.Cause == switching.CauseRedirected || e.Cause == switching.CauseOriginatorCancel {
		e.Name = r.Get(VarRedirectedTo)
	}
	t.noteTransfer(l, r)
	if part := transferPart(r); part != switching.NoTransfer {
		if l.transferAt.IsZero() || t.transferring(l) {
			e.Transfer = part
			e.Other = transferOther(r)
			if part == switching.TransferorBlind {
				e.Name = blindDestination(r)
			}
		}
	}
	return append(out, e)
}

// follows tells whether the leg's hang-up was the consequence of its partner's,
// by the marks that a leg leaves before the other can notice that it is gone:
// sofia_handle_sip_i_bye on both, switch_channel_perform_hangup on the other
// one. The events themselves are fired by two threads, in any order.
func follows(r *Record) bool {
	if r.Get(VarSIPTermStatus) == "200" {
		return false
	}
	return r.Get(VarSIPHangupPhrase) != "" || r.Get(VarLastBridgeHangupCause) != ""
}

// bowout reports once that a pair of loopback legs steps aside.
func (t *Translator) bowout(r *Record, a, b string, out []switching.Event) []switching.Event {
	for _, uuid := range []string{a, b} {
		if l := t.legs[uuid]; l != nil {
			if l.glueGone {
				return out
			}
			l.glueGone = true
		}
	}
	e := event(r, switching.GlueGone)
	e.Leg, e.Other = a, b
	return append(out, e)
}

// recording reports recordings, whoever started them.
func recording(r *Record, l *leg, out []switching.Event) []switching.Event {
	kind := switching.RecordStarted
	if r.Type == RecordStop {
		kind = switching.RecordStopped
	}
	e := event(r, kind)
	e.Name = r.Get(RecordFilePath)
	if r.Type == RecordStop {
		e.Result = recordResult(r, l)
	}
	return append(out, e)
}

// recordResult maps Record-Completion-Cause. FreeSWITCH says success-maxtime
// both at the limit and when a recording is stopped by command.
func recordResult(r *Record, l *leg) switching.Result {
	if l.hungUp || r.Get(AnswerState) == "hangup" {
		return switching.LegEnded
	}
	switch r.Get(RecordCompletionCause) {
	case "uri-failure", "empty-file", "input-too-short":
		return switching.Failed
	}
	return switching.Completed
}

func digit(r *Record, out []switching.Event) []switching.Event {
	d := r.Get(DTMFDigit)
	// APP: sent by the switch itself, not pressed by anybody.
	if r.Get(DTMFSource) == "APP" || len(d) != 1 || !strings.Contains("0123456789*#ABCDabcd", d) {
		return out
	}
	out = append(out, event(r, switching.DigitDetected))
	out[len(out)-1].Name = strings.ToUpper(d)
	return out
}

func conference(r *Record, out []switching.Event) []switching.Event {
	kind := switching.ConferenceJoined
	switch r.Get(Action) {
	case "add-member":
	case "del-member":
		kind = switching.ConferenceLeft
	default:
		return out
	}
	out = append(out, event(r, kind))
	out[len(out)-1].Name = r.Get(ConferenceName)
	return out
}

// The kinds of trigger that the dialplan applications fire.
const (
	TriggerQueue    = "queue"
	TriggerTrunkIn  = "trunk-in"
	TriggerTrunkOut = "trunk-out"
	TriggerWaitEnd  = "wait-end"
)

func (t *Translator) trigger(r *Record, out []switching.Event) []switching.Event {
	e := event(r, 0)
	e.Name = r.Get(TriggerName)
	switch r.Get(TriggerKind) {
	case TriggerQueue:
		e.Kind = switching.QueueEntered
		e.Data = r.Get(DestinationNumber)
	case TriggerTrunkIn:
		e.Kind = switching.TrunkEntered
	case TriggerTrunkOut:
		e.Kind = switching.TrunkLeaving
	case TriggerWaitEnd:
		e.Kind = switching.WaitEnded
		e.Name, e.Data = "", e.Name
	default:
		if e.Feature = appliedFeatures[r.Get(TriggerKind)]; e.Feature == 0 {
			return out
		}
		e.Kind, e.Device = switching.FeaturesApplied, t.domains.Device(t.domains.Split(r.Get(TriggerDevice)))
	}
	return append(out, e)
}

// registration reads sofia::register, unregister and expire. The first two
// name the subscriber by from-user (the To header in truth), expire by user.
func (t *Translator) registration(r *Record, out []switching.Event) []switching.Event {
	user, host := r.Get(FromUser), r.Get(FromHost)
	if r.Type == SofiaExpire {
		user, host = r.Get(User), r.Get(Host)
	}
	device := t.domains.Device(user, host)
	if device == "" {
		return out
	}
	e := switching.Event{Kind: switching.DeviceUnregistered, At: r.At, Seq: r.Seq, Device: device}
	if r.Type == SofiaRegister {
		e.Kind = switching.DeviceRegistered
		t.known.add(r.Get(ProfileName), user, device)
	}
	return append(out, e)
}

// Playing tells whether the leg runs a playback of the Play operation of that
// ID.
func (t *Translator) Playing(uuid, id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l := t.legs[uuid]; l != nil {
		for i := range l.plays {
			if l.plays[i].id == id {
				return true
			}
		}
	}
	return false
}
