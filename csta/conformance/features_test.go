package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/conformance/freeswitch"
	"mod_csta_socket/csta/conformance/phone"
	"mod_csta_socket/csta/conformance/probe"
)

// A subscriber with two phones that have feature keys, one of which leaves, and
// bodies that mod_sofia reads half or not at all.
func TestFeatureKeysOfSeveralPhonesOnFreeSWITCH(t *testing.T) {
	b := ownSwitch(t, freeswitch.Options{Presence: true, SeveralContacts: true, DialplanFiles: shippedDialplan()})
	p := newPlay(t, b, nil)
	p.start(longRing)
	user, _ := b.Switch.User("1001", freeswitch.Domain)
	other, err := phone.New(phone.Config{User: user.ID, Domain: user.Domain, Password: user.Password, Proxy: b.Switch.Proxy(user.Domain)})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, other.Close()) })
	require.NoError(t, other.Register(p.within()))
	require.NoError(t, other.SubscribeFeatures(p.within()))
	desk := p.Phone("B").HasKeys()
	m := p.Monitor("B")
	lamp := func(name string) phone.FeatureKey {
		keys, _ := other.Features()
		return keys[name]
	}
	require.Eventually(t, func() bool { return lamp("forwardNoAns").Name != "" }, patience, poll)

	desk.Presses("doNotDisturb on")
	m.Gets("DoNotDisturb B on")
	desk.Shows("doNotDisturb on")
	require.Eventually(t, func() bool { return lamp("doNotDisturb").On }, patience, poll)
	require.NoError(t, other.PressFeatureKey(p.within(), phone.FeatureKey{Name: "forwardBusy", On: true, Number: "1002"}))
	m.Gets("Forwarding B forwardBusy on C")
	desk.Shows("doNotDisturb on", "forwardBusy on 1002")
	require.Eventually(t, func() bool {
		return lamp("forwardBusy") == phone.FeatureKey{Name: "forwardBusy", On: true, Number: "1002"}
	}, patience, poll)

	// Without a number mod_sofia does not say what was pressed: the phone is told
	// what is set.
	_, before := other.Features()
	require.NoError(t, other.PressFeature(p.within(), `<?xml version="1.0"?><SetForwarding><forwardingType>forwardImmediate</forwardingType><activateForward>true</activateForward></SetForwarding>`))
	require.Eventually(t, func() bool { _, told := other.Features(); return told > before }, patience, poll)
	assert.False(t, lamp("forwardImmediate").On)
	for _, odd := range []string{"<", "<SetDoNotDisturb/>", `<?xml version="1.0"?><SetDoNotDisturb><doNotDisturbOn>perhaps</doNotDisturbOn></SetDoNotDisturb>`, strings.Repeat("x", 300)} {
		require.NoError(t, other.PressFeature(p.within(), odd))
	}
	p.HasSet("B", "doNotDisturb on", "forwardBusy on 1002")

	require.NoError(t, other.UnsubscribeFeatures(p.within()))
	_, before = other.Features()
	p.SetsDND("B", false)
	m.Gets("DoNotDisturb B off")
	desk.Shows("forwardBusy on 1002")
	time.Sleep(aftermath)
	_, told := other.Features()
	assert.Equal(t, before, told, "it has left")
}

