package driver

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/telephone"
	"mod_csta_socket/csta/uacsta"
)

func TestFeaturesAreRead(t *testing.T) {
	assert.Equal(t, []telephone.Event{{Kind: telephone.DoNotDisturb, On: true}}, heard(&ecma.DoNotDisturbEvent{DoNotDisturbOn: true}))
	assert.Equal(t,
		[]telephone.Event{{Kind: telephone.Forwarding, Forwarding: telephone.ForwardingSetting{Type: "forwardNoAns", On: true, Number: "1003", Rings: 4}}},
		heard(&ecma.ForwardingEvent{ForwardingType: ecma.ForwardNoAns, ForwardStatus: true, ForwardTo: ecma.Subscriber("sip:1003@pbx.example;user=phone"), RingCount: ecma.IntOf(4)}))
	assert.Equal(t,
		[]telephone.Event{{Kind: telephone.Forwarding, Forwarding: telephone.ForwardingSetting{Type: "forwardImmediate"}}},
		heard(&ecma.ForwardingEvent{}))
	assert.True(t, outcome(&ecma.GetDoNotDisturbResponse{DoNotDisturbOn: true}).Features.DoNotDisturb)
	assert.Equal(t, []telephone.ForwardingSetting{{Type: "forwardBusy", On: true, Number: "+49123"}},
		outcome(&ecma.GetForwardingResponse{ForwardingList: []ecma.ForwardListItem{{ForwardingType: ecma.ForwardBusy, ForwardStatus: true, ForwardDN: ecma.Subscriber("TEL:+49123;phone-context=x")}}}).Features.Forwarding)
}

func TestRequestsOfPhonesAreAnswered(t *testing.T) {
	phone := uacsta.Phone{ID: 3, Device: "1001"}
	state := telephone.Features{DoNotDisturb: true, Forwarding: []telephone.ForwardingSetting{{Type: "forwardNoAns", On: true, Number: "1003", Rings: 4}, {Type: "forwardBusy"}}}
	for _, c := range []struct {
		request ecma.Message
		want    telephone.Event
		answer  ecma.Message
	}{
		{&ecma.SetDoNotDisturb{DoNotDisturbOn: true}, telephone.Event{Kind: telephone.DoNotDisturb, On: true}, &ecma.SetDoNotDisturbResponse{}},
		{&ecma.GetDoNotDisturb{}, telephone.Event{Kind: telephone.FeaturesAsked}, &ecma.GetDoNotDisturbResponse{DoNotDisturbOn: true}},
		{
			&ecma.SetForwarding{ActivateForward: true, ForwardDN: ecma.Subscriber("1003")},
			telephone.Event{Kind: telephone.Forwarding, Forwarding: telephone.ForwardingSetting{Type: "forwardImmediate", On: true, Number: "1003"}}, &ecma.SetForwardingResponse{},
		},
		{&ecma.GetForwarding{}, telephone.Event{Kind: telephone.FeaturesAsked}, &ecma.GetForwardingResponse{ForwardingList: []ecma.ForwardListItem{
			{ForwardingType: ecma.ForwardNoAns, ForwardStatus: true, ForwardDN: ecma.Subscriber("1003"), RingCount: ecma.IntOf(4)}, {ForwardingType: ecma.ForwardBusy},
		}}},
	} {
		d, l := &Driver{}, &listener{}
		d.Attach(l)
		var answer ecma.Message
		d.PhoneRequest(phone, c.request, func(m ecma.Message) { answer = m })
		require.Len(t, l.heard, 1)
		reply := l.heard[0].Answer
		l.heard[0].Answer = nil
		c.want.Phone, c.want.Device = 3, "1001"
		assert.Equal(t, c.want, l.heard[0])
		require.Nil(t, answer)
		reply(state, nil)
		assert.Equal(t, c.answer, answer)
		reply(state, ecma.ErrInvalidForwardingDestination)
		assert.Equal(t, ecma.ErrInvalidForwardingDestination, answer)
		reply(state, errors.New("whatever"))
		assert.Equal(t, ecma.ErrOperationGeneric, answer)
	}
	var answer ecma.Message
	(&Driver{}).PhoneRequest(phone, &ecma.HoldCall{}, func(m ecma.Message) { answer = m })
	assert.Equal(t, ecma.ErrServiceNotSupported, answer)
}

// FuzzPhoneSays: whatever a phone says is read without a panic, and a number has
// nothing of a URI left.
func FuzzPhoneSays(f *testing.F) {
	for _, m := range []ecma.Message{
		&ecma.ForwardingEvent{ForwardTo: ecma.Subscriber("sip:1003@pbx.example;user=phone"), ForwardStatus: true},
		&ecma.SetForwarding{ForwardDN: ecma.Subscriber("tel:+1;x=y"), ActivateForward: true, RingCount: ecma.IntOf(3)},
		&ecma.GetForwardingResponse{ForwardingList: []ecma.ForwardListItem{{ForwardingType: ecma.ForwardBusy}}},
	} {
		f.Add(ecma.AppendVerbatim(nil, ecma.Edition3, m))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		m, _, err := ecma.DecodeVerbatim(doc)
		if err != nil {
			return
		}
		settings := outcome(m).Features.Forwarding
		if e, ok := m.(ecma.Event); ok {
			for _, told := range heard(e) {
				settings = append(settings, told.Forwarding)
			}
		}
		if ev, positive := requested(m); positive != nil {
			settings = append(settings, ev.Forwarding)
			if positive(telephone.Features{Forwarding: settings}) == nil {
				t.Fatal("no answer")
			}
		}
		for _, s := range settings {
			if strings.ContainsAny(s.Number, "@;") || s.Rings < 0 {
				t.Fatalf("%+v", s)
			}
		}
	})
}
