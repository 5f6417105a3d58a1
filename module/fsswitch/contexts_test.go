package fsswitch

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/switching"
)

// A number is dialled where the device that calls dials it, whichever leg goes there.
func TestNumbersAreDialledWhereTheDeviceDials(t *testing.T) {
	directory := map[string]string{
		"1000@example.com user_context":        "staff",
		"1001@example.com user_context":        "not a context",
		"1000@branch.example.net user_context": "branch",
	}
	tests := []struct {
		name     string
		dialler  string
		leg      map[string]string
		wantCall string
		want     []string
	}{
		{"a device of the default domain", "1000", map[string]string{"context": "public"}, "staff", []string{"route " + leg + " 1005 staff"}},
		{"one without a context", "1002", map[string]string{"context": "public"}, "default", []string{"route " + leg + " 1005 default"}},
		{"one whose context is none", "1001", nil, "default", []string{"route " + leg + " 1005 default"}},
		{"a device of another domain", "1000@branch.example.net", map[string]string{"context": "staff", "domain_name": "example.com"}, "branch",
			[]string{"set " + leg + ` domain_name "branch.example.net"`, "route " + leg + " 1005 branch"}},
		{"one without a context, and a leg of that domain", "1002@branch.example.net", map[string]string{"context": "branch-in", "domain_name": "Branch.example.net"}, "",
			[]string{"set " + leg + ` domain_name "branch.example.net"`, "route " + leg + " 1005 branch-in"}},
		{"one without a context, and a leg of another domain", "1002@branch.example.net", map[string]string{"context": "staff", "domain_name": "example.com"}, "", nil},
		{"one without a context, and a leg of nobody's", "1002@branch.example.net", map[string]string{"context": "public"}, "", nil},
		{"nobody, for a leg", "", map[string]string{"context": "branch"}, "default", []string{"route " + leg + " 1005 branch"}},
		{"nobody, for a leg in a context that is none", "", map[string]string{"context": "${x}"}, "default", []string{"route " + leg + " 1005 default"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &fakeCalls{variables: map[string]string{}}
			for _, from := range []map[string]string{directory, tt.leg} {
				for name, value := range from {
					f.variables[name] = value
				}
			}
			s := newSwitch(f)
			_, err := s.Perform(context.Background(), switching.Route{Leg: leg, Number: "1005", For: tt.dialler})
			if tt.want == nil {
				require.ErrorIs(t, err, switching.ErrNotPossible)
			} else {
				require.NoError(t, err)
			}
			require.Equal(t, tt.want, f.calls())
			_, err = s.Perform(context.Background(), switching.Originate{Leg: leg, Device: "1000", Then: "1005", For: tt.dialler})
			if tt.wantCall == "" {
				require.ErrorIs(t, err, switching.ErrNotPossible)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.wantCall, f.originate.Context)
		})
	}
}

func TestContextsAreRememberedForAWhile(t *testing.T) {
	asked, answer := 0, "staff"
	var failure error
	c := newContexts(func(string) (string, error) { asked++; return answer, failure }, slog.New(slog.DiscardHandler))
	at := time.Unix(0, 0)
	c.now = func() time.Time { return at }
	is := func(want string, times int) {
		t.Helper()
		got, err := c.context("1000")
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, times, asked)
	}
	is("staff", 1)
	answer = "guests"
	is("staff", 1)
	at = at.Add(contextFresh)
	is("guests", 2)
	// A directory that is away takes away nothing, whether it says so or not.
	at, answer, failure = at.Add(contextFresh), "", errors.New("away")
	is("guests", 3)
	failure = nil
	is("guests", 3)
	at = at.Add(noContextFresh)
	is("guests", 4)
	c.forget()
	is("", 5)
	answer, at = "staff", at.Add(noContextFresh)
	is("staff", 6)
}

// A directory that hangs holds up nobody for long, and few of its threads are lost; what
// it told once counts on.
func TestSlowDirectory(t *testing.T) {
	var asked atomic.Int32
	hangs := make(chan struct{})
	slow := func(device string) (string, error) {
		asked.Add(1)
		<-hangs
		return "late", nil
	}
	c := newContexts(slow, slog.New(slog.DiscardHandler))
	c.wait = 10 * time.Millisecond
	c.of["known"] = &deviceContext{context: "before", known: true}
	var callers sync.WaitGroup
	for i := range 4 * contextsAsked {
		callers.Go(func() {
			_, err := c.context(string(rune('a' + i)))
			require.ErrorIs(t, err, errSlowDirectory)
		})
	}
	callers.Wait()
	require.EqualValues(t, contextsAsked, asked.Load())
	known, err := c.context("known")
	require.NoError(t, err)
	require.Equal(t, "before", known)
	close(hangs)
	require.Eventually(t, func() bool {
		context, err := c.context("z")
		return err == nil && context == "late"
	}, 5*time.Second, time.Millisecond)
}

func TestDirectoryThatPanics(t *testing.T) {
	c := newContexts(func(string) (string, error) { panic("x") }, slog.New(slog.DiscardHandler))
	_, err := c.context("1000")
	require.Error(t, err)
	require.NotErrorIs(t, err, errSlowDirectory)
}

func TestContextsOfManyDevices(t *testing.T) {
	c := newContexts(func(string) (string, error) { return "staff", nil }, slog.New(slog.DiscardHandler))
	for i := range maxContexts {
		c.of[strconv.Itoa(i)+"@x"] = &deviceContext{known: true}
	}
	_, err := c.context("1000")
	require.NoError(t, err)
	require.Equal(t, maxContexts, len(c.of)) //nolint:testifylint // Too much to print.
}
