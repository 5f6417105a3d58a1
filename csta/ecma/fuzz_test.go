package ecma

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzDecode checks that nothing makes the decoder panic, and that what it read
// stays the same when written and read again.
func FuzzDecode(f *testing.F) {
	for _, pattern := range []string{"testdata/examples/*/*.xml", "testdata/torture/*/*.xml"} {
		files, err := filepath.Glob(pattern)
		require.NoError(f, err)
		for _, file := range files {
			doc, err := os.ReadFile(file)
			require.NoError(f, err)
			f.Add(doc)
		}
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		first, ed, err := Decode(doc)
		if err != nil {
			var bad *DecodeError
			require.True(t, errors.As(err, &bad))
			require.NotNil(t, bad.Reply)
			require.NotEmpty(t, err.Error())
			return
		}
		written := Append(nil, ed, first)
		second, again, err := Decode(written)
		require.NoError(t, err, "%s", written)
		require.Equal(t, ed, again)
		// What is written without a value (a mandatory choice, an item of a
		// list) may gain one by the first round, but not by the second.
		settled := Append(nil, ed, second)
		third, _, err := Decode(settled)
		require.NoError(t, err, "%s", settled)
		require.Equal(t, second, third)
		require.Equal(t, string(settled), string(Append(nil, ed, third)))
	})
}

// FuzzText: any text that the switch or another client brings is written so that
// the document stays one, and read again as what it was, without what XML forbids.
func FuzzText(f *testing.F) {
	for _, s := range []string{"1000", "a<b>&\"'c", "ä€𝄞", "\x00\x1b\xff", "]]>", "\r\n\t", "&#0;", "\u2028\ufffe"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, number, ref string) {
		e := &DeliveredEvent{
			Connection:            ConnectionID{CallID: number, Device: Subscriber(number)},
			AlertingDevice:        Device(Subscriber(number)),
			CallingDevice:         Device(Subscriber(ref)),
			CalledDevice:          Device(Subscriber(number)),
			LastRedirectionDevice: RedirectedFrom(Subscriber(ref)),
			Cause:                 CauseNewCall,
		}
		var template Template
		template.Compile(Edition6, e)
		doc := template.Append(nil, ref, StateAlerting)
		require.Equal(t, -1, bytes.IndexFunc(doc, func(r rune) bool { return r >= utf8.RuneSelf }), "%q", doc)
		m, ed, err := Decode(doc)
		if err != nil {
			// An identifier of nothing but what XML forbids is left out.
			var bad *DecodeError
			require.ErrorAs(t, err, &bad)
			require.ErrorIs(t, err, errMissing, "%s", doc)
			return
		}
		require.Equal(t, Edition6, ed)
		again := Append(nil, Edition6, m)
		once, _, err := Decode(again)
		require.NoError(t, err, "%s", again)
		require.Equal(t, m, once)
	})
}

func FuzzNormalizeDevice(f *testing.F) {
	for _, s := range []string{"1000", "tel:+1-2;x", "sip:a:b@[::1]:5060;c?d", "N<1>;n=2", "a:b:c:d", "<<>>", "N<N<tel:sip:x@y>>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := NormalizeDevice(s)
		require.Equal(t, n, NormalizeDevice(n))
		require.LessOrEqual(t, len(n), len(s))
	})
}
