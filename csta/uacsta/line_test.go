package uacsta

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Contacts as mod_sofia writes them.
func TestWays(t *testing.T) {
	source := netip.MustParseAddrPort("192.0.2.71:5060")
	for _, c := range []struct {
		name, contact, transport string
		way                      Way
		target, route            string
		destination              string
		why                      string
	}{
		{"plain", `"1001" <sip:1001@192.0.2.71:5060>`, "udp", Direct, "sip:1001@192.0.2.71:5060", "", "192.0.2.71:5060", "no CSTA line"},
		{"parameters stay", `"" <sip:1001@192.0.2.71:5060;line=abc;ob>`, "udp", Direct, "sip:1001@192.0.2.71:5060;line=abc;ob", "", "192.0.2.71:5060", "no CSTA line"},
		{"bare URI", `sip:1001@192.0.2.71`, "udp", Direct, "sip:1001@192.0.2.71", "", "192.0.2.71:5060", ""},
		{"TCP", `<sip:1001@192.0.2.71:5065;transport=tcp>`, "tcp", Direct, "sip:1001@192.0.2.71:5065;transport=tcp", "", "192.0.2.71:5065", ""},
		{"NAT", `"1001" <sip:1001@10.0.0.7:5060;fs_nat=yes;fs_path=sip%3A1001%40192.0.2.71%3A5060>`, "udp", NoWay, "sip:1001@10.0.0.7:5060", "", "", "behind NAT"},
		{"NAT unnoticed", `<sip:1001@10.0.0.7:5060>`, "udp", NoWay, "sip:1001@10.0.0.7:5060", "", "", "not where it registered from"},
		{"proxy", `<sip:1001@10.0.0.7:5060;fs_path=sip:192.0.2.9:5070;lr>`, "udp", ByProxy, "sip:1001@10.0.0.7:5060", "sip:192.0.2.9:5070;lr", "192.0.2.9:5070", ""},
		{"proxy by TCP", `<sip:1001@10.0.0.7:5060;fs_path=<sip:192.0.2.9;transport=tcp>`, "udp", ByProxy, "sip:1001@10.0.0.7:5060", "sip:192.0.2.9;transport=tcp;lr", "192.0.2.9:5060", ""},
		{"proxy, escaped", `<sip:1001@10.0.0.7:5060;fs_path=%3Csip%3A192.0.2.9%3A5070%3Blr%3E>`, "udp", ByProxy, "sip:1001@10.0.0.7:5060", "sip:192.0.2.9:5070;lr", "192.0.2.9:5070", ""},
		{"proxy that is the source", `<sip:1001@10.0.0.7:5060;fs_path=%3Csip%3A192.0.2.71%3A5070%3Blr%3E>`, "udp", ByProxy, "sip:1001@10.0.0.7:5060", "sip:192.0.2.71:5070;lr", "192.0.2.71:5070", ""},
		{"proxy before NAT", `<sip:1001@10.0.0.7:5060;fs_nat=yes;fs_path=%3Csip%3A192.0.2.9%3Blr%3E>`, "udp", ByProxy, "sip:1001@10.0.0.7:5060", "sip:192.0.2.9;lr", "192.0.2.9:5060", ""},
		{"two proxies", `<sip:1001@10.0.0.7:5060;fs_path=%3Csip%3A192.0.2.9%3Blr%3E%2C%3Csip%3Aedge.example%3Blr%3E>`, "udp", ByProxy, "sip:1001@10.0.0.7:5060", "sip:192.0.2.9;lr sip:edge.example;lr", "192.0.2.9:5060", ""},
		{"proxy by TLS", `<sip:1001@192.0.2.71:5060;fs_path=%3Csip%3A192.0.2.9%3Btransport%3Dtls%3Blr%3E>`, "udp", NoWay, "sip:1001@192.0.2.71:5060", "", "", "TLS"},
		{"path that is nothing", `<sip:1001@192.0.2.71:5060;fs_path=%3Cx%3E>`, "udp", NoWay, "sip:1001@192.0.2.71:5060", "", "", "not given by address"},
		{"proxy by name", `<sip:1001@10.0.0.7:5060;fs_path=sip:proxy.example;lr>`, "udp", NoWay, "sip:1001@10.0.0.7:5060", "", "", "not given by address"},
		{"TLS", `<sip:1001@192.0.2.71:5061;transport=tls>`, "tls", NoWay, "sip:1001@192.0.2.71:5061;transport=tls", "", "", "TLS"},
		{"sips", `<sips:1001@192.0.2.71:5061>`, "udp", NoWay, "sips:1001@192.0.2.71:5061", "", "", "TLS"},
		{"websocket", `<sip:1001@192.0.2.71:5061;transport=ws>`, "ws", NoWay, "sip:1001@192.0.2.71:5061;transport=ws", "", "", "transport ws"},
		{"a name", `<sip:1001@phone.example>`, "udp", NoWay, "sip:1001@phone.example", "", "", "no address"},
		{"IPv6 elsewhere", `<sip:1001@[2001:db8::7]:5060>`, "udp", NoWay, "sip:1001@[2001:db8::7]:5060", "", "", "not where"},
		{"nothing", ``, "udp", NoWay, "", "", "", "unusable"},
		{"not SIP", `<tel:1001>`, "udp", NoWay, "", "", "", "unusable"},
		{"line break", "<sip:1001@192.0.2.71\r\nEvil: x>", "udp", NoWay, "", "", "", "unusable"},
	} {
		line, why := lineOf(&Registration{Registrar: "internal", User: "1001", Domain: "pbx.example", Contact: c.contact, Transport: c.transport, Source: source})
		assert.Equal(t, c.way, line.Way, c.name)
		assert.Contains(t, why, c.why, c.name)
		assert.Equal(t, c.target, line.Target, c.name)
		assert.Equal(t, c.route, strings.Join(line.Routes, " "), c.name)
		if c.destination != "" {
			assert.Equal(t, c.destination, line.Destination.String(), c.name)
		}
	}
	line, why := lineOf(&Registration{Registrar: ownRegistrar, Contact: "sip:1001@10.0.0.7:5060;transport=tls", Transport: "tls", Source: source})
	assert.Equal(t, OwnLine, line.Way)
	assert.Equal(t, "192.0.2.71:5060", line.Destination.String())
	assert.Empty(t, why)
}

