package uaphone

import (
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/google/uuid"
	"github.com/icholy/digest"

	"mod_csta_socket/csta/conformance/phone"
	"mod_csta_socket/csta/ecma"
)

const contentCSTA = "application/csta+xml"

// Phone is a telephone with uaCSTA. It is also an ordinary phone.
type Phone struct {
	*phone.Phone
	profile Profile
	cfg     phone.Config
	faults  atomic.Pointer[Faults]
	coupled atomic.Bool
	made    chan struct{}
	// pairs lets one thing at a time happen to two calls.
	pairs sync.Mutex

	mu        sync.Mutex
	dialogues map[string]*dialogue
	infos     int
	lastCall  int
	calls     []*ScreenCall
	dnd       bool
	// forwarding holds one setting per kind.
	forwarding []ecma.ForwardListItem
	// server is who a phone without sessions asks.
	server    string
	seen      []string
	openings  int
	acks      int
	cancelled int
	nonce     string
	lines     []*sipgo.Client
	// handsets are those whose CSTA lines share the connection of this one.
	handsets map[string]*Phone
	opened   chan struct{}
	held     *event
	// backlog is what is told late, one after the other.
	backlog []*event
	// boots counts restarts.
	boots      int
	afterwards func()
}

// ScreenCall is a call as the phone's display shows it.
type ScreenCall struct {
	ID     string
	Number string
	State  ecma.LocalConnectionState
	// sip is the call itself; nil for a call that is on the display only.
	sip *phone.Call
	// turn lets one thing at a time happen to it.
	turn *sync.Mutex
}

type dialogue struct {
	id, localTag, remoteTag string
	local, remote, target   string
	source, network         string
	cseq                    uint32
	monitor                 string
	stopped                 string
}

type event struct {
	d   *dialogue
	seq uint32
	doc []byte
	// due is when it is sent, if not at once.
	due time.Time
}

// New makes a phone of a profile.
func New(profile Profile, cfg phone.Config) (*Phone, error) {
	p := &Phone{profile: profile, dialogues: map[string]*dialogue{}, lastCall: profile.FirstCallID - 1, made: make(chan struct{}), opened: make(chan struct{}, 64), nonce: uuid.NewString()}
	p.faults.Store(&Faults{})
	cfg.Observe = p.observe
	cfg.UserAgent, cfg.ContactParameters, cfg.Extension = profile.UserAgent, profile.ContactParameters, p.offer
	p.cfg = cfg
	inner, err := phone.New(cfg)
	if err != nil {
		close(p.made)
		return nil, err
	}
	p.Phone = inner
	close(p.made)
	return p, nil
}

// Profile is the phone's.
func (p *Phone) Profile() Profile { return p.profile }

// Misbehave changes the faults.
func (p *Phone) Misbehave(f Faults) { p.faults.Store(&f) }

func (p *Phone) fault() Faults { return *p.faults.Load() }

// ContactURI is what the phone registers.
func (p *Phone) ContactURI() string { return p.Contact().Address.String() }

// Openings counts the INVITEs that wanted a session, Accepted those that got one
// and were acknowledged, Cancelled the CANCELs.
func (p *Phone) Openings() int  { p.mu.Lock(); defer p.mu.Unlock(); return p.openings }
func (p *Phone) Accepted() int  { p.mu.Lock(); defer p.mu.Unlock(); return p.acks }
func (p *Phone) Cancelled() int { p.mu.Lock(); defer p.mu.Unlock(); return p.cancelled }

// Asked are the root elements of the CSTA requests that came, oldest first.
func (p *Phone) Asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.seen...)
}

// Sessions counts the sessions that stand.
func (p *Phone) Sessions() int { p.mu.Lock(); defer p.mu.Unlock(); return len(p.dialogues) }

// Screen is what the display shows.
func (p *Phone) Screen() []ScreenCall {
	p.mu.Lock()
	defer p.mu.Unlock()
	var calls []ScreenCall
	for _, c := range p.calls {
		calls = append(calls, ScreenCall{ID: c.ID, Number: c.Number, State: c.state()})
	}
	return calls
}

