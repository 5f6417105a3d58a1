package conformance

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/conformance/freeswitch"
	"mod_csta_socket/csta/conformance/phone"
	"mod_csta_socket/csta/conformance/probe"
)

// lookedUp is more than the module takes to be sure that a contact was not the
// last one of its subscriber.
const lookedUp = 3 * time.Second

// ownSwitch is a FreeSWITCH with the module for one test only.
func ownSwitch(t *testing.T, options freeswitch.Options) *Real {
	t.Helper()
	// The shared one decides whether there is a FreeSWITCH to play on.
	realSwitch(t)
	options.Module, options.Authenticate = moduleFile, true
	s, err := freeswitch.Start(t.Context(), options)
	require.NoError(t, err)
	b := NewReal(s)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		require.NoError(t, b.Close())
		require.NoError(t, s.Stop(ctx))
	})
	return b
}

func TestSeveralContactsOnFreeSWITCH(t *testing.T) {
	b := ownSwitch(t, freeswitch.Options{SeveralContacts: true})
	Run(t, b, Scenario{Name: "several contacts", Play: func(p *Play) {
		user, _ := b.Switch.User("1000", freeswitch.Domain)
		other, err := phone.New(phone.Config{
			User: user.ID, Domain: user.Domain, Password: user.Password, Proxy: b.Switch.Proxy(user.Domain),
		})
		p.must(err)
		defer func() { p.must(other.Close()) }()
		a, caller := p.Monitor("A"), p.Monitor("B")
		p.must(other.Register(p.within()))
		settled()
		a.GetsNothing()

		out := p.Phone("B").Dials("A")
		first := p.Phone("A").Rings()
		second, err := other.WaitIncoming(p.within())
		p.must(err)
		a.Gets("Delivered c:A B>A newCall alerting")
		caller.Gets(
			"ServiceInitiated c:B newCall initiated",
			"Originated c:B B>A newCall connected",
			"Delivered c:A B>A newCall connected",
		)
		p.must(second.Answer(p.within()))
		for _, w := range []*Watch{a, caller} {
			w.Gets("Established c:A B>A newCall connected")
		}
		first.Ended()
		p.joined("c")
		p.SnapshotCall("c", "B connected", "A connected")
		out.HangsUp()
		endedBy(caller, a)

		// All of them are prompted, and the one that answers calls.
		p.MakeCall("d", "A", "B", probe.Prompt)
		first = p.Phone("A").Rings()
		second, err = other.WaitIncoming(p.within())
		p.must(err)
		a.Gets("ServiceInitiated d:A makeCall initiated")
		p.must(second.Answer(p.within()))
		first.Ended()
		in := p.Phone("B").Rings()
		a.Gets("Originated d:A A>B newCall connected", "Delivered d:B A>B newCall connected")
		caller.Gets("Delivered d:B A>B newCall alerting")
		in.Answers()
		for _, w := range []*Watch{a, caller} {
			w.Gets("Established d:B A>B newCall connected")
		}
		p.joined("d")
		in.HangsUp()
		caller.Gets("ConnectionCleared d:B normalClearing null")
		a.Gets("ConnectionCleared d:B normalClearing connected", "ConnectionCleared d:A normalClearing null")

		// So it is with those of a predictive call.
		q := p.Monitor("029600/deviceNumber")
		p.Predicts("e", "029600/deviceNumber", p.Device("A"))
		first = p.Phone("A").Rings()
		second, err = other.WaitIncoming(p.within())
		p.must(err)
		p.must(second.Answer(p.within()))
		first.Ended()
		p.ComesTo("A", "e:A connected connected")
		p.must(second.HangUp(p.within()))
		p.settle()
		for _, w := range []*Watch{a, q} {
			w.skip()
		}

		p.Phone("A").Leaves()
		time.Sleep(lookedUp)
		a.GetsNothing()
		p.must(other.Unregister(p.within()))
		a.Gets("OutOfService A")
		p.must(other.Register(p.within()))
		a.Gets("BackInService A")
		p.Phone("A").Returns()
		settled()
		a.GetsNothing()
		p.must(other.Unregister(p.within()))
		time.Sleep(lookedUp)
		a.GetsNothing()
	}})
}

func TestDeviceStateFromEventsOnlyOnFreeSWITCH(t *testing.T) {
	b := ownSwitch(t, freeswitch.Options{Parameters: map[string]string{"check-device-state-in-db": "0"}})
	Run(t, b, Scenario{Name: "check-device-state-in-db=0", Play: func(p *Play) {
		// Nothing was heard of 1009, so that the call is tried.
		silent := p.Monitor("1009")
		p.MakeCall("c", "1009", "B", "prompt")
		silent.Gets("ServiceInitiated c:1009 makeCall initiated", "ConnectionCleared c:1009 destOutOfOrder null")
		phone := p.Phone("1009")
		settled()
		silent.GetsNothing()
		phone.Leaves()
		silent.Gets("OutOfService 1009")
		_, err := p.Client(app).MakeCall(p.within(), p.Device("1009"), p.Device("B"), "prompt")
		p.Refused("systemResourceAvailibility/callingDeviceOutOfService", err)
		phone.Returns()
		silent.Gets("BackInService 1009")
	}})
}
