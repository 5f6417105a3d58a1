package conformance

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/conformance/freeswitch"
)

func TestSimulatedSwitch(t *testing.T) {
	for _, s := range Scenarios() {
		t.Run(s.Name, func(t *testing.T) {
			if s.RealOnly != "" {
				t.Skip("not on the simulated switch: " + s.RealOnly)
			}
			t.Parallel()
			b, err := NewSimulated(RingTimeOf(s))
			require.NoError(t, err)
			t.Cleanup(func() { assert.NoError(t, b.Close()) })
			Run(t, b, s)
		})
	}
}

func TestFreeSWITCH(t *testing.T) {
	b := realSwitch(t)
	for _, s := range Scenarios() {
		t.Run(s.Name, func(t *testing.T) { Run(t, b, s) })
	}
}

// nextSeed gives every storm of the process another seed, beginning with the
// same: -count=50 plays fifty different ones, and they can be played again.
var nextSeed atomic.Uint64

func TestStormOnSimulatedSwitch(t *testing.T) {
	b, err := NewSimulated(longRing)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, b.Close()) })
	Storm(t, b, 8, 40, nextSeed.Add(1))
}

func TestStormOnFreeSWITCH(t *testing.T) { Storm(t, realSwitch(t), 8, 15, nextSeed.Add(1)) }

// moduleFile is where make puts the module, seen from this package.
var moduleFile = filepath.Join("..", "..", "build", "out", freeswitch.ModuleName+".so")

// The tests of a process share one FreeSWITCH: it takes seconds to start and
// to stop.
var shared struct {
	once sync.Once
	real *Real
	why  error
}

// realSwitch is the shared FreeSWITCH with the module, or skips the test saying
// why there is none.
func realSwitch(t *testing.T) *Real {
	t.Helper()
	if testing.Short() {
		t.Skip("scenarios on FreeSWITCH take minutes: not with -short")
	}
	shared.once.Do(func() {
		if _, err := os.Stat(moduleFile); err != nil {
			shared.why = errors.New("the module has not been built (make)")
			return
		}
		s, err := freeswitch.Start(context.Background(), freeswitch.Options{
			// Feature keys need presence.
			Module: moduleFile, Authenticate: true, Presence: true,
			DialplanFiles: shippedDialplan(), PublicDialplanFiles: []string{shipped("public", "csta_inbound.xml")},
		})
		if err != nil {
			shared.why = err
			return
		}
		shared.real = NewReal(s)
	})
	if shared.real == nil {
		if os.Getenv(demandVariable) == "" && (errors.Is(shared.why, freeswitch.ErrNotInstalled) || shared.why != nil && !started(shared.why)) {
			t.Skipf("no scenarios on FreeSWITCH: %v", shared.why)
		}
		t.Fatal(shared.why)
	}
	return shared.real
}

// shippedDialplan is what the project ships for the context of the internal phones.
func shippedDialplan() []string {
	return []string{shipped("default", "csta_ivr.xml"), shipped("default", "csta_outbound.xml"), shipped("csta", "csta_features.xml")}
}

// shipped is a file of the dialplan that the project ships.
func shipped(context, file string) string {
	return filepath.Join("..", "..", "conf", "dialplan", context, file)
}

// demandVariable makes a missing FreeSWITCH or module an error (make
// integration).
const demandVariable = "CSTA_INTEGRATION"

// started tells whether FreeSWITCH is there and failed, which is an error.
func started(err error) bool {
	return !errors.Is(err, freeswitch.ErrNotInstalled) && err.Error() != "the module has not been built (make)"
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.real != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		err := errors.Join(shared.real.Close(), shared.real.Switch.Stop(ctx))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}
