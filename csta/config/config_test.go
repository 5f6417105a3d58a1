package config

import (
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

func TestDefaults(t *testing.T) {
	c, warnings, err := Parse(nil)
	require.NoError(t, err)
	assert.Empty(t, warnings)
	assert.Equal(t, Config{
		ListenIP:            netip.MustParseAddr("127.0.0.1"),
		MinimumDumpInterval: -time.Second,
		RecorderMemory:      4 << 20,
		LoginTimeout:        time.Minute, RequestsBeforeLogin: 10,
		SessionCleanupDelay:  10 * time.Minute,
		SessionMemory:        64 << 20,
		CheckDeviceStateInDB: true,
		DialplanContext:      "default",
		UACSTAPort:           5062,
		FeaturesFile:         "csta_features.json",

		MaxConnections: 1000, MaxConnectionsPerAddress: 500,
	}, c)
	assert.False(t, c.Listen().IsValid(), "nothing listens")
}

func TestAllowedValues(t *testing.T) {
	for _, c := range []struct {
		name, value string
		got         func(Config) any
		want        any
	}{
		{"listen-ip", "0.0.0.0", func(c Config) any { return c.ListenIP }, netip.MustParseAddr("0.0.0.0")},
		{"listen-ip", "::", func(c Config) any { return c.ListenIP }, netip.MustParseAddr("::")},
		{"listen-ip", "[2001:db8::7]", func(c Config) any { return c.ListenIP }, netip.MustParseAddr("2001:db8::7")},
		{"listen-ip", "fe80::1%eth0", func(c Config) any { return c.ListenIP }, netip.MustParseAddr("fe80::1%eth0")},
		{"xml-listen-port", "3000", func(c Config) any { return c.Port }, uint16(3000)},
		{"xml-listen-port", "1", func(c Config) any { return c.Port }, uint16(1)},
		{"xml-listen-port", "65535", func(c Config) any { return c.Port }, uint16(65535)},
		{"xml-listen-port", "", func(c Config) any { return c.Port }, uint16(0)},
		{"xml-listen-port", " 3000 ", func(c Config) any { return c.Port }, uint16(3000)},
		{"ws-listen", "0.0.0.0:3080", func(c Config) any { return c.WSListen }, netip.MustParseAddrPort("0.0.0.0:3080")},
		{"ws-origins", " HTTPS://Phones.Example.com:443,,http://127.0.0.1:3080, http://[::1]:80", func(c Config) any { return c.WSOrigins },
			[]string{"https://phones.example.com", "http://127.0.0.1:3080", "http://[::1]"}},
		{"ws-origins", "", func(c Config) any { return c.WSOrigins }, []string(nil)},
		{"ws-page", "1", func(c Config) any { return c.WSPage }, true},
		{"apply-inbound-acl", "csta", func(c Config) any { return c.InboundACL }, "csta"},
		{"apply-inbound-acl", "loopback.auto", func(c Config) any { return c.InboundACL }, "loopback.auto"},
		{"apply-inbound-acl", "2001:db8::/32", func(c Config) any { return c.InboundACL }, "2001:db8::/32"},
		{"system-status-timer", "30", func(c Config) any { return c.SystemStatusTimer }, 30 * time.Second},
		{"greeting", "always", func(c Config) any { return c.Greeting }, GreetAlways},
		{"greeting", "never", func(c Config) any { return c.Greeting }, GreetNever},
		{"recorder-memory", "0", func(c Config) any { return c.RecorderMemory }, 0},
		{"recorder-memory", "64", func(c Config) any { return c.RecorderMemory }, 64 << 20},
		{"recorder-private", "1", func(c Config) any { return c.RecorderPrivate }, true},
		{"minimum-dump-interval", "-1", func(c Config) any { return c.MinimumDumpInterval }, -time.Second},
		{"minimum-dump-interval", "0", func(c Config) any { return c.MinimumDumpInterval }, time.Duration(0)},
		{"minimum-dump-interval", "86400", func(c Config) any { return c.MinimumDumpInterval }, 24 * time.Hour},
		{"use-uacsta", "1", func(c Config) any { return c.UACSTA }, true},
		{"uacsta-unproven", "1", func(c Config) any { return c.UACSTAUnproven }, true},
		{"uacsta-ip", "192.0.2.10", func(c Config) any { return c.UACSTAIP }, netip.MustParseAddr("192.0.2.10")},
		{"uacsta-ip", "", func(c Config) any { return c.UACSTAIP }, netip.Addr{}},
		{"uacsta-ext-ip", "2001:db8::7", func(c Config) any { return c.UACSTAExtIP }, netip.MustParseAddr("2001:db8::7")},
		{"uacsta-port", "5070", func(c Config) any { return c.UACSTAPort }, uint16(5070)},
		{"uacsta-tls-cert", "agent.pem", func(c Config) any { return c.UACSTATLSCert }, "agent.pem"},
		{"uacsta-apply-acl", "phones", func(c Config) any { return c.UACSTAACL }, "phones"},
		{"use-multi-threading", "1", func(c Config) any { return c.MultiThreading }, true},
		{"use-multi-threading", "true", func(c Config) any { return c.MultiThreading }, true},
		{"check-device-state-in-db", "0", func(c Config) any { return c.CheckDeviceStateInDB }, false},
		{"dialplan-context", "csta_out", func(c Config) any { return c.DialplanContext }, "csta_out"},
		{"predictive-call-addresses", " external/sip.carrier.example:5080,, gateway/carrier ",
			func(c Config) any {
				return []bool{
					c.PredictiveCallAddresses.Allow("sofia/external/1@SIP.carrier.example:5080"), c.PredictiveCallAddresses.Allow("sofia/gateway/carrier/1"),
					c.PredictiveCallAddresses.Allow("sofia/external/1@sip.carrier.example"),
				}
			}, []bool{true, true, false}},
		{"predictive-call-addresses", "", func(c Config) any { return c.PredictiveCallAddresses }, switching.Trunks{}},
		{"default-domain", "pbx.example.com", func(c Config) any { return c.DefaultDomain }, "pbx.example.com"},
		{"loopback-originate-params", "ignore_early_media=true,loopback_initial_codec=PCMA",
			func(c Config) any { return c.LoopbackOriginateParams },
			[]Variable{{"ignore_early_media", "true"}, {"loopback_initial_codec", "PCMA"}}},
		{"loopback-originate-params", " a=b=c , sip_h_X-Tag=two words,, e= ,",
			func(c Config) any { return c.LoopbackOriginateParams },
			[]Variable{{"a", "b=c"}, {"sip_h_X-Tag", "two words"}, {"e", ""}}},
		{"features-file", "/var/lib/csta/features.json", func(c Config) any { return c.FeaturesFile }, "/var/lib/csta/features.json"},
		{"recordings-dir", "/var/lib/csta/recordings", func(c Config) any { return c.RecordingsDir }, "/var/lib/csta/recordings"},
		{"recordings-dir", "", func(c Config) any { return c.RecordingsDir }, ""},
		{"features-file", "none", func(c Config) any { return c.FeaturesFile }, ""},
		{"max-connections", "65535", func(c Config) any { return c.MaxConnections }, 65535},
		{"max-connections-per-address", "0", func(c Config) any { return c.MaxConnectionsPerAddress }, 0},
		{"idle-timeout", "90", func(c Config) any { return c.IdleTimeout }, 90 * time.Second},
		{"requests-before-login", "0", func(c Config) any { return c.RequestsBeforeLogin }, 0},
		{"requests-before-login", "500", func(c Config) any { return c.RequestsBeforeLogin }, 500},
		{"login-timeout", "20", func(c Config) any { return c.LoginTimeout }, 20 * time.Second},
		{"tls-cert", "/etc/my certs/wss.pem", func(c Config) any { return c.TLSCert }, "/etc/my certs/wss.pem"},
		{"tls-key", "key.pem", func(c Config) any { return c.TLSKey }, "key.pem"},
		{"tls-client-ca", "ca.pem", func(c Config) any { return c.TLSClientCA }, "ca.pem"},
		{"metrics-listen", "127.0.0.1:9300", func(c Config) any { return c.MetricsListen }, netip.MustParseAddrPort("127.0.0.1:9300")},
		{"metrics-listen", "[::1]:9300", func(c Config) any { return c.MetricsListen }, netip.MustParseAddrPort("[::1]:9300")},
		{"metrics-listen", "", func(c Config) any { return c.MetricsListen }, netip.AddrPort{}},
		{"loopback-originate-params", "", func(c Config) any { return c.LoopbackOriginateParams }, []Variable(nil)},
	} {
		t.Run(c.name+"="+c.value, func(t *testing.T) {
			got, warnings, err := Parse([]Param{{Name: c.name, Value: c.value}})
			require.NoError(t, err)
			if c.name != "use-uacsta" && !strings.HasPrefix(c.name, "ws-") {
				assert.Empty(t, warnings)
			}
			assert.Equal(t, c.want, c.got(got))
		})
	}
}

func TestListen(t *testing.T) {
	c, _, err := Parse([]Param{{Name: "listen-ip", Value: "::1"}, {Name: "xml-listen-port", Value: "3000"}})
	require.NoError(t, err)
	assert.Equal(t, netip.MustParseAddrPort("[::1]:3000"), c.Listen())
}

func TestBadValues(t *testing.T) {
	for _, c := range []Param{
		{Name: "listen-ip", Value: ""}, {Name: "listen-ip", Value: "localhost"}, {Name: "listen-ip", Value: "127.0.0.1:3000"}, {Name: "listen-ip", Value: "1.2.3"}, {Name: "listen-ip", Value: "$${local_ip_v4}"},
		{Name: "xml-listen-port", Value: "0"}, {Name: "xml-listen-port", Value: "65536"}, {Name: "xml-listen-port", Value: "-1"}, {Name: "xml-listen-port", Value: "http"}, {Name: "xml-listen-port", Value: "0x10"},
		{Name: "ws-listen", Value: "3080"}, {Name: "ws-listen", Value: ":3080"}, {Name: "ws-listen", Value: "localhost:3080"}, {Name: "ws-listen", Value: "127.0.0.1:0"}, {Name: "ws-page", Value: "yes please"},
		{Name: "ws-origins", Value: "*"}, {Name: "ws-origins", Value: "null"}, {Name: "ws-origins", Value: "phones.example"}, {Name: "ws-origins", Value: "ws://phones.example"}, {Name: "ws-origins", Value: "https://"},
		{Name: "ws-origins", Value: "https://a/"}, {Name: "ws-origins", Value: "https://*.a"}, {Name: "ws-origins", Value: "https://a:"}, {Name: "ws-origins", Value: "https://a:x"}, {Name: "ws-origins", Value: "https://u@a"}, {Name: "ws-origins", Value: "http://[1.2.3.4]"},
		{Name: "ws-origins", Value: strings.Repeat("http://a,", 65)},
		{Name: "apply-inbound-acl", Value: "my list"}, {Name: "apply-inbound-acl", Value: "a;b"},
		{Name: "system-status-timer", Value: "-1"}, {Name: "system-status-timer", Value: ""}, {Name: "system-status-timer", Value: "30s"}, {Name: "system-status-timer", Value: "86401"},
		{Name: "recorder-memory", Value: "65"}, {Name: "recorder-memory", Value: "-1"}, {Name: "recorder-memory", Value: "all"}, {Name: "minimum-dump-interval", Value: "-2"}, {Name: "minimum-dump-interval", Value: "often"},
		{Name: "use-multi-threading", Value: "2"}, {Name: "use-multi-threading", Value: ""}, {Name: "use-uacsta", Value: "maybe"}, {Name: "uacsta-after-monitor", Value: "x"}, {Name: "uacsta-unproven", Value: "x"}, {Name: "uacsta-ip", Value: "0.0.0.0"}, {Name: "uacsta-ip", Value: "::"}, {Name: "uacsta-ip", Value: "pbx"}, {Name: "uacsta-port", Value: ""}, {Name: "uacsta-ext-ip", Value: "224.0.0.1"}, {Name: "uacsta-apply-acl", Value: "a b"}, {Name: "check-device-state-in-db", Value: "-1"},
		{Name: "dialplan-context", Value: ""}, {Name: "dialplan-context", Value: "de fault"}, {Name: "dialplan-context", Value: "${x}"},
		{Name: "predictive-call-addresses", Value: "*"}, {Name: "predictive-call-addresses", Value: "external"}, {Name: "predictive-call-addresses", Value: "*/h"},
		{Name: "predictive-call-addresses", Value: "external/*.example"}, {Name: "predictive-call-addresses", Value: "external/h:0"}, {Name: "predictive-call-addresses", Value: "external/[2001:db8::1]"},
		{Name: "predictive-call-addresses", Value: "sofia/external/h"}, {Name: "predictive-call-addresses", Value: "gateway/*"}, {Name: "predictive-call-addresses", Value: strings.Repeat("a/b,", 257)},
		{Name: "features-file", Value: ""}, {Name: "recordings-dir", Value: "recordings"}, {Name: "recordings-dir", Value: "/a/../b"}, {Name: "recordings-dir", Value: "/a b"}, {Name: "features-file", Value: "a\x01b"},
		{Name: "max-connections", Value: "0"}, {Name: "max-connections", Value: "65536"}, {Name: "max-connections", Value: ""}, {Name: "max-connections-per-address", Value: "-1"},
		{Name: "idle-timeout", Value: "-1"}, {Name: "idle-timeout", Value: "1m"}, {Name: "tls-cert", Value: "a\nb"}, {Name: "tls-key", Value: strings.Repeat("a", 300)},
		{Name: "metrics-listen", Value: "9300"}, {Name: "metrics-listen", Value: ":9300"}, {Name: "metrics-listen", Value: "127.0.0.1"}, {Name: "metrics-listen", Value: "127.0.0.1:0"}, {Name: "metrics-listen", Value: "localhost:9300"},
		{Name: "default-domain", Value: "a b"}, {Name: "default-domain", Value: "a@b"}, {Name: "default-domain", Value: strings.Repeat("a", 254)},
		{Name: "loopback-originate-params", Value: "ignore_early_media"}, {Name: "loopback-originate-params", Value: "=x"}, {Name: "loopback-originate-params", Value: "a b=c"},
		{Name: "loopback-originate-params", Value: "a={b}"}, {Name: "loopback-originate-params", Value: "a=[b]"}, {Name: "loopback-originate-params", Value: "a=<b>"},
		{Name: "loopback-originate-params", Value: "a=b|c"}, {Name: "loopback-originate-params", Value: "a=&b"}, {Name: "loopback-originate-params", Value: "a=^b"},
		{Name: "loopback-originate-params", Value: "a=$b"}, {Name: "loopback-originate-params", Value: "a='b"}, {Name: "loopback-originate-params", Value: `a="b`},
		{Name: "loopback-originate-params", Value: `a=\b`}, {Name: "loopback-originate-params", Value: "a=b\nc"}, {Name: "loopback-originate-params", Value: "a=b\x7f"},
		{Name: "loopback-originate-params", Value: strings.Repeat("a=b,", 65)},
	} {
		t.Run(c.Name+"="+c.Value, func(t *testing.T) {
			_, _, err := Parse([]Param{{Name: "xml-listen-port", Value: "3000"}, c})
			var bad *ValueError
			require.ErrorAs(t, err, &bad)
			assert.Equal(t, c.Name, bad.Param)
			assert.Equal(t, c.Value, bad.Value)
			assert.Equal(t, find(c.Name).Allowed, bad.Allowed)
		})
	}
	_, _, err := Parse([]Param{{Name: "xml-listen-port", Value: "70000"}})
	assert.EqualError(t, err, `parameter xml-listen-port has the value "70000"; allowed: 1 to 65535, or empty`)
}

func TestWarnings(t *testing.T) {
	c, warnings, err := Parse([]Param{
		{Name: "listen-port", Value: "1"}, {Name: "xml-listen-port", Value: "3000"}, {Name: "xml-listen-port", Value: "3001"}, {Name: "use-uacsta", Value: "1"}, {Name: "uacsta-after-monitor", Value: "1"}, {Name: "uacsta-tls-port", Value: "5063"}, {Name: "ws-page", Value: "1"},
	})
	require.NoError(t, err)
	assert.Equal(t, uint16(3001), c.Port)
	var texts []string
	for _, w := range warnings {
		texts = append(texts, w.String())
	}
	assert.Equal(t, []string{
		`unknown parameter "listen-port" is ignored`,
		"parameter xml-listen-port is given more than once; the last one counts",
		"use-uacsta=1 has phones do MakeCall with doNotPrompt, AnswerCall, HoldCall, RetrieveCall, ConsultationCall, AlternateCall, ReconnectCall and TransferCall (csta status <device>); the switch does all other services",
		"uacsta-tls-port has no effect without uacsta-tls-cert",
		"ws-origins and ws-page have no effect without ws-listen",
	}, texts)
}

func TestUnwiseValues(t *testing.T) {
	for _, c := range []struct {
		params []Param
		want   string
	}{
		{[]Param{{Name: "idle-timeout", Value: "30"}, {Name: "system-status-timer", Value: "30"}}, "clients that only answer the heartbeat are disconnected"},
		{[]Param{{Name: "idle-timeout", Value: "90"}, {Name: "system-status-timer", Value: "30"}}, ""},
		{[]Param{{Name: "idle-timeout", Value: "30"}}, ""},
		{[]Param{{Name: "metrics-listen", Value: "0.0.0.0:9300"}}, "everybody who reaches it"},
		{[]Param{{Name: "metrics-listen", Value: "127.0.0.1:9300"}}, ""},
		{[]Param{{Name: "ws-origins", Value: ""}, {Name: "ws-listen", Value: "127.0.0.1:3080"}}, "no page of a browser"},
		{[]Param{{Name: "ws-origins", Value: "http://127.0.0.1:3080"}, {Name: "ws-listen", Value: "127.0.0.1:3080"}}, ""},
	} {
		_, warnings, err := Parse(c.params)
		require.NoError(t, err)
		if c.want == "" {
			assert.Empty(t, warnings, c.params)
			continue
		}
		require.Len(t, warnings, 1)
		assert.Contains(t, warnings[0].String(), c.want)
		assert.Equal(t, c.params[0].Name, warnings[0].Param)
	}
}

func TestChanges(t *testing.T) {
	old := []Param{{Name: "xml-listen-port", Value: "3000"}, {Name: "use-multi-threading", Value: "1"}, {Name: "unknown", Value: "1"}, {Name: "idle-timeout", Value: "5"}, {Name: "idle-timeout", Value: "60"}}
	assert.Empty(t, Changes(old, old))
	assert.Empty(t, Changes(old, []Param{{Name: "xml-listen-port", Value: "3000"}, {Name: "use-multi-threading", Value: "true"}, {Name: "idle-timeout", Value: " 60"}, {Name: "listen-ip", Value: "127.0.0.1"}}))
	var got []string
	for _, c := range Changes(old, []Param{{Name: "xml-listen-port", Value: "3001"}, {Name: "tls-cert", Value: "x.pem"}, {Name: "use-multi-threading", Value: "1"}}) {
		got = append(got, fmt.Sprintf("%s %q %q %v", c.Name, c.Old, c.New, c.Live))
	}
	assert.Equal(t, []string{`xml-listen-port "3000" "3001" false`, `idle-timeout "60" "0" true`, `tls-cert "" "x.pem" true`}, got)
}

func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range Parameters() {
		assert.False(t, seen[p.Name], p.Name)
		seen[p.Name] = true
		assert.NotEmpty(t, p.Allowed, p.Name)
		assert.NotEmpty(t, p.Doc, p.Name)
		assert.NotContains(t, p.Doc+p.Allowed+p.Default, "\n", "goes into a table: "+p.Name)
	}
}

