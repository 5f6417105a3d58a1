package phone

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const contentSDP = "application/sdp"

// Directions of a session description (RFC 4566, 6).
const (
	sendRecv = "sendrecv"
	sendOnly = "sendonly"
	recvOnly = "recvonly"
	inactive = "inactive"
)

const (
	payloadPCMU  = 0
	payloadDigit = 101
	// packetTime is the usual packet length; packetSamples at 8 kHz.
	packetTime    = 20 * time.Millisecond
	packetSamples = 160
	rtpHeader     = 12
)

// media is the RTP side of one call.
type media struct {
	// tone is the frequency of the phone's own tone in hertz.
	tone     int
	socket   *net.UDPConn
	version  atomic.Uint32
	received atomic.Uint64
	done     chan struct{}

	mu        sync.Mutex
	remote    *net.UDPAddr
	offered   string
	sending   bool
	closed    bool
	sequence  uint16
	stamp     uint32
	heard     []byte
	lastHeard uint32
	// sound is what came last, the oldest sample at next.
	sound   [listenSamples]int16
	next    int
	soundAt time.Time
}

// listenSamples is how much of the sound is kept to be listened to: 200 ms, which
// tells tones apart that are 5 Hz from each other.
const listenSamples = 10 * packetSamples

func newMedia(ip net.IP, tone int) (*media, error) {
	socket, err := net.ListenUDP("udp4", &net.UDPAddr{IP: ip})
	if err != nil {
		return nil, fmt.Errorf("RTP socket: %w", err)
	}
	m := &media{tone: tone, socket: socket, offered: sendRecv, done: make(chan struct{})}
	go m.listen()
	return m, nil
}

func (m *media) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return
	}
	m.closed = true
	close(m.done)
	m.socket.Close()
}

// listen counts what is heard and collects RFC 4733 digits.
func (m *media) listen() {
	buffer := make([]byte, 2048)
	for {
		n, err := m.socket.Read(buffer)
		if err != nil {
			return
		}
		m.received.Add(1)
		if n > rtpHeader && buffer[1]&0x7f == payloadPCMU {
			m.listenTo(buffer[rtpHeader:n])
		}
		if n >= rtpHeader+4 && buffer[1]&0x7f == payloadDigit {
			m.hear(binary.BigEndian.Uint32(buffer[4:]), buffer[rtpHeader])
		}
	}
}

// listenTo keeps the sound of a packet of PCMU.
func (m *media) listenTo(payload []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, b := range payload {
		m.sound[m.next] = linear(b)
		m.next = (m.next + 1) % listenSamples
	}
	m.soundAt = time.Now()
}

// amplitude is how loud a tone is in the last 200 ms, as the amplitude of a sine
// of 16-bit samples (Goertzel's algorithm); 0 if nothing has come lately.
func (m *media) amplitude(hertz int) float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if time.Since(m.soundAt) > listenSamples*time.Second/sampleRate {
		return 0
	}
	coefficient := 2 * math.Cos(2*math.Pi*float64(hertz)/sampleRate)
	var last, before float64
	for i := range listenSamples {
		sample := float64(m.sound[(m.next+i)%listenSamples])
		last, before = sample+coefficient*last-before, last
	}
	power := last*last + before*before - coefficient*last*before
	return 2 * math.Sqrt(max(0, power)) / listenSamples
}

const digitCodes = "0123456789*#ABCD"

// hear notes a digit once per press: all packets of a press have one time stamp.
func (m *media) hear(stamp uint32, code byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if int(code) >= len(digitCodes) || len(m.heard) > 0 && m.lastHeard == stamp {
		return
	}
	m.lastHeard = stamp
	m.heard = append(m.heard, digitCodes[code])
}

func (m *media) digits() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return string(m.heard)
}

// offer is our session description with the given direction.
func (m *media) offer(direction string) []byte {
	local := m.socket.LocalAddr().(*net.UDPAddr)
	version := m.version.Add(1)
	var b bytes.Buffer
	fmt.Fprintf(&b, "v=0\r\no=phone %d %d IN IP4 %s\r\ns=phone\r\nc=IN IP4 %s\r\nt=0 0\r\n", local.Port, version, local.IP, local.IP)
	fmt.Fprintf(&b, "m=audio %d RTP/AVP %d 8 %d\r\n", local.Port, payloadPCMU, payloadDigit)
	fmt.Fprintf(&b, "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-15\r\n", payloadDigit, payloadDigit)
	fmt.Fprintf(&b, "a=ptime:20\r\na=%s\r\n", direction)
	return b.Bytes()
}

// answer is our session description in answer to the last one remembered.
func (m *media) answer() []byte {
	m.mu.Lock()
	offered := m.offered
	m.mu.Unlock()
	switch offered {
	case sendOnly:
		return m.offer(recvOnly)
	case recvOnly:
		return m.offer(sendOnly)
	case inactive:
		return m.offer(inactive)
	}
	return m.offer(sendRecv)
}

// remember takes the far end's address and direction from its description.
func (m *media) remember(sdp []byte) {
	remote := remoteOf(sdp)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.offered = directionOf(sdp)
	if remote != nil {
		m.remote = remote
	}
}

