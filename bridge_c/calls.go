package bridge

/*
#include "bridge.h"
*/
import "C"

import (
	"strings"
	"time"
)

// Call says whom Originate calls and what becomes of the answered leg.
type Call struct {
	// Leg is the UUID that the new leg gets.
	Leg string
	// Dial is a dial string without variables, e.g. "user/1000@example.com".
	Dial string
	// CallerName and CallerNumber are shown at the called endpoint.
	CallerName, CallerNumber string
	// Variables are set on the leg before it is called: data, not parsed. No
	// NUL may be in them.
	Variables map[string]string
	// Timeout bounds the ringing; whole seconds, at least one.
	Timeout time.Duration
	// Then is the number that the answered leg dials in Context of the
	// dialplan; "" = it is parked.
	Then, Context string
	// AutoAnswer asks the endpoint to answer by itself.
	AutoAnswer bool
	// Several: Dial may lead to several endpoints, whose legs the switch names.
	Several bool
}

// Originate calls an endpoint and blocks until it answered and was sent on, or
// failed; then cause is the switch's name of the reason ("" if it was not tried).
func Originate(c Call) (cause string, err error) {
	vars, err := pairs(c.Variables)
	if err != nil {
		return "", err
	}
	seconds := max(1, int64((c.Timeout+time.Second-1)/time.Second))
	var flags C.uint32_t
	if c.AutoAnswer {
		flags |= C.CSTA_ORIGINATE_AUTO_ANSWER
	}
	if c.Several {
		flags |= C.CSTA_ORIGINATE_SEVERAL
	}
	var why [C.CSTA_CAUSE_SIZE]C.char
	err = status(C.csta_originate(str(c.Leg), str(c.Dial), str(c.CallerName), str(c.CallerNumber),
		str(vars), C.uint32_t(seconds), str(c.Then), str(c.Context), flags, &why[0]))
	return C.GoString(&why[0]), err
}

// pairs writes names and values as C takes them.
func pairs(values map[string]string) (string, error) {
	var b strings.Builder
	for name, value := range values {
		if strings.ContainsRune(name, 0) || strings.ContainsRune(value, 0) {
			return "", Invalid
		}
		b.WriteString(name)
		b.WriteByte(0)
		b.WriteString(value)
		b.WriteByte(0)
	}
	return b.String(), nil
}

// Cancel lets the Originate of that leg return.
func Cancel(leg string) error { return status(C.csta_cancel(str(leg))) }

// Answer answers an unanswered inbound leg in the switch.
func Answer(leg string) error { return status(C.csta_answer(str(leg))) }

// AskPhoneToTalk asks the leg's phone to answer, or to take the call off hold.
func AskPhoneToTalk(leg string) error {
	return status(C.csta_ask_phone(str(leg), C.CSTA_PHONE_TALK))
}

// AskPhoneToHold asks the leg's phone to hold the call.
func AskPhoneToHold(leg string) error {
	return status(C.csta_ask_phone(str(leg), C.CSTA_PHONE_HOLD))
}

// HangUp ends a leg with the named cause ("" = NORMAL_CLEARING).
func HangUp(leg, cause string, forsaken bool) error {
	return status(C.csta_hang_up(str(leg), str(cause), flag(forsaken)))
}

// Route sends a leg to a number of the dialplan's context.
func Route(leg, number, context string) error {
	return status(C.csta_route(str(leg), str(number), str(context)))
}

// Hold makes the switch hold the endpoint of an answered leg. It may wait up to 1 s
// for the phone.
func Hold(leg string) error { return status(C.csta_hold(str(leg))) }

// Unhold ends Hold. It may wait up to 9 s for the partner's music to end.
func Unhold(leg string) error { return status(C.csta_unhold(str(leg))) }

// EndMusic ends the music of Hold when the phone has ended the hold. It may wait up
// to 2 s.
func EndMusic(leg string) error { return status(C.csta_end_music(str(leg))) }

// Bridge joins two legs. Back: the dialplan that they were taken out of goes on behind
// that.
func Bridge(leg, other string, back bool) error {
	return status(C.csta_bridge(str(leg), str(other), flag(back)))
}

// PickUp gives a leg the call that rings at another one.
func PickUp(leg, caller, ringing string) error {
	return status(C.csta_pick_up(str(leg), str(caller), str(ringing)))
}

// Music lets a leg wait with its hold_music, else in silence.
func Music(leg string) error { return status(C.csta_music(str(leg))) }

// Park lets a leg wait without anything.
func Park(leg string) error { return status(C.csta_park(str(leg))) }

// Protect keeps a leg in the switch whatever happens to its partner or to the
// call it makes, until it is taken back.
func Protect(leg string, on bool) error { return status(C.csta_protect(str(leg), flag(on))) }

// KeepAfterBridge sets whether the leg stays, parked, when its partner is taken
// away.
func KeepAfterBridge(leg string, on bool) error {
	return status(C.csta_keep_after_bridge(str(leg), flag(on)))
}

// Join puts a leg into a conference room with that profile of mod_conference.
func Join(leg, room, profile string) error {
	return status(C.csta_join(str(leg), str(room), str(profile)))
}

// Play plays a file on the leg, after those asked for before. id is the
// APPLICATION_UUID of its EXECUTE records.
func Play(leg, id, file string, stopOnDigit bool) error {
	return status(C.csta_play(str(leg), str(id), str(file), flag(stopOnDigit)))
}

// StopPlay ends the leg's playback and forgets those not begun.
func StopPlay(leg string) error { return status(C.csta_stop_play(str(leg))) }

// RecordLeg records a leg to the full path. A limit of less than a second counts
// as one; 0 = none.
func RecordLeg(leg, path string, limit time.Duration) error {
	seconds := (limit + time.Second - 1) / time.Second
	return status(C.csta_record_leg(str(leg), str(path), C.uint32_t(seconds)))
}

// StopRecord ends the recording to that path.
func StopRecord(leg, path string) error {
	return status(C.csta_stop_record(str(leg), str(path)))
}

// SetVariable sets a variable of the leg; value "" removes it.
func SetVariable(leg, name, value string) error {
	return status(C.csta_set_variable(str(leg), str(name), str(value)))
}

// Variable reads a variable of the leg; "" if it has none.
func Variable(leg, name string) (string, error) {
	var value C.csta_text
	err := status(C.csta_get_variable(str(leg), str(name), &value))
	return take(value), err
}

// Legs returns a record of CSTA_KIND_LEG for every leg of the switch.
func Legs() ([]byte, error) {
	var records C.csta_text
	err := status(C.csta_legs(&records))
	return takeBytes(records), err
}

// Leg returns the record of CSTA_KIND_LEG of one leg.
func Leg(leg string) ([]byte, error) {
	var records C.csta_text
	err := status(C.csta_leg(str(leg), &records))
	return takeBytes(records), err
}

// ReleaseWaits lets every csta_wait that runs now return, and returns how many
// there were.
func ReleaseWaits() int { return int(C.csta_release_waits()) }