// Name is what the phone calls itself.
func (p *Phone) Name() string {
	switch p.profile.Naming {
	case SIPAddress:
		return "sip:" + p.cfg.User + "@" + p.cfg.Domain
	case UserAtHost:
		return p.cfg.User + "@" + p.cfg.Domain
	}
	return p.cfg.User
}

// offer takes the requests that belong to uaCSTA.
func (p *Phone) offer(req *sip.Request, tx sip.ServerTransaction) bool {
	<-p.made
	p.mu.Lock()
	handset := p.handsets[req.Recipient.User]
	p.mu.Unlock()
	if handset != nil {
		return handset.offer(req, tx)
	}
	f := p.fault()
	isCSTA := strings.HasPrefix(header(req, "Content-Type"), contentCSTA)
	d := p.dialogue(req)
	switch {
	case req.Method == sip.ACK && d == nil:
		return false
	case req.Method == sip.ACK:
		p.mu.Lock()
		p.acks++
		p.mu.Unlock()
		return true
	case req.Method == sip.OPTIONS:
		if f.Deaf {
			return true
		}
		p.options(req, tx)
		return true
	case !isCSTA && d == nil:
		return false
	}
	if f.Deaf {
		return true
	}
	if f.Silence > 0 {
		select {
		case <-time.After(f.Silence):
		case <-tx.Done():
			return true
		}
	}
	switch {
	case req.Method == sip.INVITE:
		p.invite(req, tx, d)
	case req.Method == sip.NOTIFY && isCSTA:
		p.notify(req, tx)
	case d == nil || f.Rebooted:
		p.answer(req, tx, 481, "", nil)
	case req.Method == sip.INFO:
		p.info(req, tx, d)
	case req.Method == sip.BYE:
		p.answer(req, tx, 200, "", nil)
		p.end(d)
	default:
		p.answer(req, tx, 405, "", nil)
	}
	return true
}

func header(m interface{ GetHeader(string) sip.Header }, name string) string {
	if h := m.GetHeader(name); h != nil {
		return h.Value()
	}
	return ""
}

func (p *Phone) dialogue(req *sip.Request) *dialogue {
	if req.CallID() == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.dialogues[req.CallID().Value()]
	if d == nil {
		return nil
	}
	if tag, _ := req.To().Params.Get("tag"); tag != d.localTag {
		return nil
	}
	return d
}

func (p *Phone) end(d *dialogue) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.dialogues, d.id)
}

// Reboot forgets all sessions. Calls stay, so that it is seen what becomes of them.
func (p *Phone) Reboot() {
	p.mu.Lock()
	p.dialogues = map[string]*dialogue{}
	p.boots++
	p.mu.Unlock()
	p.Restart()
}

// Afterwards says what the phone does when it has restarted by itself: it registers.
func (p *Phone) Afterwards(register func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.afterwards = register
}

// restartNow is a restart in the middle of something.
func (p *Phone) restartNow() {
	p.Reboot()
	p.mu.Lock()
	register := p.afterwards
	p.mu.Unlock()
	if register != nil {
		go register()
	}
}

func (p *Phone) answer(req *sip.Request, tx sip.ServerTransaction, status int, tag string, body []byte, headers ...sip.Header) *sip.Response {
	reason := map[int]string{200: "OK", 400: "Bad Request", 401: "Unauthorized", 415: "Unsupported Media Type", 481: "No such dialogue"}[status]
	res := sip.NewResponseFromRequest(req, status, reason, body)
	if tag != "" {
		res.To().Params.Remove("tag")
		res.To().Params.Add("tag", tag)
	}
	for _, h := range headers {
		res.AppendHeader(h)
	}
	if len(body) > 0 {
		res.AppendHeader(sip.NewHeader("Content-Type", contentCSTA))
	}
	p.Note("%s answers %s with %d", p.cfg.User, req.Method, status)
	_ = tx.Respond(res)
	return res
}

