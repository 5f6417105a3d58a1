package origin

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// Who sends too much takes nothing from the others, and cannot refill his own bucket
// by sending from as many addresses as he likes.
func TestLimitsBySource(t *testing.T) {
	const burst = 200
	l := NewLimiter(PerSecond(burst), PerSecond(1e9))
	now := time.Now()
	take := func(peer string) (taken int) {
		for range 3 * burst {
			if l.Take(netip.MustParseAddr(peer), now) {
				taken++
			}
		}
		return taken
	}
	assert.Equal(t, burst, take("2001:db8::1"))
	assert.Zero(t, take("2001:db8::ffff:2"), "another address of the same host")
	for i := range 2 * mostSources {
		l.Take(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), now)
	}
	assert.LessOrEqual(t, l.order.Len(), mostSources)
	assert.LessOrEqual(t, len(l.sources), mostSources)
	assert.Zero(t, take("2001:db8::1"))
	now = now.Add(time.Second)
	assert.Equal(t, burst, take("192.0.2.9"), "there is room again")
	assert.Equal(t, burst, take("2001:db8::1"))
}

// What is given back can be taken again, and never more than a bucket holds.
func TestTokensGivenBack(t *testing.T) {
	l := NewLimiter(Rate{Burst: 2, PerSecond: 0.1}, PerSecond(1e9))
	now, peer := time.Now(), netip.MustParseAddr("192.0.2.1")
	for range 50 {
		assert.True(t, l.Take(peer, now))
		l.Return(peer, now)
	}
	assert.True(t, l.Take(peer, now))
	assert.True(t, l.Take(peer, now))
	assert.False(t, l.Take(peer, now))
	assert.False(t, l.Take(peer, now.Add(9*time.Second)))
	assert.True(t, l.Take(peer, now.Add(19*time.Second)))
}

// Where somebody has vouched for it, a source bears what it does itself, and nothing of what
// others do, however many they are.
func TestVouched(t *testing.T) {
	l := NewLimiter(Rate{Burst: 2, PerSecond: 0.1}, Rate{Burst: 10, PerSecond: 0.1})
	now, known := time.Now(), netip.MustParseAddr("192.0.2.1")
	assert.True(t, l.Take(known, now))
	l.Return(known, now)
	l.Vouch(known, now)
	for i := range 2 * mostSources {
		l.Take(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), now)
	}
	assert.False(t, l.Take(netip.MustParseAddr("192.0.2.2"), now))
	assert.True(t, l.Take(known, now))
	assert.True(t, l.Take(known, now))
	assert.False(t, l.Take(known, now), "it guesses itself")
	l.Return(known, now)
	assert.False(t, l.Take(netip.MustParseAddr("192.0.2.2"), now), "it gives back what it took")
	for i := range mostVouched {
		at := now.Add(time.Duration(i+1) * time.Second)
		other := netip.AddrFrom4([4]byte{172, 16, byte(i >> 8), byte(i)})
		l.Vouch(other, at)
		l.Take(other, at)
	}
	assert.Len(t, l.vouched, mostVouched)
	assert.False(t, l.Vouched(known), "it was silent for the longest")
}
