package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/beevik/etree"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/applications"
	"mod_csta_socket/csta/client"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/jsonwire"
	"mod_csta_socket/csta/server"
	"mod_csta_socket/csta/sim"
	"mod_csta_socket/csta/web"
)

var pictures = flag.String("pictures", "", "a directory that pictures of the page are written to (docs/pictures)")

// laboratory is a simulated switch whose page one may open, as make run starts it, from its
// address and from origins.
func laboratory(t *testing.T, set applications.Set, origins ...string) (*server.Server, *sim.Switch, string) {
	t.Helper()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	sw := sim.New(sim.DefaultOptions())
	e := engine.New(engine.Options{DefaultDomain: "csta.test"}, sw, log)
	sw.Attach(e)
	e.Start()
	opts := server.Options{Listen: loopback, WebListen: loopback, MinimumDumpInterval: -1, Web: web.New(web.Options{}), Applications: set, CleanupDelay: slowly}
	srv := server.New(e, opts, log)
	require.NoError(t, srv.Start())
	address := "http://" + srv.WebAddr().(*net.TCPAddr).AddrPort().String()
	opts.Web = web.New(web.Options{
		Origins: append(origins, address), Page: true, Watch: []string{"029500", "0120"},
		Hand: func(telephone, command, argument string) error {
			p := sw.Phone(telephone)
			if p == nil {
				return errors.New("there is no such phone")
			}
			switch command {
			case "dial":
				_, err := p.Dial(argument)
				return err
			case "answer":
				return p.Answer("")
			case "hangup":
				return p.HangUp("")
			case "register":
				p.Register()
				return nil
			case "unregister":
				p.Unregister()
				return nil
			case "digits":
				for _, d := range []byte(argument) {
					if err := p.Digit("", d); err != nil {
						return err
					}
				}
				return nil
			}
			return errors.New("unknown command " + command)
		},
		Telephones: func() (engaged, unplugged []string) {
			for _, p := range sw.Phones() {
				if p.Behaviour().Reaction == sim.Busy {
					engaged = append(engaged, p.Number())
				}
				if !p.Registered() {
					unplugged = append(unplugged, p.Number())
				}
			}
			return engaged, unplugged
		},
	})
	srv.Update(opts)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		assert.NoError(t, srv.Stop(ctx))
		sw.Stop()
		assert.NoError(t, e.Stop(ctx))
	})
	return srv, sw, address
}

// stateOf is an expression for what a device's card shows.
func stateOf(device string) string {
	return fmt.Sprintf(`document.querySelector('[data-device="%s"]').dataset.state`, device)
}

// click presses a button of a card.
func (c *chromium) click(device, button string) {
	c.Helper()
	c.await(`document.querySelector('[data-device="%s"] [data-act="%s"]')`, device, button)
	c.value(`document.querySelector('[data-device="%s"] [data-act="%s"]').click()`, device, button)
}

// dial has a phone call a number.
func (c *chromium) dial(device, number string) {
	c.Helper()
	c.value(`(() => {
		const form = document.querySelector('[data-device="%s"] .dial');
		form.querySelector('input').value = '%s';
		form.requestSubmit();
	})()`, device, number)
}

// ask presses a button that asks for a number, puts it in, and presses the answer.
func (c *chromium) ask(device, button, text, answer string) {
	c.Helper()
	c.click(device, button)
	c.value(`document.querySelector('[data-device="%s"] .question input').value = '%s'`, device, text)
	c.value(`document.querySelector('[data-device="%s"] .question [data-act="%s"]').click()`, device, answer)
}

