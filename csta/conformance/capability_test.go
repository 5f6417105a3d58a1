package conformance

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/conformance/freeswitch"
	"mod_csta_socket/csta/conformance/probe"
)

const notThere = `<document type="freeswitch/xml"><section name="result"><result status="not found"/></section></document>`

// directory tells of one user at a time, as mod_xml_curl asks, and counts how often it
// was asked.
type directory struct{ asked atomic.Int64 }

func (d *directory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.asked.Add(1)
	user, domain := r.FormValue("user"), r.FormValue("domain")
	i := slices.IndexFunc(freeswitch.Subscribers(), func(u freeswitch.User) bool { return u.ID == user && domain == freeswitch.Domain })
	if i < 0 {
		fmt.Fprint(w, notThere)
		return
	}
	fmt.Fprintf(w, `<document type="freeswitch/xml"><section name="directory"><domain name="%s"><params>
<param name="dial-string" value="{presence_id=${dialed_user}@${dialed_domain}}${sofia_contact(*/${dialed_user}@${dialed_domain})}"/>
</params><groups><group name="default"><users><user id="%s"><params><param name="password" value="csta-test"/></params>
<variables><variable name="user_context" value="default"/></variables></user></users></group></groups></domain></section></document>`, domain, user)
}

// A directory that is fetched user by user cannot be listed, and is not asked for that:
// who has registered is known, and whoever is asked for.
func TestDirectoryElsewhereOnFreeSWITCH(t *testing.T) {
	var asked directory
	web := httptest.NewServer(&asked)
	t.Cleanup(web.Close)
	b := ownSwitch(t, freeswitch.Options{DirectoryURL: web.URL})
	c, err := probe.Dial(t.Context(), b.Address())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	devices, err := c.Devices(t.Context(), "")
	require.NoError(t, err)
	require.Empty(t, devices)

	_, err = b.Phone(t.Context(), "1000")
	require.NoError(t, err)
	// The switch asks for its own reasons, when a phone registers.
	before := asked.asked.Load()
	require.Positive(t, before)
	for time.Sleep(aftermath); asked.asked.Load() != before; time.Sleep(aftermath) {
		before = asked.asked.Load()
	}
	for range 5 {
		devices, err = c.Devices(t.Context(), "")
		require.NoError(t, err)
		require.Equal(t, []string{"station 1000"}, devices)
	}
	require.Equal(t, before, asked.asked.Load())

	devices, err = c.Devices(t.Context(), probe.Element("requestedDeviceID", "1001"))
	require.NoError(t, err)
	require.Equal(t, []string{"station 1001"}, devices)
	require.Greater(t, asked.asked.Load(), before)
	_, err = c.Do(t.Context(), "GetPhysicalDeviceInformation", probe.Element("device", "7050"))
	require.ErrorContains(t, err, "operation/invalidDeviceID")
}