func (p *Phone) options(req *sip.Request, tx sip.ServerTransaction) {
	accept := "application/sdp"
	if p.profile.AdmitsCSTA {
		accept += ", " + contentCSTA
	}
	p.answer(req, tx, 200, "", nil, sip.NewHeader("Allow", "INVITE, ACK, BYE, CANCEL, INFO, OPTIONS, UPDATE"), sip.NewHeader("Accept", accept))
}

// refusal is what the phone answers to a request that it does not trust; 0 = it
// trusts.
func (p *Phone) refusal(req *sip.Request) int {
	host, _, _ := net.SplitHostPort(req.Source())
	if p.profile.Trusted != "" && host != p.profile.Trusted {
		return p.profile.RefuseStrangers
	}
	return 0
}

// Password is the one that the test phones want to see in a challenge's answer
// (uacsta-password). It is not their account's.
const Password = "the phone's own"

func (p *Phone) authentic(req *sip.Request, tx sip.ServerTransaction) bool {
	challenge := digest.Challenge{Realm: "phone", Nonce: p.nonce, Algorithm: "MD5", QOP: []string{"auth"}}
	given, err := digest.ParseCredentials(header(req, "Authorization"))
	if err == nil && given.Nonce == p.nonce {
		want, err := digest.Digest(&challenge, digest.Options{
			Method: string(req.Method), URI: given.URI, Count: given.Nc, Cnonce: given.Cnonce, Username: p.cfg.User, Password: Password,
		})
		if err == nil && want.Response == given.Response {
			return true
		}
	}
	p.answer(req, tx, 401, "", nil, sip.NewHeader("WWW-Authenticate", challenge.String()))
	return false
}

// invite takes a session's opening or refresh.
func (p *Phone) invite(req *sip.Request, tx sip.ServerTransaction, d *dialogue) {
	f := p.fault()
	if d == nil {
		p.mu.Lock()
		p.openings++
		p.mu.Unlock()
	}
	status := 0
	switch {
	case d == nil && req.To().Params.Has("tag"), d != nil && f.Rebooted:
		status = 481
	case p.refusal(req) != 0:
		status = p.refusal(req)
	case p.profile.ContactParameters != "" && !strings.Contains(req.Recipient.String(), p.profile.ContactParameters):
		status = 404
	case p.profile.TakesForCall:
		p.ring(req, tx)
		return
	case !p.profile.Sessions:
		status = 415
	case f.Refuse != 0 && d == nil:
		status = f.Refuse
	case f.Busy && d == nil:
		status = 486
	}
	if status != 0 {
		p.answer(req, tx, status, "", nil)
		return
	}
	if p.profile.ChallengeInvite && !p.authentic(req, tx) {
		return
	}
	expires := seconds(header(req, "Session-Expires"))
	if f.MinSE > 0 && expires < f.MinSE {
		p.answer(req, tx, 422, "", nil, sip.NewHeader("Min-SE", strconv.Itoa(int(f.MinSE.Seconds()))))
		return
	}
	if d == nil {
		d = &dialogue{id: req.CallID().Value(), localTag: sip.GenerateTagN(12), cseq: 100, network: req.Transport()}
		d.remoteTag, _ = req.From().Params.Get("tag")
		d.local, d.remote = req.To().Address.String(), req.From().Address.String()
		p.mu.Lock()
		p.dialogues[d.id] = d
		p.mu.Unlock()
	}
	d.target, d.source = req.Contact().Address.String(), req.Source()
	status200 := ecma.StatusNormal
	if f.NotReady {
		status200 = ecma.StatusDisabled
	}
	headers := []sip.Header{p.contactFor(req), sip.NewHeader("Allow", "INVITE, ACK, BYE, CANCEL, INFO, OPTIONS, UPDATE")}
	if p.profile.SessionTimer {
		refresher := "uac"
		if f.Refresher {
			refresher = "uas"
		}
		if f.ShortTimer > 0 {
			expires = f.ShortTimer
		}
		headers = append(headers, sip.NewHeader("Require", "timer"), sip.NewHeader("Session-Expires", fmt.Sprintf("%d;refresher=%s", int(expires.Seconds()), refresher)))
	}
	body := p.document(&ecma.RequestSystemStatusResponse{Status: status200})
	if f.EmptyAccept {
		body = nil
	}
	before := p.Accepted()
	res := p.answer(req, tx, 200, d.localTag, body, headers...)
	select {
	case p.opened <- struct{}{}:
	default:
	}
	if f.TwiceAccepted {
		time.Sleep(20 * time.Millisecond)
		_ = tx.Respond(res)
	}
	for interval := sip.T1; p.Accepted() == before && interval < 4*time.Second; interval *= 2 {
		select {
		case <-tx.Acks():
			p.mu.Lock()
			p.acks++
			p.mu.Unlock()
			return
		case <-tx.Done():
			return
		case <-time.After(interval / 4):
			if p.Accepted() == before {
				_ = tx.Respond(res)
			}
		}
	}
}