const sampleFile = "../../conf/autoload_configs/csta_socket.conf.xml"

// The sample that is installed is valid, listens on the documented port and is
// otherwise the defaults.
func TestSampleFile(t *testing.T) {
	text, err := os.ReadFile(sampleFile)
	require.NoError(t, err)
	c, warnings, err := ParseXML(text)
	require.NoError(t, err)
	assert.Empty(t, warnings)
	want := Default()
	want.Port = 3000
	assert.Equal(t, want, c)
}

// The applications that it shows in a comment can be used.
func TestSampleFileShowsApplications(t *testing.T) {
	text, err := os.ReadFile(sampleFile)
	require.NoError(t, err)
	with := strings.Replace(string(text), "<!--\n  <applications>", "<applications>", 1)
	with = strings.Replace(with, "</applications>\n  -->", "</applications>", 1)
	c, warnings, err := ParseXML([]byte(with))
	require.NoError(t, err)
	assert.Empty(t, warnings)
	require.Len(t, c.Applications.All(), 3)
	crm, tenant := c.Applications.All()[0], c.Applications.All()[2]
	assert.True(t, tenant.Grant.Sees(ecma.Subscriber("1019@tenant.example.com")))
	assert.False(t, tenant.Grant.Sees(ecma.Subscriber("1019")))
	assert.True(t, crm.Secret.Proven("a long one"))
	assert.True(t, crm.Grant.Sees(ecma.Subscriber("1019")))
	assert.False(t, crm.Grant.Sees(ecma.Subscriber("1020")))
	c, _, err = ParseXML(text)
	require.NoError(t, err)
	assert.False(t, c.Applications.Any())
}