// What a newcomer does with the page, by its buttons: each of them does what it says.
func TestPageInABrowser(t *testing.T) {
	srv, sw, address := laboratory(t, applications.Set{})
	for number, script := range map[string]string{"1001": "silent", "1002": "silent", "1003": "silent", "1018": "busy"} {
		b, err := sim.ParseBehaviour(script)
		require.NoError(t, err)
		sw.Phone(number).SetBehaviour(b)
	}
	sw.Phone("1019").Unregister()
	b := browse(t, address)
	b.await(`document.querySelectorAll('#phones .card').length === 20 && document.querySelectorAll('#queues .card').length > 0 && document.querySelector('#trunks .card')`)
	b.await(`document.getElementById('state').dataset.good === 'true'`)
	// Every card has its monitor.
	require.Eventually(t, func() bool { return srv.Stats().Sessions[0].Outstanding == 0 }, patience, 1e6)

	// Dial, lift, hold, take back.
	b.dial("1000", "1001")
	b.await(`%s === 'alerting'`, stateOf("1001"))
	says := func(device, word string) {
		b.await(`document.querySelector('[data-device="%s"] .state').textContent === '%s'`, device, word)
	}
	says("1000", "calls")
	b.await(`document.querySelector('[data-device="1000"] li p').textContent.startsWith('1001 is called')`)
	b.click("1001", "Lift")
	b.await(`%s === 'connected' && %s === 'connected'`, stateOf("1000"), stateOf("1001"))
	says("1000", "talks")
	b.await(`document.querySelector('[data-device="1000"] li b').textContent === '1001'`)
	b.click("1000", "Hold")
	b.await(`%s === 'hold' && %s === 'connected'`, stateOf("1000"), stateOf("1001"))
	b.click("1000", "Take back")
	b.await(`%s === 'connected'`, stateOf("1000"))
	// Keys are pressed by hand, since the switch does not do it; that it hears them is told.
	b.ask("1000", "Keys", "42#", "Press")
	b.await(`document.querySelectorAll('.step[data-event="DtmfDetected"]').length === 3`)
	// Consult, swap, transfer.
	b.ask("1000", "Transfer", "1002", "Consult")
	b.await(`%s === 'alerting'`, stateOf("1002"))
	b.click("1002", "Lift")
	b.await(`document.querySelector('[data-device="1000"] [data-act="Swap"]') && document.querySelectorAll('[data-device="1000"] li').length === 2`)
	if *pictures != "" {
		b.dial("1004", "9500")
		b.await(`%s === 'connected'`, stateOf("029500"))
		b.click("1005", "Busy")
		b.await(`document.querySelector('[data-device="1005"] .badge')`)
		b.picture(filepath.Join(*pictures, "page.png"))
		b.value(`document.querySelector('.step[data-event="Delivered"]').click()`)
		b.value(`document.getElementById('steps').scrollTop = 1e6`)
		b.picture(filepath.Join(*pictures, "page-messages.png"))
		b.click("1005", "Busy")
		b.click("1004", "Hang up")
		b.await(`%s === 'idle'`, stateOf("029500"))
	}
	b.click("1000", "Swap")
	b.await(`document.querySelectorAll('.step[data-event="Retrieved"]').length === 2`)
	b.click("1000", "Transfer")
	b.await(`%s === 'idle' && %s === 'connected' && %s === 'connected'`, stateOf("1000"), stateOf("1001"), stateOf("1002"))
	b.await(`document.querySelector('[data-device="1001"] li b').textContent === '1002'`)
	// Transfer without asking.
	b.ask("1002", "Transfer", "1003", "Transfer")
	b.await(`%s === 'idle' && %s === 'alerting'`, stateOf("1002"), stateOf("1003"))
	b.click("1003", "Lift")
	b.await(`%s === 'connected'`, stateOf("1003"))
	b.click("1003", "Hang up")
	b.await(`%s === 'idle' && %s === 'idle'`, stateOf("1001"), stateOf("1003"))

	// Who can't be consulted does not talk.
	b.dial("1000", "1001")
	b.click("1001", "Lift")
	b.ask("1000", "Transfer", "4711", "Consult")
	says("1000", "in vain")
	b.click("1000", "Back")
	says("1000", "talks")
	b.click("1000", "Hang up")
	b.await(`%s === 'idle' && %s === 'idle'`, stateOf("1000"), stateOf("1001"))

	// Busy and away.
	b.click("1005", "Busy")
	b.await(`document.querySelector('[data-device="1005"] .badge').textContent === 'busy'`)
	b.click("1005", "Busy")
	b.await(`!document.querySelector('[data-device="1005"] .badge')`)
	b.ask("1006", "Away", "1001", "Forward")
	b.await(`document.querySelector('[data-device="1006"] .badge').textContent === '→ 1001'`)
	b.dial("1007", "1006")
	b.await(`%s === 'alerting'`, stateOf("1001"))
	b.click("1007", "Hang up")
	b.click("1006", "Away")
	b.await(`!document.querySelector('[data-device="1006"] .badge')`)

	// A queue's call is given to somebody, a trunk's is shown.
	b.dial("1008", "9500")
	b.await(`%s === 'connected'`, stateOf("029500"))
	b.ask("029500", "Give to", "1002", "Give")
	b.await(`%s === 'alerting'`, stateOf("1002"))
	b.click("1002", "Lift")
	b.await(`%s === 'connected' && %s === 'connected'`, stateOf("1002"), stateOf("1008"))
	b.click("1002", "Hang up")
	b.dial("1009", "205551234")
	b.await(`%s === 'connected'`, stateOf("0120"))
	b.click("1009", "Hang up")
	b.await(`%s === 'idle'`, stateOf("0120"))

	// The same by hand.
	b.value(`document.getElementById('by-hand').click()`)
	b.dial("1000", "1003")
	b.await(`%s === 'alerting'`, stateOf("1003"))
	b.click("1003", "Lift")
	b.await(`%s === 'connected'`, stateOf("1000"))
	b.click("1000", "Hang up")
	b.await(`%s === 'idle' && %s === 'idle'`, stateOf("1000"), stateOf("1003"))
	b.click("1004", "Away")
	b.await(`%s === 'out'`, stateOf("1004"))
	// What nobody tells is known from the beginning.
	assert.Equal(t, "busy", b.value(`document.querySelector('[data-device="1018"] .badge').textContent`))
	assert.Equal(t, "out", b.value(`%s`, stateOf("1019")))
	b.click("1019", "Away")
	b.await(`%s === 'idle'`, stateOf("1019"))
	b.click("1005", "Busy")
	b.await(`document.getElementById('said').textContent === '1005: unknown command busy'`)
	b.value(`document.getElementById('by-hand').click()`)

	// What is refused is said.
	b.dial("1000", "12")
	b.dial("1000", "none of these")
	b.await(`document.getElementById('said').textContent.includes('is refused')`)
	watch := func(number string) {
		b.value(`(() => { document.getElementById('number').value = '%s'; document.getElementById('watch').requestSubmit(); })()`, number)
	}
	watch("4711")
	b.await(`document.getElementById('said').textContent === '4711: MonitorStart is refused: invalidDeviceID'`)
	b.await(`!document.querySelector('[data-device="4711"]')`)
	watch("029501")
	b.await(`document.querySelector('[data-device="029501"]') && document.getElementById('said').hidden`)
	watch("queue:9502")
	b.await(`document.querySelector('#queues [data-device="029502"] h3').textContent === 'queue 9502'`)
	watch("trunk:21")
	b.await(`document.querySelector('#trunks [data-device="0121"] h3').textContent === 'trunk 21'`)
	assert.Equal(t, "queue 9500", b.value(`[...document.querySelectorAll('#columns span')].find((column) => /^queue/.test(column.textContent)).textContent`))
	b.complaints = slices.DeleteFunc(b.complaints, func(s string) bool { return strings.Contains(s, "409") })
	assert.Empty(t, b.complaints, "no error in the console, none of the content policy's")
}