// connect remembers the far end and starts to send.
func (m *media) connect(sdp []byte, sound Sound) {
	if len(sdp) == 0 {
		return
	}
	m.remember(sdp)
	m.start(sound)
}

func (m *media) start(sound Sound) {
	if sound == NoSound {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.sending || m.closed || m.remote == nil {
		return
	}
	m.sending = true
	go m.stream(sound)
}

func (m *media) stream(sound Sound) {
	ticker := time.NewTicker(packetTime)
	defer ticker.Stop()
	payload := soundOf(sound, m.tone)
	for {
		select {
		case <-m.done:
			return
		case <-ticker.C:
			m.mu.Lock()
			m.stamp += packetSamples
			m.send(payloadPCMU, 0, m.stamp, payload)
			m.mu.Unlock()
		}
	}
}

// send writes one packet; m.mu is held. A packet that cannot be sent is a packet
// lost, as on any network.
func (m *media) send(payloadType, marker byte, stamp uint32, payload []byte) {
	if m.remote == nil || m.closed {
		return
	}
	m.sequence++
	packet := make([]byte, rtpHeader, rtpHeader+len(payload))
	packet[0] = 0x80
	packet[1] = payloadType | marker
	binary.BigEndian.PutUint16(packet[2:], m.sequence)
	binary.BigEndian.PutUint32(packet[4:], stamp)
	binary.BigEndian.PutUint32(packet[8:], uint32(m.socket.LocalAddr().(*net.UDPAddr).Port))
	_, _ = m.socket.WriteToUDP(append(packet, payload...), m.remote)
}

// press sends one RFC 4733 event: five updates and three ends.
func (m *media) press(ctx context.Context, digit rune) error {
	code := strings.IndexRune(digitCodes, digit)
	if code < 0 {
		return fmt.Errorf("%q is not a DTMF digit", digit)
	}
	m.mu.Lock()
	if m.remote == nil {
		m.mu.Unlock()
		return fmt.Errorf("the far end's RTP address is not known")
	}
	m.stamp += packetSamples
	stamp := m.stamp
	m.mu.Unlock()
	const updates, ends, volume = 5, 3, 10
	for i := 1; i <= updates+ends; i++ {
		duration := min(i, updates+1) * packetSamples
		flags := byte(volume)
		if i > updates {
			flags |= 0x80
		}
		marker := byte(0)
		if i == 1 {
			marker = 0x80
		}
		m.mu.Lock()
		m.send(payloadDigit, marker, stamp, []byte{byte(code), flags, byte(duration >> 8), byte(duration)})
		m.mu.Unlock()
		select {
		case <-time.After(packetTime):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

const (
	silenceByte = 0xff
	usualTone   = 500
	sampleRate  = 8000
	toneLevel   = 8000
)

// soundOf is one packet's worth of PCMU. Tones whose frequency is a multiple of
// 50 Hz fit exactly.
func soundOf(s Sound, hertz int) []byte {
	payload := bytes.Repeat([]byte{silenceByte}, packetSamples)
	if s != Tone {
		return payload
	}
	for i := range payload {
		sample := toneLevel * math.Sin(2*math.Pi*float64(hertz*i)/sampleRate)
		payload[i] = muLaw(int(sample))
	}
	return payload
}

// linear decodes one sample of PCMU (ITU-T G.711).
func linear(b byte) int16 {
	const bias = 0x84
	b = ^b
	sample := (int(b&0x0f)<<3 + bias) << (b >> 4 & 7)
	if b&0x80 != 0 {
		return int16(bias - sample)
	}
	return int16(sample - bias)
}

// muLaw encodes one sample (ITU-T G.711).
func muLaw(sample int) byte {
	const bias, clip = 0x84, 32635
	sign := byte(0)
	if sample < 0 {
		sample, sign = -sample, 0x80
	}
	sample = min(sample, clip) + bias
	exponent := 7
	for mask := 0x4000; sample&mask == 0 && exponent > 0; mask >>= 1 {
		exponent--
	}
	mantissa := byte(sample>>(exponent+3)) & 0x0f
	return ^(sign | byte(exponent<<4) | mantissa)
}

// remoteOf finds the audio address of a session description; nil if none.
func remoteOf(sdp []byte) *net.UDPAddr {
	var ip net.IP
	port := 0
	for line := range strings.Lines(string(sdp)) {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, "c=IN IP4 "); ok {
			ip = net.ParseIP(rest)
		}
		if rest, ok := strings.CutPrefix(line, "m=audio "); ok {
			number, _, _ := strings.Cut(rest, " ")
			port, _ = strconv.Atoi(number)
		}
	}
	if ip == nil || port == 0 {
		return nil
	}
	return &net.UDPAddr{IP: ip, Port: port}
}

// directionOf is the direction that a session description asks for.
func directionOf(sdp []byte) string {
	for line := range strings.Lines(string(sdp)) {
		switch d := strings.TrimPrefix(strings.TrimSpace(line), "a="); d {
		case sendOnly, recvOnly, inactive, sendRecv:
			return d
		}
		if strings.TrimSpace(line) == "c=IN IP4 0.0.0.0" {
			return sendOnly
		}
	}
	return sendRecv
}
