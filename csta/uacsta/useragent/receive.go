package useragent

import (
	"context"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"mod_csta_socket/csta/uacsta"
)

// allowed are the methods we take.
const allowed = "INVITE, ACK, BYE, CANCEL, INFO, OPTIONS, UPDATE, NOTIFY, REGISTER"

// reasons are the phrases of the statuses that uacsta answers with.
var reasons = map[int]string{
	200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 405: "Method Not Allowed",
	415: "Unsupported Media Type", 423: "Interval Too Brief", 481: "Call/Transaction Does Not Exist",
	488: "Not Acceptable Here", 491: "Request Pending", 500: "Server Internal Error", 503: "Service Unavailable",
}

// composed is the response that a reply makes.
func composed(req *sip.Request, reply uacsta.Reply) *sip.Response {
	res := sip.NewResponseFromRequest(req, reply.Status, reasons[reply.Status], reply.Body)
	for _, h := range reply.Headers {
		res.AppendHeader(sip.NewHeader(h.Name, h.Value))
	}
	if len(reply.Body) > 0 {
		res.AppendHeader(sip.NewHeader("Content-Type", uacsta.ContentCSTA))
	}
	return res
}

func (u *UserAgent) respond(req *sip.Request, tx sip.ServerTransaction, reply uacsta.Reply) *sip.Response {
	res := composed(req, reply)
	if (req.Method == sip.INVITE || req.Method == sip.UPDATE) && reply.Status < 300 {
		res.AppendHeader(u.contact(strings.ToLower(req.Transport())))
	}
	// If it is lost, the phone asks again.
	_ = tx.Respond(res)
	if reply.Status >= 300 {
		// As by a server without state (RFC 3261 8.2.7): a refusal costs no memory,
		// and is not repeated to who may not have asked for it.
		tx.Terminate()
	}
	return res
}

// ask hands a request to the agent and waits for its reply.
func (u *UserAgent) ask(req *sip.Request) uacsta.Reply {
	in, ok := incomingOf(req)
	if !ok {
		return uacsta.Reply{Status: sip.StatusBadRequest}
	}
	replies := make(chan uacsta.Reply, 1)
	u.phones.Incoming(in, func(r uacsta.Reply) { replies <- r })
	select {
	case r := <-replies:
		return r
	case <-time.After(replyTime):
	case <-u.ctx.Done():
	}
	return uacsta.Reply{Status: sip.StatusServiceUnavailable}
}

func incomingOf(req *sip.Request) (uacsta.Incoming, bool) {
	source, err := netip.ParseAddrPort(req.Source())
	cseq, id, from, to := req.CSeq(), req.CallID(), req.From(), req.To()
	if err != nil || cseq == nil || id == nil || from == nil || to == nil {
		return uacsta.Incoming{}, false
	}
	in := uacsta.Incoming{
		Method: string(req.Method), CSeq: cseq.SeqNo, CallID: id.Value(),
		Source: netip.AddrPortFrom(source.Addr().Unmap(), source.Port()), Transport: strings.ToLower(req.Transport()),
		SessionExpires: first(req, "Session-Expires", "x"), Event: first(req, "Event", "o"),
		ContentType: first(req, "Content-Type", "c"), Body: req.Body(),
	}
	in.FromUser, in.FromDomain = from.Address.User, from.Address.Host
	in.FromTag, _ = from.Params.Get("tag")
	in.ToTag, _ = to.Params.Get("tag")
	if contact := req.Contact(); contact != nil {
		in.Contact = contact.Address.String()
	}
	return in, true
}

func (u *UserAgent) onRequest(req *sip.Request, tx sip.ServerTransaction) {
	u.respond(req, tx, u.ask(req))
}

// onInvite answers a phone that refreshes its session. The 200 is repeated until
// the ACK comes (RFC 3261 13.3.1.4).
func (u *UserAgent) onInvite(req *sip.Request, tx sip.ServerTransaction) {
	reply := u.ask(req)
	if reply.Status >= 300 {
		u.respond(req, tx, reply)
		return
	}
	id := req.CallID().Value()
	acked := make(chan struct{})
	u.mu.Lock()
	u.acks[id] = acked
	u.mu.Unlock()
	defer func() {
		u.mu.Lock()
		if u.acks[id] == acked {
			delete(u.acks, id)
		}
		u.mu.Unlock()
	}()
	res := u.respond(req, tx, reply)
	interval := sip.T1
	for deadline := time.Now().Add(64 * sip.T1); time.Now().Before(deadline); interval = min(2*interval, sip.T2) {
		select {
		case <-acked:
			return
		case <-tx.Acks():
			return
		case <-tx.Done():
			return
		case <-u.ctx.Done():
			return
		case <-time.After(interval):
			_ = tx.Respond(res)
		}
	}
}

func (u *UserAgent) onAck(req *sip.Request, tx sip.ServerTransaction) {
	defer tx.Terminate()
	id := req.CallID()
	if id == nil {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if acked := u.acks[id.Value()]; acked != nil {
		close(acked)
		delete(u.acks, id.Value())
	}
}

func (u *UserAgent) onRegister(req *sip.Request, tx sip.ServerTransaction) {
	in, ok := incomingOf(req)
	if !ok {
		u.respond(req, tx, uacsta.Reply{Status: sip.StatusBadRequest})
		return
	}
	ctx, cancel := context.WithCancel(u.ctx)
	defer cancel()
	reply := u.registrar.Register(ctx, registerOf(req, in))
	if reply.Status == sip.StatusOK && in.Transport != "udp" {
		u.door.gate.places.registered(in.Source, in.Transport)
	}
	u.respond(req, tx, reply)
}

// registerOf is in, which is a REGISTER.
func registerOf(req *sip.Request, in uacsta.Incoming) uacsta.Register {
	to := req.To()
	r := uacsta.Register{
		User: to.Address.User, Domain: to.Address.Host, CallID: in.CallID, Source: in.Source, Transport: in.Transport,
		Authorization: first(req, "Authorization"), UserAgent: first(req, "User-Agent"), Expires: number(first(req, "Expires")),
	}
	for _, h := range req.GetHeaders("Contact") {
		contact, isContact := h.(*sip.ContactHeader)
		if !isContact {
			continue
		}
		if contact.Address.Wildcard {
			r.All = true
			continue
		}
		expires, _ := contact.Params.Get("expires")
		r.Contacts = append(r.Contacts, uacsta.Contact{URI: contact.Address.String(), Expires: number(expires)})
	}
	return r
}

// number reads a delta-seconds; -1 = there is none.
func number(s string) int {
	n, err := strconv.ParseUint(leadingDigits(strings.TrimSpace(s)), 10, 31)
	if err != nil {
		return -1
	}
	return int(n)
}