// contactFor is the contact of the connection that a request came by.
func (p *Phone) contactFor(req *sip.Request) sip.Header {
	if strings.EqualFold(req.Transport(), "udp") {
		return p.Contact()
	}
	return &sip.ContactHeader{Address: *req.Recipient.Clone()}
}

// ring is a phone that takes the session for a call.
func (p *Phone) ring(req *sip.Request, tx sip.ServerTransaction) {
	tag := sip.GenerateTagN(12)
	cancelled := make(chan struct{})
	tx.OnCancel(func(*sip.Request) {
		p.mu.Lock()
		p.cancelled++
		p.mu.Unlock()
		close(cancelled)
	})
	if !p.profile.AnswersCalls {
		p.answer(req, tx, 180, tag, nil, p.Contact())
		select {
		case <-cancelled:
		case <-tx.Done():
		case <-time.After(30 * time.Second):
		}
		return
	}
	d := &dialogue{id: req.CallID().Value(), localTag: tag, network: req.Transport()}
	d.remoteTag, _ = req.From().Params.Get("tag")
	p.mu.Lock()
	p.dialogues[d.id] = d
	p.mu.Unlock()
	res := sip.NewResponseFromRequest(req, 200, "OK", []byte("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n"))
	res.To().Params.Remove("tag")
	res.To().Params.Add("tag", tag)
	res.AppendHeader(p.Contact())
	res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	_ = tx.Respond(res)
	select {
	case <-tx.Acks():
	case <-tx.Done():
	case <-time.After(time.Second):
	}
}

func seconds(value string) time.Duration {
	digits, _, _ := strings.Cut(value, ";")
	n, _ := strconv.Atoi(strings.TrimSpace(digits))
	return time.Duration(n) * time.Second
}

// document writes a message as the phone does.
func (p *Phone) document(m ecma.Message) []byte {
	doc := ecma.AppendVerbatim(nil, p.profile.Edition, m)
	if raw := p.fault().Raw; raw != nil {
		doc = raw(doc)
	}
	return doc
}

// info takes a CSTA request within a session.
func (p *Phone) info(req *sip.Request, tx sip.ServerTransaction, d *dialogue) {
	f := p.fault()
	if p.profile.ChallengeInfo && !p.authentic(req, tx) {
		return
	}
	p.mu.Lock()
	p.infos++
	fail := f.FailThird && p.infos%3 == 0
	p.mu.Unlock()
	if fail {
		p.answer(req, tx, 500, "", nil)
		return
	}
	m, _, err := ecma.DecodeVerbatim(req.Body())
	if err != nil {
		p.answer(req, tx, 400, "", nil)
		return
	}
	p.mu.Lock()
	p.seen = append(p.seen, m.Element())
	p.mu.Unlock()
	if _, status := m.(*ecma.RequestSystemStatus); f.ByeInstead && !status && m.Element() != "MonitorStart" {
		p.send(d, sip.BYE, nil)
		p.end(d)
		p.answer(req, tx, 481, "", nil)
		return
	}
	if f.RebootInstead && isAction(m) {
		p.restartNow()
		keep(tx)
		return
	}
	if f.HangsUp && isAction(m) {
		p.HangUp()
	}
	if f.Ignoring && isAction(m) {
		keep(tx)
		return
	}
	response, events := p.serve(d, m)
	if f.EventFirst {
		p.tell(d, events)
		events = nil
	}
	// Numbered before the answer, which may bring the next request.
	told := p.number(d, events)
	switch {
	case f.Mute && isAction(m):
		p.deliver(told)
		keep(tx)
		return
	case f.SeparateResponse:
		p.answer(req, tx, 200, "", nil)
		p.send(d, sip.INFO, p.document(response))
	default:
		p.answer(req, tx, 200, "", p.document(response))
	}
	p.deliver(told)
}

