package phone_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/conformance/freeswitch"
	"mod_csta_socket/csta/conformance/phone"
)

// The phones are tested against a plain FreeSWITCH, without the module.
var (
	plain      *freeswitch.Switch
	whySkipped error
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	plain, whySkipped = freeswitch.Start(context.Background(), freeswitch.Options{})
	if whySkipped != nil && !errors.Is(whySkipped, freeswitch.ErrNotInstalled) {
		fmt.Fprintln(os.Stderr, whySkipped)
		return 1
	}
	code := m.Run()
	if plain != nil {
		if err := plain.Kill(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return code
}

const patience = 10 * time.Second

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func newPhone(t *testing.T, user string) *phone.Phone {
	t.Helper()
	if plain == nil {
		t.Skip(whySkipped)
	}
	p, err := phone.New(phone.Config{User: user, Domain: freeswitch.Domain, Proxy: plain.Proxy(freeswitch.Domain)})
	require.NoError(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			for _, line := range p.Journal() {
				t.Log(line)
			}
		}
		assert.NoError(t, p.HangUpAll(within(t)))
		assert.NoError(t, p.Unregister(within(t)))
		assert.NoError(t, p.Close())
	})
	require.NoError(t, p.Register(within(t)))
	return p
}

func idle(t *testing.T) {
	t.Helper()
	require.NoError(t, plain.WaitIdle(within(t)))
}

func connect(t *testing.T, a, b *phone.Phone) (*phone.Call, *phone.Call) {
	t.Helper()
	ctx := within(t)
	out, err := a.Dial(ctx, b.Device())
	require.NoError(t, err)
	in, err := b.WaitIncoming(ctx)
	require.NoError(t, err)
	require.NoError(t, out.WaitRinging(ctx))
	require.NoError(t, in.Answer(ctx))
	require.NoError(t, out.WaitConnected(ctx))
	require.NoError(t, plain.WaitBridged(ctx, a.Device(), b.Device()))
	return out, in
}

func TestAnsweredCall(t *testing.T) {
	for name, hangUp := range map[string]func(out, in *phone.Call) *phone.Call{
		"caller hangs up": func(out, _ *phone.Call) *phone.Call { return out },
		"callee hangs up": func(_, in *phone.Call) *phone.Call { return in },
	} {
		t.Run(name, func(t *testing.T) {
			a, b := newPhone(t, "1000"), newPhone(t, "1001")
			out, in := connect(t, a, b)
			assert.Equal(t, "1000", in.Caller())
			require.NoError(t, hangUp(out, in).HangUp(within(t)))
			for _, c := range []*phone.Call{out, in} {
				_, err := c.WaitEnded(within(t))
				require.NoError(t, err)
			}
			idle(t)
		})
	}
}

func TestUnansweredCalls(t *testing.T) {
	cases := []struct {
		name   string
		b      phone.Behaviour
		reject int
		status int
	}{
		{"busy at once", phone.Behaviour{RejectWith: 486}, 0, 486},
		{"busy after ringing", phone.Behaviour{}, 486, 486},
		{"declined after ringing", phone.Behaviour{}, 603, 603},
		{"early media, then busy", phone.Behaviour{EarlyMedia: true}, 486, 486},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a, b := newPhone(t, "1000"), newPhone(t, "1001")
			b.Set(c.b)
			out, err := a.Dial(within(t), "1001")
			require.NoError(t, err)
			in, err := b.WaitIncoming(within(t))
			require.NoError(t, err)
			if c.reject != 0 {
				require.NoError(t, out.WaitRinging(within(t)))
				require.NoError(t, in.Reject(within(t), c.reject))
			}
			ending, err := out.WaitEnded(within(t))
			require.NoError(t, err)
			assert.Equal(t, c.status, ending.Status)
			idle(t)
		})
	}
}

func TestAbandonedCall(t *testing.T) {
	a, b := newPhone(t, "1000"), newPhone(t, "1001")
	out, err := a.Dial(within(t), "1001")
	require.NoError(t, err)
	in, err := b.WaitIncoming(within(t))
	require.NoError(t, err)
	require.NoError(t, out.WaitRinging(within(t)))
	require.NoError(t, out.HangUp(within(t)))
	ending, err := in.WaitEnded(within(t))
	require.NoError(t, err)
	assert.Equal(t, phone.Them, ending.By)
	idle(t)
}

func TestHangUpAtOnce(t *testing.T) {
	a := newPhone(t, "1000")
	b := newPhone(t, "1001")
	b.Set(phone.Behaviour{Silent: true})
	out, err := a.Dial(within(t), "1001")
	require.NoError(t, err)
	require.NoError(t, out.HangUp(within(t)))
	idle(t)
}

func TestUnregisteredAndUnknown(t *testing.T) {
	a := newPhone(t, "1000")
	for _, number := range []string{"1009", "5551234", "7999"} {
		out, err := a.Dial(within(t), number)
		require.NoError(t, err)
		ending, err := out.WaitEnded(within(t))
		require.NoError(t, err)
		t.Log(number, ending)
		assert.GreaterOrEqual(t, ending.Status, 400)
	}
	idle(t)
}

