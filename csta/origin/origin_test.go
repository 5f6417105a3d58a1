package origin

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestOf(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7":           "192.0.2.7/32",
		"::ffff:192.0.2.7":    "192.0.2.7/32",
		"2001:db8:1:2:3::4":   "2001:db8:1:2::/64",
		"2001:db8:1:2::4%en0": "2001:db8:1:2::/64",
	} {
		assert.Equal(t, netip.MustParsePrefix(want), Of(netip.MustParseAddr(address)), address)
	}
	assert.False(t, Of(netip.Addr{}).IsValid())
}
