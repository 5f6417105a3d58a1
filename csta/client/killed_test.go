package client_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/applications"
	"mod_csta_socket/csta/client"
	"mod_csta_socket/csta/conformance/child"
	"mod_csta_socket/csta/conformance/probe"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/server"
)

// isMortal has the test's program be a client that will be killed: the address of its server,
// the session that it wants back, and the number of the last event that it has.
const isMortal = "CLIENT_TEST_IS_MORTAL"

func TestMain(m *testing.M) {
	if orders := os.Getenv(isMortal); orders != "" {
		var addr, session string
		var last int64
		// There is no session yet in its first life.
		_, _ = fmt.Sscan(orders, &addr, &last, &session)
		fmt.Fprintln(os.Stderr, "client ended:", mortal(addr, session, last))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// The lines that a mortal says begin with one of these. What it has said is what it has: the
// pipe keeps it when the process is gone.
const (
	// saysSession: it has the session of that name.
	saysSession = "session "
	// saysEvent: it has the event of that number, which is this.
	saysEvent = "event "
)

// comesBack opens an application session, or has one back, as the application crm.
func comesBack(ctx context.Context, c *client.Client, session string, last int64) (string, error) {
	login := ecma.SessionLogin{User: "crm", Password: "crmcrm", EventNumbers: ecma.True, CleanupDelay: ecma.IntOf(60)}
	if session != "" {
		login.SessionID, login.LastEventNumber = session, ecma.IntOf(last)
	}
	answer, err := c.Request(ctx, &ecma.StartApplicationSession{
		ApplicationID: "mortal", ProtocolVersions: []string{string(ecma.Edition4)}, Login: login,
	})
	if err != nil {
		return "", err
	}
	positive, is := answer.(*ecma.StartApplicationSessionPosResponse)
	if !is {
		return "", fmt.Errorf("refused: %+v", answer)
	}
	return positive.SessionID, nil
}

// mortal is a client that has a session and says what it is told, until it is killed. It has
// two monitors started in its first life.
func mortal(addr, session string, last int64) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := client.Dial(ctx, addr, client.Options{})
	if err != nil {
		return err
	}
	id, err := comesBack(ctx, c, session, last)
	if err != nil {
		return err
	}
	if session == "" {
		for _, device := range []string{"1000", "1001"} {
			if _, err := c.MonitorStart(ctx, ecma.Subscriber(device), ecma.MonitorFilter{}); err != nil {
				return err
			}
		}
	}
	fmt.Println(saysSession + id)
	for e := range c.Events() {
		number, line, err := numbered(e)
		if err != nil {
			return err
		}
		fmt.Println(saysEvent + strconv.FormatInt(number, 10) + " " + strconv.Quote(line))
	}
	return c.Err()
}

// numbered is an event's number, and what all that monitor its device are told.
func numbered(e client.Event) (number int64, line string, err error) {
	sec, is := ecma.SecurityOf(e.Raw)
	if !is {
		return 0, "", fmt.Errorf("an event without a number: %s", e.Raw)
	}
	return int64(sec.Number), probe.Shared(e.Raw), nil //nolint:gosec // read from 63 bits
}

// lives is what was heard in all the lives of a client.
type lives struct {
	addr    string
	session string

	mu   sync.Mutex
	life int
	last int64
	log  []string
	// wrong is what was said out of turn.
	wrong error
}

// life is one of the processes of a client.
type life struct {
	program *exec.Cmd
	// began is closed when it has the session, deaf when it says nothing more; ended gets
	// how its process went.
	began, deaf chan struct{}
	ended       <-chan error
	complained  *strings.Builder
}

// begins starts another process, which goes on where the last one was.
func (l *lives) begins(t *testing.T) *life {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	l.mu.Lock()
	l.life++
	run, last, session := l.life, l.last, l.session
	l.mu.Unlock()
	one := &life{program: exec.Command(self), began: make(chan struct{}), deaf: make(chan struct{}), complained: &strings.Builder{}}
	one.program.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d %s", isMortal, l.addr, last, session))
	one.program.Stderr = one.complained
	// Not the program's own pipe: that is closed when the process has ended, read or not.
	said, says, err := os.Pipe()
	require.NoError(t, err)
	one.program.Stdout = says
	one.ended, err = child.Start(one.program)
	require.NoError(t, err)
	require.NoError(t, says.Close())
	t.Cleanup(func() { _ = one.program.Process.Kill() })
	go func() {
		defer close(one.deaf)
		defer said.Close()
		l.listen(said, run, one)
	}()
	return one
}

// listen takes what a process says, unless the next one has begun. A line that the process
// did not end is one that it has not said.
func (l *lives) listen(said io.Reader, run int, one *life) {
	for r := bufio.NewReader(said); ; {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		l.hears(strings.TrimSuffix(line, "\n"), run, one)
	}
}

func (l *lives) hears(line string, run int, one *life) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if run != l.life {
		return
	}
	if id, is := strings.CutPrefix(line, saysSession); is {
		if l.session != "" && id != l.session {
			l.wrong = errors.Join(l.wrong, fmt.Errorf("the session is %s, and was %s", id, l.session))
		}
		l.session = id
		close(one.began)
		return
	}
	var number int64
	var text string
	if _, err := fmt.Sscanf(line, saysEvent+"%d %q", &number, &text); err != nil {
		l.wrong = errors.Join(l.wrong, fmt.Errorf("%q: %w", line, err))
		return
	}
	l.takes(number, text)
}