// What the page shows of a frame is the XML that the same frame is over TCP.
func TestPageShowsTheXML(t *testing.T) {
	srv, _, address := laboratory(t, applications.Set{})
	b := browse(t, address)
	b.await(`document.querySelectorAll('#phones .card').length === 20`)
	names, docs := [][]byte{}, 0
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "json", "examples.jsonl"))
	require.NoError(t, err)
	for line := range bytes.Lines(text) {
		names, docs = append(names, bytes.TrimSpace(line)), docs+1
	}
	require.NotZero(t, docs)
	for _, frame := range names {
		shown, ok := b.value(`import('./xml.js').then((xml) => xml.toXML(%s))`, frame).(string)
		require.True(t, ok)
		want, err := jsonwire.Decode(nil, frame)
		require.NoError(t, err)
		require.Equal(t, flat(t, want.Body), flat(t, []byte(shown)), "%s", frame)
	}

	tcp, err := client.Dial(long(t), srv.Addr().String(), client.Options{})
	require.NoError(t, err)
	defer tcp.Close()
	_, err = tcp.MonitorStart(long(t), ecma.Subscriber("1001"), ecma.MonitorFilter{})
	require.NoError(t, err)
	b.dial("1000", "1001")
	b.await(`document.querySelector('.step[data-event="Delivered"]')`)
	b.value(`document.querySelector('.step[data-event="Delivered"]').click()`)
	b.await(`document.querySelectorAll('#detail pre').length === 2`)
	event := <-tcp.Events()
	require.Equal(t, "DeliveredEvent", event.Message.Element())
	shown := b.value(`document.querySelector('#detail pre[data-kind="XML"]').textContent`).(string)
	got, _, err := ecma.Decode([]byte(shown))
	require.NoError(t, err)
	same := func(m ecma.Message) ecma.DeliveredEvent {
		e := *m.(*ecma.DeliveredEvent)
		e.MonitorCrossRefID, e.LocalConnectionInfo = "", ""
		return e
	}
	assert.Equal(t, same(event.Message), same(got))
	copied := b.value(`document.querySelector('#detail pre[data-kind="JSON"]').textContent`).(string)
	assert.True(t, json.Valid([]byte(copied)))
	assert.Empty(t, b.complaints)
}

