package applications

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
)

// device is a device as the tables write it: #number is a deviceNumber.
func device(name string) ecma.DeviceID {
	if number, is := strings.CutPrefix(name, "#"); is {
		return internal(number)
	}
	return ecma.Subscriber(name)
}

func TestTenantsWords(t *testing.T) {
	const tenant Tenant = "one.example"
	for _, c := range []struct{ said, means string }{
		{"1001", "1001@one.example"},
		{"#029500", "#029500@one.example"},
		{"#0120#2", "#0120@one.example#2"},
		{"*97", "*97@one.example"},
		{"1001@two.example", "1001@two.example"},
		{"#02support@default", "#02support@default"},
	} {
		require.Equal(t, device(c.means), tenant.Inward(device(c.said)), c.said)
		require.Equal(t, device(c.said), tenant.Outward(device(c.means), ""), c.means)
		require.Equal(t, device(c.said), Tenant("").Inward(device(c.said)))
		require.Equal(t, device(c.means), Tenant("").Outward(device(c.means), "pbx.example"))
	}
	// What is no number of the switch stays as it is.
	for _, said := range []string{"", "sofia/external/1@h", "tel:1001", "a b", "-1"} {
		require.Equal(t, device(said), tenant.Inward(device(said)))
		require.Equal(t, device(said), tenant.Outward(device(said), "pbx.example"))
	}
	require.Equal(t, device("1001@pbx.example"), tenant.Outward(device("1001"), "pbx.example"), "another tenant's device")
	require.Equal(t, device("0049123"), tenant.Outward(device("0049123"), ""), "a number from outside")
	require.Equal(t, device("1001"), tenant.Outward(device("1001@ONE.example"), ""))
}

// A copy is reworded; what others see of the message stays.
func TestReword(t *testing.T) {
	to := Tenant("one.example")
	word := func(d ecma.DeviceID) ecma.DeviceID { return to.Outward(d, "") }
	ev := &ecma.TransferedEvent{
		PrimaryOldCall:     ecma.ConnectionID{CallID: "c", Device: device("1001@one.example")},
		TransferringDevice: ecma.Device(device("1002@one.example")),
		TransferredConnections: []ecma.ConnectionListItem{
			{NewConnection: ecma.ConnectionID{CallID: "c", Device: device("#0120@one.example#2")}, Endpoint: ecma.Device(device("0049123"))},
		},
	}
	before, err := json.Marshal(ev)
	require.NoError(t, err)
	said := Reword[ecma.Event](ev, word).(*ecma.TransferedEvent)
	require.Equal(t, device("1001"), said.PrimaryOldCall.Device)
	require.Equal(t, device("1002"), said.TransferringDevice.Device)
	require.Equal(t, device("#0120#2"), said.TransferredConnections[0].NewConnection.Device)
	require.Equal(t, device("0049123"), said.TransferredConnections[0].Endpoint.Device)
	after, err := json.Marshal(ev)
	require.NoError(t, err)
	require.Equal(t, string(before), string(after))
	require.Same(t, ecma.ErrInvalidDeviceID, Reword[ecma.Message](ecma.ErrInvalidDeviceID, word))
}

// The devices of a tenant's application are the tenant's.
func TestApplicationOfATenant(t *testing.T) {
	parse := func(entries ...Entry) *Grant {
		set, _, err := Parse(entries, false)
		require.NoError(t, err)
		return &set.Named("a").Grant
	}
	all := parse(Entry{"a", "domain", "One.example"})
	some := parse(Entry{"a", "devices", "1000-1009,10??,queue:9500,trunk:*,2000@two.example"}, Entry{"a", "domain", "one.example"})
	for _, c := range []struct {
		g          *Grant
		has, lacks string
	}{
		{all, "1000@one.example #029500@one.example #0120@one.example #0120@one.example#2", "1000 1000@two.example #029500 #029500@two.example #0120"},
		{some, "1000@one.example 1042@one.example #029500@one.example #0121@one.example 2000@two.example", "1000 1142@one.example #029501@one.example #029500 #0121 2000"},
	} {
		text, err := json.Marshal(c.g)
		require.NoError(t, err)
		var again Grant
		require.NoError(t, json.Unmarshal(text, &again))
		require.True(t, c.g.Equal(&again))
		for _, g := range []*Grant{c.g, &again} {
			require.Equal(t, Tenant("one.example"), g.Speaks())
			for name := range strings.FieldsSeq(c.has) {
				require.True(t, g.Sees(device(name)), name)
			}
			for name := range strings.FieldsSeq(c.lacks) {
				require.False(t, g.Sees(device(name)), name)
			}
		}
	}
	require.True(t, (&Grant{Tenant: "one.example", Dial: must(ParseDial("0049*"))}).Called(device("0049123@one.example")))
	require.False(t, all.Equal(parse(Entry{"a", "devices", all.Devices.String()})))
	for _, bad := range []string{"", "a b", "@one.example", "-x", "a..b"} {
		_, _, err := Parse([]Entry{{"a", "domain", bad}}, false)
		require.Error(t, err, bad)
	}
	require.Equal(t, Tenant(""), (*Grant)(nil).Speaks())
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// FuzzTenant: what an application is told of a device names that device when it says it,
// and no two devices are told alike, but a subscriber of the default domain and a number
// from outside, which only the caller can tell apart.
func FuzzTenant(f *testing.F) {
	for _, name := range []string{"1001", "1001@one.example", "1001@two.example", "029500@one.example", "0120@one.example#2", "02support@default", "sofia/x/1@h", "@", "#2"} {
		f.Add("one.example", name, "1001", true)
		f.Add("", name, "1001@one.example", false)
	}
	f.Fuzz(func(t *testing.T, tenant, one, other string, internally bool) {
		set, _, err := Parse([]Entry{{"a", "domain", tenant}}, false)
		if err != nil {
			return
		}
		to := set.Named("a").Grant.Tenant
		if to == "pbx.example" {
			return // The default domain is nobody's tenant.
		}
		kind := ecma.Subscriber
		if internally {
			kind = internal
		}
		a, b := kind(one), kind(other)
		told := func(d ecma.DeviceID) ecma.DeviceID { return to.Outward(d, "pbx.example") }
		back := to.Inward(told(a))
		if same := told(back) == told(a); !same {
			t.Fatalf("%v is told as %v, which means %v, told as %v", a, told(a), back, told(back))
		}
		lower := func(d ecma.DeviceID) string { return strings.ToLower(d.Number) }
		atDefault := func(d ecma.DeviceID) bool { return strings.HasSuffix(lower(d), "@pbx.example") }
		ofTenant := func(d ecma.DeviceID) bool {
			base, _ := d.Interface()
			return strings.HasSuffix(lower(base), "@"+string(to))
		}
		known := func(d ecma.DeviceID) bool { return !atDefault(d) && (!internally || ofTenant(d)) }
		if a != b && known(a) && known(b) && lower(a) != lower(b) && told(a) == told(b) {
			t.Fatalf("%v and %v are both told as %v", a, b, told(a))
		}
		if list := to.within(one); !slices.Contains(words(list), one) {
			if _, err := ParseScope(list); err == nil && strings.Contains(list, "@"+string(to)+"@") {
				t.Fatalf("%q", list)
			}
		}
	})
}
