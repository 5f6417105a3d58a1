package applications

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/rights"
	"mod_csta_socket/csta/switching"
)

func internal(number string) ecma.DeviceID {
	return ecma.DeviceID{Number: number, Type: ecma.DeviceNumber}
}

func TestScope(t *testing.T) {
	for _, c := range []struct{ list, has, lacks string }{
		{"1000", "1000", "100 10000 1001 1000@a.example #021000 #011000"},
		{"1000-1019", "1000 1010 1019", "0999 1020 101 10100 101a 1010@a.example #021010"},
		{"10??", "1000 10ab", "100 10000 1100"},
		{"10*", "10 1000 10a", "1 2010 1000@a.example"},
		{"*97", "*97", "97 0097 *970"},
		{"**", "* *97 *98", "97 1000"},
		{"1000@a.example", "1000@a.example 1000@A.EXAMPLE", "1000 1000@b.example"},
		{"@a.example", "1000@a.example x@a.example", "1000 1000@b.example #029500 #029500@a.example"},
		{"queue:95*@a.example", "#029500@a.example", "#029500 9500@a.example"},
		{"*@a.example", "1000@a.example", "1000"},
		{"10??@a.example", "1042@a.example", "1042"},
		{"1000-1001@a.example", "1001@a.example", "1001"},
		{"queue:9500", "#029500", "9500 #0295001 #019500 029500"},
		{"queue:95*", "#02950 #029500", "#0294 #01950"},
		{"trunk:20", "#0120 #0120#2", "#0121 0120 #0220"},
		{"queue:*", "#021", "#011 1000"},
		{"queue:9500@a.example", "#029500@a.example #029500@A.example", "#029500 #029500@b.example #019500@a.example 029500@a.example"},
		{"trunk:*@a.example", "#0120@a.example #0121@A.example#2", "#0120 #0120@b.example #0220@a.example"},
		{"*", "1000 1000@a.example #029500 #0120", ""},
		{" 1000 , ,2000-2001,", "1000 2001", "2002"},
		{"", "", "1000 #021 *"},
	} {
		s, err := ParseScope(c.list)
		require.NoError(t, err, c.list)
		again, err := ParseScope(s.String())
		require.NoError(t, err, c.list)
		for _, scope := range []Scope{s, again} {
			ask := func(names string, want bool) {
				for _, name := range strings.Fields(names) {
					d := ecma.Subscriber(name)
					if number, is := strings.CutPrefix(name, "#"); is {
						d = internal(number)
					}
					assert.Equal(t, want, scope.Has(d), "%q, %s", c.list, name)
				}
			}
			ask(c.has, true)
			ask(c.lacks, false)
		}
	}
	for _, list := range []string{"1000-999", "1019-1000", "10 00", "sofia/x", "1000@", "1000@a b", "queue:", "queue:a b", "trunk:$x", "group:", "a*b?c\x00", strings.Repeat("1,", maxEntries+1)} {
		_, err := ParseScope(list)
		require.Error(t, err, list)
	}
}

func TestGroups(t *testing.T) {
	s, err := ParseScope("group:sales,1000,group:sales@A.example")
	require.NoError(t, err)
	assert.Equal(t, []Group{{"sales", ""}, {"sales", "a.example"}}, s.Groups())
	assert.False(t, s.Has(ecma.Subscriber("sales")))
	for _, list := range []string{"group:a b", "group:a@", strings.Repeat("group:a,", maxGroups+1)} {
		_, err := ParseScope(list)
		require.Error(t, err, list)
	}
}

func TestDial(t *testing.T) {
	d, err := ParseDial("9???, 0049*,*97")
	require.NoError(t, err)
	for number, may := range map[string]bool{"9000": true, "900": false, "90000": false, "00491234": true, "0048": false, "*97": true, "0097": false, "97": false} {
		assert.Equal(t, may, d.Has(number), number)
	}
	none, err := ParseDial("")
	require.NoError(t, err)
	assert.False(t, none.Has("1"))
	for _, list := range []string{"a b", "sofia/x", "$x", strings.Repeat("1,", maxEntries+1)} {
		_, err := ParseDial(list)
		require.Error(t, err, list)
	}
}