func TestHoldDigitsAndMedia(t *testing.T) {
	a, b := newPhone(t, "1000"), newPhone(t, "1001")
	a.Set(phone.Behaviour{Sound: phone.Tone})
	b.Set(phone.Behaviour{Sound: phone.Silence})
	out, in := connect(t, a, b)
	require.NoError(t, out.Hold(within(t)))
	require.NoError(t, out.Retrieve(within(t)))
	require.NoError(t, in.Hold(within(t)))
	require.NoError(t, in.Retrieve(within(t)))
	require.NoError(t, out.Digit(within(t), '5'))
	require.NoError(t, out.DigitByRTP(within(t), '#'))
	assert.Eventually(t, func() bool { return in.DigitsReceived() == "5#" }, patience, pollEvery, "digits: %q", in.DigitsReceived())
	assert.Eventually(t, func() bool { return in.PacketsReceived() > 10 && out.PacketsReceived() > 10 }, patience, pollEvery)
	require.NoError(t, in.HangUp(within(t)))
	idle(t)
}

const pollEvery = 20 * time.Millisecond

func TestHeldByTheSwitch(t *testing.T) {
	a, b := newPhone(t, "1000"), newPhone(t, "1001")
	out, in := connect(t, a, b)
	calls, err := plain.FSCLI("show channels")
	require.NoError(t, err)
	uuid := firstField(calls, "outbound")
	require.NotEmpty(t, uuid, calls)
	answer, err := plain.FSCLI("uuid_hold " + uuid)
	require.NoError(t, err)
	require.Contains(t, answer, "+OK")
	require.NoError(t, in.WaitRemoteHold(within(t), true))
	_, err = plain.FSCLI("uuid_hold off " + uuid)
	require.NoError(t, err)
	require.NoError(t, in.WaitRemoteHold(within(t), false))
	require.NoError(t, out.HangUp(within(t)))
	idle(t)
}

func TestTransfers(t *testing.T) {
	t.Run("blind", func(t *testing.T) {
		a, b, c := newPhone(t, "1000"), newPhone(t, "1001"), newPhone(t, "1002")
		out, in := connect(t, a, b)
		require.NoError(t, out.Transfer(within(t), "1002"))
		third, err := c.WaitIncoming(within(t))
		require.NoError(t, err)
		require.NoError(t, third.Answer(within(t)))
		_, err = out.WaitTransferred(within(t))
		require.NoError(t, err)
		require.NoError(t, out.HangUp(within(t)))
		require.NoError(t, third.HangUp(within(t)))
		_, err = in.WaitEnded(within(t))
		require.NoError(t, err)
		idle(t)
	})
	t.Run("attended", func(t *testing.T) {
		a, b, c := newPhone(t, "1000"), newPhone(t, "1001"), newPhone(t, "1002")
		first, in := connect(t, a, b)
		require.NoError(t, first.Hold(within(t)))
		second, third := connect(t, a, c)
		require.NoError(t, second.TransferTo(within(t), first))
		for _, call := range []*phone.Call{first, second} {
			_, err := call.WaitEnded(within(t))
			require.NoError(t, err)
		}
		assert.Equal(t, phone.Connected, in.State())
		require.NoError(t, plain.WaitBridged(within(t), "1001", "1002"))
		require.NoError(t, third.HangUp(within(t)))
		_, err := in.WaitEnded(within(t))
		require.NoError(t, err)
		idle(t)
	})
}

func TestAutoAnswer(t *testing.T) {
	cases := []struct {
		name string
		b    phone.Behaviour
	}{
		{"by Call-Info", phone.Behaviour{AnswerAfter: true}},
		{"by NOTIFY talk", phone.Behaviour{Talk: true}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a := newPhone(t, "1000")
			a.Set(c.b)
			out, err := plain.FSCLI("bgapi originate {sip_auto_answer=true}user/1000@csta.test &park")
			require.NoError(t, err, out)
			call, err := a.WaitIncoming(within(t))
			require.NoError(t, err)
			require.NoError(t, call.WaitConnected(within(t)))
			require.NoError(t, call.HangUp(within(t)))
			idle(t)
		})
	}
	t.Run("a phone that ignores both", func(t *testing.T) {
		a := newPhone(t, "1000")
		_, err := plain.FSCLI("bgapi originate {sip_auto_answer=true,originate_timeout=1}user/1000@csta.test &park")
		require.NoError(t, err)
		call, err := a.WaitIncoming(within(t))
		require.NoError(t, err)
		_, err = call.WaitEnded(within(t))
		require.NoError(t, err)
		idle(t)
	})
}

func TestSeveralCallsAtOnce(t *testing.T) {
	hub := newPhone(t, "1000")
	var calls []*phone.Call
	for i := 1; i <= 5; i++ {
		out, _ := connect(t, hub, newPhone(t, fmt.Sprintf("10%02d", i)))
		calls = append(calls, out)
	}
	assert.Len(t, hub.Calls(), 5)
	for _, c := range calls {
		require.NoError(t, c.HangUp(within(t)))
	}
	idle(t)
}

func TestExpiry(t *testing.T) {
	a := newPhone(t, "1000")
	require.NoError(t, a.RegisterFor(within(t), time.Second))
	assert.Eventually(t, func() bool {
		contact, err := plain.FSCLI("sofia_contact */1000@csta.test")
		return err == nil && contact == "error/user_not_registered"
	}, patience, 100*time.Millisecond)
}

// firstField is the first comma-separated field of the line that holds text.
func firstField(table, text string) string {
	for line := range strings.Lines(table) {
		if strings.Contains(line, text) {
			first, _, _ := strings.Cut(line, ",")
			return first
		}
	}
	return ""
}
