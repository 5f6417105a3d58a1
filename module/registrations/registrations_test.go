package registrations

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/uacsta"
	"mod_csta_socket/module/translate"
)

const domain = "pbx.example"

// exchange is a switch with the subscribers 1001 (whose second number is 8001), 1002,
// and 1003 without uaCSTA.
type exchange struct {
	shown    map[string]string
	asked    map[string]int
	contacts string
	err      error
}

func (e *exchange) LookUp(user, _ string) (string, bool, error) {
	e.asked["name of "+user]++
	switch user {
	case "8001", "1001":
		return "1001", true, e.err
	case "1002", "1003":
		return user, true, e.err
	}
	return "", false, e.err
}

func (e *exchange) Variable(user, _, name string) (string, error) {
	e.asked[name+" of "+user]++
	if e.err == nil && name == "uacsta" && user != "1003" {
		return "session", nil
	}
	return "", e.err
}

func (e *exchange) Param(user, _, name string) (string, error) {
	e.asked[name+" of "+user]++
	return name + " of " + user, e.err
}

func (e *exchange) Shown(profile, user, _ string) (string, error) {
	e.asked["registrations of "+user]++
	return e.shown[profile+"/"+user], e.err
}
func (e *exchange) Contacts(string, string, string) (string, error) { return e.contacts, e.err }

type desk struct {
	*Keeper
	*exchange
	log  bytes.Buffer
	now  time.Time
	last uacsta.Registration
	gone []string
}

func (d *desk) Registered(r uacsta.Registration)   { d.last = r }
func (d *desk) Unregistered(r uacsta.Registration) { d.gone = append(d.gone, r.CallID) }

func newDesk(opts Options) *desk {
	d := &desk{now: time.Unix(1_800_000_000, 0), exchange: &exchange{shown: map[string]string{}, asked: map[string]int{}}}
	opts.Domains = translate.Domains{domain}
	d.Keeper = New(opts, d.exchange, d, slog.New(slog.NewTextHandler(&d.log, nil)))
	return d
}

func (d *desk) take(reg translate.Registration) uacsta.Registration {
	d.last = uacsta.Registration{}
	d.Take(reg, d.now)
	return d.last
}

// reg is a registration of user's phone, for which who authenticated.
func reg(user, who string) translate.Registration {
	r := translate.Registration{
		Profile: "internal", CallID: "id of " + user, User: user, Domain: domain, Device: user, Contact: "<sip:" + user + "@192.0.2.7:5060>",
		Transport: "udp", Source: netip.MustParseAddrPort("192.0.2.7:5060"), Expires: time.Hour, AuthUser: who,
	}
	if who != "" {
		r.Realm = domain
	}
	return r
}

// listed is one that was there before the module, and shown what mod_sofia shows of it.
func (d *desk) listed(r translate.Registration, who string) translate.Registration {
	r.Listed, r.AuthUser, r.Realm = true, "", ""
	d.shown[r.Profile+"/"+r.User] = shown(r, who)
	return r
}

// shown is a list as mod_sofia writes it (show_reg_callback).
func shown(r translate.Registration, who string) string {
	const rule = "====="
	row := fmt.Sprintf("Call-ID:    \t%s\nUser:       \t%s@%s\nContact:    \t%s\nAgent:      \tphone\nStatus:     \tRegistered(UDP)(unknown) EXP(2026-11-30 10:00:00) EXPSECS(60)\nPing-Status:\tReachable\nPing-Time:\t0.00\nHost:       \tpbx\nIP:         \t%s\nPort:       \t%d\nAuth-User:  \t%s\nAuth-Realm: \t%s\nMWI-Account:\t%s@%s\n\n",
		r.CallID, r.User, r.Domain, r.Contact, r.Source.Addr(), r.Source.Port(), who, domain, r.User, r.Domain)
	return "\nRegistrations:\n" + rule + "\n" + row + "Total items returned: 1\n" + rule + "\n"
}

