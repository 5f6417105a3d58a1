package useragent

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"

	"mod_csta_socket/csta/uacsta"
)

// lane sends over a connection, one request after the other: unlike a datagram,
// a connection may have to be waited for.
type lane struct{ waiting []uacsta.Request }

// laneLimit bounds what waits for one connection.
const laneLimit = 256

// Send implements uacsta.Transport. Datagrams leave at once, in order.
func (u *UserAgent) Send(r uacsta.Request) {
	u.mu.Lock()
	if u.closed {
		u.mu.Unlock()
		return
	}
	u.exchange.Add(1)
	if r.Transport == "udp" {
		u.mu.Unlock()
		defer u.exchange.Done()
		u.transmit(r)
		return
	}
	defer u.mu.Unlock()
	key := r.Transport + " " + r.Destination.String()
	l := u.lanes[key]
	switch {
	case l == nil:
		l = &lane{}
		u.lanes[key] = l
		go u.drain(key, l, r)
	case len(l.waiting) >= laneLimit:
		u.exchange.Done()
		go u.failed(r, "its connection does not move")
	default:
		l.waiting = append(l.waiting, r)
	}
}

func (u *UserAgent) drain(key string, l *lane, r uacsta.Request) {
	for {
		u.door.guarded(func() { u.transmit(r) })
		u.exchange.Done()
		u.mu.Lock()
		if len(l.waiting) == 0 {
			delete(u.lanes, key)
			u.mu.Unlock()
			return
		}
		r = l.waiting[0]
		l.waiting = l.waiting[1:]
		u.mu.Unlock()
	}
}

func (u *UserAgent) failed(r uacsta.Request, why string) {
	if r.Tx != 0 && r.Method != string(sip.CANCEL) {
		u.phones.Response(uacsta.Response{Tx: r.Tx, Reason: why})
	}
}

// prebuilt tells the SIP library that a request is complete.
func prebuilt(*sipgo.Client, *sip.Request) error { return nil }

func (u *UserAgent) transmit(r uacsta.Request) {
	if r.Method == string(sip.CANCEL) {
		u.cancelInvite(r.Tx)
		return
	}
	req, err := u.build(&r)
	if err != nil {
		u.failed(r, err.Error())
		return
	}
	if r.Transport != "udp" && !u.connected(r) {
		if r.Flow || r.Transport != "tcp" {
			u.failed(r, "the phone has closed its connection")
			return
		}
		if err := u.tcp.dial(u.ctx, r.Destination); err != nil {
			u.failed(r, err.Error())
			return
		}
	}
	if r.Method == string(sip.ACK) {
		// If it is lost, the phone repeats its 200.
		_ = u.client.WriteRequest(req, prebuilt)
		return
	}
	ctx, cancel := context.WithTimeout(u.ctx, r.Timeout)
	tx, err := u.client.TransactionRequest(ctx, req, prebuilt)
	if err != nil {
		cancel()
		u.failed(r, err.Error())
		return
	}
	if req.Method == sip.INVITE {
		u.mu.Lock()
		u.invites[r.Tx] = req
		u.mu.Unlock()
	}
	u.exchange.Add(1)
	go func() {
		defer u.exchange.Done()
		defer cancel()
		u.door.guarded(func() { u.follow(ctx, r, tx) })
	}()
}

func (u *UserAgent) connected(r uacsta.Request) bool {
	conn, err := u.agent.TransportLayer().GetConnection(r.Transport, r.Destination.String())
	if err != nil || conn == nil {
		return false
	}
	_, _ = conn.TryClose()
	return true
}