func TestSecrets(t *testing.T) {
	hash := hashed(t, bcrypt.MinCost)
	for _, text := range []string{"right", hash, strings.Replace(hash, "$2a$", "$2y$", 1)} {
		s, ok := ParseSecret(text)
		require.True(t, ok, text)
		assert.True(t, s.Proven("right"), text)
		for _, wrong := range []string{"", "righ", "right ", "Right", text + "x", strings.Repeat("x", 1000)} {
			assert.False(t, s.Proven(wrong), wrong)
		}
		assert.Equal(t, "***", s.String())
	}
	var none Secret
	assert.False(t, none.Proven(""))
	for _, text := range []string{"$2a$10$short", "$2a$13$" + strings.Repeat("a", 53), "$2y$", strings.Repeat("x", 73)} {
		_, ok := ParseSecret(text)
		assert.False(t, ok, text)
	}
}

// A name that there is not costs who asks for it as much as the dearest hash, and nothing
// if no secret is one.
func TestDecoy(t *testing.T) {
	for cost, secrets := range map[int][]string{0: {"plain"}, bcrypt.MinCost + 1: {"plain", hashed(t, bcrypt.MinCost), hashed(t, bcrypt.MinCost+1)}} {
		var entries []Entry
		for i, secret := range secrets {
			entries = append(entries, of(string(rune('a'+i)), "secret", secret)...)
		}
		set, _, err := Parse(entries, false)
		require.NoError(t, err)
		assert.Nil(t, set.Login("nobody", "right"))
		if cost == 0 {
			assert.Nil(t, set.decoy)
			continue
		}
		assert.Equal(t, cost, set.decoy.secret.cost())
	}
	var none Set
	assert.Nil(t, none.Login("nobody", ""))
}

func hashed(t *testing.T, cost int) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte("right"), cost)
	require.NoError(t, err)
	return string(hash)
}

func of(name string, pairs ...string) []Entry {
	list := []Entry{{Application: name}}
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, Entry{name, pairs[i], pairs[i+1]})
	}
	return list
}

func TestApplications(t *testing.T) {
	entries := append(of("crm", "secret", "one", "devices", "1000-1009,queue:1", "rights", "monitor, voice", "dial", "0*", "max-calls", "2", "tls-client", "crm.example, other"),
		of("board", "network", "192.0.2.0/28,2001:db8::7", "devices", "*", "max-monitors", "7", "max-calls-per-second", "3")...)
	set, warnings, err := Parse(entries, false)
	require.NoError(t, err)
	assert.Empty(t, warnings)
	assert.True(t, set.Any())
	crm, board := set.Named("crm"), set.Named("board")
	require.NotNil(t, crm)
	assert.Equal(t, rights.Monitor|rights.Voice, crm.Grant.Rights)
	assert.Equal(t, Limits{Calls: 2}, crm.Grant.Limits)
	assert.Equal(t, Usual, board.Grant.Rights)
	assert.Equal(t, Limits{Monitors: 7, CallsPerSecond: 3}, board.Grant.Limits)

	assert.Same(t, crm, set.Login("crm", "one"))
	assert.Nil(t, set.Login("crm", "two"))
	assert.Nil(t, set.Login("board", ""), "without a secret nobody logs in")
	assert.Nil(t, set.Login("nobody", ""))

	nowhere := netip.MustParseAddr("198.51.100.1")
	assert.Same(t, crm, set.Who("crm.example", nowhere))
	assert.Same(t, crm, set.Who("other", netip.MustParseAddr("192.0.2.1")), "a certificate proves more than an address")
	assert.Same(t, board, set.Who("", netip.MustParseAddr("::ffff:192.0.2.1")))
	assert.Same(t, board, set.Who("stranger", netip.MustParseAddr("2001:db8::7")))
	assert.Nil(t, set.Who("", nowhere))
	assert.Nil(t, set.Who("", netip.Addr{}))

	var none Set
	assert.False(t, none.Any())
	byDirectory, _, err := Parse(nil, true)
	require.NoError(t, err)
	assert.True(t, byDirectory.Any())
}

