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
	"maps"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/icholy/digest"

	"mod_csta_socket/csta/origin"
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

	mu sync.Mutex
	// used are the nonces that came back, until they are too old, ofSource how many of
	// them from each source.
	used     map[string]use
	ofSource map[netip.Prefix]int
	// swept is when those that are too old were last looked for.
	swept time.Time
}

// use is what came back with a nonce.
type use struct {
	// count is the highest nc that was right.
	count uint64
	// failures were not.
	failures int
	until    time.Time
	source   netip.Prefix
}

const (
	// mostExpiry and leastExpiry bound a registration of a CSTA line.
	mostExpiry  = time.Hour
	leastExpiry = time.Minute
	// nonceTime is how long a challenge is good.
	nonceTime = time.Minute
	// mostFailures bounds the wrong answers to one challenge.
	mostFailures = 3
	// mostUsed bounds the nonces that are remembered.
	mostUsed = 1 << 16
	// mostUsedOfSource bounds those of one source, so that nobody takes the place of
	// all others, nor tries passwords as fast as he can. All phones behind one proxy
	// can register within a minute by it.
	mostUsedOfSource = mostUsed / 32
	// sweepInterval is between two looks for those that are too old.
	sweepInterval = time.Second
	// lookups bounds the directory lookups under way.
	lookups = 16
	// lookupTime bounds one.
	lookupTime = 5 * time.Second
)

