package switching

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestValidNumber(t *testing.T) {
	for _, s := range []string{"1000", "+442079460000", "*98", "#21#", "alice", "a.b_c-d", strings.Repeat("1", 64)} {
		require.True(t, ValidNumber(s), s)
	}
	for _, s := range hostile {
		require.False(t, ValidNumber(s), s)
	}
	require.False(t, ValidNumber("1000@csta.test"))
}

func TestValidDevice(t *testing.T) {
	for _, s := range []string{"1000", "alice@csta.test", "1000@10.0.0.1", "1000@a-b.example"} {
		require.True(t, ValidDevice(s), s)
	}
	for _, s := range append(hostile, "1000@", "@csta.test", "1000@a b", "1000@a@b", "1000@-x", "1000@a/b") {
		require.False(t, ValidDevice(s), s)
	}
}

func TestValidURI(t *testing.T) {
	for _, s := range []string{"sofia/external/555@192.0.2.1", "sofia/external/555@host.example:5080", "sofia/gateway/carrier/555", "sofia/Gateway/carrier/555"} {
		require.True(t, ValidURI(s), s)
	}
	for _, s := range append(hostile, "sofia/external/555", "sofia/a/b/c@d", "loopback/a/b@c", "sofia/external/555@h:0",
		"sofia/external/555@h:99999", "sofia/external/555@h:1:2", "sofia//5@h", "sofia/external/5@h,sofia/external/6@h",
		"sofia/external/{x=y}5@h", "sofia/external/5@h;transport=tcp",
		// The switch takes the word gateway in any case, and then no host.
		"sofia/gateway/555@host.example:5080", "sofia/GATEWAY/555@h", "sofia/gateway/carrier/555@h", "sofia/gateway/carrier/", "sofia/gateway//5",
		"sofia/external/5@h@i", "sofia/external/5@[::1]", "sofia/external/5@::1", "SOFIA/external/5@h", "Sofia/external/5@h") {
		require.False(t, ValidURI(s), s)
	}
}

func TestTrunks(t *testing.T) {
	trunks, ok := ParseTrunks("external/192.0.2.1:5080, external/sip.example,internal/*,gateway/carrier")
	require.True(t, ok)
	for _, uri := range []string{
		"sofia/external/5@192.0.2.1:5080", "sofia/external/5@192.0.2.1:05080", "sofia/external/5@sip.example", "sofia/external/5@SIP.Example",
		"sofia/internal/5@anywhere.example", "sofia/internal/5@192.0.2.9:99", "sofia/gateway/carrier/5", "sofia/GateWay/carrier/5",
	} {
		require.True(t, trunks.Allow(uri), uri)
		require.False(t, Trunks{}.Allow(uri), "nothing is allowed by default")
	}
	for _, uri := range []string{
		"sofia/external/5@192.0.2.1", "sofia/external/5@192.0.2.1:5060", "sofia/external/5@192.0.2.10:5080", "sofia/external/5@3221225985:5080",
		"sofia/external/5@192.0.2.01:5080", "sofia/external/5@sip.example.", "sofia/external/5@sip.example:5060", "sofia/external/5@sip.example.evil",
		"sofia/external/5@xsip.example", "sofia/external/5@x.sip.example", "sofia/External/5@sip.example", "sofia/other/5@sip.example",
		"sofia/external/5@*", "sofia/gateway/other/5", "sofia/gateway/Carrier/5", "sofia/gateway/carrier/5@sip.example", "sofia/carrier/5@gateway",
		"sofia/external/5@evil.example@sip.example", "sofia/external/5@sip.example;maddr=evil.example", "external/5@sip.example", "5@sip.example", "",
	} {
		require.False(t, trunks.Allow(uri), uri)
	}
}

// hostile would be read as syntax somewhere in a switch.
var hostile = []string{
	"", " ", "10 01", "1001 inline", "10\n01", "10\r01", "10\x0001", "{origination_uuid=x}sofia/internal/1001",
	"&system(ls)", "1001,1002", "1001|1002", "error/USER_BUSY", "${system(ls)}", "$1", "1001;x", "app=x", "[x]1",
	"<1>1", "^^:1", "1:_:2", "%61", "'1'", "\"1\"", "\\1", "(1)", "1!", "1..", "1..2", "1@a..b", "é", "１", "-1", ".1", strings.Repeat("1", 65),
}

func FuzzValid(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Add("sofia/external/555@192.0.2.1:5060")
	f.Fuzz(func(t *testing.T, s string) {
		if !ValidNumber(s) && !ValidDevice(s) && !ValidURI(s) {
			return
		}
		require.False(t, strings.ContainsAny(s, "{}[]<>,|&^$'\"\\ ()!;=%\x00\r\n\t"), s)
		require.NotContains(t, s, "..")
		for _, r := range s {
			require.Less(t, r, rune(0x7f))
			require.Greater(t, r, rune(0x20))
		}
	})
}