// Phones without sessions are reached through the switch where we do not.
func TestWayBySwitch(t *testing.T) {
	const natted = "sip:1001@10.0.0.7:5060;fs_nat=yes;fs_path=sip%3A1001%40192.0.2.71%3A5060"
	for contact, want := range map[string]string{
		`"1001" <` + natted + `>`:                       natted,
		`<sip:1001@192.0.2.71:5061;transport=tls>`:      "sip:1001@192.0.2.71:5061;transport=tls",
		`<sip:1001@192.0.2.71:5060>`:                    "",
		`<tel:1001>`:                                    "",
		"<sip:1001@10.0.0.7:5060;fs_path=a\r\nEvil: x>": "",
	} {
		r := Registration{Registrar: "internal", User: "1001", Contact: contact, Transport: "udp", Source: netip.MustParseAddrPort("192.0.2.71:5060"), Mode: NotifyMode}
		line, _ := lineOf(&r)
		assert.Equal(t, want != "", line.Way == BySwitch, contact)
		assert.Equal(t, want, line.Contact, contact)
		r.Mode = SessionMode
		line, _ = lineOf(&r)
		assert.NotEqual(t, BySwitch, line.Way, contact)
	}
}

func TestParseMode(t *testing.T) {
	for text, want := range map[string]Mode{"": Off, "off": Off, "session": SessionMode, " Notify ": NotifyMode, "SESSION": SessionMode} {
		m, ok := ParseMode(text)
		assert.True(t, ok, text)
		assert.Equal(t, want, m, text)
	}
	_, ok := ParseMode("yes")
	assert.False(t, ok)
}

func FuzzLineOf(f *testing.F) {
	f.Add(`"1001" <sip:1001@10.0.0.7:5060;fs_nat=yes;fs_path=sip%3A1001%40192.0.2.71%3A5060>`, "udp")
	f.Add(`<sip:1001@10.0.0.7:5060;fs_path=sip:192.0.2.9:5070;lr>`, "tcp")
	f.Add(`<sip:1001@192.0.2.71:5061;transport=tls>`, "tls notify")
	f.Add(`<sip:1001@10.0.0.7:5060;fs_nat=yes;fs_path=%3Csip%3A192.0.2.9%3Blr%3E%2C%3Csip%3Aedge.example%3Blr%3E>`, "udp")
	f.Fuzz(func(t *testing.T, contact, transport string) {
		mode := SessionMode
		if len(transport) > 3 {
			mode, transport = NotifyMode, transport[:3]
		}
		line, why := lineOf(&Registration{Registrar: "internal", Contact: contact, Transport: transport, Source: netip.MustParseAddrPort("192.0.2.71:5060"), Mode: mode})
		if line.Way == BySwitch {
			if mode != NotifyMode || !usableURI(line.Contact) || !usableURI(line.Target) || line.Registrar == "" || why == "" {
				t.Fatalf("through the switch: %+v", line)
			}
			return
		}
		if line.Way == NoWay {
			if why == "" {
				t.Fatal("no way, and nobody knows why")
			}
			return
		}
		if !usableURI(line.Target) || !line.Destination.IsValid() || line.Transport != "udp" && line.Transport != "tcp" {
			t.Fatalf("unusable: %+v", line)
		}
		for _, route := range line.Routes {
			if !usableURI(route) {
				t.Fatalf("route: %q", route)
			}
		}
	})
}