// takes notes an event; l.mu is held.
func (l *lives) takes(number int64, text string) {
	if number != l.last+1 {
		l.wrong = errors.Join(l.wrong, fmt.Errorf("event %d follows on %d", number, l.last))
	}
	l.last = number
	l.log = append(l.log, text)
}

func (l *lives) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.log)
}

// calls has one phone call the other again and again, until stop is closed; not while so many
// events are behind that no more may be kept.
func calls(ctx context.Context, by *client.Session, behind func() int, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(time.Millisecond):
		}
		if behind() > 200 {
			continue
		}
		call, err := by.MakeCall(ctx, ecma.Subscriber("1000"), ecma.Subscriber("1001"), ecma.DoNotPrompt)
		if err != nil {
			// The last call is not over yet.
			continue
		}
		time.Sleep(4 * time.Millisecond)
		_ = by.ClearConnection(ctx, call)
	}
}

// How a process of a client goes.
type death int

const (
	// killed: by SIGKILL, once it has its session and events come.
	killed death = iota
	// killedYoung: by SIGKILL at any moment after it was started.
	killedYoung
	// frozen: it stands still, and so does its connection: neither closed nor reset. The
	// next one takes the session over.
	frozen
)

// A client whose process is killed while events come, or stands still with its connection
// half-open, has the same log as one that lives on: another process has the session back,
// from what the last one is known to have had.
func TestClientIsKilled(t *testing.T) {
	rounds := 45
	if testing.Short() {
		rounds = 12
	}
	set, _, err := applications.Parse([]applications.Entry{
		{Application: "crm", Name: "secret", Value: "crmcrm"}, {Application: "crm", Name: "devices", Value: "1000,1001"},
	}, false)
	require.NoError(t, err)
	s := newSite(t, server.Options{CleanupDelay: time.Minute, Applications: set})
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	addr := s.server.Addr().String()
	steady := open(t, addr, client.SessionOptions{Login: client.Login{User: "crm", Password: "crmcrm"}})
	for _, device := range []string{"1000", "1001"} {
		_, err := steady.MonitorStart(ctx, ecma.Subscriber(device), ecma.MonitorFilter{})
		require.NoError(t, err)
	}
	var none atomic.Int64
	steadyLog := logOf(steady, &none)
	mortals := &lives{addr: addr}
	one := mortals.begins(t)
	has(t, one)
	stop := make(chan struct{})
	var calling sync.WaitGroup
	calling.Go(func() { calls(ctx, steady, func() int { return steadyLog.len() - mortals.len() }, stop) })
	var stopped []*life
	for i := range rounds {
		switch how := death(i % 3); how {
		case killed, frozen:
			has(t, one)
			heard := mortals.len()
			require.Eventually(t, func() bool { return mortals.len() > heard }, patience, time.Millisecond, one.complained)
			time.Sleep(time.Duration(rand.IntN(10_000)) * time.Microsecond)
			if how == frozen {
				require.NoError(t, one.program.Process.Signal(syscall.SIGSTOP))
				stopped = append(stopped, one)
				break
			}
			dies(t, one)
		case killedYoung:
			time.Sleep(time.Duration(rand.IntN(200_000)) * time.Microsecond)
			dies(t, one)
		}
		one = mortals.begins(t)
	}
	has(t, one)
	// Those that stood still find that their connection has ended, whenever they go on.
	for _, old := range stopped {
		require.NoError(t, old.program.Process.Signal(syscall.SIGCONT))
		select {
		case <-old.ended:
		case <-time.After(patience):
			require.Fail(t, "its connection is still open")
		}
		require.Contains(t, old.complained.String(), "client ended:")
	}
	dies(t, one)
	time.Sleep(20 * time.Millisecond)
	close(stop)
	calling.Wait()
	mortals.lastLife(ctx, t, steadyLog)
	st := s.server.Stats()
	t.Logf("%d processes, %d parted, %d resumed, %d events", mortals.life, st.Parted, st.Resumed, steadyLog.len())
	require.GreaterOrEqual(t, st.Resumed, uint64(rounds/3*2))
	require.Zero(t, st.ResumesRefused)
	require.Zero(t, none.Load())
}