// NewRegistrar makes a Registrar that tells the agent of its registrations.
func NewRegistrar(directory Directory, agent *Agent, log *slog.Logger) *Registrar {
	r := &Registrar{directory: directory, phones: agent, log: log, clock: time.Now, places: make(chan struct{}, lookups), used: map[string]use{}, ofSource: map[netip.Prefix]int{}}
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

// Stranger answers a REGISTER that does not bring back what was sent to its user at
// its address: it may come from anywhere. Nothing is kept of it, and nobody asked. ok
// is false for all others, which are Register's.
func (r *Registrar) Stranger(in Register) (reply Reply, ok bool) {
	given, refusal := r.proof(in)
	return refusal, given == nil
}

// proof is the answer to a challenge of ours that is still good; nil if there is
// none, and then how the REGISTER is refused.
func (r *Registrar) proof(in Register) (given *digest.Credentials, refusal Reply) {
	if in.User == "" || in.Domain == "" {
		return nil, Reply{Status: 400}
	}
	given, err := digest.ParseCredentials(in.Authorization)
	if err != nil || given.Realm != in.Domain {
		return nil, r.challenge(in, false)
	}
	fresh, ours := r.checkNonce(in, given.Nonce)
	if !ours || !fresh {
		return nil, r.challenge(in, ours)
	}
	return given, Reply{}
}

// Register answers a REGISTER. It may wait for the directory.
func (r *Registrar) Register(ctx context.Context, in Register) Reply {
	select {
	case r.places <- struct{}{}:
		defer func() { <-r.places }()
	default:
		return Reply{Status: statusServiceUnavailable, Headers: []Header{{"Retry-After", "5"}}}
	}
	given, refusal := r.proof(in)
	if given == nil {
		return refusal
	}
	if refusal, refused := r.noPlace(in, given.Nonce); refused {
		return refusal
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	subscriber, err := r.directory.Subscriber(ctx, in.User, in.Domain)
	switch {
	case errors.Is(err, ErrUnknownSubscriber):
		// As for a wrong password: who asks learns nothing about who is there.
		return r.failed(in, given.Nonce)
	case err != nil:
		r.log.Error("uaCSTA: the directory cannot be asked for a CSTA line", "user", in.User, "domain", in.Domain, "error", err)
		return Reply{Status: statusServiceUnavailable, Headers: []Header{{"Retry-After", "30"}}}
	case !authentic(given, in, subscriber):
		r.log.Warn("uaCSTA: a CSTA line was refused for a wrong password", "user", in.User, "domain", in.Domain, "from", in.Source.String())
		return r.failed(in, given.Nonce)
	case !r.counts(in, given):
		// Who has seen these credentials sends them again, or the phone does.
		return r.challenge(in, true)
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
func (r *Registrar) challenge(in Register, stale bool) Reply {
	c := digest.Challenge{Realm: in.Domain, Nonce: r.nonce(in), Algorithm: "MD5", QOP: []string{"auth"}, Stale: stale}
	return Reply{Status: statusUnauthorized, Headers: []Header{{"WWW-Authenticate", c.String()}}}
}

// nonce is a time and its seal, so that none has to be remembered before it comes
// back. It is good for one user at one address (RFC 7616 5.4).
func (r *Registrar) nonce(in Register) string {
	at := strconv.FormatInt(r.clock().Unix(), 16) + "-" + rand.Text()
	return at + "." + r.seal(in, at)
}

func (r *Registrar) seal(in Register, at string) string {
	mac := hmac.New(sha256.New, r.secret[:])
	for _, part := range []string{at, in.User, in.Domain, in.Source.Addr().Unmap().String()} {
		mac.Write(append([]byte(part), 0))
	}
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// checkNonce tells whether a nonce was given to that user at that address, and
// whether it is still good.
func (r *Registrar) checkNonce(in Register, nonce string) (fresh, ours bool) {
	at, seal, found := strings.Cut(nonce, ".")
	if !found || subtle.ConstantTimeCompare([]byte(seal), []byte(r.seal(in, at))) != 1 {
		return false, false
	}
	at, _, _ = strings.Cut(at, "-")
	unix, err := strconv.ParseInt(at, 16, 64)
	age := r.clock().Sub(time.Unix(unix, 0))
	if err != nil || age < 0 || age > nonceTime {
		return false, true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.used[nonce].failures < mostFailures, true
}

// failed counts a wrong answer and asks again.
func (r *Registrar) failed(in Register, nonce string) Reply {
	r.mu.Lock()
	u := r.used[nonce]
	u.failures++
	r.keep(in, nonce, u)
	r.mu.Unlock()
	return r.challenge(in, false)
}

// counts tells whether credentials that are right are used for the first time: nc
// rises with each use of a nonce (RFC 7616 5.12), and without it there is one.
func (r *Registrar) counts(in Register, given *digest.Credentials) bool {
	count := uint64(math.MaxUint64)
	if given.QOP != "" {
		count = uint64(max(given.Nc, 0))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	u := r.used[given.Nonce]
	if count <= u.count {
		return false
	}
	u.count = count
	return r.keep(in, given.Nonce, u)
}

// noPlace refuses what comes back with a nonce that cannot be remembered, before
// anything shows whether it is right: it could be tried again and again. Who has used
// up the places of his source has to wait; if all places are taken, whoever comes is
// asked once more.
func (r *Registrar) noPlace(in Register, nonce string) (refusal Reply, refused bool) {
	source := origin.Of(in.Source.Addr())
	r.mu.Lock()
	_, known := r.used[nonce]
	room := known || r.hasRoom(source)
	usedUp := r.ofSource[source] >= mostUsedOfSource
	r.mu.Unlock()
	switch {
	case room:
		return Reply{}, false
	case usedUp:
		return Reply{Status: statusServiceUnavailable, Headers: []Header{{"Retry-After", "60"}}}, true
	}
	return r.challenge(in, true), true
}

// hasRoom tells whether one more nonce of a source can be remembered. r.mu is held.
func (r *Registrar) hasRoom(source netip.Prefix) bool {
	full := func() bool { return len(r.used) >= mostUsed || r.ofSource[source] >= mostUsedOfSource }
	if now := r.clock(); full() && now.Sub(r.swept) >= sweepInterval {
		r.swept = now
		maps.DeleteFunc(r.used, func(_ string, old use) bool {
			gone := now.After(old.until)
			if gone {
				if r.ofSource[old.source]--; r.ofSource[old.source] <= 0 {
					delete(r.ofSource, old.source)
				}
			}
			return gone
		})
	}
	return !full()
}

// keep remembers what came back with a nonce. ok is false if there is no room. r.mu
// is held.
func (r *Registrar) keep(in Register, nonce string, u use) (ok bool) {
	if _, known := r.used[nonce]; !known {
		u.source = origin.Of(in.Source.Addr())
		if !r.hasRoom(u.source) {
			return false
		}
		r.ofSource[u.source]++
	}
	u.until = r.clock().Add(nonceTime + time.Second)
	r.used[nonce] = u
	return true
}