// What is said about an application and not allowed changes nothing, and no secret is
// shown.
func TestApplicationsInTheConfiguration(t *testing.T) {
	of := func(name, value string) Param { return Param{Name: name, Value: value, Application: "crm"} }
	_, warnings, err := Parse([]Param{{Application: "crm"}, of("secret", "x"), of("devices", "*"), of("colour", "red")})
	require.NoError(t, err)
	require.Len(t, warnings, 1)
	_, _, err = Parse([]Param{of("secret", "$2a$10$none that is")})
	require.ErrorContains(t, err, "crm")
	require.NotContains(t, err.Error(), "none that is")
	old, _, err := Parse([]Param{of("secret", "x"), {Application: "b"}})
	require.NoError(t, err)
	now, _, err := Parse([]Param{of("secret", "y"), {Application: "c"}})
	require.NoError(t, err)
	assert.Equal(t, []string{"application crm is another", "application b is gone", "application c is new"}, ApplicationChanges(&old.Applications, &now.Applications))
	assert.Empty(t, ApplicationChanges(&old.Applications, &old.Applications))
	assert.Empty(t, Changes([]Param{of("secret", "x")}, []Param{of("secret", "y")}))
}

// It shows every parameter, if only in a comment, and each with a legal value.
func TestSampleFileShowsEveryParameter(t *testing.T) {
	text, err := os.ReadFile(sampleFile)
	require.NoError(t, err)
	var params []Param
	for _, m := range regexp.MustCompile(`<param name="([^"]*)" value="([^"]*)"/>`).FindAllStringSubmatch(string(text), -1) {
		params = append(params, Param{Name: m[1], Value: m[2]})
	}
	own := slices.IndexFunc(params, func(p Param) bool { return p.Name == "secret" })
	params = params[:own]
	_, warnings, err := Parse(params)
	require.NoError(t, err)
	assert.Empty(t, warnings)
	var shown, known []string
	for _, p := range params {
		shown = append(shown, p.Name)
	}
	for _, p := range Parameters() {
		known = append(known, p.Name)
	}
	assert.ElementsMatch(t, known, shown)
}