// flat is a document without what means nothing: white space between elements, and the
// two ways to write an empty one.
func flat(t *testing.T, doc []byte) string {
	t.Helper()
	tree := etree.NewDocument()
	require.NoError(t, tree.ReadFromBytes(doc), "%s", doc)
	var b strings.Builder
	var walk func(*etree.Element)
	walk = func(e *etree.Element) {
		fmt.Fprintf(&b, "<%s", e.Tag)
		for _, a := range e.Attr {
			fmt.Fprintf(&b, " %s=%q", a.Key, a.Value)
		}
		fmt.Fprintf(&b, ">%s", strings.TrimSpace(e.Text()))
		for _, child := range e.ChildElements() {
			walk(child)
		}
		b.WriteString("</>")
	}
	walk(tree.Root())
	return b.String()
}

// cable is a way to a server that can be cut, and laid to another one.
type cable struct {
	net.Listener
	mu  sync.Mutex
	to  string
	now []net.Conn
}

func layCable(t *testing.T) *cable {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	c := &cable{Listener: listener}
	t.Cleanup(func() { _ = listener.Close(); c.cut(c.to) })
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			c.mu.Lock()
			far, err := net.Dial("tcp", c.to)
			if err != nil {
				_ = near.Close()
				c.mu.Unlock()
				continue
			}
			c.now = append(c.now, near, far)
			c.mu.Unlock()
			for from, to := range map[net.Conn]net.Conn{near: far, far: near} {
				go func() {
					_, _ = io.Copy(to, from)
					_ = to.Close()
				}()
			}
		}
	}()
	return c
}

// cut ends what goes through, without a word; what comes then goes to that address.
func (c *cable) cut(to string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.now {
		_ = conn.Close()
	}
	c.now, c.to = nil, to
}

