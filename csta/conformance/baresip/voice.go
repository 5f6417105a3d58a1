package baresip

import (
	"bytes"
	"encoding/binary"
	"math"
)

// A voice is a file that the phone reads as its microphone: its own generator of
// tones makes 48,000 samples a second only, and G.711 takes 8,000.
const (
	sampleRate   = 8000
	voiceSeconds = 120
	voiceLevel   = 8000
)

// voice is a WAVE file with two minutes of a tone of that frequency in hertz:
// longer than any call of a scenario.
func voice(hertz int) []byte {
	samples := make([]int16, voiceSeconds*sampleRate)
	for i := range samples {
		samples[i] = int16(voiceLevel * math.Sin(2*math.Pi*float64(hertz)*float64(i)/sampleRate))
	}
	const (
		pcm, channels, bytesPerSample = 1, 1, 2
		formatSize, headerSize        = 16, 36
	)
	size := uint32(len(samples) * bytesPerSample)
	var b bytes.Buffer
	for _, part := range []any{
		[]byte("RIFF"), headerSize + size, []byte("WAVE"),
		[]byte("fmt "), uint32(formatSize), uint16(pcm), uint16(channels),
		uint32(sampleRate), uint32(sampleRate * bytesPerSample), uint16(bytesPerSample), uint16(8 * bytesPerSample),
		[]byte("data"), size, samples,
	} {
		// Writing to memory does not fail.
		_ = binary.Write(&b, binary.LittleEndian, part)
	}
	return b.Bytes()
}
