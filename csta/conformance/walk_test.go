package conformance

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/conformance/uaphone"
)

const (
	// walkSteps is the length of one walk.
	walkSteps = 120
	// walksVariable sets how many walks there are; each has its own seed.
	walksVariable = "CSTA_WALKS"
	// walkSeedVariable sets the first walk's seed.
	walkSeedVariable = "CSTA_WALK_SEED"
)

func number(t *testing.T, variable string, otherwise int) int {
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, variable)
	return n
}

func TestWalksOnSimulatedSwitch(t *testing.T) { walkSimulated(t, NewSimulated, ownGround()) }

func TestWalksWithTelephonesOnSimulatedSwitch(t *testing.T) {
	walkSimulated(t, NewControlled, Ground{Numbers: ownGround().Numbers, Moody: true})
}

func walkSimulated(t *testing.T, start func(ringTime time.Duration) (*Simulated, error), g Ground) {
	if testing.Short() {
		t.Skip("random walks depend on the machine's timing: not with -short")
	}
	first := number(t, walkSeedVariable, 1)
	for i := range number(t, walksVariable, 8) {
		seed := uint64(first + i)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			b, err := start(longRing)
			require.NoError(t, err)
			t.Cleanup(func() { assert.NoError(t, b.Close()) })
			Walk(t, b, g, walkSteps, seed)
		})
	}
}

func TestWalksOnFreeSWITCH(t *testing.T) {
	b := realSwitch(t)
	first := number(t, walkSeedVariable, 1)
	for i := range number(t, walksVariable, 4) {
		seed := uint64(first + i)
		t.Run(fmt.Sprint(seed), func(t *testing.T) { Walk(t, b, ownGround(), walkSteps, seed) })
	}
}

func TestWalksOnVanillaFreeSWITCH(t *testing.T) {
	b := vanillaSwitch(t)
	first := number(t, walkSeedVariable, 1)
	for i := range number(t, walksVariable, 4) {
		seed := uint64(first + i)
		t.Run(fmt.Sprint(seed), func(t *testing.T) { Walk(t, b, vanillaGround(), walkSteps, seed) })
	}
}

func TestWalksWithTelephonesOnFreeSWITCH(t *testing.T) {
	for _, profile := range []uaphone.Profile{uaphone.Yealink, uaphone.Snom, uaphone.OpenStage} {
		t.Run(profile.Name, func(t *testing.T) {
			b := controlledSwitch(t, profile, nil)
			first := number(t, walkSeedVariable, 1)
			for i := range number(t, walksVariable, 2) {
				seed := uint64(first + i)
				t.Run(fmt.Sprint(seed), func(t *testing.T) { Walk(t, b, Ground{Numbers: ownGround().Numbers, Moody: true}, walkSteps, seed) })
			}
		})
	}
}