func TestApplicationsThatAreNotAllowed(t *testing.T) {
	for _, entries := range [][]Entry{
		of("a b"), of(strings.Repeat("x", 65)), of("a", "secret", "$2a$10$x"), of("a", "network", "10.0.0.0/33"), of("a", "network", "pbx"), of("a", "network", "fe80::1%eth0"),
		of("a", "devices", "1000-999"), of("a", "rights", "monitor,none"), of("a", "rights", "everything"), of("a", "dial", "a b"), of("a", "addresses", "external"),
		append(of("a", "network", "10.0.0.0/8"), of("a", "rights", "all")...), append(append(of("a"), of("b")...), of("a")...), of("(without a name)"),
		of("a", "max-calls", "-1"), of("a", "max-calls", "many"), of("a", "max-monitors", "1000001"),
	} {
		_, _, err := Parse(entries, false)
		require.Error(t, err, "%v", entries)
	}
	for want, entries := range map[string][]Entry{
		"nobody can be it":     of("a", "devices", "*"),
		"sees and steers no":   of("a", "secret", "x"),
		"more than once":       of("a", "secret", "x", "secret", "y", "devices", "*"),
		"unknown parameter \"": of("a", "secret", "x", "devices", "*", "colour", "red"),
	} {
		_, warnings, err := Parse(entries, false)
		require.NoError(t, err)
		require.Len(t, warnings, 1)
		assert.Contains(t, warnings[0], want)
	}
}

func TestUsersOfTheDirectory(t *testing.T) {
	a, err := User{Device: "1000", Password: "x"}.Application("1000")
	require.NoError(t, err)
	assert.True(t, a.Grant.Sees(ecma.Subscriber("1000")))
	assert.False(t, a.Grant.Sees(ecma.Subscriber("1001")))
	assert.Equal(t, Usual, a.Grant.Rights)
	a, err = User{Device: "1000", Password: "x", Devices: "1000,1001", Rights: "monitor"}.Application("1000")
	require.NoError(t, err)
	assert.True(t, a.Grant.Sees(ecma.Subscriber("1001")))
	assert.Equal(t, rights.Monitor, a.Grant.Rights)
	for _, u := range []User{{Device: "1", Password: "$2a$x"}, {Device: "1", Password: "x", Devices: "a b"}, {Device: "1", Password: "x", Rights: "x"}} {
		_, err := u.Application("1")
		require.Error(t, err)
	}
	assert.False(t, User{Device: "1000"}.Usable())
}

