package engine

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// FuzzPhones is FuzzCore with telephones that take requests, tell any nonsense,
// and come and go. What holds there holds here; a call of a phone and a leg know
// each other, or neither does; and two calls on two legs are of two legs that are
// there.
func FuzzPhones(f *testing.F) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 11))
		script := make([]byte, 400)
		for i := range script {
			script[i] = byte(r.Uint32())
		}
		f.Add(script)
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 2000 {
			return
		}
		w := &phoneWalk{walk: newWalk(t, script)}
		w.core.asks.by = w
		w.contact = func(device string) netip.AddrPort {
			if device == "" {
				return netip.AddrPort{}
			}
			return netip.AddrPortFrom(deskPhone.Addr(), uint16(5000+int(device[len(device)-1]-'0')))
		}
		for device := range 5 {
			w.phone(telephone.Up, uint64(device))
		}
		for len(w.script) > 0 {
			if w.choose(3) == 0 {
				w.phonesLive()
			} else {
				w.step()
			}
			w.check()
			w.checkBindings()
			w.checkDuos()
		}
		w.endAsks()
		w.end()
		w.endAsks()
		require.Empty(t, w.core.timers.heap)
		for _, h := range w.core.handsets.byID {
			require.Empty(t, h.legs)
			require.Nil(t, h.dialing)
		}
	})
}

type phoneWalk struct {
	*walk
	asks []*askedPhone
}

func (w *phoneWalk) ask(number, phone uint64, r telephone.Request) {
	w.note("asked", r)
	w.asks = append(w.asks, &askedPhone{phone, r, w.core.answers(number)})
}

func (w *phoneWalk) phone(kind telephone.Kind, id uint64) {
	device := fmt.Sprint(1000 + id%5)
	ev := telephone.Event{
		Kind: kind, Phone: id, Device: device, Contact: w.contact(device), Source: deskPhone.Addr(), Tells: w.choose(4) > 0,
		Call: fmt.Sprint(w.choose(4)), Number: w.device(), On: w.choose(2) == 0,
	}
	if kind == telephone.Forwarding {
		ev.Forwarding = telephone.ForwardingSetting{Type: string(ecma.ForwardNoAns), On: ev.On, Number: w.device(), Rings: w.choose(200)}
	}
	if kind == telephone.FeaturesAsked {
		ev.Answer = func(telephone.Features, error) {}
	}
	w.note("phone", ev)
	w.core.hears(phonesTold{ev})
}

func (w *phoneWalk) phonesLive() {
	switch w.choose(5) {
	case 4:
		w.consults()
	case 0:
		kinds := []telephone.Kind{
			telephone.Up, telephone.Down, telephone.Cleared, telephone.Failed, telephone.DoNotDisturb, telephone.Forwarding, telephone.FeaturesAsked,
		}
		w.phone(kinds[w.choose(len(kinds))], uint64(w.choose(6)))
	case 1:
		kinds := []telephone.Kind{telephone.Dialling, telephone.Ringing, telephone.Talking}
		w.phone(kinds[w.choose(len(kinds))], uint64(w.choose(5)))
	case 2:
		w.walk.ask(w.answers, makeCallOf(w.device(), w.device()))
	case 3:
		if len(w.asks) > 0 {
			errs := []error{nil, nil, telephone.ErrRefused, telephone.ErrUnsupported, telephone.ErrSilent, telephone.ErrLost}
			i := w.choose(len(w.asks))
			a := w.asks[i]
			w.asks = append(w.asks[:i], w.asks[i+1:]...)
			err := errs[w.choose(len(errs))]
			w.note("answers", err)
			out := telephone.Outcome{Call: fmt.Sprint(w.choose(4))}
			for range w.choose(3) {
				out.Calls = append(out.Calls, telephone.Shown{Call: fmt.Sprint(w.choose(4)), State: telephone.State(w.choose(4))})
			}
			a.done(out, err)
		}
	}
}

func (w *phoneWalk) endAsks() {
	for len(w.asks) > 0 {
		a := w.asks[0]
		w.asks = w.asks[1:]
		a.done(telephone.Outcome{}, telephone.ErrLost)
	}
	w.pass(2 * waits[forProof].atMost)
}

func (w *phoneWalk) checkBindings() {
	for id, l := range w.core.legs {
		if at := l.handset; at != nil && at.call != nil {
			require.Same(w.t, l, at.call.leg, id)
			require.Contains(w.t, at.calls, at.call)
			require.Contains(w.t, at.legs, l)
			require.Equal(w.t, ecma.DeviceID{Number: at.device}.Number, l.device.Number)
		}
	}
	for _, h := range w.core.handsets.byID {
		for _, pc := range h.calls {
			if pc.leg != nil {
				require.Same(w.t, pc, pc.leg.handset.call)
				require.False(w.t, pc.leg.Gone())
			}
		}
		for _, l := range h.legs {
			require.Same(w.t, h, l.handset.handset)
			require.False(w.t, l.Gone())
		}
	}
}

// consults has a phone consult as phones do, so that two calls on two legs are not
// left to chance.
func (w *phoneWalk) consults() {
	for _, h := range w.core.handsets.byID {
		if len(h.legs) != 1 || h.legs[0].conn == nil || h.legs[0].conn.State() != ecma.StateConnected {
			continue
		}
		l := h.legs[0]
		w.pass(w.core.opts.SettleTime)
		before := len(w.asks)
		w.walk.ask(w.answers, &ecma.ConsultationCall{ExistingCall: l.conn.ID(), ConsultedDevice: ecma.Subscriber("1002")})
		if len(w.asks) == before || w.asks[before].r.Service != telephone.ConsultationCall {
			return
		}
		if w.choose(3) > 0 {
			w.tell(switching.Event{Kind: switching.LegHeld, Leg: l.ID})
		}
		if w.choose(4) > 0 {
			id := fmt.Sprintf("leg%d", len(w.legs))
			w.legs = append(w.legs, id)
			w.tell(switching.Event{Kind: switching.LegCreated, Leg: id, Info: &switching.LegInfo{Direction: switching.Inbound, Device: h.device, Caller: h.device, Dialled: "1002"}})
		}
		return
	}
}

func (w *phoneWalk) checkDuos() {
	for id, l := range w.core.legs {
		d := l.duo
		if d == nil || l.Gone() {
			continue
		}
		require.True(w.t, l == d.first || l == d.second, id)
		require.Same(w.t, l, w.core.legs[l.ID])
		if cl := d.lone.call; cl != nil {
			require.Same(w.t, cl, w.core.calls[cl.ID])
			require.Contains(w.t, cl.Connections, d.lone.conn)
			require.Nil(w.t, d.second)
		}
	}
}
