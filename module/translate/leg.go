package translate

import (
	"strings"
	"time"

	"mod_csta_socket/csta/switching"
)

// leg is what the translator keeps of a channel from its birth to its
// CHANNEL_DESTROY.
type leg struct {
	// info is nil for a leg whose CHANNEL_CREATE was not seen.
	info *switching.LegInfo
	// firstSeen is when its first record was read. Like all times here it is
	// measured by our own clock, which nobody can set; a record's is the time
	// of day.
	firstSeen time.Time
	// transferSource is the last Caller-Transfer-Source.
	transferSource string
	// routedNow is set while the record is translated that shows it first.
	routedNow bool
	// partner is the leg it is bridged to.
	partner string
	hold    hold
	// confirms: whom it calls must confirm.
	confirms bool
	// calling is set while it runs the application bridge, with called legs called
	// for it. It had been sent to bridgeSource when that began.
	calling      bool
	called       uint64
	bridgeSource string
	hungUp       bool
	// glueGone is set when GlueGone was reported for the pair.
	glueGone bool
	// transferAt is when the leg first showed signs of a SIP REFER.
	transferAt time.Time
	// referTo is the last Refer-To by which a phone sent this leg elsewhere.
	referTo string
	// plays are the playback applications the leg is in, outermost first: a
	// queued message may interrupt the dialplan's own.
	plays []play
}

// hold is what is known of a leg's hold.
type hold int

const (
	notHeld hold = iota
	// heldQuietly: only CHANNEL_CALLSTATE told of it, and will of its end. In proxy
	// and bypass media there is no CHANNEL_HOLD.
	heldQuietly
	held
	// releasing: the call state shows the hold's end, and nothing why. It is a
	// retrieval or the consequence of an attended transfer, of whose making the leg's
	// variables tell, which the next other event carries (sofia_handle_sip_i_refer
	// clears the hold of the call replaced, without CHANNEL_UNHOLD).
	releasing
	// releasingResumed: the same, and media goes to it again.
	releasingResumed
)

// play is one run of the application playback.
type play struct {
	// run is the Application-UUID, id that of our Play operation.
	run, id string
	// file is the application's argument.
	file string
	// path is the resolved file of PLAYBACK_START, "" before it.
	path string
	// music marks hold music and the like, which is no message.
	music bool
	// told is set when PlayStopped was reported.
	told bool
}

// maxPlays bounds the nesting of playbacks remembered for one leg. FreeSWITCH
// nests them once per message queued into a running one.
const maxPlays = 32

// transferWindow is how long after a REFER the end of a leg counts as part of
// the transfer. FreeSWITCH never clears the variables a failed REFER leaves.
const transferWindow = 10 * time.Second

// PlayTag begins the Application-UUID of playbacks made by the module; the ID
// of the Play operation follows.
const PlayTag = "csta-play-"

// playID returns the Play operation's ID in an Application-UUID, "" if the
// playback is not ours.
func playID(applicationUUID string) string {
	id, ours := strings.CutPrefix(applicationUUID, PlayTag)
	if !ours {
		return ""
	}
	return id
}

// routed tells whether a change of Caller-Transfer-Source means a new
// destination in the dialplan, and which. The form for transfers is
// <epoch>:<uuid>:bl_xfer:<extension>/<context>/<dialplan>; bridges write
// uuid_br instead, and the inline dialplan runs applications, not destinations.
func routed(source string) (destination string, ok bool) {
	_, target, found := strings.Cut(source, ":bl_xfer:")
	if !found {
		return "", false
	}
	i := strings.LastIndexByte(target, '/')
	if i < 0 {
		return target, true
	}
	if target[i+1:] == "inline" {
		return "", false
	}
	target = target[:i]
	if i = strings.LastIndexByte(target, '/'); i >= 0 {
		target = target[:i]
	}
	return target, true
}

// transferPart reads the part a leg plays in a transfer made at a phone from
// its variables and, at its end, its cause.
func transferPart(r *Record) switching.Transfer {
	switch switching.Cause(r.Get(HangupCause)) {
	case switching.CauseBlindTransfer:
		return switching.TransferorBlind
	case switching.CauseAttendedTransfer:
		return switching.TransferorAttended
	}
	switch r.Get(VarTransferDisposition) {
	case "replaced":
		if transferredInVain(r) {
			return switching.NoTransfer
		}
		return switching.TransferorAttended
	case "recv_replace":
		return requestedTransfer(r)
	}
	return switching.NoTransfer
}

// transferredInVain tells whether a leg that ends was transferred to a party that
// rang and has not answered. FreeSWITCH marks it as if it had made that transfer,
// but with its own UUID.
func transferredInVain(r *Record) bool {
	return r.Get(HangupCause) != "" && r.Get(VarTransferTo) == "satt:"+r.Get(UniqueID)
}

// attendedMade tells whether a leg that lives on shows that its phone's attended
// transfer is made: on the call that was replaced, or on the one that the phone
// asked in. transfer_disposition alone is there after a refused request, too.
func attendedMade(r *Record) bool {
	switch r.Get(VarTransferDisposition) {
	case "replaced":
		return r.Get(VarEndpointDisposition) == "ATTENDED_TRANSFER"
	case "recv_replace":
		return strings.HasPrefix(r.Get(VarTransferTo), "att:")
	}
	return false
}

// requestedTransfer tells blind from attended by the variable transfer_to:
// blind:<uuid or number>, att:<uuid>. A transfer to a party that still rings
// writes satt:<uuid>, but on the leg that called that party.
func requestedTransfer(r *Record) switching.Transfer {
	kind, _, _ := strings.Cut(r.Get(VarTransferTo), ":")
	if kind == "blind" && r.Get(AttXferPeer) == "" {
		return switching.TransferorBlind
	}
	return switching.TransferorAttended
}

// blindDestination is the number that a phone named for its partner.
func blindDestination(r *Record) string {
	return strings.TrimPrefix(r.Get(VarTransferDestination), "blind:")
}

// replacing tells whether a Refer-To asks for an attended transfer: its URI carries
// a Replaces header (RFC 3891, 5), in any case.
func replacing(referTo string) bool {
	uri, _, _ := strings.Cut(referTo, ">")
	_, headers, _ := strings.Cut(uri, "?")
	for header := range strings.SplitSeq(headers, "&") {
		name, _, _ := strings.Cut(header, "=")
		if strings.EqualFold(strings.TrimSpace(name), "Replaces") {
			return true
		}
	}
	return false
}

// transferOther is the other leg that transfer_to names, "" if it names none.
func transferOther(r *Record) string {
	_, other, _ := strings.Cut(r.Get(VarTransferTo), ":")
	if looksLikeUUID(other) {
		return other
	}
	return ""
}