func TestWhereAnApplicationMayCall(t *testing.T) {
	site, ok := switching.ParseTrunks("gateway/carrier,external/192.0.2.1,gateway/other")
	require.True(t, ok)
	grant := func(pairs ...string) *Grant {
		set, _, err := Parse(of("a", pairs...), false)
		require.NoError(t, err)
		return &set.Named("a").Grant
	}
	for _, c := range []struct {
		grant *Grant
		uri   string
		may   bool
	}{
		{nil, "sofia/external/1@192.0.2.1", true},
		{nil, "sofia/external/1@192.0.2.2", false},
		{grant("dial", "0*"), "sofia/gateway/carrier/0049", true},
		{grant("dial", "0*"), "sofia/gateway/carrier/1000", false},
		{grant("dial", "0*"), "sofia/external/0049@192.0.2.1", false},
		{grant("dial", "0*"), "sofia/gateway/elsewhere/0049", false},
		{grant(), "sofia/gateway/carrier/0049", false},
		{grant("dial", "*", "addresses", "external/192.0.2.1"), "sofia/external/0049@192.0.2.1", true},
		{grant("dial", "*", "addresses", "external/192.0.2.1"), "sofia/gateway/carrier/0049", false},
		{grant("dial", "*", "addresses", "external/*"), "sofia/external/0049@192.0.2.9", false},
	} {
		assert.Equal(t, c.may, c.grant.Reaches(c.uri, site), "%+v %s", c.grant, c.uri)
	}
	g := grant("devices", "1000-1009,queue:9500", "dial", "0*")
	for number, may := range map[string]bool{"1000": true, "9500": true, "0049": true, "1010": false, "9501": false} {
		assert.Equal(t, may, g.Called(ecma.Subscriber(number)), number)
	}
	assert.True(t, g.Called(ecma.Subscriber("0049@a.example")), "dialled in another domain")
	assert.True(t, g.Called(internal("029500")))
	assert.False(t, g.Called(internal("029501")))
	// Who has whatever there is has no number that there is not.
	for _, g := range []*Grant{grant("devices", "*"), grant("devices", "@one.example,queue:*"), grant("domain", "one.example"), grant("devices", "?*,queue:??*")} {
		for _, to := range []ecma.DeviceID{ecma.Subscriber("0049123"), ecma.Subscriber("0049123@one.example"), internal("020049123"), internal("020049123@one.example")} {
			assert.False(t, g.Called(to), "%s %v", g.Devices.String(), to)
		}
	}
	assert.True(t, grant("devices", "10*,queue:95??").Called(ecma.Subscriber("9501")))
}

func TestGrantsSurviveARecording(t *testing.T) {
	set, _, err := Parse(of("a", "devices", "1000-1009,group:x,queue:1", "rights", "monitor,voice", "dial", "0*", "addresses", "gateway/x,external/h:5080", "max-calls", "3"), false)
	require.NoError(t, err)
	g := set.Named("a").Grant
	for _, grant := range []*Grant{&g, Nobody} {
		text, err := json.Marshal(grant)
		require.NoError(t, err)
		var read Grant
		require.NoError(t, json.Unmarshal(text, &read))
		assert.True(t, grant.Equal(&read), string(text))
	}
	for _, text := range []string{`{"rights":["x"]}`, `{"devices":"a b"}`, `{"dial":"a b"}`, `{"addresses":"x"}`, `[]`} {
		require.Error(t, json.Unmarshal([]byte(text), &Grant{}), text)
	}
}

// No configuration of whatever content may crash the module, nor mean more than it says.
func FuzzApplications(f *testing.F) {
	f.Add("1000-1009,10??@a.example,queue:9*,*97", "0049*", "gateway/x", "monitor", "10.0.0.0/8", "1000")
	f.Add("*", "*", "external/*", "all", "::1", "*97")
	f.Fuzz(func(t *testing.T, devices, dial, addresses, granted, network, number string) {
		set, _, err := Parse(of("a", "secret", devices, "devices", devices, "dial", dial, "addresses", addresses, "rights", granted, "network", network), true)
		if err != nil {
			return
		}
		g := &set.Named("a").Grant
		text, err := json.Marshal(g)
		require.NoError(t, err)
		var read Grant
		require.NoError(t, json.Unmarshal(text, &read))
		for _, d := range []ecma.DeviceID{ecma.Subscriber(number), internal(number), internal("02" + number), ecma.Subscriber(number + "@a.example")} {
			require.Equal(t, g.Sees(d), read.Sees(d), "%s: %v", text, d)
		}
		require.Equal(t, g.Dial.Has(number), read.Dial.Has(number))
		if g.Dial.Has(number) && !strings.ContainsAny(dial, "*?") {
			require.Contains(t, words(dial), number)
		}
	})
}
