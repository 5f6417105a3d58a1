package freeswitch

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func started(t *testing.T, o Options) *Switch {
	t.Helper()
	if testing.Short() {
		t.Skip("starting FreeSWITCH takes seconds: not with -short")
	}
	s, err := Start(context.Background(), o)
	if errors.Is(err, ErrNotInstalled) {
		t.Skip(err)
	}
	require.NoError(t, err)
	return s
}

func TestTwoAtOnce(t *testing.T) {
	first, second := started(t, Options{}), started(t, Options{Authenticate: true, Presence: true})
	assert.NotEqual(t, first.Internal, second.Internal)
	for _, s := range []*Switch{first, second} {
		n, err := s.Channels()
		require.NoError(t, err)
		assert.Zero(t, n)
		out, err := s.FSCLI("sofia status")
		require.NoError(t, err)
		for _, profile := range []string{"internal", "branch", "external", "example_gw"} {
			assert.Contains(t, out, profile)
		}
		bad, err := s.LogErrors()
		require.NoError(t, err)
		assert.Empty(t, bad)
	}
	require.NoError(t, first.Stop(context.Background()))
	assert.True(t, second.Alive())
	require.NoError(t, second.Kill())
	for _, s := range []*Switch{first, second} {
		assert.False(t, s.Alive())
		assert.NoDirExists(t, s.Directory())
		assertFree(t, s.Ports)
	}
}

func assertFree(t *testing.T, p *Ports) {
	t.Helper()
	assert.Eventually(t, p.free, 5*time.Second, 10*time.Millisecond)
	claim, err := net.ListenPacket("udp4", loopback(p.ESL-1))
	require.NoError(t, err, "the claim of the block of ports was not released")
	claim.Close()
}

func TestAliasAndDomains(t *testing.T) {
	s := started(t, Options{})
	defer func() { assert.NoError(t, s.Kill()) }()
	for who, want := range map[string]string{
		"user_exists id carol csta.test":  "true",
		"user_exists id 7050 csta.test":   "true",
		"user_exists id 2000 branch.test": "true",
		"user_exists id 2000 csta.test":   "false",
	} {
		out, err := s.FSCLI(who)
		require.NoError(t, err)
		assert.Equal(t, want, out, who)
	}
}

func TestProcessThatDies(t *testing.T) {
	s := started(t, Options{})
	require.NoError(t, s.process.Process.Kill())
	<-s.Exited()
	assert.ErrorContains(t, s.Stop(context.Background()), "before it was stopped")
	assert.NoDirExists(t, s.Directory())
}

func TestOptionsThatAreWrong(t *testing.T) {
	for _, users := range [][]User{
		{{ID: "1000"}, {ID: "1000"}},
		{{ID: ""}},
		{{ID: "1000", Domain: "elsewhere.test"}},
	} {
		o := Options{Users: users}
		assert.Error(t, o.complete(), "%v", users)
	}
}

func TestClaimedPortsDoNotOverlap(t *testing.T) {
	first, err := claimPorts()
	require.NoError(t, err)
	defer first.release()
	second, err := claimPorts()
	require.NoError(t, err)
	defer second.release()
	assert.True(t, first.RTPLast < second.ESL-1 || second.RTPLast < first.ESL-1, "%v %v", first, second)
}

func TestConfigurationIsXML(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(dir+"/conf", 0o700))
	require.NoError(t, os.MkdirAll(dir+"/mod", 0o700))
	modules := t.TempDir()
	for _, name := range requiredModules {
		require.NoError(t, os.WriteFile(modules+"/"+name+".so", nil, 0o600))
	}
	o := Options{Users: []User{{ID: `a"<&>`}}, Parameters: map[string]string{"apply-inbound-acl": `"<x>"`}}
	require.NoError(t, o.complete())
	s := &Switch{options: o, directory: dir, Ports: &Ports{ESL: 1}}
	var err error
	s.modules, err = s.linkModules(modules, requiredModules, optionalModules)
	require.NoError(t, err)
	require.NoError(t, s.writeConfiguration())
	text, err := os.ReadFile(dir + "/conf/freeswitch.xml")
	require.NoError(t, err)
	decoder := xml.NewDecoder(strings.NewReader(string(text)))
	for {
		if _, err := decoder.Token(); err == io.EOF {
			break
		} else {
			require.NoError(t, err)
		}
	}
}

func TestLogErrorsOfOurs(t *testing.T) {
	for message, want := range map[string]bool{
		"make_call.go:12 the switch refused":                   true,
		"mod_csta_socket.c:3 no":                               true,
		"applications.c:34 csta_trigger_queue needs a name":    true,
		"switch_loadable_module.c:1 Error: mod_csta_socket.so": true,
		"switch_core_db.c:92 SQLite is BUSY on csta.test":      false,
	} {
		assert.Equal(t, want, ours(message), message)
	}
}

// FreeSWITCH's own configuration runs on the instance's ports, and its users
// call each other.
func TestVanilla(t *testing.T) {
	s := started(t, Options{Vanilla: true})
	defer func() { assert.NoError(t, s.Kill()) }()
	for ask, want := range map[string]string{
		"sofia status":         "branch",
		"sofia status gateway": "example_gw",
		"user_data 1000@" + Domain + " var user_context":           "default",
		"user_data 1001@" + SecondDomain + " var user_context":     "branch",
		"global_getvar hold_music":                                 "local_stream://moh",
		"xml_locate dialplan":                                      "Local_Extension",
		"callcenter_config queue list":                             "support@default",
		"module_exists mod_voicemail":                              "true",
		"module_exists mod_valet_parking":                          "true",
		"module_exists mod_fifo":                                   "true",
		"eval ${domain_name} ${local_ip_v4} $${internal_sip_port}": Domain + " 127.0.0.1",
	} {
		out, err := s.FSCLI(ask)
		require.NoError(t, err)
		assert.Contains(t, out, want, ask)
	}
}

// An installed configuration that has been changed beyond what the adaptations
// know is named, not half adapted.
func TestVanillaThatIsNone(t *testing.T) {
	installed := t.TempDir()
	require.NoError(t, os.WriteFile(installed+"/vars.xml", []byte("<include>\n</include>\n"), 0o600))
	o := Options{Vanilla: true}
	require.NoError(t, o.complete())
	dir := t.TempDir()
	s := &Switch{options: o, directory: dir, Ports: &Ports{ESL: 1}}
	assert.ErrorContains(t, s.writeVanilla(installed), "vars.xml has no")
}