// keep lets a transaction without an answer stay, or a repeated request would be
// a new one.
func keep(tx sip.ServerTransaction) {
	select {
	case <-tx.Done():
	case <-time.After(6 * time.Second):
	}
}

func isAction(m ecma.Message) bool {
	switch m.(type) {
	case *ecma.RequestSystemStatus, *ecma.MonitorStart, *ecma.MonitorStop:
		return false
	}
	return true
}

// notify takes a single request.
func (p *Phone) notify(req *sip.Request, tx sip.ServerTransaction) {
	if header(req, "Event") != "uaCSTA" || !p.profile.Notify {
		// Session phones say yes and do nothing; one family says 481.
		if p.profile.Edition == ecma.Edition5 {
			p.answer(req, tx, 481, "", nil)
		} else {
			p.answer(req, tx, 200, "", nil)
		}
		return
	}
	m, _, err := ecma.DecodeVerbatim(req.Body())
	if err != nil {
		p.answer(req, tx, 400, "", nil)
		return
	}
	p.mu.Lock()
	p.seen = append(p.seen, m.Element())
	p.mu.Unlock()
	f := p.fault()
	switch {
	case p.told(m):
		p.answer(req, tx, 200, "", nil)
		return
	case f.Ignoring, f.ByeInstead:
		keep(tx)
		return
	case f.RebootInstead:
		p.restartNow()
		keep(tx)
		return
	case f.HangsUp:
		p.HangUp()
	}
	response, _ := p.serve(nil, m)
	if f.Mute {
		keep(tx)
		return
	}
	p.answer(req, tx, 200, "", p.document(response))
}

// tell sends events of the phone's monitor.
func (p *Phone) tell(d *dialogue, events []ecma.Event) { p.deliver(p.number(d, events)) }

