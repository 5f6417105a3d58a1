package association

import "slices"

// Message is one that a client is sent of the switching function's own accord.
type Message struct {
	// Number counts the messages of the association.
	Number uint64
	// End is where it ends in the stream of the connection that it was queued on last.
	End uint64
	// Request: it is a request of the switching function; otherwise an event.
	Request bool
	// Body is the document.
	Body []byte
}

const (
	// chunkSize is the memory that bodies are kept in at a time; a journal that holds
	// little has smaller ones.
	chunkSize      = 16 << 10
	leastChunkSize = 1 << 10
	// messageSize is what a message takes beside its body.
	messageSize = 56
)

// journal holds the last messages of an association, in their order and without gaps. The
// zero value is empty.
type journal struct {
	messages []Message
	// chunk is where the next body goes. Bodies are parts of chunks, which live as long as
	// one of theirs does.
	chunk []byte
	// bytes is what the messages take.
	bytes int
}

// add keeps a message, and a copy of its body.
func (j *journal) add(m Message) {
	if cap(j.chunk)-len(j.chunk) < len(m.Body) {
		size := min(max(2*cap(j.chunk), leastChunkSize), chunkSize)
		j.chunk = make([]byte, 0, max(size, len(m.Body)))
	}
	at := len(j.chunk)
	j.chunk = append(j.chunk, m.Body...)
	m.Body = slices.Clip(j.chunk[at:])
	j.messages = append(j.messages, m)
	j.bytes += len(m.Body) + messageSize
}

// drop forgets the oldest message.
func (j *journal) drop() {
	j.bytes -= len(j.messages[0].Body) + messageSize
	j.messages[0] = Message{}
	if j.messages = j.messages[1:]; len(j.messages) == 0 {
		*j = journal{chunk: j.chunk}
	}
}

// after finds what follows the message of that number, if last is the number of the last one
// there was: the index of the first. False if not all of that is kept, or there was no such
// message.
func (j *journal) after(number, last uint64) (first int, whole bool) {
	if number > last || last-number > uint64(len(j.messages)) {
		return 0, false
	}
	return len(j.messages) - int(last-number), true
}

// upTo is the number of the last message that ends at a place in the stream of the
// connection or before; none if it is none of those that are kept.
func (j *journal) upTo(place, none uint64) uint64 {
	i, _ := slices.BinarySearchFunc(j.messages, place, func(m Message, place uint64) int {
		if m.End <= place {
			return -1
		}
		return 1
	})
	if i == 0 {
		return none
	}
	return j.messages[i-1].Number
}