func TestParseXML(t *testing.T) {
	inner := `<configuration name="csta_socket.conf"><settings><param name="xml-listen-port" value="3000"/></settings></configuration>`
	for name, file := range map[string]string{
		"as installed": inner,
		"declaration":  `<?xml version="1.0"?>` + inner,
		"included":     `<include>` + inner + `</include>`,
		"whole document": `<document type="freeswitch/xml"><section name="configuration">
			<configuration name="acl.conf"><settings><param name="xml-listen-port" value="1"/></settings></configuration>` + inner + `</section></document>`,
	} {
		t.Run(name, func(t *testing.T) {
			c, warnings, err := ParseXML([]byte(file))
			require.NoError(t, err)
			assert.Empty(t, warnings)
			assert.Equal(t, uint16(3000), c.Port)
		})
	}
}

// An application counts wherever it stands, so that no slip of the operator's lets everybody
// in; one without a name is an error.
func TestApplicationsInTheWrongPlace(t *testing.T) {
	const crm = `<application name="crm"><param name="secret" value="x"/><param name="devices" value="1000"/></application>`
	for name, inner := range map[string]string{
		"in their place":        `<settings/><applications>` + crm + `</applications>`,
		"second section":        `<settings/><applications></applications><applications>` + crm + `</applications>`,
		"among the settings":    `<settings><applications>` + crm + `</applications></settings>`,
		"alone in the settings": `<settings>` + crm + `</settings>`,
		"without a section":     `<settings/>` + crm,
	} {
		t.Run(name, func(t *testing.T) {
			c, warnings, err := ParseXML([]byte(`<configuration name="csta_socket.conf">` + inner + `</configuration>`))
			require.NoError(t, err)
			assert.Empty(t, warnings)
			assert.True(t, c.Applications.Any())
			require.NotNil(t, c.Applications.Named("crm"))
		})
	}
	_, _, err := ParseXML([]byte(`<configuration name="csta_socket.conf"><applications><application id="crm"/></applications></configuration>`))
	assert.ErrorContains(t, err, `application "(without a name)": a name has up to 64 letters`)
	_, _, err = ParseXML([]byte(`<configuration name="csta_socket.conf"><applications>` + crm + crm + `</applications></configuration>`))
	assert.ErrorContains(t, err, `application "crm" is there more than once`)
}

