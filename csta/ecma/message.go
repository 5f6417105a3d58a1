package ecma

// Message is any CSTA document: request, response, event or error.
type Message interface {
	// Element is the name of the root element.
	Element() string
	// fields visits the children in schema order, to encode or decode them.
	fields(c *codec)
}

// Event is a message that a monitor may get.
type Event interface {
	Message
	// EventKind is its bit in monitor filters.
	EventKind() EventKind
}