// After a break the page has its session back, with what has happened meanwhile; if the
// switch knows nothing of it, the page begins anew.
func TestPageComesBack(t *testing.T) {
	way := layCable(t)
	origin := "http://" + way.Addr().String()
	srv, sw, address := laboratory(t, applications.Set{}, origin)
	way.cut(strings.TrimPrefix(address, "http://"))
	b := browse(t, origin)
	b.await(`document.querySelectorAll('#phones .card').length === 20`)
	b.dial("1000", "1001")
	b.await(`%s === 'alerting'`, stateOf("1001"))
	b.value(`document.querySelector('[data-device="1001"]').kept = true`)
	sessions := srv.Stats().Sessions
	require.Len(t, sessions, 1)

	way.cut(strings.TrimPrefix(address, "http://"))
	require.NoError(t, sw.Phone("1001").Answer(""))
	const told = `[...document.querySelectorAll('.step.told')].map((step) => step.dataset.event).join()`
	b.await(`%s.endsWith('the session goes on')`, told)
	b.await(`%s === 'connected'`, stateOf("1001"))
	b.await(`document.querySelector('[data-device="1001"]').kept`)
	b.await(`document.querySelectorAll('.step[data-event="Established"]').length === 1`)
	b.click("1001", "Hang up")
	b.await(`%s === 'idle' && %s === 'idle'`, stateOf("1000"), stateOf("1001"))
	assert.EqualValues(t, 1, srv.Stats().Resumed)

	_, other, elsewhere := laboratory(t, applications.Set{}, origin)
	_, err := other.Phone("1002").Dial("1003")
	require.NoError(t, err)
	way.cut(strings.TrimPrefix(elsewhere, "http://"))
	b.await(`%s.endsWith('a new session: all is looked at anew')`, told)
	b.await(`document.querySelectorAll('#phones .card').length === 20 && !document.querySelector('[data-device="1001"]').kept`)
	b.await(`%s === 'alerting'`, stateOf("1003"))
	b.click("1003", "Lift")
	b.await(`%s === 'connected'`, stateOf("1002"))
}

// What others write is shown, and never becomes a part of the page.
func TestPageAgainstHostileTexts(t *testing.T) {
	_, sw, address := laboratory(t, applications.Set{})
	b := browse(t, address)
	b.await(`document.querySelectorAll('#phones .card').length === 20`)
	const hostile = `<img src=x onerror="document.title='taken'">`
	b.await(`document.getElementById('state').dataset.good === 'true'`)
	b.value(`import('./ladder.js').then(({Ladder}) => {
		const ladder = new Ladder(document.getElementById('columns'), document.getElementById('steps'), document.getElementById('detail'));
		const device = {deviceIdentifier: {number: %[1]q}};
		ladder.event('DeliveredEvent', {monitorCrossRefID: '1', connection: {callID: %[1]q, deviceID: {number: %[1]q}}, callingDevice: device, alertingDevice: device}, {DeliveredEvent: {callingDevice: device, userData: {private: %[1]q}}});
		ladder.frame(false, {invokeID: 1, CSTAErrorCode: {operation: %[1]q}});
		for (const step of document.querySelectorAll('.step')) step.click();
	})`, hostile)
	b.value(`(() => { document.getElementById('number').value = %q; document.getElementById('watch').requestSubmit(); })()`, hostile)
	b.await(`document.getElementById('said').textContent !== ''`)
	_, err := sw.Network("5550").Dial("1000")
	require.NoError(t, err)
	b.await(`%s === 'alerting'`, stateOf("1000"))
	assert.Equal(t, "CSTA", b.value(`document.title`))
	assert.EqualValues(t, 0, b.value(`document.querySelectorAll('img').length`))
	assert.Empty(t, b.complaints)
}

