package wire

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const request = `<RequestSystemStatus xmlns="http://www.ecma-international.org/standards/ecma-323/csta/ed4"/>`

func frame(t testing.TB, invoke uint16, body string) []byte {
	t.Helper()
	f, err := Append(nil, invoke, []byte(body))
	require.NoError(t, err)
	return f
}

// Bytes as ECMA-323 Annex J.2 lays them out.
func TestAppend(t *testing.T) {
	for _, c := range []struct {
		name   string
		invoke uint16
		body   string
		want   string
	}{
		{"request", 1, request, "\x00\x00\x00\x640001" + request},
		{"first invoke ID", 0, "<a/>", "\x00\x00\x00\x0c0000<a/>"},
		{"event", EventInvoke, "<a/>", "\x00\x00\x00\x0c9999<a/>"},
		{"all digits differ", 4071, "<a/>", "\x00\x00\x00\x0c4071<a/>"},
		{"empty document", 12, "", "\x00\x00\x00\x080012"},
		{"length in both bytes", 7, strings.Repeat("x", 0x1234-8), "\x00\x00\x12\x340007" + strings.Repeat("x", 0x1234-8)},
		{"bytes are counted, not characters", 7, "é€", "\x00\x00\x00\x0d0007é€"},
		{"longest", 7, strings.Repeat("x", MaxBody), "\x00\x00\xff\xff0007" + strings.Repeat("x", MaxBody)},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, []byte(c.want), frame(t, c.invoke, c.body))
		})
	}
}

func TestEndRefusesTooLong(t *testing.T) {
	before := frame(t, 1, "<a/>")
	dst, m := Begin(before, 2)
	dst, err := End(append(dst, make([]byte, MaxBody+1)...), m)
	require.ErrorIs(t, err, ErrTooLong)
	assert.Equal(t, before, dst, "the frames before stay")
	dst, err = Append(dst, 3, []byte("<b/>"))
	require.NoError(t, err)
	r := NewReader(bytes.NewReader(dst))
	for _, invoke := range []uint16{1, 3} {
		f, err := r.Next()
		require.NoError(t, err)
		assert.Equal(t, invoke, f.Invoke)
	}
}

func TestReaderRefusesHeaders(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     error
	}{
		{"SOAP", "\x01\x00\x00\x0c0001<a/>", ErrFormat},
		{"second byte of the format", "\x00\x01\x00\x0c0001<a/>", ErrFormat},
		{"XML without a header", "<?xml version", ErrFormat},
		{"HTTP", "GET / HTTP/1.1\r\n", ErrFormat},
		{"length 0", "\x00\x00\x00\x000001", ErrLength},
		{"length 7", "\x00\x00\x00\x070001", ErrLength},
		{"letters", "\x00\x00\x00\x0cabcd<a/>", ErrInvoke},
		{"spaces", "\x00\x00\x00\x0c   1<a/>", ErrInvoke},
		{"binary", "\x00\x00\x00\x0c\x00\x00\x00\x01<a/>", ErrInvoke},
		{"sign", "\x00\x00\x00\x0c-001<a/>", ErrInvoke},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := NewReader(strings.NewReader(c.in))
			_, err := r.Next()
			require.ErrorIs(t, err, c.want)
			var header *HeaderError
			require.ErrorAs(t, err, &header)
			assert.Equal(t, c.in[:HeaderLen], string(header.Header[:]))
		})
	}
}

func TestReaderAtTheEnd(t *testing.T) {
	whole := string(frame(t, 1, "<a/>"))
	for cut := 1; cut < len(whole); cut++ {
		r := NewReader(strings.NewReader(whole + whole[:cut]))
		_, err := r.Next()
		require.NoError(t, err)
		_, err = r.Next()
		require.ErrorIs(t, err, io.ErrUnexpectedEOF, "cut after %d bytes", cut)
	}
	r := NewReader(strings.NewReader(whole))
	_, err := r.Next()
	require.NoError(t, err)
	_, err = r.Next()
	assert.Equal(t, io.EOF, err, "unwrapped, as io.Reader does")
}

func TestReaderPassesErrors(t *testing.T) {
	_, err := NewReader(iotest.ErrReader(errors.New("reset"))).Next()
	assert.EqualError(t, err, "reset")
	_, err = NewReader(io.MultiReader(strings.NewReader("\x00\x00"), iotest.ErrReader(errors.New("reset")))).Next()
	assert.EqualError(t, err, "after 2 bytes of a frame: reset")
	_, err = NewReader(mute{}).Next()
	assert.ErrorIs(t, err, io.ErrNoProgress)
}

type mute struct{}

func (mute) Read([]byte) (int, error) { return 0, nil }

