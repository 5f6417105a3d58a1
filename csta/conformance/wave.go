package conformance

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const (
	// waveRate and waveBytes are the samples of a telephone's sound: 8 kHz, 16
	// bits, one channel.
	waveRate  = 8000
	waveBytes = 2
	// waveLevel and wavePeriod make a quiet tone of 500 Hz.
	waveLevel  = 4000
	wavePeriod = 16
)

// PutMessage writes a WAVE file below the root of messages.
func (r *Real) PutMessage(name string, length time.Duration) error {
	file := filepath.Join(r.Switch.Sounds(), filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return os.WriteFile(file, wave(length), 0o600)
}

// wave is a tone in the RIFF WAVE format.
func wave(length time.Duration) []byte {
	order := binary.LittleEndian
	samples := int(length * waveRate / time.Second)
	size := samples * waveBytes
	b := make([]byte, 0, size+64)
	b = append(b, "RIFF"...)
	b = order.AppendUint32(b, uint32(36+size))
	b = append(b, "WAVEfmt "...)
	b = order.AppendUint32(b, 16)
	b = order.AppendUint16(b, 1) // PCM
	b = order.AppendUint16(b, 1) // mono
	b = order.AppendUint32(b, waveRate)
	b = order.AppendUint32(b, waveRate*waveBytes)
	b = order.AppendUint16(b, waveBytes)
	b = order.AppendUint16(b, waveBytes*8)
	b = append(b, "data"...)
	b = order.AppendUint32(b, uint32(size))
	for i := range samples {
		level := int16(waveLevel)
		if i%wavePeriod >= wavePeriod/2 {
			level = -waveLevel
		}
		b = order.AppendUint16(b, uint16(level))
	}
	return b
}

// Recorded reads the length from the file's header.
func (r *Real) Recorded(name string) (time.Duration, bool, error) {
	path := filepath.Join(r.Switch.Sounds(), filepath.FromSlash(name))
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, true, err
	}
	length, err := waveLength(text)
	if err != nil {
		return 0, true, fmt.Errorf("%s: %w", path, err)
	}
	return length, true, nil
}

var errNoWave = errors.New("not a WAVE file")

// waveLength walks the chunks of a RIFF WAVE file.
func waveLength(b []byte) (time.Duration, error) {
	if len(b) < 12 || !bytes.HasPrefix(b, []byte("RIFF")) || string(b[8:12]) != "WAVE" {
		return 0, errNoWave
	}
	var perSecond uint32
	for b = b[12:]; len(b) >= 8; {
		name, size := string(b[:4]), binary.LittleEndian.Uint32(b[4:])
		b = b[8:]
		switch {
		case name == "fmt " && len(b) >= 12:
			perSecond = binary.LittleEndian.Uint32(b[8:])
		case name == "data" && perSecond > 0:
			return time.Duration(size) * time.Second / time.Duration(perSecond), nil
		}
		b = b[min(uint64(size)+uint64(size&1), uint64(len(b))):]
	}
	return 0, errNoWave
}