// With applications the page asks for a login; without the right one it shows nothing.
func TestPageLogsIn(t *testing.T) {
	_, _, address := laboratory(t, boardOf(t, "hunter2 is long"))
	b := browse(t, address)
	b.logIn("wrong")
	b.await(`document.getElementById('said').textContent.includes('refused')`)
	assert.EqualValues(t, 0, b.value(`document.querySelectorAll('.card').length`))
	b.logIn("hunter2 is long")
	b.await(`document.querySelectorAll('#phones .card').length === 4 && document.getElementById('login').hidden`)
	b.dial("1000", "1001")
	b.await(`%s === 'alerting'`, stateOf("1001"))
}

// boardOf is the configuration of an application that is called board.
func boardOf(t *testing.T, password string) applications.Set {
	t.Helper()
	set, _, err := applications.Parse([]applications.Entry{
		{Application: "board", Name: "secret", Value: password}, {Application: "board", Name: "devices", Value: "1000-1003"},
		{Application: "board", Name: "rights", Value: "monitor,control,features"},
	}, false)
	require.NoError(t, err)
	return set
}

// logIn fills the form and sends it.
func (c *chromium) logIn(password string) {
	c.Helper()
	c.await(`!document.getElementById('login').hidden`)
	c.value(`(() => {
		document.getElementById('user').value = 'board';
		document.getElementById('password').value = %q;
		document.getElementById('login').requestSubmit();
	})()`, password)
}

// Who has logged in once is not asked again after a break, whether the session is still
// there or the resume is refused; but if the switch no longer takes the password he is,
// and what others may not see is gone from the page.
func TestPageComesBackWithItsLogin(t *testing.T) {
	const password = "hunter2 is long"
	way := layCable(t)
	origin := "http://" + way.Addr().String()
	srv, sw, address := laboratory(t, boardOf(t, password), origin)
	way.cut(strings.TrimPrefix(address, "http://"))
	b := browse(t, origin)
	b.logIn(password)
	b.await(`document.querySelectorAll('#phones .card').length === 4 && document.getElementById('login').hidden`)
	b.await(`!document.querySelector('#queues .card') && !document.querySelector('#trunks .card')`)
	// The queue and the trunk that every page tries to show are not for this application.
	assert.Equal(t, true, b.value(`document.getElementById('said').hidden`))
	b.dial("1000", "1001")
	b.await(`%s === 'alerting'`, stateOf("1001"))
	b.value(`document.querySelector('[data-device="1001"]').kept = true`)
	const told = `[...document.querySelectorAll('.step.told')].map((step) => step.dataset.event).join()`

	way.cut(strings.TrimPrefix(address, "http://"))
	require.NoError(t, sw.Phone("1001").Answer(""))
	b.await(`%s.endsWith('the session goes on')`, told)
	b.await(`%s === 'connected' && document.querySelector('[data-device="1001"]').kept`, stateOf("1001"))
	assert.EqualValues(t, 1, srv.Stats().Resumed)
	assert.Equal(t, true, b.value(`document.getElementById('login').hidden`))

	refusing, _, elsewhere := laboratory(t, boardOf(t, password), origin)
	way.cut(strings.TrimPrefix(elsewhere, "http://"))
	b.await(`%s.endsWith('a new session: all is looked at anew')`, told)
	b.await(`document.querySelectorAll('#phones .card').length === 4 && !document.querySelector('[data-device="1001"]').kept`)
	b.await(`%s === 'idle'`, stateOf("1001"))
	assert.Zero(t, refusing.Stats().Resumed)
	assert.Equal(t, true, b.value(`document.getElementById('login').hidden`))

	_, _, changed := laboratory(t, boardOf(t, "another one, as long"), origin)
	way.cut(strings.TrimPrefix(changed, "http://"))
	b.await(`document.getElementById('said').textContent.startsWith('The login is refused')`)
	assert.EqualValues(t, 0, b.value(`document.querySelectorAll('.card').length`))
	b.logIn("another one, as long")
	b.await(`document.querySelectorAll('#phones .card').length === 4 && document.getElementById('login').hidden`)
	assert.Equal(t, true, b.value(`document.getElementById('said').hidden`))
}