func TestParseXMLErrors(t *testing.T) {
	_, _, err := ParseXML([]byte(`<configuration name="csta_socket.conf"`))
	assert.ErrorContains(t, err, "configuration file")
	_, _, err = ParseXML([]byte(`<configuration name="acl.conf"/>`))
	assert.ErrorIs(t, err, ErrNoConfiguration)
	_, warnings, err := ParseXML([]byte(`<configuration name="csta_socket.conf"><settings><param value="1"/><param name="xml-listen-port" value="x"/></settings></configuration>`))
	var bad *ValueError
	assert.ErrorAs(t, err, &bad)
	assert.Equal(t, []Warning{{Text: "a <param> without a name is ignored"}}, warnings)
}

// FuzzParse: whatever comes out without an error is inside its limits.
func FuzzParse(f *testing.F) {
	for _, p := range Parameters() {
		f.Add(p.Name, p.Default)
	}
	f.Add("loopback-originate-params", "a=b,c=${d}")
	f.Add("listen-ip", "::ffff:1.2.3.4")
	f.Fuzz(func(t *testing.T, name, value string) {
		c, warnings, err := Parse([]Param{{Name: name, Value: value}})
		if find(name) == nil {
			require.NoError(t, err)
			require.Len(t, warnings, 1)
			return
		}
		if err != nil {
			var bad *ValueError
			require.ErrorAs(t, err, &bad)
			require.Equal(t, name, bad.Param)
			return
		}
		require.True(t, c.ListenIP.IsValid())
		for _, text := range []string{c.InboundACL, c.DialplanContext, c.DefaultDomain} {
			require.NotContains(t, text, " ")
			require.NotContains(t, text, "$")
		}
		for _, v := range c.LoopbackOriginateParams {
			require.NotEmpty(t, v.Name)
			require.False(t, strings.ContainsAny(v.Name+v.Value, "{}[]<>|&^$'\"\\,\n\r\x00"), "%q", v)
		}
	})
}

