package uacsta

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/icholy/digest"
)

// Subscriber is what the directory knows of a user who registers a CSTA line.
type Subscriber struct {
	// Device is the subscriber whose phone the line drives.
	Device string
	Mode   Mode
	// Password or A1 (the hash of user, realm and password) authenticates.
	Password, A1 string
	// PhonePassword answers the phone's own challenge. It is never Password: who
	// has the phone could pass a challenge of the switch on to us.
	PhonePassword string
}

// ErrUnknownSubscriber: the directory has no such user.
var ErrUnknownSubscriber = errors.New("no such subscriber")

// Directory looks subscribers up. It may block.
type Directory interface {
	Subscriber(ctx context.Context, user, domain string) (Subscriber, error)
}

// Registrar takes the registrations of CSTA lines: accounts that phones open
// with us beside the one they make calls with. It knows nothing of the switch's
// registrations.
type Registrar struct {
	directory Directory
	phones    interface {
		Registered(Registration)
		Unregistered(Registration)
	}
	log    *slog.Logger
	secret [32]byte
	clock  func() time.Time
	places chan struct{}
}

const (
	// mostExpiry and leastExpiry bound a registration of a CSTA line.
	mostExpiry  = time.Hour
	leastExpiry = time.Minute
	// nonceTime is how long a challenge is good.
	nonceTime = time.Minute
	// lookups bounds the directory lookups under way.
	lookups = 16
	// lookupTime bounds one.
	lookupTime = 5 * time.Second
)

// NewRegistrar makes a Registrar that tells the agent of its registrations.
func NewRegistrar(directory Directory, agent *Agent, log *slog.Logger) *Registrar {
	r := &Registrar{directory: directory, phones: agent, log: log, clock: time.Now, places: make(chan struct{}, lookups)}
	// It panics if there is no randomness, as nothing could be kept secret then.
	_, _ = rand.Read(r.secret[:])
	return r
}

// Register is a REGISTER request.
type Register struct {
	// User and Domain are To's, Realm of the challenge is the domain.
	User, Domain string
	CallID       string
	// Contacts are the URIs; All is Contact: *.
	Contacts []Contact
	All      bool
	// Expires is the header; negative = absent.
	Expires       int
	Authorization string
	UserAgent     string
	Source        netip.AddrPort
	Transport     string
}

// Contact is one contact of a Register. Expires is negative if absent.
type Contact struct {
	URI     string
	Expires int
}

