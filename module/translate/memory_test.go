package translate

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/switching"
)

// noLegs is a switch that has nothing to tell when asked.
type noLegs struct{}

func (noLegs) Perform(context.Context, switching.Operation) (switching.Outcome, error) {
	return switching.Outcome{}, switching.ErrNotSupported
}

// answeredCall is what the switch tells of a call until it is answered, with the
// headers that a SIP phone's legs have.
func answeredCall(n int) []byte {
	a, b := uuid.NewString(), uuid.NewString()
	calling, called := fmt.Sprint(100000+2*n), fmt.Sprint(100001+2*n)
	common := func(leg string) []string {
		return []string{"Answer-State", "ringing", "Channel-Call-State", "RINGING", "Channel-Call-UUID", a,
			"Channel-Name", "sofia/internal/" + calling + "@example.com", "Caller-Caller-ID-Number", calling,
			"Caller-Caller-ID-Name", "Extension " + calling, "Caller-Destination-Number", called, "Caller-Context", "default",
			"Caller-Username", calling, "variable_sofia_profile_name", "internal", "variable_sip_from_user", calling,
			"variable_sip_from_host", "example.com"}
	}
	other := []string{"Other-Leg-Unique-ID", a, "Other-Type", "originator"}
	records := []*Record{
		create(a, "inbound", append(common(a), "variable_user_name", calling, "variable_domain_name", "example.com",
			"variable_sip_auth_username", calling, "variable_sip_auth_realm", "example.com")...),
		create(b, "outbound", append(append(common(b), other...), "Channel-Presence-ID", called+"@example.com",
			"variable_dialed_user", called, "variable_dialed_domain", "example.com")...),
		on(ChannelProgress, b, append(common(b), other...)...),
		on(ChannelAnswer, b, append(common(b), other...)...),
		on(ChannelAnswer, a, common(a)...),
		on(ChannelBridge, a, append(common(a), "Bridge-A-Unique-ID", a, "Bridge-B-Unique-ID", b)...),
	}
	var text []byte
	for i, r := range records {
		text = append(text, encode(r, uint64(i))...)
	}
	return text
}

// BenchmarkCallMemory is what translator and engine keep of an answered call of
// two phones, told by the switch's records. Budget: 8 KiB.
func BenchmarkCallMemory(b *testing.B) {
	const calls = 20_000
	inUse := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	for b.Loop() {
		e := engine.New(engine.Options{}, noLegs{}, slog.New(slog.NewTextHandler(io.Discard, nil)))
		e.Start()
		tr := newTranslator()
		settled := func() engine.Status {
			status, err := e.Status(b.Context())
			require.NoError(b, err)
			return status
		}
		settled()
		before := inUse()
		for n := range calls {
			var events []switching.Event
			require.NoError(b, Each(answeredCall(n), func(r *Record) { events = tr.Translate(r, events) }))
			e.Events(events)
			if n%1000 == 0 {
				settled()
			}
		}
		settled()
		b.ReportMetric(float64(inUse()-before)/calls, "B/call")
		runtime.KeepAlive(tr)
		require.NoError(b, e.Stop(b.Context()))
	}
	b.ReportMetric(0, "ns/op")
}
