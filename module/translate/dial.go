package translate

import (
	"strings"

	"mod_csta_socket/csta/switching"
)

// bridgeRuns follows the application bridge: who is called by it must perhaps confirm,
// and if nobody could be reached the dialplan may go on.
func (t *Translator) bridgeRuns(r *Record, l *leg, out []switching.Event) []switching.Event {
	if r.Type == ChannelExecute {
		l.confirms = r.Get(VarGroupConfirm) != ""
		l.calling, l.called, l.bridgeSource = true, 0, l.transferSource
		return out
	}
	began := l.calling
	l.confirms, l.calling = false, false
	cause := failedCause(r.Get(VarOriginateResult))
	if !began || l.hungUp || cause == "" {
		return out
	}
	e := event(r, switching.CallFailed)
	e.Cause, e.Count = cause, l.called
	if l.called == 0 {
		e.Device = t.dialledDevice(r.Get(ApplicationData))
	}
	switch last := len(out) - 1; {
	case l.transferSource == l.bridgeSource:
		return append(out, e)
	case l.routedNow:
		// It failed, and for that the leg was sent elsewhere (transfer_on_fail).
		return append(out[:last], e, out[last])
	}
	// Somebody sent the leg elsewhere, which ended the bridge.
	return out
}

// consults is the application att_xfer: its argument is called while the leg's partner
// waits.
func (t *Translator) consults(r *Record, l *leg, out []switching.Event) []switching.Event {
	if l.hungUp {
		return out
	}
	e := event(r, switching.ConsultationBegun)
	e.Device = t.dialledDevice(r.Get(ApplicationData))
	if r.Type == ChannelExecuteComplete {
		e.Kind, e.Cause = switching.ConsultationEnded, failedCause(r.Get(VarOriginateResult))
	}
	return append(out, e)
}

// failedCause is the cause in originate_disposition, "" if the call was answered, or is
// an outcome that FreeSWITCH writes in words of its own.
func failedCause(disposition string) switching.Cause {
	if disposition == "" || disposition == "SUCCESS" || disposition != strings.ToUpper(disposition) {
		return ""
	}
	return switching.Cause(disposition)
}

// dialledDevice is the subscriber whom a dial string calls, if it calls one and nobody
// else: user/<user>[@<domain>], behind variables in any brackets.
func (t *Translator) dialledDevice(dial string) string {
	for closing := map[byte]string{'{': "}", '[': "]", '<': ">"}; dial != "" && closing[dial[0]] != ""; {
		_, rest, found := strings.Cut(dial, closing[dial[0]])
		if !found {
			return ""
		}
		dial = strings.TrimLeft(rest, " ")
	}
	name, called := strings.CutPrefix(dial, "user/")
	if !called {
		return ""
	}
	// More than one would be no name of a subscriber.
	return t.domains.Device(t.domains.Split(name))
}
