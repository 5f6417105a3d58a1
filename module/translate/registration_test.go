package translate

import (
	"net/netip"
	"strconv"
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
		"expires", "3600", "network-ip", "192.0.2.7", "network-port", "5060", "username", "1001", "user-agent", "phone/1", "uacsta", "session")
	require.True(t, ok)
	assert.Equal(t, Registration{
		Profile: "internal", CallID: "a84b4c76", User: "1001", Domain: "example.com", Device: "1001", Contact: `"1001" <sip:1001@192.0.2.7:5060;line=abc>`,
		Transport: "udp", Source: netip.MustParseAddrPort("192.0.2.7:5060"), UserAgent: "phone/1", Expires: time.Hour, UACSTA: "session", Variables: true,
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