// What is set outlives a crash of the switch, and calls are treated so at once.
func TestFeaturesOutliveTheSwitchOnFreeSWITCH(t *testing.T) {
	file := filepath.Join(t.TempDir(), "features.json")
	b := ownSwitch(t, freeswitch.Options{Presence: true, DialplanFiles: shippedDialplan(), Parameters: map[string]string{"features-file": file}})
	p := newPlay(t, b, nil)
	p.start(longRing)
	p.SetsDND("B", true)
	p.Forwards("C", "forwardNoAns", "A", probe.Element("ringDuration", "7"))
	require.Eventually(t, func() bool {
		text, err := os.ReadFile(file)
		return err == nil && strings.Contains(string(text), `"1002"`)
	}, patience, poll)
	require.NoError(t, b.Switch.Crash())
	for _, c := range p.clients {
		_ = c.Close()
	}
	clear(p.clients)
	p.order = nil
	require.NoError(t, b.Switch.Restart(t.Context()))
	for _, role := range []string{"A", "B"} {
		require.NoError(t, p.phones[role].Register(p.within()))
	}
	p.HasSet("B", "doNotDisturb on")
	p.HasSet("C", "doNotDisturb off", "forwardNoAns on 1000 2")
	a := p.Monitor("A")
	out := p.Phone("A").Dials("B")
	refusedByDND(a)
	out.Ended()
	shown, err := b.Switch.FSCLI("csta_feature 1002")
	require.NoError(t, err)
	assert.Equal(t, "noanswer=1000 seconds=7", strings.TrimSpace(shown))
}

// ownExtension is an operator's extension for 1001, in the manner of FreeSWITCH's
// Local_Extension: what does not reach the phone goes on to something that answers.
const ownExtension = `
      <extension name="operator's own">
        <condition field="destination_number" expression="^(1001)$">
          <action application="set" data="hangup_after_bridge=true"/>
          <action application="set" data="continue_on_fail=true"/>
          <action application="set" data="call_timeout=2"/>
          <action application="bridge" data="user/$1@csta.test"/>
          <action application="answer"/>
          <action application="park"/>
        </condition>
      </extension>`

// onTo is what A gets while the extensions try B, one after the other.
func onTo(a *Watch, failed string) {
	a.play.Helper()
	a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>B newCall connected")
	a.Gets(failed)
}

// The operator's own extension for subscribers still gets what features do not settle.
func TestFeaturesBeforeAnotherDialplanOnFreeSWITCH(t *testing.T) {
	own := filepath.Join(t.TempDir(), "own.xml")
	require.NoError(t, os.WriteFile(own, []byte(ownExtension), 0o600))
	b := ownSwitch(t, freeswitch.Options{Presence: true, DialplanFiles: append(shippedDialplan(), own)})
	for _, s := range []Scenario{
		{Name: "nothing is set", Play: func(p *Play) {
			p.Phone("B").Behaves(Behaviour{RejectWith: 486})
			a := p.Monitor("A")
			out := p.Phone("A").Dials("B")
			onTo(a, "Failed c:B A>B busy connected")
			out.Connected()
			out.HangsUp()
			a.Gets("ConnectionCleared c:A normalClearing null")
		}},
		{Name: "busy is forwarded, the phone declines", Play: func(p *Play) {
			p.forgetsFeatures()
			p.Forwards("B", "forwardBusy", "C")
			p.Phone("B").Behaves(Behaviour{RejectWith: 603})
			a := p.Monitor("A")
			out := p.Phone("A").Dials("B")
			onTo(a, "Failed c:B A>B callCancelled connected") // not twice, though it is called again
			out.Connected()
			out.HangsUp()
			a.Gets("ConnectionCleared c:A normalClearing null")
		}},
		{Name: "busy is forwarded, and is", Play: func(p *Play) {
			p.forgetsFeatures()
			p.Forwards("B", "forwardBusy", "C")
			p.Phone("B").Behaves(Behaviour{RejectWith: 486})
			a, b, c, out := dialsOn(p)
			diverted(a, b, "callForwardBusy")
			reachesForwarded(a, c, "callForwardBusy")
			out.Ended()
		}},
		{Name: "do not disturb", Play: func(p *Play) {
			p.forgetsFeatures()
			p.SetsDND("B", true)
			a := p.Monitor("A")
			out := p.Phone("A").Dials("B")
			refusedByDND(a)
			out.Ended()
		}},
	} {
		t.Run(s.Name, func(t *testing.T) { Run(t, b, s) })
	}
}