// number gives events their place among the requests of a session.
func (p *Phone) number(d *dialogue, events []ecma.Event) []*event {
	f := p.fault()
	if d == nil || !p.profile.Events {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	monitor := d.monitor
	if monitor == "" && f.EventsAfterStop {
		monitor = d.stopped
	}
	if f.StrangeMonitor {
		monitor = "4711"
	}
	if monitor == "" {
		return nil
	}
	var numbered []*event
	for _, e := range events {
		d.cseq++
		e = withMonitor(e, monitor)
		if f.Shown != nil {
			p.misname(e, f.Shown)
		}
		numbered = append(numbered, &event{d: d, seq: d.cseq, doc: p.document(e)})
	}
	return numbered
}

// deliver sends events that have their numbers.
func (p *Phone) deliver(events []*event) {
	f := p.fault()
	if f.Skew > 0 {
		p.deliverLate(events)
		return
	}
	for _, this := range events {
		p.mu.Lock()
		if f.Shuffled && p.held == nil {
			p.held = this
			p.mu.Unlock()
			continue
		}
		before := p.held
		p.held = nil
		p.mu.Unlock()
		for _, e := range []*event{this, before} {
			if e == nil {
				continue
			}
			p.sendNumbered(e.d, sip.INFO, e.seq, e.doc)
			if f.EventsTwice {
				p.sendNumbered(e.d, sip.INFO, e.seq, e.doc)
			}
		}
	}
}

// send sends a request within a session.
func (p *Phone) send(d *dialogue, method sip.RequestMethod, doc []byte) int {
	p.mu.Lock()
	d.cseq++
	seq := d.cseq
	p.mu.Unlock()
	return p.sendNumbered(d, method, seq, doc)
}

// sendTime bounds the wait for the application's answer.
const sendTime = 3 * time.Second

func (p *Phone) sendNumbered(d *dialogue, method sip.RequestMethod, seq uint32, doc []byte) int {
	ctx, cancel := context.WithTimeout(context.Background(), sendTime)
	defer cancel()
	req := p.build(d, method, seq, doc)
	res, err := p.client(d.network).Do(ctx, req)
	if err != nil {
		p.Note("%s: %s: %v", p.cfg.User, method, err)
		return 0
	}
	p.Note("%s: %s answered %d", p.cfg.User, method, res.StatusCode)
	return res.StatusCode
}

func (p *Phone) build(d *dialogue, method sip.RequestMethod, seq uint32, doc []byte) *sip.Request {
	var target, local, remote sip.Uri
	for text, uri := range map[string]*sip.Uri{d.target: &target, d.local: &local, d.remote: &remote} {
		if err := sip.ParseUri(text, uri); err != nil {
			p.Note("%s: %v", text, err)
		}
	}
	req := sip.NewRequest(method, target)
	from, to := &sip.FromHeader{Address: local}, &sip.ToHeader{Address: remote}
	from.Params.Add("tag", d.localTag)
	to.Params.Add("tag", d.remoteTag)
	id := sip.CallIDHeader(d.id)
	req.AppendHeader(from)
	req.AppendHeader(to)
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: method})
	req.AppendHeader(p.Contact())
	if len(doc) > 0 {
		req.AppendHeader(sip.NewHeader("Content-Type", contentCSTA))
		req.AppendHeader(sip.NewHeader("Content-Disposition", "signal;handling=required"))
	}
	req.SetBody(doc)
	req.SetTransport(strings.ToUpper(d.network))
	req.SetDestination(d.source)
	return req
}

// doer is a SIP client.
type doer interface {
	Do(context.Context, *sip.Request, ...sipgo.ClientRequestOption) (*sip.Response, error)
}

type byUDP struct{ *phone.Phone }

func (b byUDP) Do(ctx context.Context, req *sip.Request, _ ...sipgo.ClientRequestOption) (*sip.Response, error) {
	return b.Phone.Do(ctx, req)
}

func (p *Phone) client(network string) doer {
	if strings.EqualFold(network, "udp") {
		return byUDP{p.Phone}
	}
	client, err := p.lineClient(network)
	if err != nil {
		p.Note("%s: %v", network, err)
		return byUDP{p.Phone}
	}
	return client
}

func (p *Phone) sessions() []*dialogue {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Collect(maps.Values(p.dialogues))
}

// Refresh is the phone's own refresh of its sessions, by UPDATE or re-INVITE.
// It returns the last status.
func (p *Phone) Refresh(method sip.RequestMethod, expires time.Duration) int {
	status := 0
	for _, d := range p.sessions() {
		p.mu.Lock()
		d.cseq++
		seq := d.cseq
		p.mu.Unlock()
		req := p.build(d, method, seq, nil)
		req.AppendHeader(sip.NewHeader("Supported", "timer"))
		req.AppendHeader(sip.NewHeader("Session-Expires", fmt.Sprintf("%d;refresher=uac", int(expires.Seconds()))))
		ctx, cancel := context.WithTimeout(context.Background(), sendTime)
		res, err := p.client(d.network).Do(ctx, req)
		cancel()
		if err != nil {
			p.Note("refresh: %v", err)
			continue
		}
		status = res.StatusCode
		if method == sip.INVITE && status == 200 {
			ack := p.build(d, sip.ACK, seq, nil)
			if c, err := sipgo.NewClient(p.UserAgent(), sipgo.WithClientConnectionAddr(p.Address())); err == nil {
				_ = c.WriteRequest(ack)
			}
		}
	}
	return status
}

// Bye ends the phone's sessions from its side.
func (p *Phone) Bye() {
	for _, d := range p.sessions() {
		p.send(d, sip.BYE, nil)
		p.end(d)
	}
}

