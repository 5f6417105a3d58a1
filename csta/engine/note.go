package engine

import (
	"strconv"
	"strings"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// note is what the switch's list of legs does not tell and an engine needs that
// finds the leg there: one that was loaded anew while the call went on. The leg
// carries it (switching.Note).
type note struct {
	// call is the call's identifier, where it is not that of a leg of it.
	call string
	// room is the conference room of ours it is in.
	room string
	// held is the leg of the party that its device holds while it consults
	// another one, and heldCall their call.
	held, heldCall string
	// trunk is the network interface by which it left.
	trunk string
	// party is its number among the parties behind its network interface, if it is
	// not the first.
	party int
	// bySwitch: a service of ours holds the leg, not its phone.
	bySwitch bool
	// astray: services took it out of its dialplan (ledAstray).
	astray bool
}

// The note as text: fields of a key and a value, in the characters that the
// port allows.
const (
	noteSeparator = "."
	noteEquals    = "_"
	noteCall      = "call"
	noteRoom      = "room"
	noteHeld      = "held"
	noteHeldCall  = "in"
	noteTrunk     = "trunk"
	noteBySwitch  = "hold"
	noteParty     = "party"
	noteAstray    = "astray"
)

func (n note) String() string {
	var fields []string
	add := func(key, value string) {
		if value != "" {
			fields = append(fields, key+noteEquals+value)
		}
	}
	add(noteCall, n.call)
	add(noteRoom, n.room)
	add(noteHeld, n.held)
	add(noteHeldCall, n.heldCall)
	if n.bySwitch {
		fields = append(fields, noteBySwitch)
	}
	if n.astray {
		fields = append(fields, noteAstray)
	}
	if n.party > 1 {
		add(noteParty, strconv.Itoa(n.party))
	}
	// It may hold separators, so it comes last.
	add(noteTrunk, n.trunk)
	return strings.Join(fields, noteSeparator)
}

// readNote reads what String wrote; what it does not know it leaves out.
func readNote(text string) note {
	var n note
	const trunk = noteSeparator + noteTrunk + noteEquals
	text, n.trunk, _ = strings.Cut(noteSeparator+text, trunk)
	for field := range strings.SplitSeq(text, noteSeparator) {
		key, value, _ := strings.Cut(field, noteEquals)
		switch key {
		case noteCall:
			n.call = value
		case noteRoom:
			n.room = value
		case noteHeld:
			n.held = value
		case noteHeldCall:
			n.heldCall = value
		case noteBySwitch:
			n.bySwitch = true
		case noteAstray:
			n.astray = true
		case noteParty:
			n.party, _ = strconv.Atoi(value)
		}
	}
	return n
}

// noteDown lets the switch keep what matters about the legs, if it changed. It
// is for what services and transfers do: an ordinary call needs no note.
func (b *switchboard) noteDown(legs ...*leg) {
	for _, l := range legs {
		if l == nil || l.Gone() || l.left || l.call == nil || l.Info.Glue {
			continue
		}
		n := note{room: l.call.conference, astray: l.plan.left == ledAstray}
		if l.call.ID != l.ID {
			n.call = l.call.ID
		}
		if !l.outside.party.IsZero() {
			n.trunk = strings.TrimPrefix(l.device.Number, ecma.NetworkInterfacePrefix)
		}
		if l.takesPart() {
			_, n.party = l.conn.DeviceID().Interface()
		}
		if con := l.consult; con != nil && con.active.call != nil && !con.byKeys() {
			if far := con.held.far(l); far != nil {
				n.held, n.heldCall = far.ID, con.held.call.ID
			}
		}
		n.bySwitch = l.hold.bySwitch && l.conn != nil && l.conn.State() == ecma.StateHold
		if text := n.String(); text != l.noted.text && !l.noted.writing {
			// One at a time: operations may overtake each other.
			l.noted.text, l.noted.writing = text, true
			b.ops.start(switching.Note{Leg: l.ID, Text: text}, func(switching.Outcome, error) {
				l.noted.writing = false
				b.noteDown(l)
			})
		}
	}
}

// noteCall notes down all legs of a call.
func (b *switchboard) noteCall(cl *call) {
	b.noteDown(cl.legs...)
}