// Register answers a REGISTER. It may wait for the directory.
func (r *Registrar) Register(ctx context.Context, in Register) Reply {
	select {
	case r.places <- struct{}{}:
		defer func() { <-r.places }()
	default:
		return Reply{Status: statusServiceUnavailable, Headers: []Header{{"Retry-After", "5"}}}
	}
	if in.User == "" || in.Domain == "" {
		return Reply{Status: 400}
	}
	given, err := digest.ParseCredentials(in.Authorization)
	if err != nil || given.Realm != in.Domain {
		return r.challenge(in.Domain, false)
	}
	fresh, ours := r.checkNonce(given.Nonce)
	if !ours || !fresh {
		return r.challenge(in.Domain, ours)
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	subscriber, err := r.directory.Subscriber(ctx, in.User, in.Domain)
	switch {
	case errors.Is(err, ErrUnknownSubscriber):
		// As for a wrong password: who asks learns nothing about who is there.
		return r.challenge(in.Domain, false)
	case err != nil:
		r.log.Error("uaCSTA: the directory cannot be asked for a CSTA line", "user", in.User, "domain", in.Domain, "error", err)
		return Reply{Status: statusServiceUnavailable, Headers: []Header{{"Retry-After", "30"}}}
	case !authentic(given, in, subscriber):
		r.log.Warn("uaCSTA: a CSTA line was refused for a wrong password", "user", in.User, "domain", in.Domain, "from", in.Source.String())
		return r.challenge(in.Domain, false)
	case subscriber.Mode == Off:
		r.log.Warn("uaCSTA: a CSTA line was refused: the directory variable uacsta is not set for it", "user", in.User, "domain", in.Domain)
		return Reply{Status: statusForbidden}
	}
	return r.bind(in, subscriber)
}

func authentic(given *digest.Credentials, in Register, s Subscriber) bool {
	if given.Username != in.User || s.Password == "" && s.A1 == "" {
		return false
	}
	challenge := &digest.Challenge{Realm: in.Domain, Nonce: given.Nonce, Algorithm: "MD5"}
	if given.QOP != "" {
		if given.QOP != "auth" {
			return false
		}
		challenge.QOP = []string{"auth"}
	}
	want, err := digest.Digest(challenge, digest.Options{
		Method: "REGISTER", URI: given.URI, Count: given.Nc, Cnonce: given.Cnonce,
		Username: in.User, Password: s.Password, A1: strings.ToLower(s.A1),
	})
	return err == nil && subtle.ConstantTimeCompare([]byte(want.Response), []byte(strings.ToLower(given.Response))) == 1
}

// bind makes, refreshes or ends the registrations asked for.
func (r *Registrar) bind(in Register, s Subscriber) Reply {
	base := Registration{
		Registrar: ownRegistrar, Device: s.Device, User: in.User, Domain: in.Domain, Transport: in.Transport,
		Source: in.Source, UserAgent: in.UserAgent, Mode: s.Mode, Password: s.PhonePassword, Realm: in.Domain,
	}
	if in.All {
		if in.Expires != 0 {
			return Reply{Status: 400}
		}
		base.CallID = in.CallID
		r.phones.Unregistered(base)
		return Reply{Status: statusOK}
	}
	reply := Reply{Status: statusOK}
	for _, c := range in.Contacts {
		if !usableURI(c.URI) {
			return Reply{Status: 400}
		}
		seconds := c.Expires
		if seconds < 0 {
			seconds = in.Expires
		}
		if seconds < 0 {
			seconds = int(mostExpiry.Seconds())
		}
		expires := min(time.Duration(min(seconds, int(mostExpiry.Seconds())))*time.Second, mostExpiry)
		one := base
		one.Contact, one.CallID, one.Expires = c.URI, in.CallID, expires
		switch {
		case expires == 0:
			r.phones.Unregistered(one)
			continue
		case expires < leastExpiry:
			return Reply{Status: statusIntervalTooBrief, Headers: []Header{{"Min-Expires", strconv.Itoa(int(leastExpiry.Seconds()))}}}
		}
		r.phones.Registered(one)
		reply.Headers = append(reply.Headers, Header{"Contact", fmt.Sprintf("<%s>;expires=%d", c.URI, int(expires.Seconds()))})
	}
	return reply
}

// challenge asks for the password (RFC 3261 22.4).
func (r *Registrar) challenge(realm string, stale bool) Reply {
	c := digest.Challenge{Realm: realm, Nonce: r.nonce(), Algorithm: "MD5", QOP: []string{"auth"}, Stale: stale}
	return Reply{Status: statusUnauthorized, Headers: []Header{{"WWW-Authenticate", c.String()}}}
}

// nonce is a time and its seal, so that none has to be remembered.
func (r *Registrar) nonce() string {
	at := strconv.FormatInt(r.clock().Unix(), 16)
	return at + "." + r.seal(at)
}

func (r *Registrar) seal(at string) string {
	mac := hmac.New(sha256.New, r.secret[:])
	mac.Write([]byte(at))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

func (r *Registrar) checkNonce(nonce string) (fresh, ours bool) {
	at, seal, found := strings.Cut(nonce, ".")
	if !found || subtle.ConstantTimeCompare([]byte(seal), []byte(r.seal(at))) != 1 {
		return false, false
	}
	unix, err := strconv.ParseInt(at, 16, 64)
	age := r.clock().Sub(time.Unix(unix, 0))
	return err == nil && age >= 0 && age <= nonceTime, true
}