// follow hands on what comes back.
func (u *UserAgent) follow(ctx context.Context, r uacsta.Request, tx sip.ClientTransaction) {
	invite := r.Method == string(sip.INVITE)
	provisional := false
	if invite {
		defer func() {
			u.mu.Lock()
			delete(u.invites, r.Tx)
			u.mu.Unlock()
		}()
	}
	for {
		select {
		case res := <-tx.Responses():
			answer := responseOf(res)
			answer.Tx = r.Tx
			if res.IsProvisional() {
				provisional = true
				u.phones.Response(answer)
				continue
			}
			// A refused INVITE's transaction stays, to repeat its ACK.
			if !invite || res.IsSuccess() {
				tx.Terminate()
			}
			u.phones.Response(answer)
			return
		case <-tx.Done():
			why := "no answer"
			if err := tx.Err(); err != nil {
				why = err.Error()
			}
			u.phones.Response(uacsta.Response{Tx: r.Tx, Reason: why})
			return
		case <-ctx.Done():
			if invite && provisional {
				u.cancelInvite(r.Tx)
			}
			tx.Terminate()
			u.phones.Response(uacsta.Response{Tx: r.Tx, Reason: "no answer"})
			return
		}
	}
}

// cancelInvite sends CANCEL (RFC 3261 9.1).
func (u *UserAgent) cancelInvite(number uint64) {
	u.mu.Lock()
	invite := u.invites[number]
	u.mu.Unlock()
	if invite == nil {
		return
	}
	req := sip.NewRequest(sip.CANCEL, *invite.Recipient.Clone())
	for _, h := range []sip.Header{invite.Via(), invite.From(), invite.To(), invite.CallID()} {
		req.AppendHeader(sip.HeaderClone(h))
	}
	for _, h := range invite.GetHeaders("Route") {
		req.AppendHeader(sip.HeaderClone(h))
	}
	req.AppendHeader(&sip.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: sip.CANCEL})
	hops := sip.MaxForwardsHeader(70)
	req.AppendHeader(&hops)
	req.SetBody(nil)
	req.Laddr = invite.Laddr
	req.SetTransport(invite.Transport())
	req.SetDestination(invite.Destination())
	ctx, cancel := context.WithTimeout(u.ctx, writeTimeout)
	tx, err := u.client.TransactionRequest(ctx, req, prebuilt)
	if err != nil {
		cancel()
		return
	}
	u.exchange.Add(1)
	go func() {
		defer u.exchange.Done()
		defer cancel()
		defer tx.Terminate()
		select {
		case <-tx.Responses():
		case <-tx.Done():
		case <-ctx.Done():
		}
	}()
}

// build makes the SIP request.
func (u *UserAgent) build(r *uacsta.Request) (*sip.Request, error) {
	var uri, from, to sip.Uri
	for _, x := range []struct {
		text string
		into *sip.Uri
	}{{r.URI, &uri}, {r.From, &from}, {r.To, &to}} {
		if err := sip.ParseUri(x.text, x.into); err != nil {
			return nil, fmt.Errorf("%s: %w", x.text, err)
		}
	}
	req := sip.NewRequest(sip.RequestMethod(r.Method), uri)
	network := strings.ToUpper(r.Transport)
	via := &sip.ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: network, Host: u.opts.Advertised.String(), Port: int(u.portOf(r.Transport))}
	branch := sip.GenerateBranchN(16)
	u.door.awaited.add(branch, time.Now())
	via.Params.Add("branch", branch)
	via.Params.Add("rport", "")
	req.AppendHeader(via)
	for _, route := range r.Routes {
		req.AppendHeader(sip.NewHeader("Route", "<"+route+">"))
	}
	hops := sip.MaxForwardsHeader(70)
	req.AppendHeader(&hops)
	fromHeader := &sip.FromHeader{Address: from}
	fromHeader.Params.Add("tag", r.FromTag)
	toHeader := &sip.ToHeader{Address: to}
	if r.ToTag != "" {
		toHeader.Params.Add("tag", r.ToTag)
	}
	id := sip.CallIDHeader(r.CallID)
	req.AppendHeader(fromHeader)
	req.AppendHeader(toHeader)
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: r.CSeq, MethodName: req.Method})
	req.AppendHeader(u.contact(r.Transport))
	req.AppendHeader(sip.NewHeader("User-Agent", u.opts.Name))
	for _, h := range r.Headers {
		req.AppendHeader(sip.NewHeader(h.Name, h.Value))
	}
	req.SetBody(r.Body)
	req.SetTransport(network)
	req.SetDestination(r.Destination.String())
	if r.Transport == "udp" {
		// Otherwise the library would send from a port of its own.
		local := u.Address()
		req.Laddr = sip.Addr{IP: net.IP(local.Addr().AsSlice()), Port: int(local.Port()), Hostname: local.Addr().String()}
	}
	return req, nil
}