// Who authenticated decides whether a phone is controlled, and whether it gets the
// password that answers it; whatever tells who that was.
func TestOwnersPhonesAreControlled(t *testing.T) {
	const password = "uacsta-password of "
	for _, c := range []struct {
		name, user, who  string
		listed, unproven bool
		mode             uacsta.Mode
		password, log    string
	}{
		{name: "the owner", user: "1001", who: "1001", mode: uacsta.SessionMode, password: password + "1001"},
		{name: "the owner by another number", user: "8001", who: "1001", mode: uacsta.SessionMode, password: password + "8001"},
		{name: "another one", user: "1001", who: "1002", log: "credentials of another one"},
		{name: "another one, unproven allowed", user: "1001", who: "1002", unproven: true, log: "credentials of another one"},
		{name: "nobody", user: "1001", log: "nobody had to authenticate"},
		{name: "nobody, allowed", user: "1001", unproven: true, mode: uacsta.SessionMode},
		{name: "listed, the owner", user: "1001", who: "1001", listed: true, mode: uacsta.SessionMode, password: password + "1001"},
		{name: "listed, another one", user: "1001", who: "1002", listed: true, log: "credentials of another one"},
		{name: "listed, nobody", user: "1001", who: "unknown", listed: true, log: "until it does again"},
		{name: "listed, nobody, allowed", user: "1001", who: "unknown", listed: true, unproven: true, mode: uacsta.SessionMode},
		{name: "without uaCSTA", user: "1003", who: "1002"},
		{name: "without uaCSTA, nobody", user: "1003"},
		{name: "without uaCSTA, listed", user: "1003", who: "1002", listed: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(Options{Unproven: c.unproven})
			r := reg(c.user, c.who)
			if c.listed {
				r = d.listed(r, c.who)
			}
			for range 3 {
				got := d.take(r)
				assert.Equal(t, c.mode, got.Mode)
				assert.Equal(t, c.password, got.Password)
				assert.Equal(t, "id of "+c.user, got.CallID)
			}
			assert.LessOrEqual(t, d.asked["uacsta of "+c.user], 1, "the directory is asked once")
			assert.LessOrEqual(t, d.asked["uacsta-password of "+c.user], 1)
			if c.log == "" {
				assert.Empty(t, d.log.String())
			} else {
				assert.Equal(t, 1, strings.Count(d.log.String(), c.log), d.log.String())
			}
		})
	}
}

// A phone that was there before the module is left alone as long as mod_sofia does not
// show who registered it, and is controlled when its owner registers it again.
func TestUnknownOwnerUntilNextRegister(t *testing.T) {
	d := newDesk(Options{})
	r := reg("1001", "")
	r.Listed = true
	d.err = errors.New("busy")
	assert.Equal(t, uacsta.Off, d.take(r).Mode)
	d.err = nil
	got := d.take(reg("1001", "1001"))
	assert.Equal(t, uacsta.SessionMode, got.Mode)
	assert.Equal(t, "uacsta-password of 1001", got.Password)
}

// Who registered is asked for where phones are controlled, and nowhere else.
func TestIdentityIsAskedForWithUACSTA(t *testing.T) {
	d := newDesk(Options{})
	d.take(d.listed(reg("1003", ""), "8001"))
	d.take(reg("1003", "8001"))
	assert.Equal(t, map[string]int{"uacsta of 1003": 2}, d.asked)
	d.take(d.listed(reg("8001", ""), "1001"))
	assert.Equal(t, 1, d.asked["registrations of 8001"])
	assert.Equal(t, 1, d.asked["name of 8001"])
	// It is when the directory has changed its mind.
	r := reg("1003", "1003")
	for _, value := range []string{"off", "notify", "off", "session"} {
		r.Variables, r.UACSTA = true, value
		got := d.take(r)
		assert.Equal(t, value != "off", got.Mode != uacsta.Off, value)
		assert.Equal(t, domain, got.Realm)
	}
	assert.Equal(t, "uacsta-password of 1003", d.last.Password)
}