func TestReaderChunks(t *testing.T) {
	bodies := []string{"", "<a/>", request, strings.Repeat("y", readBuffer), strings.Repeat("z", MaxBody), "<b/>", strings.Repeat("w", readBuffer-HeaderLen)}
	var stream []byte
	for i, b := range bodies {
		stream = append(stream, frame(t, uint16(i), b)...)
	}
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"at once":        func(r io.Reader) io.Reader { return r },
		"byte by byte":   iotest.OneByteReader,
		"halves":         iotest.HalfReader,
		"data with EOF":  iotest.DataErrReader,
		"header pieces":  func(r io.Reader) io.Reader { return chunks{r, []int{2, 2, 4, 3}} },
		"uneven and big": func(r io.Reader) io.Reader { return chunks{r, []int{4095, 1, 4097, 30000}} },
	} {
		t.Run(name, func(t *testing.T) {
			r := NewReader(wrap(bytes.NewReader(stream)))
			for i, b := range bodies {
				f, err := r.Next()
				require.NoError(t, err)
				assert.Equal(t, uint16(i), f.Invoke)
				assert.True(t, b == string(f.Body), "body %d", i)
			}
			_, err := r.Next()
			assert.Equal(t, io.EOF, err)
			assert.LessOrEqual(t, len(r.buf), MaxFrame)
		})
	}
}

// chunks cuts a stream into pieces of these lengths, again and again.
type chunks struct {
	src   io.Reader
	sizes []int
}

func (c chunks) Read(p []byte) (int, error) {
	n := c.sizes[0]
	copy(c.sizes, c.sizes[1:])
	c.sizes[len(c.sizes)-1] = n
	return c.src.Read(p[:min(n, len(p))])
}

// After a long frame an idle reader holds the small buffer again.
func TestReaderGivesMemoryBack(t *testing.T) {
	in := append(frame(t, 1, strings.Repeat("x", MaxBody)), frame(t, 2, "<a/>")...)
	r := NewReader(iotest.OneByteReader(bytes.NewReader(in)))
	_, err := r.Next()
	require.NoError(t, err)
	_, err = r.Next()
	require.NoError(t, err)
	assert.Len(t, r.buf, readBuffer)
}

func TestFramesDoNotShareMemory(t *testing.T) {
	r := NewReader(bytes.NewReader(append(frame(t, 1, "<a/>"), frame(t, 2, "<b/>")...)))
	first, err := r.Next()
	require.NoError(t, err)
	_ = append(first.Body, "overwrites the next frame if the slice has room"...)
	second, err := r.Next()
	require.NoError(t, err)
	assert.Equal(t, "<b/>", string(second.Body))
}

// FuzzReader: any bytes in any chunks give the same frames and the same end as
// all at once, and what comes out is what went in.
func FuzzReader(f *testing.F) {
	f.Add(append(frame(f, 1, request), frame(f, 2, "<a/>")...), uint64(1))
	f.Add([]byte("\x00\x00\x00\x080001\x00\x00\x00\x070002"), uint64(7))
	f.Add([]byte("\x00\x00\xff\xff0001<a"), uint64(3))
	f.Fuzz(func(t *testing.T, in []byte, seed uint64) {
		var split []Frame
		for rest := in; ; {
			f, after, is, err := Split(rest)
			if err != nil || !is {
				break
			}
			split, rest = append(split, f), after
		}
		whole, wholeErr := frames(NewReader(bytes.NewReader(in)))
		cut, cutErr := frames(NewReader(&random{bytes.NewReader(in), rand.New(rand.NewPCG(seed, 0))}))
		require.Equal(t, whole, cut)
		require.Equal(t, whole, split)
		require.Equal(t, wholeErr.Error(), cutErr.Error())
		var again []byte
		for _, w := range whole {
			var err error
			again, err = Append(again, w.Invoke, w.Body)
			require.NoError(t, err)
		}
		require.True(t, bytes.HasPrefix(in, again))
		if wholeErr == io.EOF {
			require.Equal(t, len(in), len(again))
		}
	})
}

func frames(r *Reader) ([]Frame, error) {
	var list []Frame
	for {
		f, err := r.Next()
		if err != nil {
			return list, err
		}
		f.Body = bytes.Clone(f.Body)
		list = append(list, f)
	}
}

// random reads pieces of random length.
type random struct {
	src io.Reader
	rnd *rand.Rand
}

func (r *random) Read(p []byte) (int, error) {
	return r.src.Read(p[:1+r.rnd.IntN(len(p))])
}

func TestNoAllocations(t *testing.T) {
	buf := make([]byte, 0, 256)
	body := []byte(request)
	assert.Zero(t, testing.AllocsPerRun(100, func() { buf, _ = Append(buf[:0], 1, body) }))
	in := bytes.Repeat(frame(t, 1, request), 300)
	r := NewReader(bytes.NewReader(in))
	assert.Zero(t, testing.AllocsPerRun(200, func() {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
	}))
}

func BenchmarkReader(b *testing.B) {
	one := frame(b, 1, request+strings.Repeat(" ", 300-len(request)))
	stream := bytes.Repeat(one, 100)
	src := bytes.NewReader(nil)
	r := NewReader(src)
	b.SetBytes(int64(len(one)))
	for i := 0; b.Loop(); i++ {
		if i%100 == 0 {
			src.Reset(stream)
		}
		if _, err := r.Next(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	body := []byte(request + strings.Repeat(" ", 300-len(request)))
	buf := make([]byte, 0, 512)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		var err error
		if buf, err = Append(buf[:0], 1, body); err != nil {
			b.Fatal(err)
		}
	}
}
