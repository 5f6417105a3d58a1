package engine

import (
	"slices"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/wire"
)

// stream is a list on its way to a client in segments (ECMA-269 13.1.6, 16.1.2): it
// follows the response that names it, as fast as the client reads.
type stream struct {
	ed ecma.Edition
	// next makes the next segment; more tells whether another one follows.
	next func() (m ecma.Message, more bool)
}

const (
	// maxStreams bounds the lists that are on their way to one session.
	maxStreams = 4
	// segmentsAtOnce bounds what the engine does for one list before it looks after
	// others.
	segmentsAtOnce = 8
	// streamRoom is what has to be free of a session's output for the next segments:
	// events have the rest.
	streamRoom = 2 << 20
)

// segmented cuts a list into segments: of at most that many items, and no longer than
// clients read. There is one even for an empty list. wrap makes one of a part of the
// list; they count from 1.
func segmented[T any](ed ecma.Edition, items []T, most int, wrap func(part []T, number int64, last bool) ecma.Message) stream {
	var number int64
	var scratch []byte
	return stream{ed, func() (ecma.Message, bool) {
		number++
		for n := min(len(items), most); ; n /= 2 {
			last := n == len(items)
			m := wrap(items[:n], number, last)
			if scratch = ecma.Append(scratch[:0], ed, m); n <= 1 || len(scratch) <= wire.MaxSentBody {
				items = items[n:]
				return m, !last
			}
		}
	}}
}

// follow answers a request and lets a list follow the response, until it is over or the
// session is.
func (o *office) follow(r *Request, response ecma.Message, list stream) {
	s := o.asker(r)
	switch {
	case s == nil:
	case len(s.streams) >= maxStreams:
		o.refuse(r, ecma.ErrResourceBusy)
	default:
		o.respond(r, response)
		s.streams = append(s.streams, &list)
		o.goOn(s, &list)
	}
}

func (o *office) goOn(s *session, list *stream) {
	if s.gone {
		return
	}
	w := forOthers
	for range segmentsAtOnce {
		if roomy, is := s.Session.(Roomy); is && roomy.Room() < streamRoom {
			w = forReader
			break
		}
		m, more := list.next()
		o.push(s, list.ed, m)
		if !more {
			s.streams = slices.DeleteFunc(s.streams, func(other *stream) bool { return other == list })
			return
		}
	}
	o.lasting(w, streaming{o, s, list})
}

// streaming is a list whose next segments are due.
type streaming struct {
	o    *office
	s    *session
	list *stream
}

func (n streaming) late(wait) bool {
	n.o.goOn(n.s, n.list)
	return false
}