// Ask sends a request of the phone's own to the application, in each session.
func (p *Phone) Ask(m ecma.Message) int {
	status := 0
	for _, d := range p.sessions() {
		status = p.send(d, sip.INFO, p.document(m))
	}
	return status
}

// Tell sends an event that the user caused, in each session that is monitored.
func (p *Phone) Tell(e ecma.Event) {
	for _, d := range p.sessions() {
		p.tell(d, []ecma.Event{e})
	}
}

// Session is the SIP identity of one of the phone's sessions.
// Application is where its requests come from, Target where it wants the phone's.
type Session struct{ CallID, PhoneTag, OurTag, Application, Target string }

// Identify tells one of the phone's sessions, for forging.
func (p *Phone) Identify() (Session, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range p.dialogues {
		return Session{d.id, d.localTag, d.remoteTag, d.source, d.target}, true
	}
	return Session{}, false
}

// RegisterLine registers a CSTA line of its own with the application's registrar
// at server (host:port), over network ("udp", "tcp" or "tls"). Further lines share the
// connection.
func (p *Phone) RegisterLine(ctx context.Context, network, server, user, password string, expires time.Duration) (int, error) {
	host, port, err := net.SplitHostPort(server)
	if err != nil {
		return 0, err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return 0, err
	}
	client, err := p.lineClient(network)
	if err != nil {
		return 0, err
	}
	record := sip.Uri{Scheme: "sip", User: user, Host: p.cfg.Domain}
	req := sip.NewRequest(sip.REGISTER, sip.Uri{Scheme: "sip", Host: host, Port: number})
	from := &sip.FromHeader{Address: record}
	from.Params.Add("tag", sip.GenerateTagN(12))
	p.mu.Lock()
	id := sip.CallIDHeader(fmt.Sprintf("%s-line-%d-%s", user, p.boots, p.Address()))
	p.mu.Unlock()
	contact := p.Contact()
	contact.Address.User = user
	if network != "udp" {
		contact.Address.UriParams.Add("transport", network)
	}
	req.AppendHeader(from)
	req.AppendHeader(&sip.ToHeader{Address: record})
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: uint32(time.Now().UnixMilli() & 0xffffff), MethodName: sip.REGISTER})
	req.AppendHeader(contact)
	req.AppendHeader(sip.NewHeader("Expires", strconv.Itoa(int(expires.Seconds()))))
	req.AppendHeader(sip.NewHeader("User-Agent", p.profile.UserAgent))
	req.SetTransport(strings.ToUpper(network))
	req.SetDestination(server)
	req.SetBody(nil)
	res, err := client.Do(ctx, req)
	if err != nil {
		return 0, err
	}
	if res.StatusCode != sip.StatusUnauthorized {
		return res.StatusCode, nil
	}
	again := req.Clone()
	again.Laddr = req.Laddr
	again.SetTransport(strings.ToUpper(network))
	again.SetDestination(server)
	res, err = client.DoDigestAuth(ctx, again, res, sipgo.DigestAuth{Username: user, Password: password})
	if err != nil {
		return 0, err
	}
	return res.StatusCode, nil
}

// ShareConnection makes the phone another handset of a base: its CSTA line will use
// the connection of the base's own.
func (p *Phone) ShareConnection(base *Phone, network string) error {
	client, err := base.lineClient(network)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.lines = []*sipgo.Client{client}
	p.mu.Unlock()
	base.mu.Lock()
	defer base.mu.Unlock()
	if base.handsets == nil {
		base.handsets = map[string]*Phone{}
	}
	base.handsets[p.cfg.User] = p
	return nil
}

func (p *Phone) lineClient(network string) (*sipgo.Client, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if network == "udp" {
		return sipgo.NewClient(p.UserAgent(), sipgo.WithClientConnectionAddr(p.Address()), sipgo.WithClientAddr(p.Address()))
	}
	if len(p.lines) == 0 {
		c, err := sipgo.NewClient(p.UserAgent())
		if err != nil {
			return nil, err
		}
		p.lines = append(p.lines, c)
	}
	return p.lines[0], nil
}