func (u *UserAgent) portOf(transport string) uint16 {
	if transport == "tls" && u.opts.TLSPort != 0 {
		return u.opts.TLSPort
	}
	return u.port
}

// contact is where a phone reaches us within a session.
func (u *UserAgent) contact(transport string) sip.Header {
	uri := sip.Uri{Scheme: "sip", User: "csta", Host: u.opts.Advertised.String(), Port: int(u.portOf(transport))}
	if transport != "udp" {
		uri.UriParams.Add("transport", transport)
	}
	return &sip.ContactHeader{Address: uri}
}

// responseOf takes what counts out of a response.
func responseOf(res *sip.Response) uacsta.Response {
	r := uacsta.Response{
		Status: res.StatusCode, Reason: res.Reason,
		Accept: joined(res.GetHeaders("Accept")), Allow: joined(res.GetHeaders("Allow")),
		SessionExpires: first(res, "Session-Expires", "x"), MinSE: first(res, "Min-SE"),
		ContentType: first(res, "Content-Type", "c"), Body: res.Body(),
	}
	if to := res.To(); to != nil {
		r.ToTag, _ = to.Params.Get("tag")
	}
	if contact := res.Contact(); contact != nil {
		r.Contact = contact.Address.String()
	}
	for _, h := range res.GetHeaders("Record-Route") {
		for uri := range strings.SplitSeq(h.Value(), ",") {
			if start := strings.IndexByte(uri, '<'); start >= 0 {
				uri, _, _ = strings.Cut(uri[start+1:], ">")
				r.Routes = append(r.Routes, uri)
			}
		}
	}
	slices.Reverse(r.Routes)
	if n, err := strconv.ParseUint(leadingDigits(first(res, "Retry-After")), 10, 31); err == nil {
		r.RetryAfter = time.Duration(n) * time.Second
	}
	switch res.StatusCode {
	case sip.StatusUnauthorized:
		r.Challenge = first(res, "WWW-Authenticate")
	case sip.StatusProxyAuthRequired:
		r.Challenge = first(res, "Proxy-Authenticate")
	}
	return r
}

func leadingDigits(s string) string {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return s[:i]
		}
	}
	return s
}

type headers interface {
	GetHeader(string) sip.Header
}

// first is the value of the first of these headers that is there; the second
// name is the compact form.
func first(m headers, names ...string) string {
	for _, name := range names {
		if h := m.GetHeader(name); h != nil {
			return h.Value()
		}
	}
	return ""
}

func joined(headers []sip.Header) string {
	var values []string
	for _, h := range headers {
		values = append(values, h.Value())
	}
	return strings.Join(values, ", ")
}

// onStray takes responses that belong to no transaction: a phone that repeats
// its 200 to INVITE has not got our ACK.
func (u *UserAgent) onStray(res *sip.Response) {
	u.door.guarded(func() { u.stray(res) })
}

func (u *UserAgent) stray(res *sip.Response) {
	cseq, id := res.CSeq(), res.CallID()
	if cseq == nil || id == nil || cseq.MethodName != sip.INVITE || !res.IsSuccess() {
		return
	}
	r := responseOf(res)
	r.CallID, r.CSeq = id.Value(), cseq.SeqNo
	u.phones.Response(r)
}
