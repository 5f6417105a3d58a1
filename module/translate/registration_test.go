package translate

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Headers as FreeSWITCH 1.11.2 fires them.
func TestRegistration(t *testing.T) {
	read := func(kind Type, headers ...string) (reg Registration, ok bool) {
		require.NoError(t, Each(encode(record(kind, headers...), 1), func(r *Record) { reg, ok = Domains{"example.com"}.Registration(r) }))
		return reg, ok
	}
	reg, ok := read(SofiaRegister, "profile-name", "internal", "from-user", "1001", "from-host", "example.com",
		"contact", `"1001" <sip:1001@192.0.2.7:5060;line=abc>`, "call-id", "a84b4c76", "status", "Registered(UDP)",
		"expires", "3600", "network-ip", "192.0.2.7", "network-port", "5060", "username", "1001", "domain_name", "example.com", "realm", "pbx", "user-agent", "phone/1", "uacsta", "session")
	require.True(t, ok)
	assert.Equal(t, Registration{
		Profile: "internal", CallID: "a84b4c76", User: "1001", Domain: "example.com", Device: "1001", Contact: `"1001" <sip:1001@192.0.2.7:5060;line=abc>`,
		Transport: "udp", Source: netip.MustParseAddrPort("192.0.2.7:5060"), UserAgent: "phone/1", Expires: time.Hour, UACSTA: "session", Variables: true,
		AuthUser: "1001", AuthDomain: "example.com", Realm: "pbx",
	}, reg)

	reg, ok = read(SofiaRegister, "from-user", "1001", "from-host", "other.example", "call-id", "x", "status", "Registered(TLS-NAT)", "username", "unknown", "network-ip", "2001:db8::7", "network-port", "5061")
	require.True(t, ok)
	assert.Equal(t, "1001@other.example", reg.Device)
	assert.Equal(t, "tls", reg.Transport)
	assert.Equal(t, netip.MustParseAddrPort("[2001:db8::7]:5061"), reg.Source)
	assert.False(t, reg.Variables, "it did not authenticate, so that the directory was not read")

	for kind, names := range map[Type][2]string{SofiaUnregister: {"from-user", "from-host"}, SofiaExpire: {"user", "host"}} {
		reg, ok = read(kind, names[0], "1001", names[1], "example.com", "call-id", "x", "profile-name", "internal", "contact", "<sip:1001@192.0.2.7>")
		require.True(t, ok)
		assert.Equal(t, Registration{Gone: true, Profile: "internal", CallID: "x", User: "1001", Domain: "example.com", Device: "1001", Contact: "<sip:1001@192.0.2.7>"}, reg)
	}

	reg, ok = read(ListedRegistration, "from-user", "1001", "from-host", "example.com", "call-id", "x", "status", "tcp",
		"expires", strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10), "network-ip", "192.0.2.7", "network-port", "5060")
	require.True(t, ok)
	assert.Equal(t, "tcp", reg.Transport)
	assert.InDelta(t, time.Hour.Seconds(), reg.Expires.Seconds(), 2)
	assert.False(t, reg.Variables)

	_, ok = read(SofiaRegister, "from-user", "1001", "from-host", "example.com")
	assert.False(t, ok, "without a Call-ID")
	_, ok = read(SofiaRegister, "from-user", "not a user", "from-host", "example.com", "call-id", "x")
	assert.False(t, ok)
	_, ok = read(ChannelCreate, "from-user", "1001", "call-id", "x")
	assert.False(t, ok)
}

// Who registered an address of record is not always whose it is.
func TestWhoRegistered(t *testing.T) {
	ids := func(user, _ string) string {
		return map[string]string{"1001": "1001", "7001": "1001", "1002": "1002"}[user]
	}
	for _, c := range []struct {
		name, user, domain, authUser, authDomain, realm string
		want                                            Identity
	}{
		{"nobody was asked", "1001", "example.com", "", "", "", Unproven},
		{"its owner", "1001", "example.com", "1001", "example.com", "pbx", Owner},
		{"its owner, by another default domain", "1001", "example.com", "1001", "example.net", "pbx", Owner},
		{"its owner, by his alias", "7001", "example.com", "1001", "example.com", "pbx", Owner},
		{"as his alias", "1001", "example.com", "7001", "example.com", "pbx", Owner},
		{"another one", "1001", "example.com", "1002", "example.com", "pbx", Another},
		{"one who is not known", "1001", "example.com", "1003", "example.com", "pbx", Another},
		{"none of both is known", "1009", "example.com", "1008", "example.com", "pbx", Another},
		{"his namesake elsewhere", "1001", "example.com", "1001", "other.example", "pbx", Another},
		{"the alias of his namesake", "7001", "other.example", "1001", "example.com", "pbx", Another},
		{"by the realm", "1001", "example.com", "1001", "", "other.example", Another},
	} {
		reg := Registration{User: c.user, Domain: c.domain, AuthUser: c.authUser, AuthDomain: c.authDomain, Realm: c.realm}
		d := Domains{"example.com", "example.net"}
		reg.Device = d.Device(reg.User, reg.Domain)
		assert.Equal(t, c.want, reg.Identity(d, ids), c.name)
	}
}

