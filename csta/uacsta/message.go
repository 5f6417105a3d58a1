package uacsta

import (
	"net/netip"
	"time"
)

// Methods used.
const (
	methodOptions = "OPTIONS"
	methodInvite  = "INVITE"
	methodAck     = "ACK"
	methodCancel  = "CANCEL"
	methodInfo    = "INFO"
	methodBye     = "BYE"
	methodUpdate  = "UPDATE"
	methodNotify  = "NOTIFY"
)

// ContentCSTA is the media type of CSTA documents.
const ContentCSTA = "application/csta+xml"

// Header is a header field.
type Header struct{ Name, Value string }

// Request is a SIP request to be sent, complete but for Via, Max-Forwards,
// Contact and Content-Length.
type Request struct {
	// Tx names the transaction: responses bring it back. The ACK of a positive
	// answer has none, 0. A CANCEL has that of the INVITE it cancels.
	Tx     uint64
	Method string
	// URI is the Request-URI.
	URI string
	// From and To are URIs; the tags may be empty.
	From, FromTag, To, ToTag string
	CallID                   string
	CSeq                     uint32
	Routes                   []string
	Headers                  []Header
	// Body is a CSTA document; empty = none.
	Body []byte
	// Transport and Destination say where it is sent. Flow = only over a
	// connection that the phone opened.
	Transport   string
	Destination netip.AddrPort
	Flow        bool
	// Timeout ends the transaction; the response's status is 0 then.
	Timeout time.Duration
}

// Response is a response to a Request.
type Response struct {
	Tx uint64
	// Status 0: none came in time, or it could not be sent; Reason says why.
	Status int
	Reason string
	ToTag  string
	// Contact is a URI; Routes is the route set that Record-Route makes.
	Contact string
	Routes  []string
	// Accept and Allow are whole values, repeated ones joined.
	Accept, Allow string
	// SessionExpires and MinSE are whole values (RFC 4028).
	SessionExpires, MinSE string
	// RetryAfter is 0 if absent.
	RetryAfter time.Duration
	// Challenge is WWW-Authenticate or Proxy-Authenticate, according to status.
	Challenge   string
	ContentType string
	Body        []byte
	// CallID and CSeq are set in a positive response to an INVITE whose
	// transaction is over (Tx 0): the phone missed the ACK.
	CallID string
	CSeq   uint32
}

// Incoming is a request from a phone.
type Incoming struct {
	Method string
	CSeq   uint32
	CallID string
	// FromUser and FromDomain are From's URI. FromTag is the phone's, ToTag ours.
	FromUser, FromDomain string
	FromTag, ToTag       string
	Source               netip.AddrPort
	Transport            string
	Contact              string
	SessionExpires       string
	// Event is that of a NOTIFY.
	Event       string
	ContentType string
	Body        []byte
}

// Notice is a NOTIFY that the switch is to send.
type Notice struct {
	// Registrar is the profile, Contact the contact with the switch's own
	// parameters (fs_path).
	Registrar, Contact string
	// From and To are URIs.
	From, To           string
	Event, ContentType string
	Body               []byte
}

// Reply answers an Incoming.
type Reply struct {
	Status  int
	Headers []Header
	// Body is a CSTA document; empty = none.
	Body []byte
}
