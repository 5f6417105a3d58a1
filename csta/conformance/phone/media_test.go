package phone

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMuLawThereAndBack(t *testing.T) {
	for b := range 256 {
		if b == 0x7f {
			continue // The negative zero comes back as the positive one.
		}
		assert.Equal(t, byte(b), muLaw(int(linear(byte(b)))), "%#x", b)
	}
}

// A phone tells the voice that it hears from those it does not, and hears nothing
// any more soon after it stops.
func TestVoicesAreToldApart(t *testing.T) {
	ip := net.IPv4(127, 0, 0, 1)
	speaker, err := newMedia(ip, 700)
	require.NoError(t, err)
	listener, err := newMedia(ip, 0)
	require.NoError(t, err)
	defer listener.close()
	assert.Zero(t, listener.amplitude(700))
	speaker.remote = listener.socket.LocalAddr().(*net.UDPAddr)
	speaker.start(Tone)
	assert.Eventually(t, func() bool { return listener.amplitude(700) > toneLevel/2 }, 5*time.Second, packetTime)
	for _, other := range []int{440, 650, 750, 1400} {
		assert.Less(t, listener.amplitude(other), 300.0, "%d Hz", other)
	}
	speaker.close()
	assert.Eventually(t, func() bool { return listener.amplitude(700) == 0 }, 5*time.Second, packetTime)
}
