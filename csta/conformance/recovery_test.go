package conformance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/conformance/freeswitch"
)

// FreeSWITCH is killed while calls are up that are not merely talking, and takes
// them up again: two calls of one phone, one of them on hold, which the switch
// forgets, and one that was transferred.
func TestRecoveredAsTheyWereOnFreeSWITCH(t *testing.T) {
	b := ownSwitch(t, freeswitch.Options{TrackCalls: true})
	p := newPlay(t, b, Cast{"D": "1003", "E": "1004", "F": "1005"})
	p.start(longRing)
	a, bw, out, in := talk(p)
	tr := newTrio(p, a, bw, out, in)
	second, third := tr.redials()
	third.Answers()
	tr.gets(tr.x, "Established d:$z $x>$z newCall connected")
	tr.gets(tr.z, "Established d:$z $x>$z newCall connected")
	p.talking("A", "C")
	d := p.Phone("D").Dials("E")
	e := p.Phone("E").Rings()
	e.Answers()
	d.Connected()
	p.talking("D", "E")
	d.Transfers("F")
	f := p.Phone("F").Rings()
	f.Answers()
	p.talking("E", "F")
	time.Sleep(time.Second)

	require.NoError(t, b.Switch.Crash())
	for _, c := range p.clients {
		<-c.Closed()
	}
	clear(p.clients)
	p.order, p.watches = nil, nil
	require.NoError(t, b.Switch.Restart(t.Context()))
	p.console("sofia recover")
	p.ComesTo("A", "c:A connected connected", "d:A connected connected")
	p.ComesTo("B", "c:B connected connected")
	p.ComesTo("C", "d:C connected connected")
	var err error
	p.trouble, err = b.Trouble(p.within())
	require.NoError(t, err)
	p.talking("A", "C")
	p.talking("E", "F")
	a, bw = p.Monitor("A"), p.Monitor("B")
	third.HangsUp()
	a.Gets("ConnectionCleared d:C normalClearing connected", "ConnectionCleared d:A normalClearing null")
	second.Ended()
	// The switch no longer knew that the phone holds.
	out.Retrieves()
	out.HangsUp()
	endedBy(a, bw)
	ew, fw := p.Monitor("E"), p.Monitor("F")
	f.HangsUp()
	fw.Gets("ConnectionCleared e:F normalClearing null")
	ew.Gets("ConnectionCleared e:F normalClearing connected", "ConnectionCleared e:E normalClearing null")
	p.finish()
}