// What was looked up for one registration must not serve another one, whatever
// Call-ID that has.
func TestOrigins(t *testing.T) {
	one := Registration{Profile: "internal", CallID: "x", User: "1001", Domain: "example.com", Source: netip.MustParseAddrPort("192.0.2.7:5060")}
	for _, change := range []func(*Registration){
		func(r *Registration) { r.Profile = "external" }, func(r *Registration) { r.CallID = "y" }, func(r *Registration) { r.User = "1002" },
		func(r *Registration) { r.Domain = "other.example" }, func(r *Registration) { r.Source = netip.MustParseAddrPort("192.0.2.8:5060") },
	} {
		other := one
		change(&other)
		assert.NotEqual(t, one.Origin(), other.Origin())
	}
}

// Only a list that mod_sofia has written, and in which nothing contradicts, is believed.
func TestShown(t *testing.T) {
	const rule = "====\n"
	row := func(id, agent, ip, who string) string {
		return "Call-ID:    \t" + id + "\nUser:       \t1001@pbx.example\nContact:    \t\"x\" <sip:1001@192.0.2.7>\nAgent:      \t" + agent +
			"\nStatus:     \tRegistered(UDP)(unknown) EXP(x) EXPSECS(3)\nPing-Status:\tReachable\nPing-Time:\t0.00\nHost:       \tpbx\nIP:         \t" + ip +
			"\nPort:       \t5060\nAuth-User:  \t" + who + "\nAuth-Realm: \tpbx.example\nMWI-Account:\t1001@pbx.example\n\n"
	}
	list := func(n int, rows ...string) string {
		return "\nRegistrations:\n" + rule + strings.Join(rows, "") + fmt.Sprintf("Total items returned: %d\n", n) + rule
	}
	const here, there = "192.0.2.7", "192.0.2.8"
	owner := row("a", "phone", here, "1001")
	for _, c := range []struct {
		name, list, who string
		ok              bool
	}{
		{"one", list(1, owner), "1001", true},
		{"another one's", list(1, row("a", "phone", here, "1002")), "1002", true},
		{"nobody had to", list(1, row("a", "phone", here, "unknown")), "", true},
		{"among others", list(3, row("b", "phone", here, "1002"), owner, row("a", "phone", there, "1003")), "1001", true},
		{"twice", list(2, owner, owner), "1001", true},
		{"of two", list(2, owner, row("a", "phone", here, "1002")), "", false},
		{"broken behind it", list(2, owner, row("b", "x\r\n y", here, "1002")), "", false},
		{"nobody had to, broken behind it", list(2, row("a", "phone", here, "unknown"), row("b", "x\r\n y", here, "1002")), "", false},
		{"none", list(0), "", false},
		{"elsewhere", list(1, row("a", "phone", there, "1001")), "", false},
		{"a line too many", list(1, row("a", "phone\nAuth-User:  \t1001", here, "1002")), "", false},
		{"a folded line", list(1, row("a", "phone\r\n Auth-User: 1001", here, "1002")), "", false},
		{"a whole row in one", list(1, row("a", "x\nStatus:     \t\nPing-Status:\t\nPing-Time:\t\nHost:       \t\nIP:         \t192.0.2.7\nPort:       \t5060\nAuth-User:  \t1001\nAuth-Realm: \t\nMWI-Account:\t\n\n"+row("a", "x", here, "1001"), here, "1002")), "", false},
		{"cut", list(1, owner)[:200], "", false},
		{"no profile", "Invalid Profile!\n", "", false},
		{"empty", "", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Registration{User: "1001", Domain: "pbx.example", CallID: "a", Source: netip.MustParseAddrPort("192.0.2.7:5060")}
			assert.Equal(t, c.ok, r.Shown(c.list))
			assert.Equal(t, c.who, r.AuthUser)
			assert.Equal(t, c.who != "", r.Realm != "")
		})
	}
}
