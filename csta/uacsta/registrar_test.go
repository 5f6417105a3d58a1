package uacsta

import (
	"context"
	"io"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"github.com/icholy/digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type oneSubscriber struct{}

func (oneSubscriber) Subscriber(_ context.Context, user, _ string) (Subscriber, error) {
	if user != "1001" && user != "1002" {
		return Subscriber{}, ErrUnknownSubscriber
	}
	return Subscriber{Device: user, Mode: SessionMode, Password: "secret", PhonePassword: "the phone's"}, nil
}

type lineBench struct {
	*Registrar
	t          *testing.T
	now        time.Time
	registered []Registration
}

func (b *lineBench) Registered(r Registration) { b.registered = append(b.registered, r) }
func (*lineBench) Unregistered(Registration)   {}

func newLineBench(t *testing.T) *lineBench {
	b := &lineBench{t: t, now: time.Unix(1_700_000_000, 0)}
	b.Registrar = NewRegistrar(oneSubscriber{}, nil, slog.New(slog.NewTextHandler(io.Discard, nil)))
	b.phones, b.clock = b, func() time.Time { return b.now }
	return b
}

// line is a REGISTER that answers nothing yet.
func line(user, from string) Register {
	return Register{
		User: user, Domain: "pbx.example", CallID: "x", Expires: -1, Contacts: []Contact{{"sip:1001@192.0.2.7", -1}},
		Source: netip.MustParseAddrPort(from), Transport: "udp",
	}
}

// challenged is the challenge that a REGISTER without credentials gets.
func (b *lineBench) challenged(in Register) *digest.Challenge {
	b.t.Helper()
	in.Authorization = ""
	reply := b.Register(b.t.Context(), in)
	require.Equal(b.t, 401, reply.Status)
	c, err := digest.ParseChallenge(reply.Headers[0].Value)
	require.NoError(b.t, err)
	return c
}

func (b *lineBench) answer(in Register, c *digest.Challenge, count int, password string) (status int, stale bool) {
	b.t.Helper()
	made, err := digest.Digest(c, digest.Options{Method: "REGISTER", URI: "sip:pbx.example", Count: count, Username: in.User, Password: password})
	require.NoError(b.t, err)
	in.Authorization = made.String()
	reply := b.Register(b.t.Context(), in)
	if reply.Status == 401 {
		again, err := digest.ParseChallenge(reply.Headers[0].Value)
		require.NoError(b.t, err)
		stale = again.Stale
	}
	return reply.Status, stale
}

// Credentials that were seen on the way are good for nobody else, and for nothing
// more.
func TestCredentialsOfALineServeOnce(t *testing.T) {
	b := newLineBench(t)
	in := line("1001", "192.0.2.7:5060")
	c := b.challenged(in)
	elsewhere := line("1001", "192.0.2.8:5060")
	status, _ := b.answer(elsewhere, c, 1, "secret")
	assert.Equal(t, 401, status, "from another address")
	status, _ = b.answer(line("1002", "192.0.2.7:5060"), c, 1, "secret")
	assert.Equal(t, 401, status, "of another user")
	assert.Empty(t, b.registered)

	status, _ = b.answer(in, c, 1, "secret")
	assert.Equal(t, 200, status)
	require.Len(t, b.registered, 1)
	assert.Equal(t, "the phone's", b.registered[0].Password, "the account's own must not answer a challenge of the phone's")
	status, stale := b.answer(in, c, 1, "secret")
	assert.Equal(t, 401, status, "the same once more")
	assert.True(t, stale, "the phone is to try again by itself")
	status, _ = b.answer(line("1001", "192.0.2.7:5099"), c, 2, "secret")
	assert.Equal(t, 200, status, "a new connection from the same address")
	status, _ = b.answer(in, c, 2, "secret")
	assert.Equal(t, 401, status)
	status, _ = b.answer(in, c, 7, "secret")
	assert.Equal(t, 200, status)

	// RFC 2069 has no nc.
	old := b.challenged(in)
	old.QOP = nil
	status, _ = b.answer(in, old, 0, "secret")
	assert.Equal(t, 200, status)
	status, stale = b.answer(in, old, 0, "secret")
	assert.Equal(t, 401, status)
	assert.True(t, stale)

	b.now = b.now.Add(nonceTime + 2*time.Second)
	status, stale = b.answer(in, c, 8, "secret")
	assert.Equal(t, 401, status)
	assert.True(t, stale)
}

func TestFewWrongAnswersToOneChallenge(t *testing.T) {
	b := newLineBench(t)
	in := line("1001", "192.0.2.7:5060")
	c := b.challenged(in)
	for count := range mostFailures {
		status, stale := b.answer(in, c, count+1, "wrong")
		assert.Equal(t, 401, status)
		assert.False(t, stale)
	}
	status, _ := b.answer(in, c, 9, "secret")
	assert.Equal(t, 401, status, "the challenge is used up")
	status, _ = b.answer(in, b.challenged(in), 1, "secret")
	assert.Equal(t, 200, status)
	assert.LessOrEqual(t, len(b.used), 2)
}

// What is remembered of challenges is bounded; then nobody gets in by an old one.
func TestUsedNoncesAreBounded(t *testing.T) {
	b := newLineBench(t)
	in := line("1001", "192.0.2.7:5060")
	c := b.challenged(in)
	for i := range mostUsed {
		b.used[string(rune(i))+"x"+time.Duration(i).String()] = use{until: b.now.Add(time.Minute)}
	}
	status, stale := b.answer(in, c, 1, "secret")
	assert.Equal(t, 401, status)
	for range 2 * mostFailures {
		status, wrong := b.answer(in, c, 1, "wrong")
		assert.Equal(t, 401, status)
		assert.Equal(t, stale, wrong, "nothing shows whether a password is right: wrong ones are not counted")
	}
	b.now = b.now.Add(2 * time.Minute)
	status, _ = b.answer(in, b.challenged(in), 1, "secret")
	assert.Equal(t, 200, status)
	assert.Len(t, b.used, 1)
}

// Who tries one password after the other, or has phones asked for theirs, takes no
// places from others.
func TestWrongAnswersOfOneSource(t *testing.T) {
	b := newLineBench(t)
	in := line("1001", "192.0.2.7:5060")
	tries := 0
	for {
		status, _ := b.answer(in, b.challenged(in), 1, "wrong")
		if status == 503 {
			break
		}
		if tries++; tries > mostUsedOfSource {
			break
		}
	}
	assert.Equal(t, mostUsedOfSource, tries)
	status, _ := b.answer(in, b.challenged(in), 1, "secret")
	assert.Equal(t, 503, status, "he has to wait, whatever he knows")

	other := line("1001", "192.0.2.8:5060")
	status, _ = b.answer(other, b.challenged(other), 1, "secret")
	assert.Equal(t, 200, status)
	assert.Len(t, b.used, mostUsedOfSource+1)

	b.now = b.now.Add(2 * time.Minute)
	status, _ = b.answer(in, b.challenged(in), 1, "secret")
	assert.Equal(t, 200, status)
	assert.Len(t, b.used, 1)
	assert.Len(t, b.ofSource, 1)
}
