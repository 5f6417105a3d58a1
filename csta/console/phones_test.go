package console

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/uacsta"
)

// csta status says what a device is that is no subscriber, and of what it does not know
// that it does not.
func TestStatusOfOtherDevices(t *testing.T) {
	e := &fakeEngine{status: engine.Status{Devices: []engine.DeviceStatus{{Device: "029500", Service: "unknown", Monitors: 2, Connections: 1}}}}
	c := &Console{Engine: e, Server: &fakeServer{}}
	assert.Equal(t, "device       029500\nservice      unknown\nmonitors     2\nconnections  1\n", c.Run(context.Background(), "status 029500"))
	assert.Equal(t, "-ERR 4711: the switch knows no such subscriber, and it is neither monitored nor in a call\n", c.Run(context.Background(), "status 4711"))
}

func TestStatusOfDevice(t *testing.T) {
	c := example()
	c.Engine.(*fakeEngine).features = map[string]switching.Features{"1001": {}}
	const set = "subscriber         1001\ndo not disturb     off\nforwarding         off\nwhen busy          off\nwhen not answered  off\n\n"
	assert.Equal(t, set+"1001 is driven by the switch: uaCSTA is off (use-uacsta=0)\n", c.Run(context.Background(), "status 1001"))
	var asked string
	var list []uacsta.PhoneStatus
	c.Phones = func(_ context.Context, device string) ([]uacsta.PhoneStatus, error) {
		asked = device
		return list, nil
	}
	assert.Equal(t, set+"1001 is driven by the switch: no phone of a subscriber with the directory variable uacsta is registered for it\n", c.Run(context.Background(), "status 1001"))
	assert.Equal(t, "1001", asked)
	list = []uacsta.PhoneStatus{
		{UserAgent: "Phone A", Contact: "sip:1001@192.0.2.7", Mode: uacsta.SessionMode, Way: uacsta.OwnLine, Transport: "tcp", State: uacsta.Open, Since: time.Now().Add(-time.Minute), Lacking: []string{"ConferenceCall", "HoldCall"}},
		{UserAgent: "Phone B\x1b", Contact: "sip:1001@192.0.2.8", Mode: uacsta.SessionMode, Way: uacsta.Direct, Transport: "udp", State: uacsta.Waiting, Why: "busy (486 to OPTIONS)", WayWhy: "it has no CSTA line registered with us", Retry: time.Now().Add(30 * time.Second)},
		{UserAgent: "Phone C", Mode: uacsta.SessionMode, WayWhy: "it has no CSTA line registered with us; it is behind NAT"},
		{UserAgent: "Phone D", Mode: uacsta.NotifyMode, Way: uacsta.Direct, Transport: "udp", Queued: true},
		{UserAgent: "Phone E", Mode: uacsta.NotifyMode, Way: uacsta.BySwitch, Transport: "tls", State: uacsta.Open, Since: time.Now(), WayWhy: "it uses TLS, which only the phone may open"},
	}
	want := `
phone      Phone A
contact    sip:1001@192.0.2.7
driven by  uaCSTA session, over the CSTA line it registered with us (tcp), for 1m0s
refuses    ConferenceCall, HoldCall

phone         Phone B?
contact       sip:1001@192.0.2.8
driven by     the switch
because       it has no CSTA line registered with us; busy (486 to OPTIONS)
next attempt  in 30s

phone      Phone C
contact
driven by  the switch
because    it has no CSTA line registered with us; it is behind NAT

phone      Phone D
contact
driven by  the switch
because    its turn has not come yet

phone      Phone E
contact
driven by  uaCSTA in NOTIFY, through the switch, which hides its answers (tls), for 0s
because    it uses TLS, which only the phone may open
`
	assert.Equal(t, set+strings.TrimPrefix(want, "\n"), c.Run(context.Background(), "status 1001"))
	assert.Contains(t, c.Run(context.Background(), "status"), "\nphones by uaCSTA    2 of 5\n")
	c.PhoneCounters = func(context.Context) (uacsta.Counters, error) {
		return uacsta.Counters{Asked: 7, Unanswered: 1, Served: 2, Events: 40, Panics: 1, Dropped: 5, Ignored: map[string]uint64{"repeated": 4, "forged": 3}}, nil
	}
	c.Strangers = func() uacsta.Strangers {
		return uacsta.Strangers{Answered: 9, Refused: 8, Limited: 6, Unreadable: 5, Panics: 2}
	}
	text := c.Run(context.Background(), "status")
	for _, row := range []string{"\nstrangers by SIP    9 answered, 8 refused, 6 above the limits, 5 unreadable\n", "\npanics              12\n", "\nasked of phones     7, 1 in vain\n", "\nasked by phones     2\n", "\ntold by phones      40\n", "\nignored of phones   3 forged, 4 repeated, 5 for want of room\n"} {
		assert.Contains(t, text, row)
	}
	c.PhoneCounters = func(context.Context) (uacsta.Counters, error) { return uacsta.Counters{}, nil }
	assert.Contains(t, c.Run(context.Background(), "status"), "\nignored of phones   0\n")
	c.Phones = func(context.Context, string) ([]uacsta.PhoneStatus, error) { return nil, errors.New("stopped") }
	assert.Equal(t, "-ERR the control of phones does not answer: stopped\n", c.Run(context.Background(), "status 1001"))
	assert.Equal(t, "-ERR usage: csta status [<device>]\n", c.Run(context.Background(), "status 1 2"))
}
