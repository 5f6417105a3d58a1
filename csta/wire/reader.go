package wire

import (
	"encoding/binary"
	"fmt"
	"io"
)

const (
	// readBuffer is what a Reader holds while its peer is idle; most frames
	// fit, several if they are short.
	readBuffer = 4096
	// maxEmptyReads ends the wait for an io.Reader that returns neither bytes
	// nor an error.
	maxEmptyReads = 100
)

// Reader takes frames from a byte stream, however it is chunked.
type Reader struct {
	src io.Reader
	// buf[from:to] is read and not yet handed out.
	buf      []byte
	from, to int
}

// NewReader returns a Reader on src. It reads ahead.
func NewReader(src io.Reader) *Reader {
	return &Reader{src: src, buf: make([]byte, readBuffer)}
}

// Next waits for the next frame. The error is io.EOF if the stream ended
// between two frames, io.ErrUnexpectedEOF (wrapped) inside one, a *HeaderError
// for an unusable header, or the source's own. No error can be recovered from.
func (r *Reader) Next() (Frame, error) {
	if r.from == r.to {
		r.from, r.to = 0, 0
		if len(r.buf) > readBuffer {
			r.buf = make([]byte, readBuffer)
		}
	}
	if err := r.fill(HeaderLen); err != nil {
		return Frame{}, err
	}
	header := r.buf[r.from : r.from+HeaderLen]
	length, invoke, err := parseHeader(header)
	if err != nil {
		return Frame{}, err
	}
	if err := r.fill(length); err != nil {
		return Frame{}, err
	}
	body := r.buf[r.from+HeaderLen : r.from+length : r.from+length]
	r.from += length
	return Frame{Invoke: invoke, Body: body}, nil
}

// Split takes the first frame from a buffer that others have read; whole is false if not
// all of it is there. The error is that of Reader.Next.
func Split(b []byte) (f Frame, rest []byte, whole bool, err error) {
	if len(b) < HeaderLen {
		return Frame{}, b, false, nil
	}
	length, invoke, err := parseHeader(b[:HeaderLen])
	if err != nil || len(b) < length {
		return Frame{}, b, false, err
	}
	return Frame{Invoke: invoke, Body: b[HeaderLen:length:length]}, b[length:], true, nil
}

// fill makes at least n unread bytes available.
func (r *Reader) fill(n int) error {
	r.makeRoom(n)
	for empty := 0; r.to-r.from < n; {
		got, err := r.src.Read(r.buf[r.to:])
		r.to += got
		if r.to-r.from >= n {
			return nil
		}
		if err != nil {
			return r.ended(err)
		}
		if got > 0 {
			empty = 0
		} else if empty++; empty == maxEmptyReads {
			return io.ErrNoProgress
		}
	}
	return nil
}

func (r *Reader) makeRoom(n int) {
	if len(r.buf)-r.from >= n {
		return
	}
	dst := r.buf
	if len(dst) < n {
		dst = make([]byte, n)
	}
	r.to = copy(dst, r.buf[r.from:r.to])
	r.from = 0
	r.buf = dst
}

// ended says in which place the stream ended.
func (r *Reader) ended(err error) error {
	have := r.to - r.from
	if have == 0 {
		return err
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("after %d bytes of a frame: %w", have, err)
}

// parseHeader reads the header's fields from its first HeaderLen bytes.
func parseHeader(h []byte) (length int, invoke uint16, err error) {
	length = int(binary.BigEndian.Uint16(h[2:]))
	switch {
	case h[0] != 0 || h[1] != 0:
		err = ErrFormat
	case length < HeaderLen:
		err = ErrLength
	}
	for _, c := range h[4:HeaderLen] {
		if c < '0' || c > '9' {
			if err == nil {
				err = ErrInvoke
			}
			break
		}
		invoke = invoke*10 + uint16(c-'0')
	}
	if err != nil {
		return 0, 0, &HeaderError{Header: [HeaderLen]byte(h), Reason: err}
	}
	return length, invoke, nil
}
