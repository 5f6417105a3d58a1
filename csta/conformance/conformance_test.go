package conformance

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/conformance/baresip"
	"mod_csta_socket/csta/conformance/freeswitch"
)

func TestSimulatedSwitch(t *testing.T) { simulate(t, Scenarios(), NewSimulated) }

// simulate plays scenarios, each on an installation of its own.
func simulate(t *testing.T, scenarios []Scenario, start func(ringTime time.Duration) (*Simulated, error)) {
	for _, s := range scenarios {
		t.Run(s.Name, func(t *testing.T) {
			if s.RealOnly != "" {
				t.Skip("not on the simulated switch: " + s.RealOnly)
			}
			t.Parallel()
			b, err := start(RingTimeOf(s))
			require.NoError(t, err)
			t.Cleanup(func() { assert.NoError(t, b.Close()) })
			Run(t, b, s)
		})
	}
}

// Two tenants with the same numbers; the tests' own configuration has none.
func TestTenantsOnSimulatedSwitch(t *testing.T) { simulate(t, Tenants(), NewTenants) }

// Clients that know calls by numbers.
func TestNumberedOnSimulatedSwitch(t *testing.T) { simulate(t, Numbered(), NewNumbered) }

func TestNumberedOnFreeSWITCH(t *testing.T) {
	b := ownSwitch(t, freeswitch.Options{Parameters: map[string]string{"call-id": "number"}})
	for _, s := range Numbered() {
		t.Run(s.Name, func(t *testing.T) { Run(t, b, s) })
	}
}

// A mailbox for each subscriber, and keys for a consultation, which the tests' own
// configuration has not.
func TestVanillaFeaturesOnSimulatedSwitch(t *testing.T) {
	simulate(t, slices.Concat(Mailboxes(), ConsultingByKeys()), NewWithMailboxes)
}

func TestFreeSWITCH(t *testing.T) {
	b := realSwitch(t)
	for _, s := range Scenarios() {
		t.Run(s.Name, func(t *testing.T) { Run(t, b, s) })
	}
}

// On FreeSWITCH's own configuration the same stories come out the same, as far as
// they do not end in what its dialplan does next.
func TestVanillaFreeSWITCH(t *testing.T) {
	b := vanillaSwitch(t)
	for _, s := range VanillaScenarios() {
		t.Run(s.Name, func(t *testing.T) { Run(t, b, s) })
	}
}

// The call control with telephones that nobody here wrote.
func TestForeignPhones(t *testing.T) {
	if _, err := exec.LookPath("baresip"); err != nil {
		t.Skip(baresip.ErrNotInstalled)
	}
	s := vanillaSwitch(t).Switch
	b := NewReal(s)
	b.Foreign = true
	t.Cleanup(func() { assert.NoError(t, b.Close()) })
	for _, s := range VanillaScenarios() {
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

// instance is a FreeSWITCH that the tests of a process share: it takes seconds to
// start and to stop.
type instance struct {
	once sync.Once
	real *Real
	why  error
}

// shared runs a configuration of our own, vanilla FreeSWITCH's.
var shared, vanilla instance

// realSwitch is the shared FreeSWITCH with the module, or skips the test saying
// why there is none.
func realSwitch(t *testing.T) *Real {
	t.Helper()
	return shared.start(t, freeswitch.Options{
		// Feature keys need presence.
		Module: moduleFile, Authenticate: true, Presence: true,
		DialplanFiles: shippedDialplan(), PublicDialplanFiles: []string{shipped("public", "csta_inbound.xml")},
	})
}

// vanillaSwitch is the shared FreeSWITCH with its own configuration.
func vanillaSwitch(t *testing.T) *Real {
	t.Helper()
	return vanilla.start(t, freeswitch.Options{
		Module: moduleFile, Vanilla: true,
		SubscribersFiles: []string{shipped("csta", "csta_features.xml")}, DialplanFiles: shippedQueues(), PublicDialplanFiles: []string{shipped("public", "csta_inbound.xml")},
	})
}

func (i *instance) start(t *testing.T, o freeswitch.Options) *Real {
	t.Helper()
	if testing.Short() {
		t.Skip("scenarios on FreeSWITCH take minutes: not with -short")
	}
	i.once.Do(func() {
		if _, err := os.Stat(moduleFile); err != nil {
			i.why = errors.New("the module has not been built (make)")
			return
		}
		s, err := freeswitch.Start(context.Background(), o)
		if err != nil {
			i.why = err
			return
		}
		i.real = NewReal(s)
	})
	if i.real == nil {
		if os.Getenv(demandVariable) == "" && (errors.Is(i.why, freeswitch.ErrNotInstalled) || i.why != nil && !started(i.why)) {
			t.Skipf("no scenarios on FreeSWITCH: %v", i.why)
		}
		t.Fatal(i.why)
	}
	return i.real
}

// shippedQueues is what the project ships of queues and trunks for the context of
// the internal phones.
func shippedQueues() []string {
	return []string{shipped("default", "csta_ivr.xml"), shipped("default", "csta_outbound.xml")}
}

// shippedDialplan is shippedQueues and the features of subscribers.
func shippedDialplan() []string {
	return append(shippedQueues(), shipped("csta", "csta_features.xml"))
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
	for _, i := range []*instance{&shared, &vanilla} {
		if i.real == nil {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		err := errors.Join(i.real.Close(), i.real.Switch.Stop(ctx))
		cancel()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}