// FuzzParseXML: any file gives a configuration inside its limits, or an error.
func FuzzParseXML(f *testing.F) {
	shipped, err := os.ReadFile("../../conf/autoload_configs/csta_socket.conf.xml")
	require.NoError(f, err)
	f.Add(shipped)
	f.Add([]byte(`<configuration name="csta_socket.conf"><settings><param name="xml-listen-port" value="3000"/></settings></configuration>`))
	f.Add([]byte(`<a><configuration name="csta_socket.conf"/><configuration name="csta_socket.conf"><settings><param/></settings></configuration></a>`))
	f.Add([]byte(`<!DOCTYPE a [<!ENTITY x "y">]><configuration name="csta_socket.conf">&x;</configuration>`))
	f.Fuzz(func(t *testing.T, file []byte) {
		c, warnings, err := ParseXML(file)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		require.True(t, c.ListenIP.IsValid())
		for _, w := range warnings {
			require.NotEmpty(t, w.Text)
		}
	})
}

// The documentation's table of parameters is this package's.
func TestDocumentation(t *testing.T) {
	text, err := os.ReadFile("../../docs/configuration.md")
	require.NoError(t, err)
	assert.True(t, strings.Contains(string(text), Markdown()), "docs/configuration.md lacks this table, as it is:\n%s", Markdown())
}

func TestMarkdown(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(Markdown(), "\n"), "\n")
	assert.Len(t, lines, 2+len(Parameters()))
	assert.Contains(t, lines, "| `listen-ip` | `127.0.0.1` | an IPv4 or IPv6 address | Address to listen on. 0.0.0.0 stands for all interfaces, :: for all with IPv6. | `reload mod_csta_socket` |")
	for _, l := range lines {
		assert.Equal(t, 6, strings.Count(strings.ReplaceAll(l, `\|`, ""), "|"), l)
	}
}