// What a list did not tell at first, it may tell later, and the other way round.
func TestListedAgain(t *testing.T) {
	d := newDesk(Options{})
	for _, c := range []struct {
		who  string
		mode uacsta.Mode
	}{{"unknown", uacsta.Off}, {"1001", uacsta.SessionMode}, {"1002", uacsta.Off}, {"1001", uacsta.SessionMode}} {
		got := d.take(d.listed(reg("1001", ""), c.who))
		assert.Equal(t, c.mode, got.Mode, c.who)
		assert.Equal(t, c.mode != uacsta.Off, got.Password != "", c.who)
	}
}

// What was found out of one registration does not hold for another one with its
// Call-ID, nor for a refresh with other credentials.
func TestFindingsHoldForOneOwner(t *testing.T) {
	d := newDesk(Options{})
	require.NotEmpty(t, d.take(reg("1001", "1001")).Password)
	stolen := reg("1001", "1002")
	got := d.take(stolen)
	assert.Equal(t, uacsta.Off, got.Mode)
	assert.Empty(t, got.Password)
	require.NotEmpty(t, d.take(reg("1001", "1001")).Password)
	elsewhere := reg("1001", "")
	elsewhere.Source = netip.MustParseAddrPort("192.0.2.8:5060")
	got = d.take(elsewhere)
	assert.Equal(t, uacsta.Off, got.Mode)
	assert.Empty(t, got.Password)
	assert.Equal(t, 4, d.asked["uacsta of 1001"], "each is asked for anew")
}

// What is known of a registration ends with it: when the switch says so, when it is
// replaced, and when the switch says nothing any more.
func TestKnownEndsWithTheRegistration(t *testing.T) {
	d := newDesk(Options{})
	for i := range 50 {
		r := reg("1001", "1001")
		r.CallID = fmt.Sprint(i)
		r.Contact = fmt.Sprintf("<sip:1001@192.0.2.7:%d>", i)
		d.take(r)
	}
	assert.Len(t, d.known, 50)
	r := reg("1001", "1001")
	r.CallID, r.Gone, r.Contact = "7", true, ""
	d.Take(r, d.now)
	assert.Len(t, d.known, 49)
	assert.Equal(t, []string{"7"}, d.gone)
	r = reg("1001", "1001")
	r.CallID, r.Contact = "new", "<sip:1001@192.0.2.7:8>"
	d.take(r)
	assert.Len(t, d.known, 49, "the one with the same contact has gone")
	d.now = d.now.Add(10 * time.Second)
	d.contacts = "sofia/internal/sip:1001@192.0.2.7:8"
	d.Look(d.now)
	assert.Len(t, d.known, 1, "the switch has replaced all others")
	d.now = d.now.Add(time.Hour + overdue)
	d.Look(d.now)
	assert.Empty(t, d.known)
}

// However many registrations there are, no more than so many are known.
func TestKnownIsBounded(t *testing.T) {
	d := newDesk(Options{})
	for i := range mostKnown {
		d.known[key{callID: fmt.Sprint(i)}] = known{}
	}
	d.take(reg("1001", "1001"))
	assert.Len(t, d.known, mostKnown)
	d.take(reg("1001", "1001"))
	assert.Len(t, d.known, mostKnown)
}

func TestSubscriberOfALine(t *testing.T) {
	d := newDesk(Options{})
	s, err := d.Subscriber("1001", domain)
	require.NoError(t, err)
	assert.Equal(t, uacsta.Subscriber{Device: "1001", Mode: uacsta.SessionMode, Password: "password of 1001", A1: "a1-hash of 1001", PhonePassword: "uacsta-password of 1001"}, s)
	for _, user := range []string{"8001", "1009"} {
		_, err = d.Subscriber(user, domain)
		require.ErrorIs(t, err, uacsta.ErrUnknownSubscriber)
	}
	d.err = ErrStopped
	_, err = d.Subscriber("1001", domain)
	assert.ErrorIs(t, err, ErrStopped)
}