// A client that was killed, and begins anew without knowing of the session that it had, has its
// monitors again at once, though there is no room for both; the old session hears of that.
func TestKilledClientBeginsAnew(t *testing.T) {
	set, _, err := applications.Parse([]applications.Entry{
		{Application: "crm", Name: "secret", Value: "crmcrm"}, {Application: "crm", Name: "devices", Value: "1000,1001"},
		{Application: "crm", Name: "max-monitors", Value: "2"},
	}, false)
	require.NoError(t, err)
	s := newSite(t, server.Options{CleanupDelay: time.Minute, Applications: set})
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	mortals := &lives{addr: s.server.Addr().String()}
	one := mortals.begins(t)
	has(t, one)
	old := mortals.session
	dies(t, one)
	require.Eventually(t, func() bool { return s.server.Stats().Waiting == 1 }, patience, time.Millisecond)
	mortals.session = ""
	one = mortals.begins(t)
	has(t, one)
	require.NotEqual(t, old, mortals.session)
	c, err := client.Dial(ctx, mortals.addr, client.Options{})
	require.NoError(t, err)
	defer c.Close()
	_, err = comesBack(ctx, c, old, 0)
	require.NoError(t, err)
	for range 2 {
		require.IsType(t, &ecma.MonitorStop{}, (<-c.Events()).Message)
	}
	_, err = c.MonitorStart(ctx, ecma.Subscriber("1000"), ecma.MonitorFilter{})
	require.ErrorContains(t, err, "overallMonitorLimitExceeded", "both are there now")
}

// has waits until a process has the session.
func has(t *testing.T, one *life) {
	t.Helper()
	select {
	case <-one.began:
	case <-one.deaf:
		require.Fail(t, "it has ended", one.complained)
	case <-time.After(patience):
		require.Fail(t, "it has no session")
	}
}

// dies kills a process, and waits for all that it has said.
func dies(t *testing.T, one *life) {
	t.Helper()
	require.NoError(t, one.program.Process.Kill())
	<-one.ended
	<-one.deaf
}

// lastLife has the session back in this process, takes what is left, and compares.
func (l *lives) lastLife(ctx context.Context, t *testing.T, want *eventLog) {
	t.Helper()
	c, err := client.Dial(ctx, l.addr, client.Options{})
	require.NoError(t, err)
	defer c.Close()
	id, err := comesBack(ctx, c, l.session, l.last)
	require.NoError(t, err)
	require.Equal(t, l.session, id)
	monitors, err := c.GetMonitors(ctx)
	require.NoError(t, err)
	require.Len(t, monitors.Monitors, 2)
	for quiet := false; !quiet; {
		select {
		case e := <-c.Events():
			number, line, err := numbered(e)
			require.NoError(t, err)
			l.mu.Lock()
			l.takes(number, line)
			l.mu.Unlock()
		case <-time.After(100 * time.Millisecond):
			quiet = l.len() >= want.len()
			require.NoError(t, ctx.Err())
		}
	}
	require.NoError(t, l.wrong)
	got := l.log
	for at, line := range want.all() {
		require.Less(t, at, len(got), "events are missing in the end")
		require.Equal(t, line, got[at], "behind %d events", at)
	}
	require.True(t, slices.Equal(want.all(), got), "more events than there were")
}
